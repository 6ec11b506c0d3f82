"""One run over the open queue: what is done when, and by which thread."""
