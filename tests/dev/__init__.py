"""Test the product over Socket Mode, with Slack's own client on our side of the WebSocket."""
