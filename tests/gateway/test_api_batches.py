"""POST /v1/batches: many ordinary jobs under one id, all or none, also after a crash."""

import json
from typing import Any

import msgspec
import pytest

from functions.jobs.bucket_layout import request_key
from functions.jobs.job_ids import id_of_webhook
from functions.jobs.model import Job
from tests.gateway.program import CHANNEL, Program, a_wish, pointers
from tests.jobs.driving import Cos

SLACK = {"deliver": {"slack": {"channel": CHANNEL}}}


def a_batch(count: int, **changes: Any) -> dict[str, Any]:
    return {"jobs": [a_wish(reference=f"order {n}", **changes) for n in range(count)]}


def accepted(cos: Cos) -> dict[str, Job]:
    jobs = [msgspec.json.decode(cos.read(key), type=Job) for key in cos.listed("requests/")]
    return {job.id: job for job in jobs}


def test_a_batch_becomes_ordinary_jobs_in_its_order(shop: Program, cos: Cos) -> None:
    answer = shop.send(a_batch(100), "/v1/batches")
    assert answer.status_code == 202
    said = answer.json()
    jobs = accepted(cos)
    assert len(jobs) == 100
    references = [jobs[one["id"]].reference for one in said["jobs"]]
    assert references == [f"order {n}" for n in range(100)]
    assert answer.headers["location"] == said["status_url"]


def test_a_batch_has_one_status(shop: Program) -> None:
    said = shop.send(a_batch(3), "/v1/batches").json()
    shop.delete(said["jobs"][1]["id"])
    status = shop.status(said["status_url"]).json()
    assert status["id"] == said["id"]
    assert status["counts"] == {"queued": 2, "deleted": 1}
    assert [one["state"] for one in status["jobs"]] == ["queued", "deleted", "queued"]


def test_the_same_batch_again_is_the_same_jobs(shop: Program, cos: Cos) -> None:
    answers = [shop.send(a_batch(3), "/v1/batches", webhook_id="msg_1") for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert len(accepted(cos)) == 3


def test_another_body_under_its_id_is_409_before_anything_else(shop: Program, cos: Cos) -> None:
    shop.send(a_batch(3), "/v1/batches", webhook_id="msg_1")
    assert shop.send(a_batch(4), "/v1/batches", webhook_id="msg_1").status_code == 409
    assert shop.send(a_wish(), "/v1/jobs", webhook_id="msg_1").status_code == 409
    assert len(accepted(cos)) == 3


def test_a_crash_in_the_middle_is_made_up_for_by_the_next_try(shop: Program, cos: Cos) -> None:
    seventh = request_key(id_of_webhook("shop", "msg_1", 7))
    cos.fault(error="InternalError", status=500, times=2, target=seventh)
    first = shop.send(a_batch(20), "/v1/batches", webhook_id="msg_1")
    assert first.status_code == 503
    assert 7 <= len(accepted(cos)) < 20
    second = shop.send(a_batch(20), "/v1/batches", webhook_id="msg_1")
    assert second.status_code == 202
    assert set(accepted(cos)) == {one["id"] for one in second.json()["jobs"]}


def test_what_was_not_accepted_yet_is_missing_in_the_status(shop: Program, cos: Cos) -> None:
    said = shop.send(a_batch(2), "/v1/batches").json()
    cos.fault(error="NoSuchKey", status=404, target=f"requests/{said['jobs'][0]['id']}.json")
    status = shop.status(said["status_url"]).json()
    assert status["counts"] == {"missing": 1, "queued": 1}


def test_one_bad_item_refuses_all_and_every_problem_is_named(shop: Program, cos: Cos) -> None:
    batch = {"jobs": [a_wish(), a_wish(prompt=None), a_wish(), a_wish(watermark=False)]}
    answer = shop.send(batch, "/v1/batches")
    assert answer.status_code == 422
    assert pointers(answer) == {
        "/jobs/1/prompt": "words_missing",
        "/jobs/3/watermark": "watermark_fixed",
    }
    assert not cos.listed()


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_1_to_100_jobs(count: int, shop: Program) -> None:
    assert pointers(shop.send(a_batch(count), "/v1/batches")) == {"/jobs": "invalid_value"}


def test_problems_without_end_are_cut(shop: Program) -> None:
    body = json.dumps({"jobs": [{f"x{n}": 1 for n in range(50)}] * 100}).encode()
    answer = shop.post(body, shop.signed(body), "/v1/batches")
    assert len(answer.json()["problems"]) == 100


def test_what_goes_to_one_place_shares_its_progress_there(shop: Program, cos: Cos) -> None:
    batch = {"jobs": [a_wish(**SLACK), a_wish(), a_wish(**SLACK)]}
    said = shop.send(batch, "/v1/batches").json()
    jobs = accepted(cos)
    first, second, third = (jobs[one["id"]] for one in said["jobs"])
    assert first.upload == third.upload
    assert first.upload.jobs == (first.id, third.id)
    assert second.upload.jobs == (second.id,)


@pytest.mark.parametrize("key", ["", "a" * 32])
def test_without_the_capability_a_batch_cannot_be_seen(key: str, shop: Program) -> None:
    said = shop.send(a_batch(1), "/v1/batches").json()
    assert shop.status(f"http://any/v1/batches/{said['id']}?key={key}").status_code == 404
