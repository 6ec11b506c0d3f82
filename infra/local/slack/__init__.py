"""A stand-in for Slack: the Web API, the events, and the people, over HTTP on loopback."""

from infra.local.slack.app import create

__all__ = ["create"]
