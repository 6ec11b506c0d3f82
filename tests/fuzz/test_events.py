"""What wakes the worker: COS, the timer, or anything that somebody invokes it with."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.jobs.bucket_layout import request_key
from functions.worker.handler import is_from_cos, named_jobs
from tests.conftest import BUCKET
from tests.fuzz.budget import tries
from tests.fuzz.recording import recorded
from tests.jobs.making import JOB_ID, job_ids
from tests.worker.conftest import WorkerHarness, standing_environ, worker

__all__ = ["standing_environ", "worker"]

Json = Any
NAME, _, APPID = BUCKET.rpartition("-")
IDS = job_ids(3)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=20,
)
ours = st.sampled_from(IDS).map(lambda job_id: f"/{APPID}/{NAME}/{request_key(job_id)}")
elsewhere = st.one_of(
    st.sampled_from(IDS).map(lambda job_id: f"/{APPID}/other/{request_key(job_id)}"),
    st.sampled_from(IDS).map(lambda job_id: f"/999/{NAME}/{request_key(job_id)}"),
    st.sampled_from(IDS).map(request_key),
    st.builds(
        lambda head, job_id: f"{head}{request_key(job_id)}", st.text(max_size=20), st.just(JOB_ID)
    ),
    st.text(max_size=200),
)


def record(key: Json) -> Json:
    return {
        "cos": {"cosObject": {"key": key, "size": 1029}, "cosBucket": {"name": NAME}},
        "event": {"requestParameters": {"requestHeaders": {"Authorization": "q-sign-secret"}}},
    }


records = st.one_of(
    st.one_of(ours, elsewhere, values).map(record),
    values,
    st.builds(lambda inner: {"cos": inner}, values),
    st.builds(lambda inner: {"cos": {"cosObject": inner}}, values),
)
events = st.one_of(
    values,
    st.builds(lambda rows: {"Records": rows}, st.lists(records, max_size=6) | values),
    st.builds(lambda rest: {"Type": "Timer", **rest}, st.dictionaries(st.text(max_size=5), values)),
)


@tries(60)
@given(events)
@example(None)  # json null: was a TypeError, so that SCF would have tried it again
@example({"Records": 5})  # likewise: a number of records
@example({"Records": [{"cos": {"cosObject": {"key": {"a": 1}}}}]})  # was read as a text
def test_whatever_wakes_the_worker_is_read_without_an_error(event: Json) -> None:
    named = named_jobs(event, BUCKET)
    assert set(named) <= {*IDS, JOB_ID}
    assert len(set(named)) == len(named)
    assert isinstance(is_from_cos(event), bool)


@tries(50)
@given(st.lists(st.one_of(ours, elsewhere), max_size=8))
@example([f"/{APPID}/another/{request_key(IDS[0])}"])  # was taken for ours by its key alone
def test_only_objects_of_our_own_bucket_name_jobs(keys: list[str]) -> None:
    mine = {key for key in keys if key.startswith(f"/{APPID}/{NAME}/requests/")}
    wanted = [key.rpartition("/")[2].removesuffix(".json") for key in dict.fromkeys(keys)]
    named = named_jobs({"Records": [record(key) for key in keys]}, BUCKET)
    assert set(named) <= set(wanted)
    assert len(named) == len({key for key in mine if key.endswith(tuple(f"{i}.json" for i in IDS))})


@tries(30)
@given(events)
def test_no_event_is_logged_with_what_is_in_it(event: Json) -> None:
    with recorded() as rows:
        named_jobs({"Records": [event, record("nonsense")]}, BUCKET)
    said = {row.getMessage() for row in rows}
    assert said <= {"an event without a key", "an event of another bucket"}
    assert rows
    assert not [row for row in rows if row.__dict__["fields"]]


def test_an_event_as_large_as_scf_takes_is_read_quickly() -> None:
    keys = [f"/{APPID}/{NAME}/{request_key(JOB_ID)}", "/" * 1000, "x" * 1000]
    event = {"Records": [record(key) for key in keys for _ in range(100)]}
    assert len(json.dumps(event)) > 128 * 1024
    assert named_jobs(event, BUCKET) == [JOB_ID]


GARBAGE: list[Json] = [None, "wake up", {"Records": ["x"]}]


@pytest.mark.parametrize("event", GARBAGE, ids=json.dumps)
def test_the_worker_does_its_work_whatever_has_woken_it(worker: WorkerHarness, event: Json) -> None:
    (job,) = worker.ask()
    worker.run(event=event)
    assert worker.outcome(job).state == "succeeded"
