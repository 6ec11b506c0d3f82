"""Stand in for Slack, COS, aiart and SCF on loopback, and run them together by one command."""
