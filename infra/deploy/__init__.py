"""Bring the account into the state that the product needs besides what serverless.yml says."""
