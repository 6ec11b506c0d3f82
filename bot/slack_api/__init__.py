"""Slack's Web API and its payloads; knows neither views nor messages."""
