"""Contain all code that speaks Slack: events in, messages, forms and buttons out."""
