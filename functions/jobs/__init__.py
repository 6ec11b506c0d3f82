"""Define what all functions share: what a job is, what can go wrong, where it is written down.

Nothing here speaks to Slack, serves HTTP or reads the environment.
"""
