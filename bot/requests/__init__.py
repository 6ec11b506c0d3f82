"""Turn a gesture in Slack into jobs."""
