"""One file per gesture: each parses, calls one thing, and answers."""
