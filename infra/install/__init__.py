"""Make this machine's virtual environments for the Makefile, with the standard library alone."""
