"""Accepting a job: one write, once, whatever is lost or doubled on the way."""

import json
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.jobs.bucket import Bucket, BucketConfig, BucketUnavailable, Keys
from functions.jobs.bucket_layout import job_of_request_key, request_key
from functions.jobs.job_ids import is_job_id
from functions.jobs.ledger import (
    Ledger,
    OpenRequest,
)
from functions.jobs.model import Asker, UnknownSource, Upload
from functions.jobs.wish import Wish
from tests.jobs.driving import Cos
from tests.jobs.making import JOB_ID, a_job, a_success, job_ids

KEY = f"requests/{JOB_ID}.json"


def test_an_accepted_job_is_one_object_with_everything_in_it(ledger: Ledger, cos: Cos) -> None:
    assert ledger.accept(a_job())
    assert cos.listed() == [KEY]
    written = json.loads(cos.read(KEY))
    assert written["wish"] == {"prompt": "on a wet street at night"}
    assert written["nonce"]


def test_what_was_accepted_is_read_back(ledger: Ledger) -> None:
    ledger.accept(a_job())
    found = ledger.job(JOB_ID)
    assert found is not None
    assert found.wish == a_job().wish
    assert found.asker == a_job().asker


def test_the_same_job_is_accepted_once(ledger: Ledger, cos: Cos) -> None:
    assert ledger.accept(a_job())
    assert not ledger.accept(a_job(wish=Wish(prompt="other words")))
    assert json.loads(cos.read(KEY))["wish"] == {"prompt": "on a wet street at night"}


def test_of_many_redeliveries_at_once_exactly_one_is_new(ledger: Ledger, cos: Cos) -> None:
    with ThreadPoolExecutor(16) as pool:
        new = list(pool.map(lambda _: ledger.accept(a_job()), range(16)))
    assert sorted(new) == [False] * 15 + [True]
    assert cos.listed() == [KEY]


def test_a_redelivery_after_the_end_is_opened_again_for_the_worker_to_close(
    ledger: Ledger,
) -> None:
    ledger.accept(a_job())
    ledger.finish(a_job(), a_success(a_job()))
    assert ledger.accept(a_job())
    assert ledger.outcome(JOB_ID) is not None


def test_a_retry_of_the_sdk_that_meets_its_own_first_try_is_still_the_first(
    place: BucketConfig, keys: Keys, cos: Cos
) -> None:
    cos.fault(op="PUT", drop="after")
    ledger = Ledger(Bucket(msgspec.structs.replace(place, retries=1), keys))
    assert ledger.accept(a_job())
    assert [call["status"] for call in cos.calls("PUT")] == [0, 409]


def test_a_lost_answer_without_a_retry_is_trouble_and_the_redelivery_is_not_new(
    ledger: Ledger, cos: Cos
) -> None:
    cos.fault(op="PUT", drop="after")
    with pytest.raises(BucketUnavailable):
        ledger.accept(a_job())
    assert not ledger.accept(a_job())
    assert cos.listed() == [KEY]


def test_what_cos_did_not_take_is_new_at_the_next_try(ledger: Ledger, cos: Cos) -> None:
    cos.fault(op="PUT", error="ServiceUnavailable", status=503)
    with pytest.raises(BucketUnavailable):
        ledger.accept(a_job())
    assert ledger.accept(a_job())


def test_a_request_that_was_closed_while_we_looked_is_not_new(ledger: Ledger, cos: Cos) -> None:
    cos.fault(op="PUT", error="FileAlreadyExists")
    assert not ledger.accept(a_job())


# --- the open queue


def test_the_open_queue_lists_jobs_and_nothing_else(ledger: Ledger, cos: Cos) -> None:
    one, two = job_ids(2)
    ledger.accept(a_job(one))
    ledger.accept(a_job(two))
    for foreign in (
        "requests/readme.txt",
        "requests/UPPER.json",
        f"requests/{one}",
        f"requests/{one}.json.bak",
        f"requests/sub/{one}.json",
        f"done/{one}.json",
    ):
        cos.write(foreign, b"{}")
    assert {row.job_id for row in ledger.open_jobs()} == {one, two}


def test_the_open_queue_says_since_when(ledger: Ledger) -> None:
    ledger.accept(a_job())
    (row,) = ledger.open_jobs()
    assert row == OpenRequest(JOB_ID, row.since)
    assert row.since.endswith("Z")


def test_a_listing_that_lags_delays_and_never_loses(ledger: Ledger, cos: Cos) -> None:
    cos.settings(list_lag_s=60)
    ledger.accept(a_job())
    assert list(ledger.open_jobs()) == []
    assert ledger.job(JOB_ID) is not None  # the trigger's event names it, so it is found by key
    cos.settings(list_lag_s=0)
    assert [row.job_id for row in ledger.open_jobs()] == [JOB_ID]


def test_a_closed_job_that_is_still_listed_is_no_job(ledger: Ledger, cos: Cos) -> None:
    ledger.accept(a_job())
    cos.settings(list_lag_s=60)
    ledger.close_request(JOB_ID)
    assert ledger.job(JOB_ID) is None


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"not JSON", b"\xff\xfe", b'{"id": 7}', b'{"wish": {"prompt": ""}}']
)
def test_of_a_request_that_cannot_be_read_nothing_is_painted_and_the_log_names_it(
    data: bytes, ledger: Ledger, cos: Cos, caplog: pytest.LogCaptureFixture
) -> None:
    cos.write(KEY, data)
    job = ledger.job(JOB_ID)
    assert job == a_job(
        gesture="",
        created_at=0.0,
        wish=Wish(),
        photo=UnknownSource(),
        asker=Asker(),
        thread=None,
        upload=Upload(id=JOB_ID, jobs=(JOB_ID,)),
    )
    (line,) = caplog.records
    assert line.__dict__["fields"]["record"].startswith(f"{KEY}: ")
    assert "prompt" not in str(line.__dict__["fields"])


def test_of_a_request_that_cannot_be_read_it_is_known_whom_to_tell(
    ledger: Ledger, cos: Cos
) -> None:
    written = json.loads(msgspec.json.encode(a_job()))
    cos.write(KEY, json.dumps({**written, "created_at": "yesterday"}).encode())
    job = ledger.job(JOB_ID)
    assert job == a_job(created_at=0.0, photo=UnknownSource())


@given(st.text(max_size=40))
def test_only_the_keys_that_we_write_are_requests(key: str) -> None:
    for candidate in (key, f"requests/{key}", f"requests/{key}.json"):
        job_id = job_of_request_key(candidate)
        assert job_id is None or (is_job_id(job_id) and request_key(job_id) == candidate)


def test_a_request_key_gives_its_job_back() -> None:
    assert job_of_request_key(request_key(JOB_ID)) == JOB_ID
