"""Show an operator the jobs in the bucket, and do what may be done about them."""
