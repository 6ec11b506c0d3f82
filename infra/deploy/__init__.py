"""Set up in the account what the product needs and serverless.yml cannot say."""
