"""Set how many inputs are tried: the same few in every run, so that only a change makes it fail.

``FUZZ=10`` tries ten times as many, and different ones each time.
"""

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("FUZZ", "1"))


def tries(count: int) -> settings:
    """Make the settings of a test that tries ``count`` inputs, times ``FUZZ``."""
    return settings(
        max_examples=count * TIMES,
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        print_blob=True,
        # Inputs are large and many are refused, on purpose.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
