"""Jobs that programs ask for: webhooks and runs of the workflow step, as the worker ends them."""

import json
from typing import Any

import pytest

from functions.jobs import identity
from functions.jobs.callbacks import read_callback
from functions.jobs.links import Links
from functions.jobs.model import (
    Asker,
    BucketPhoto,
    Callback,
    Job,
    PhotoUrl,
    Thread,
    Upload,
    Wish,
    WorkflowRun,
)
from functions.jobs.status import JobStatus, status_of
from functions.jobs.steps import WorkflowCompleted
from infra.local.http import call
from infra.local.slack.world import MERCHANDISER_ID, PRODUCT_PHOTOS_ID, SHOP_NEWS_ID
from infra.local.waiting import until
from tests.worker.conftest import Shop, photo_bytes
from tests.worker.loopback import Server, redirect
from tests.worker.receiving import receiving


def ask(shop: Shop, number: int = 1, photo: bytes | None = None, **changes: Any) -> Job:
    """An accepted job of a client, whose photo came inside the request."""
    job_id = identity.of_webhook("shop", f"msg_{number}")
    key = f"uploads/{job_id}/photo"
    data = photo_bytes() if photo is None else photo
    shop.ledger.bucket.put(key, data, content_type="application/octet-stream")
    fields: dict[str, Any] = {
        "id": job_id,
        "gesture": "webhook",
        "created_at": shop.ledger.clock(),
        "wish": Wish(prompt="on a wooden table"),
        "photo": BucketPhoto(key=key),
        "asker": Asker(client="shop", language="en"),
        "upload": Upload(id=identity.of_jobs([job_id]), jobs=(job_id,)),
        **changes,
    }
    job = Job(**fields)
    shop.ledger.accept(job)
    return job


def status(shop: Shop, job: Job) -> JobStatus:
    links = Links(shop.environ["LINK_BASE_URL"], [shop.environ["LINK_SECRETS"]])
    found = status_of(shop.ledger, links, job.id)
    assert found is not None
    return found


def begun_run(shop: Shop) -> WorkflowRun:
    """A run of the step that Slack has told of, and that nobody has ended."""
    step = {"user": MERCHANDISER_ID, "callback_id": "replace_background", "inputs": {}}
    with receiving() as app:
        call("PUT", f"http://{shop.slack}/_control/app", {"events_url": app.url})
        call("POST", f"http://{shop.slack}/_client/functions", step)
        until(lambda: bool(app.got), what="Slack to tell of the run")
    event = json.loads(app.got[0][1])["event"]
    return WorkflowRun(execution_id=event["function_execution_id"], token=event["bot_access_token"])


def run_of(shop: Shop, run: WorkflowRun) -> dict[str, Any]:
    runs = call("GET", f"http://{shop.slack}/_client/executions")["executions"]
    found: dict[str, Any] = next(one for one in runs if one["id"] == run.execution_id)
    return found


# --- webhooks


def test_a_job_that_is_shown_nowhere_has_links_and_no_message(shop: Shop) -> None:
    job = ask(shop)
    shop.run()
    found = status(shop, job)
    assert found.state == "succeeded"
    assert all([found.links.picture, found.links.mask, found.links.cutout, found.links.before])
    assert not shop.calls("slack", "chat.postMessage")


def test_a_program_is_named_where_a_person_would_be_mentioned(shop: Shop) -> None:
    job = ask(shop, thread=Thread(channel=PRODUCT_PHOTOS_ID))
    shop.run()
    assert status(shop, job).state == "succeeded"
    messages = call("GET", f"http://{shop.slack}/_client/messages?channel={PRODUCT_PHOTOS_ID}")
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
    thread: Thread, code: str, shop: Shop
) -> None:
    """A channel costs nothing; of a thread that is gone the picture is kept, and linked."""
    job = ask(shop, thread=thread, callback=Callback(url="https://shop.example/"))
    shop.run()
    found = status(shop, job)
    callback = read_callback(shop.ledger.bucket, job.id)
    assert callback is not None
    if code:
        assert found.error is not None
        assert (found.error.code, found.error.words != "") == (code, True)
        assert code in callback.body
        assert not shop.tasks()
    else:
        assert found.state == "succeeded"
        assert found.links.picture in callback.body


def test_the_status_names_the_rule_that_a_photos_address_broke(shop: Shop) -> None:
    with Server(redirect("https://169.254.169.254/latest/meta-data/")) as server:
        photo = PhotoUrl(url=f"{server.url}/cup.jpg")
        job = shop.ask_by_program(photo=photo)
        shop.run()
    error = status(shop, job).error
    assert error is not None
    assert (error.code, error.rule) == ("photo_not_fetched", "forbidden-address")


def test_the_client_is_called_back_when_its_job_was_taken_back(shop: Shop) -> None:
    job = ask(shop, callback=Callback(url="https://shop.example/"))
    shop.ledger.bury(job.id, why="delete", by="client/shop")
    shop.run()
    callback = read_callback(shop.ledger.bucket, job.id)
    assert callback is not None
    assert '"job.cancelled"' in callback.body
    assert not shop.tasks()
    assert status(shop, job).state == "deleted"


# --- the workflow step


def test_a_run_gets_its_outputs_once(shop: Shop) -> None:
    run = begun_run(shop)
    job = ask(shop, workflow=run, asker=Asker(client="Workflow", language="en"))
    shop.run()
    shop.ledger.accept(job)  # told of again, late
    shop.run()
    found = run_of(shop, run)
    assert found["state"] == "completed"
    assert found["outputs"].keys() == {"job_id", "picture_url", "mask_url"}
    assert len(shop.calls("slack", "functions.completeSuccess")) == 1
    assert shop.ledger.step(job.id, WorkflowCompleted)


def test_a_run_of_a_job_that_failed_gets_words(shop: Shop) -> None:
    run = begun_run(shop)
    ask(shop, photo=b"%PDF-1.7", workflow=run, asker=Asker(client="Workflow", language="zh"))
    shop.run()
    found = run_of(shop, run)
    assert found["state"] == "failed"
    assert "无法读取" in found["error"]


def test_a_run_of_a_job_that_was_cancelled_gets_words(shop: Shop) -> None:
    run = begun_run(shop)
    job = ask(shop, workflow=run, asker=Asker(client="Workflow", language="en"))
    shop.ledger.bury(job.id, why="cancel", by="somebody")
    shop.run()
    assert run_of(shop, run)["error"] == "The job was cancelled."


def test_while_slack_cannot_take_it_a_run_waits(shop: Shop) -> None:
    run = begun_run(shop)
    job = ask(shop, workflow=run, asker=Asker(client="Workflow", language="en"))
    shop.fault("slack", op="functions.completeSuccess", error="ratelimited", retry_after_s=1)
    shop.run()
    assert run_of(shop, run)["state"] == "completed"
    assert status(shop, job).state == "succeeded"
    assert len(shop.tasks()) == 1


@pytest.mark.parametrize("error", ["execution_not_in_running_state", "token_expired"])
def test_a_run_that_is_over_already_does_no_harm(error: str, shop: Shop) -> None:
    run = begun_run(shop)
    job = ask(shop, workflow=run, asker=Asker(client="Workflow", language="en"))
    shop.fault("slack", op="functions.completeSuccess", error=error)
    shop.run()
    assert status(shop, job).state == "succeeded"
    assert list(shop.ledger.open_jobs()) == []
