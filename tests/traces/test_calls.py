"""docs/calls.md lists the calls of one job until its picture is told, and there are no others."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.worker import handler
from tests.traces.calls import called
from tests.traces.gestures import World, a_world, act

PAGE = (Path(__file__).parents[2] / "docs" / "calls.md").read_text("utf-8")
MOST = 32  # with one LIST of the tombstones, which is due again every two seconds
ROW = re.compile(r"\| \w+ \| (?:COS|Slack|aiart|results) \| `([^`]+)` \|")
TOLD, READ_BY_AIART = "here is your picture", "GET photos/JOB/product.jpg"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with a_world() as standing:
        yield standing


def until_told(world: World) -> Counter[str]:
    """The calls of a job, in an instance that has had one before."""
    act(world, "mention")
    known = handler.RECENT
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.traces.gestures.RecentReads", lambda: known)
        acted = act(world, "mention")
    return Counter(called(acted, until=TOLD))


def test_a_job_of_a_warm_instance_makes_the_calls_that_the_page_lists(world: World) -> None:
    must, beside = (ROW.findall(part) for part in PAGE.split("Beside them"))
    made = until_told(world)
    del made[READ_BY_AIART]
    due = Counter({name: count for name, count in made.items() if name in beside})
    assert set(made - due) == set(must) - set(beside)
    assert sum((made - due).values()) + 1 <= MOST
