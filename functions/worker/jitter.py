"""Vary pauses at random, so that jobs that failed together do not all retry together."""

import random


def jittered(pause_s: float, *, least: float = 0.75, most: float = 1.25) -> float:
    """Make a pause between ``least`` and ``most`` times as long."""
    return pause_s * random.uniform(least, most)  # noqa: S311  # no secret
