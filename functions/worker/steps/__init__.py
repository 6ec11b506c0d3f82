"""What is done for one job; each step says what it reached, none knows the run."""
