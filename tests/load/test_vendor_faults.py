"""Bad weather in small, one scenario after the other on the same stack, which begins anew."""

from collections.abc import Callable, Iterator

import pytest

from infra.load import vendor_faults
from infra.load.report import Report
from infra.load.system import System, system

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

MINUTE_S = 3.0
CLAIMS_S = 3.0  # in place of the time for which a dead process's claim stands

Scenario = Callable[[System], Report]
SMALL: dict[str, Scenario] = {
    "COS too busy": lambda yard: vendor_faults.slow_down(
        6, aiart_s=0.2, minute_s=MINUTE_S, claims_s=CLAIMS_S, standing=yard
    ),
    "late LIST": lambda yard: vendor_faults.late_list(4, aiart_s=0.2, lag_s=2.0, standing=yard),
    "triggers": lambda yard: vendor_faults.triggers(2, aiart_s=0.2, standing=yard),
    "expired keys": lambda yard: vendor_faults.expired_keys(
        8, aiart_s=0.75, lifetime_s=4, claims_s=CLAIMS_S, standing=yard
    ),
}


@pytest.fixture(scope="module")
def standing() -> Iterator[System]:
    with system(vendor_faults.options(0.2, MINUTE_S)) as yard:
        yield yard


@pytest.mark.parametrize("scenario", SMALL)
def test_nothing_is_lost_doubled_or_paid_for_twice_in_bad_weather(
    scenario: str, yard: System
) -> None:
    report = SMALL[scenario](yard)
    assert report.figures
    assert report.broken == []
