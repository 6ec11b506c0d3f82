"""Work the open queue off in one run: decide what is done when, and by which thread."""
