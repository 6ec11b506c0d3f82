"""Make this machine's virtual environments, for the Makefile, before anything is installed."""
