"""A share of the crash runs, always the same; ``make crash`` does them all."""

import random
from collections.abc import Iterator

import pytest

from tests.crash.cases import MODES, Case, case_of, cases_of
from tests.crash.harness import CrashHarness, yard
from tests.crash.kinds import KINDS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]  # a stuck case explains itself after 240

DRAW = 2026  # any other number draws other cases
SHARE = 5
QUICK = [mode for mode in MODES if mode != "hang"]  # which takes up to a minute
ONCE_FAILED = (
    # the second photo is accepted by Slack's repetition, after both were cancelled
    "cancel: cos PUT requests/*.json #1, killed before",
    # one job's end is written down, its request is still there: the progress message stayed
    "cancel: cos HEAD tombstones/*/cancel.json #5, killed after",
    # the third is never accepted, and nobody presses again: two are right
    "variations: cos PUT requests/*.json #2, killed before",
    # the photo was blamed for what had happened on its way
    "mention: cos GET photos/*/product.jpg #0, http 500",
    "webhook: shop GET photo.jpg #0, answer lost",
)


def share(here: CrashHarness) -> list[Case]:
    """Drawn from all kinds; only those drawn are counted."""
    draw = random.Random(DRAW)
    drawn = sorted(draw.choices(list(KINDS), k=SHARE))
    all_cases = {
        name: sorted(cases_of(name, here.count_calls(KINDS[name]), QUICK), key=str)
        for name in dict.fromkeys(drawn)
    }
    return [draw.choice(all_cases[name]) for name in drawn]


@pytest.fixture(scope="module")
def here() -> Iterator[CrashHarness]:
    with yard() as open_yard:
        yield open_yard


def test_nothing_is_lost_doubled_or_paid_twice_when_a_call_goes_wrong(here: CrashHarness) -> None:
    runs = [here.crash(case) for case in share(here)]
    assert {str(run.case): run.broken for run in runs if run.broken} == {}


@pytest.mark.parametrize("case", ONCE_FAILED)
def test_what_once_failed_does_not_again(here: CrashHarness, case: str) -> None:
    run = here.crash(case_of(case))
    assert run.broken == []
    assert not any(end.startswith("failed") for end in run.ends)


def test_a_call_that_is_never_made_breaks_nothing(here: CrashHarness) -> None:
    run = here.crash(case_of("mention: slack chat.delete * #9999, killed before"))
    assert (run.broken, run.met) == ([], False)
