"""What an operator sees of the jobs in the bucket, and may do about them."""
