"""The Slack app's manifest, and the one for workspaces that have no workflow steps."""
