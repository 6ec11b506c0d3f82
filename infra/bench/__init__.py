"""Benchmarks, and what each figure is compared with: ``python -m infra.bench``."""
