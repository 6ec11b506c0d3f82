"""Deployment, and everything that stands in for the cloud on one machine."""
