"""Benchmark the system and compare each figure with an aim or a baseline."""
