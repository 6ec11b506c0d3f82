"""Do one job's work step by step. Each step returns its record; none knows of the run."""
