"""Show an operator the jobs in the bucket, and retry, cancel or erase them."""
