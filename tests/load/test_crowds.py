"""Much at once in small, one scenario after the other on the same stack, which begins anew."""

from collections.abc import Callable, Iterator

import pytest

from infra.load import burst, full_bucket, long_queue
from infra.load.report import Report
from infra.load.system import System, system
from infra.local.stack import Options

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

AT_ONCE = 2
SMALL: dict[str, Callable[[System], Report]] = {
    "old jobs": lambda yard: full_bucket.old(300, tries=1, standing=yard),
    "queue": lambda yard: long_queue.queued(
        12, 7, aiart_s=0.4, concurrencies=(AT_ONCE,), standing=yard
    ),
    "burst": lambda yard: burst.burst(60, at_a_time=20, standing=yard),
}


@pytest.fixture(scope="module")
def standing() -> Iterator[System]:
    """Nothing wakes its worker but a scenario, and it does not linger, as ``old jobs`` has it."""
    environ = {"AIART_CONCURRENCY": str(AT_ONCE), "WORKER_LINGER_S": "0"}
    with system(Options(timers=False, minute_s=burst.MINUTE_S, environ=environ)) as yard:
        yield yard


@pytest.mark.parametrize("scenario", SMALL)
def test_nothing_is_lost_doubled_or_overtaken_in_a_crowd(scenario: str, yard: System) -> None:
    report = SMALL[scenario](yard)
    assert report.figures
    assert report.broken == []
