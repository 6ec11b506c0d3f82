"""How many inputs are tried: always the same few, so that a run fails for a change.

``FUZZ=10`` tries ten times as many, and others each time.
"""

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("FUZZ", "1"))


def tries(count: int) -> settings:
    """The settings of a test that is worth so many inputs."""
    return settings(
        max_examples=count * TIMES,
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        print_blob=True,
        # Inputs are large and many are refused; that is what they are for.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
