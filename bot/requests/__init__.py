"""From a gesture in Slack to jobs."""
