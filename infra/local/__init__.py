"""Stand-ins for Slack, COS, aiart and SCF on loopback, and the command that runs them together."""
