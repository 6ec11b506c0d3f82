"""The gateway: what the outside may ask over HTTP."""
