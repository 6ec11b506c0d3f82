"""Turn what people ask for in Slack (messages, forms, buttons, commands) into jobs."""
