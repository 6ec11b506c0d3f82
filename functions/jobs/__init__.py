"""Define what all functions share: what a job is, what can go wrong, where it is written down.

Knows no Slack, no HTTP front and no environment.
"""
