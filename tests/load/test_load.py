"""Everything at once, in small: what must hold whatever the machine. Figures are not looked at.

``make load`` runs the same scenarios in full size. Those that need no stack of their own are in
``test_crowds`` and ``test_vendor_faults``.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.load import host_faults, kills, memory
from infra.load.report import Report

CLAIMS_S = 3.0  # in place of the time for which a dead process's claim stands

LITTLE_MB = 100  # more than the worker takes, and less than it takes for the largest photo here
HOURS = ("an hour ahead", "an hour behind")

SMALL: dict[str, Callable[[], Report]] = {
    "clock": lambda: host_faults.clock(4, aiart_s=0.5, wrong_s=3.0, claims_s=CLAIMS_S, jumps=HOURS),
    "full disk": lambda: host_faults.disk(2, aiart_s=0.2),
    "kills": lambda: kills.kills(6, 3, claims_s=CLAIMS_S),
    "memory": lambda: memory.memory(
        (LITTLE_MB,), noise=False, others=1, cut_outs=False, side_px=2600
    ),
}


LOOK_INTO_PROC = {"full disk", "memory"}


@pytest.mark.e2e
@pytest.mark.timeout(300)
@pytest.mark.parametrize("scenario", SMALL)
def test_nothing_is_lost_doubled_overtaken_or_paid_for_twice(scenario: str) -> None:
    if scenario in LOOK_INTO_PROC and not Path("/proc/self/status").exists():
        pytest.skip("this system has no /proc")
    report = SMALL[scenario]()
    assert report.figures
    assert report.broken == []
    assert all(one.value for one in report.figures if one.unit == "deaths")
