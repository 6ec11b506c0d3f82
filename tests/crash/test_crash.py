"""A share of the crash runs, always the same; ``make crash`` does them all."""

from collections.abc import Iterator

import pytest

from tests.crash.cases import case_of
from tests.crash.harness import CrashHarness, yard

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]  # a stuck case explains itself after 240

SHARE = (  # of several kinds, at every vendor
    "mention: cos PUT steps/*/posted.json #0, killed before",
    "again: aiart ReplaceBackground * #0, killed after",
    "form: cos PUT requests/*.json #0, http 500",
    "webhook: shop POST hook #0, busy",
    "delete: slack chat.delete * #0, answer lost",
)
ONCE_FAILED = (
    # the second photo is accepted by Slack's repetition, after both were cancelled
    "cancel: cos PUT requests/*.json #1, killed before",
    # one job's end is written down, its request is still there: the progress message stayed
    "cancel: cos PUT done/*.json #0, killed after",
    # the third is never accepted, and nobody presses again: two are right
    "variations: cos PUT requests/*.json #2, killed before",
    # the photo was blamed for what had happened on its way
    "mention: cos GET photos/*/product.jpg #0, http 500",
    "webhook: shop GET photo.jpg #0, answer lost",
)


@pytest.fixture(scope="module")
def here() -> Iterator[CrashHarness]:
    with yard() as open_yard:
        yield open_yard


@pytest.mark.parametrize("case", SHARE)
def test_nothing_is_lost_doubled_or_paid_twice_when_a_call_goes_wrong(
    here: CrashHarness, case: str
) -> None:
    run = here.crash(case_of(case))
    assert (run.broken, run.met) == ([], True)


@pytest.mark.parametrize("case", ONCE_FAILED)
def test_what_once_failed_does_not_again(here: CrashHarness, case: str) -> None:
    run = here.crash(case_of(case))
    assert (run.broken, run.met) == ([], True)
    assert not any(end.startswith("failed") for end in run.ends)


def test_a_call_that_is_never_made_breaks_nothing(here: CrashHarness) -> None:
    run = here.crash(case_of("mention: slack chat.delete * #9999, killed before"))
    assert (run.broken, run.met) == ([], False)
