"""Serve HTTP: what the two web functions, bot and gateway, share."""
