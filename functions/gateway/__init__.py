"""Serve the HTTP API for programs, and the links to pictures."""
