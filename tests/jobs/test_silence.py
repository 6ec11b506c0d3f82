"""When the worker counts as silent, and who may tell of it."""

import msgspec
import pytest

from functions.jobs.bucket_layout import WORKER_ALIVE, WORKER_SILENT, request_key
from functions.jobs.ledger import Ledger
from functions.jobs.silence import (
    give_sign_of_life,
    is_first_to_notice,
    leave_it_to_others,
    silent_for_s,
)
from tests.jobs.driving import Cos
from tests.jobs.making import a_job, job_ids

LONG_S, SHORT_S = 400.0, 200.0


def waiting(cos: Cos, *, age_s: float, count: int = 1) -> None:
    for job_id in job_ids(count):
        cos.write(request_key(job_id), msgspec.json.encode(a_job(job_id)), age_s=age_s)


def test_an_empty_queue_is_no_silence(ledger: Ledger) -> None:
    assert silent_for_s(ledger) is None


def test_a_job_that_waits_for_a_while_costs_one_list_only(cos: Cos, ledger: Ledger) -> None:
    waiting(cos, age_s=SHORT_S)
    before = len(cos.calls())
    assert silent_for_s(ledger) is None
    assert [row["op"] for row in cos.calls()[before:]] == ["LIST"]


def test_an_old_job_without_any_sign_is_a_silence_since_it_was_accepted(
    cos: Cos, ledger: Ledger
) -> None:
    waiting(cos, age_s=LONG_S)
    assert silent_for_s(ledger) == pytest.approx(LONG_S, abs=30)
    assert silent_for_s(ledger, after_s=2 * LONG_S) is None


@pytest.mark.parametrize("key", [WORKER_ALIVE, "state/pace.json", "state/account.json"])
def test_whatever_the_worker_writes_about_itself_is_a_sign(
    cos: Cos, ledger: Ledger, key: str
) -> None:
    waiting(cos, age_s=3 * LONG_S)
    cos.write(key, b"{}", age_s=SHORT_S)
    assert silent_for_s(ledger) is None
    cos.write(key, b"{}", age_s=LONG_S)
    assert silent_for_s(ledger) == pytest.approx(LONG_S, abs=30)


def test_that_somebody_has_noticed_is_no_sign_of_the_worker(cos: Cos, ledger: Ledger) -> None:
    waiting(cos, age_s=LONG_S)
    assert is_first_to_notice(ledger)
    assert silent_for_s(ledger) is not None


def test_what_the_operator_writes_is_no_sign_of_the_worker(cos: Cos, ledger: Ledger) -> None:
    waiting(cos, age_s=LONG_S)
    ledger.workspace.remember_erased("U1")
    assert silent_for_s(ledger) is not None


def test_a_list_that_lags_behind_the_end_of_a_job_raises_no_alarm(cos: Cos, ledger: Ledger) -> None:
    waiting(cos, age_s=LONG_S)
    assert silent_for_s(ledger) is not None  # which has LIST know the job
    cos.settings(list_lag_s=60)
    ledger.close_request(a_job(job_ids(1)[0]).id)
    assert [row.job_id for row in ledger.open_jobs()]
    assert silent_for_s(ledger) is None


def test_a_request_that_cannot_be_read_waits_as_well(cos: Cos, ledger: Ledger) -> None:
    cos.write(request_key(job_ids(1)[0]), b"{", age_s=LONG_S)
    assert silent_for_s(ledger) is not None


def test_a_long_queue_is_looked_at_in_part(cos: Cos, ledger: Ledger) -> None:
    waiting(cos, age_s=LONG_S, count=120)
    before = len(cos.calls())
    assert silent_for_s(ledger) is not None
    assert [row["op"] for row in cos.calls()[before:]] == ["LIST", "LIST", "GET"]


def test_one_alone_tells_until_the_worker_gives_a_sign_or_it_could_not_be_told(
    cos: Cos, ledger: Ledger
) -> None:
    assert [is_first_to_notice(ledger) for _ in range(2)] == [True, False]
    leave_it_to_others(ledger)
    assert [is_first_to_notice(ledger) for _ in range(2)] == [True, False]
    give_sign_of_life(ledger)
    assert WORKER_SILENT not in cos.listed()
    assert is_first_to_notice(ledger)
