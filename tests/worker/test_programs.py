"""Jobs that programs ask for: webhooks and runs of the workflow step, as the worker ends them."""

import json
from typing import Any

import pytest

from functions.jobs.callback_queue import read_callback
from functions.jobs.job_ids import id_of_jobs, id_of_webhook
from functions.jobs.links import Links
from functions.jobs.model import (
    Asker,
    BucketPhoto,
    Callback,
    Job,
    PhotoUrl,
    Thread,
    Upload,
    WorkflowRun,
)
from functions.jobs.status import JobStatus, status_of
from functions.jobs.steps import WorkflowCompleted
from functions.jobs.wish import Wish
from infra.local.polling import until
from infra.local.slack.world import MERCHANDISER_ID, PRODUCT_PHOTOS_ID, SHOP_NEWS_ID
from tests.caller import call
from tests.worker.conftest import WorkerHarness, photo_bytes
from tests.worker.loopback import Server, redirect
from tests.worker.receiving import receiving


def ask(worker: WorkerHarness, number: int = 1, photo: bytes | None = None, **changes: Any) -> Job:
    """An accepted job of a client, whose photo came inside the request."""
    job_id = id_of_webhook("shop", f"msg_{number}")
    key = f"uploads/{job_id}/photo"
    data = photo_bytes() if photo is None else photo
    worker.ledger.bucket.put(key, data, content_type="application/octet-stream")
    fields: dict[str, Any] = {
        "id": job_id,
        "gesture": "webhook",
        "created_at": worker.ledger.clock(),
        "wish": Wish(prompt="on a wooden table"),
        "photo": BucketPhoto(key=key),
        "asker": Asker(client="shop", language="en"),
        "upload": Upload(id=id_of_jobs([job_id]), jobs=(job_id,)),
        **changes,
    }
    job = Job(**fields)
    worker.ledger.accept(job)
    return job


def status(worker: WorkerHarness, job: Job) -> JobStatus:
    links = Links(worker.environ["LINK_BASE_URL"], [worker.environ["LINK_SECRETS"]])
    found = status_of(worker.ledger, links, job.id)
    assert found is not None
    return found


def begun_run(worker: WorkerHarness) -> WorkflowRun:
    """A run of the step that Slack has told of, and that nobody has ended."""
    step = {"user": MERCHANDISER_ID, "callback_id": "replace_background", "inputs": {}}
    with receiving() as app:
        call("PUT", f"http://{worker.slack}/_control/app", {"events_url": app.url})
        call("POST", f"http://{worker.slack}/_client/functions", step)
        until(lambda: bool(app.got), what="Slack to tell of the run")
    event = json.loads(app.got[0][1])["event"]
    return WorkflowRun(execution_id=event["function_execution_id"], token=event["bot_access_token"])


def run_of(worker: WorkerHarness, run: WorkflowRun) -> dict[str, Any]:
    runs = call("GET", f"http://{worker.slack}/_client/executions")["executions"]
    found: dict[str, Any] = next(one for one in runs if one["id"] == run.execution_id)
    return found


# --- webhooks


def test_a_job_that_is_shown_nowhere_has_links_and_no_message(worker: WorkerHarness) -> None:
    job = ask(worker)
    worker.run()
    found = status(worker, job)
    assert found.state == "succeeded"
    assert all([found.links.picture, found.links.mask, found.links.cutout, found.links.before])
    assert not worker.calls("slack", "chat.postMessage")


def test_a_program_is_named_where_a_person_would_be_mentioned(worker: WorkerHarness) -> None:
    job = ask(worker, thread=Thread(channel=PRODUCT_PHOTOS_ID))
    worker.run()
    assert status(worker, job).state == "succeeded"
    messages = call("GET", f"http://{worker.slack}/_client/messages?channel={PRODUCT_PHOTOS_ID}")
    (told,) = [one for one in messages["messages"] if job.id in str(one.get("metadata"))]
    assert "<@" not in told["text"]
    assert told["blocks"][0]["elements"][0]["elements"][0]["text"] == "shop"


@pytest.mark.parametrize(
    ("thread", "code"),
    [
        (Thread(channel=SHOP_NEWS_ID), "channel_not_member"),
        (Thread(channel=PRODUCT_PHOTOS_ID, thread_ts="1.000001"), ""),
    ],
)
def test_a_place_that_there_is_not_is_told_in_status_and_callback(
    thread: Thread, code: str, worker: WorkerHarness
) -> None:
    """A channel costs nothing; of a thread that is gone the picture is kept, and linked."""
    job = ask(worker, thread=thread, callback=Callback(url="https://shop.example/"))
    worker.run()
    found = status(worker, job)
    callback = read_callback(worker.ledger.bucket, job.id)
    assert callback is not None
    if code:
        assert found.error is not None
        assert (found.error.code, found.error.words != "") == (code, True)
        assert code in callback.body
        assert not worker.tasks()
    else:
        assert found.state == "succeeded"
        assert found.links.picture in callback.body


def test_a_callback_shows_controls_of_direction_and_keeps_the_value(worker: WorkerHarness) -> None:
    quoted = "cup\u202egpj\u2066.exe"
    job = ask(worker, reference=quoted, callback=Callback(url="https://shop.example/"))
    worker.run()
    callback = read_callback(worker.ledger.bucket, job.id)
    assert callback is not None
    assert not {"\u202e", "\u2066"} & set(callback.body)
    assert json.loads(callback.body)["data"]["reference"] == quoted


def test_the_status_names_the_rule_that_a_photos_address_broke(worker: WorkerHarness) -> None:
    with Server(redirect("https://169.254.169.254/latest/meta-data/")) as server:
        photo = PhotoUrl(url=f"{server.url}/cup.jpg")
        job = worker.ask_by_program(photo=photo)
        worker.run()
    error = status(worker, job).error
    assert error is not None
    assert (error.code, error.rule) == ("photo_not_fetched", "forbidden-address")


def test_the_client_is_called_back_when_its_job_was_taken_back(worker: WorkerHarness) -> None:
    job = ask(worker, callback=Callback(url="https://shop.example/"))
    worker.ledger.add_tombstone(job.id, why="delete", by="client/shop")
    worker.run()
    callback = read_callback(worker.ledger.bucket, job.id)
    assert callback is not None
    assert '"job.cancelled"' in callback.body
    assert not worker.tasks()
    assert status(worker, job).state == "deleted"


# --- the workflow step


def test_a_run_gets_its_outputs_once(worker: WorkerHarness) -> None:
    run = begun_run(worker)
    job = ask(worker, workflow=run, asker=Asker(client="Workflow", language="en"))
    worker.run()
    worker.ledger.accept(job)  # told of again, late
    worker.run()
    found = run_of(worker, run)
    assert found["state"] == "completed"
    assert found["outputs"].keys() == {"job_id", "picture_url", "mask_url"}
    assert len(worker.calls("slack", "functions.completeSuccess")) == 1
    assert worker.ledger.read_step(job.id, WorkflowCompleted)


def test_a_run_of_a_job_that_failed_gets_words(worker: WorkerHarness) -> None:
    run = begun_run(worker)
    ask(worker, photo=b"%PDF-1.7", workflow=run, asker=Asker(client="Workflow", language="zh"))
    worker.run()
    found = run_of(worker, run)
    assert found["state"] == "failed"
    assert "不是我能读取的照片" in found["error"]


def test_a_run_of_a_job_that_was_cancelled_gets_words(worker: WorkerHarness) -> None:
    run = begun_run(worker)
    job = ask(worker, workflow=run, asker=Asker(client="Workflow", language="en"))
    worker.ledger.add_tombstone(job.id, why="cancel", by="somebody")
    worker.run()
    assert run_of(worker, run)["error"] == "The picture was cancelled."


def test_while_slack_cannot_take_it_a_run_waits(worker: WorkerHarness) -> None:
    run = begun_run(worker)
    job = ask(worker, workflow=run, asker=Asker(client="Workflow", language="en"))
    worker.fault("slack", op="functions.completeSuccess", error="ratelimited", retry_after_s=1)
    worker.run()
    assert run_of(worker, run)["state"] == "completed"
    assert status(worker, job).state == "succeeded"
    assert len(worker.tasks()) == 1


@pytest.mark.parametrize("error", ["execution_not_in_running_state", "token_expired"])
def test_a_run_that_is_over_already_does_no_harm(error: str, worker: WorkerHarness) -> None:
    run = begun_run(worker)
    job = ask(worker, workflow=run, asker=Asker(client="Workflow", language="en"))
    worker.fault("slack", op="functions.completeSuccess", error=error)
    worker.run()
    assert status(worker, job).state == "succeeded"
    assert list(worker.ledger.open_jobs()) == []
