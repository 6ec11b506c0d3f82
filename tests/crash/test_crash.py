"""A share of the crash runs that changes by commit; ``make crash`` does them all."""

import hashlib
import random
import subprocess
from collections.abc import Iterator

import pytest

from infra.local.stack import ROOT
from tests.crash.harness import Case, Yard, all_cases, yard

pytestmark = pytest.mark.e2e

SHARE = 12
CALLS = {"cos": 46, "aiart": 1, "slack": 10}  # of one mention, counted on 2026-11-22


def share_of_this_commit() -> list[Case]:
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=False,
    ).stdout
    seed = int(hashlib.sha256(head).hexdigest()[:8], 16)
    return random.Random(seed).sample(all_cases("mention", CALLS), SHARE)


@pytest.fixture(scope="module")
def here() -> Iterator[Yard]:
    with yard() as open_yard:
        yield open_yard


def test_nothing_is_lost_doubled_or_paid_twice_when_a_call_goes_wrong(here: Yard) -> None:
    broken = {str(case): found for case in share_of_this_commit() if (found := here.crash(case))}
    assert broken == {}


def test_a_call_that_is_never_made_breaks_nothing(here: Yard) -> None:
    assert here.crash(Case("mention", "slack", 9999, "killed before")) == []
