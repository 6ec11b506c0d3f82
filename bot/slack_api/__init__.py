"""Speak Slack's Web API and read its payloads; nothing here knows views or job messages."""
