"""Do what one job needs, step by step. Each step returns its record; none knows the run."""
