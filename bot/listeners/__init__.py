"""Contain the listeners of Slack's gestures, one file each: it parses, calls one thing, answers."""
