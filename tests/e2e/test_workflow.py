"""The workflow step, from the run that Slack tells of to its outputs, through real processes."""

from typing import Any

import pytest
import requests

from infra.local import one_job
from infra.local.http import call
from infra.local.polling import until
from infra.local.slack.world import MERCHANDISER_ID, OPERATIONS_ID, PRODUCT_PHOTOS_ID
from tests.e2e.conftest import System
from tests.worker.conftest import photo_bytes

pytestmark = pytest.mark.e2e


def slack(system: System, path: str) -> str:
    return f"http://{system.stack.addresses['slack']}/_client/{path}"


def run_step(system: System, **inputs: str) -> dict[str, Any]:
    """A workflow that began with a webhook comes to our step; gives the run when it has ended."""
    step = {"user": MERCHANDISER_ID, "callback_id": "replace_background", "inputs": inputs}
    begun = call("POST", slack(system, "functions"), step)["execution"]

    def run() -> dict[str, Any]:
        runs = call("GET", slack(system, "executions"))["executions"]
        found: dict[str, Any] = next(one for one in runs if one["id"] == begun["id"])
        return found

    until(lambda: run()["state"] != "running", what="the run to end", limit_s=60)
    return run()


def an_address(system: System) -> str:
    url = f"http://{system.stack.addresses['cos']}/_control/object?key=outside/photo.jpg"
    call("PUT", f"{url}&quiet=1", photo_bytes())
    return url


def a_file(system: System, channel: str = "", user: str = MERCHANDISER_ID) -> str:
    """A file in Slack, shared in a channel or nowhere."""
    file_id = call("POST", slack(system, f"files?user={user}&name=cup.jpg"), photo_bytes())
    found = str(file_id["file_id"])
    if channel:
        said = {"user": user, "channel": channel, "text": "the cup", "file_ids": [found]}
        call("POST", slack(system, "messages"), said)
    return found


def test_a_run_ends_with_links_and_the_picture_in_its_channel(system: System) -> None:
    words = "a workflow's table"
    run = run_step(system, photo=an_address(system), words=words, channel=PRODUCT_PHOTOS_ID)
    assert run["state"] == "completed"
    assert run["outputs"].keys() >= {"picture_url", "job_id"}
    answer = requests.get(run["outputs"]["picture_url"], timeout=10)
    assert answer.headers["content-type"].startswith("image/")
    messages = call("GET", slack(system, f"messages?channel={PRODUCT_PHOTOS_ID}"))["messages"]
    told = [one for one in messages if one_job.kind_of(one) == "backdrop_told"]
    assert len([one for one in told if words in str(one)]) == 1
    assert len(system.billed(words)) == 1


def test_a_file_that_is_shared_in_the_channel_is_used(system: System) -> None:
    file_id = a_file(system, PRODUCT_PHOTOS_ID)
    run = run_step(system, photo=file_id, template="marble", channel=PRODUCT_PHOTOS_ID)
    assert run["state"] == "completed"


def test_a_file_that_is_not_shared_there_is_not(system: System) -> None:
    """An id alone must not open somebody's file."""
    file_id = a_file(system, PRODUCT_PHOTOS_ID, user=OPERATIONS_ID)
    run = run_step(system, photo=file_id, words="x")
    assert run["state"] == "failed"
    assert "not shared in the step's channel" in run["error"]
    private = a_file(system, user=OPERATIONS_ID)
    assert run_step(system, photo=private, words="x", channel=PRODUCT_PHOTOS_ID)["error"]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"photo": "https://169.254.169.254/a", "words": "x"}, "private network"),
        ({"photo": "https://shop.example/a"}, "few words"),
        ({"photo": "https://shop.example/a", "words": "桌" * 257}, "257"),
        ({"photo": "https://shop.example/a", "template": "mable"}, "mable"),
        ({"photo": "https://shop.example/a", "words": "x", "size": "9"}, "1280"),
        ({"words": "x"}, "photo"),
    ],
)
def test_what_cannot_be_done_ends_the_run_at_once_with_words(
    inputs: dict[str, str], words: str, system: System
) -> None:
    run = run_step(system, **inputs)
    assert run["state"] == "failed"
    assert words in run["error"]


def test_a_photo_that_cannot_be_used_ends_the_run_with_words(system: System) -> None:
    url = f"http://{system.stack.addresses['cos']}/_control/object?key=outside/none.pdf"
    call("PUT", f"{url}&quiet=1", b"%PDF-1.7")
    run = run_step(system, photo=url, words="放在桌上")
    assert run["state"] == "failed"
    assert "不是我能读取的照片" in run["error"]


def test_no_token_of_a_run_is_logged(system: System) -> None:
    run_step(system, photo=an_address(system), words="looked for in the log")
    system.all_done()
    text = system.log.read_text("utf-8")
    assert "workflow-completed" in text
    assert "xwfp-" not in text
