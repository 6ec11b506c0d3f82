"""Hold the gateway, the worker, and what all cloud functions share."""
