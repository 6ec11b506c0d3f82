"""What must be so in the account besides what serverless.yml says, and how it gets to be so."""
