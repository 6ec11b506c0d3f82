"""Hold everything that speaks Slack."""
