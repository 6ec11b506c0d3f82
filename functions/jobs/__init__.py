"""The shared ground: what a job is, who it is, what can go wrong, and where it is written down.

Knows no Slack, no HTTP front and no environment.
"""
