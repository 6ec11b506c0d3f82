"""From a signed webhook to a picture in Slack and a signed callback, through real processes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from standardwebhooks.webhooks import Webhook

from infra.local import one_job
from infra.local.http import call
from infra.local.polling import until
from infra.local.slack.world import PRODUCT_PHOTOS_ID
from tests.e2e.conftest import System
from tests.gateway.program import Program
from tests.worker.conftest import photo_bytes
from tests.worker.receiving import Receiver, receiving

pytestmark = pytest.mark.e2e


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def shop(system: System) -> Program:
    return Program(system.stack.addresses["gateway"], system.stack.webhook_secret)


@pytest.fixture
def photo_url(system: System) -> str:
    """A photo at an address of this machine, which local mode allows."""
    at = system.stack.addresses["cos"]
    url = f"http://{at}/_control/object?key=outside/photo.jpg"
    call("PUT", f"{url}&quiet=1", photo_bytes())
    return url


def ended(shop: Program, said: dict[str, Any]) -> dict[str, Any]:
    """The status, once the job has ended and its client knows."""

    def is_over() -> bool:
        status = shop.status(said["status_url"]).json()
        waiting = (status["callback"] or {}).get("state") == "waiting"
        return status["finished_at"] is not None and not waiting

    until(is_over, what="the job to end", limit_s=60)
    status: dict[str, Any] = shop.status(said["status_url"]).json()
    return status


def test_a_webhook_becomes_a_picture_in_the_channel_and_a_callback(
    system: System, shop: Program, receiver: Receiver, photo_url: str
) -> None:
    deliver = {"slack": {"channel": PRODUCT_PHOTOS_ID}, "callback_url": receiver.url}
    wish = {
        "image_url": photo_url,
        "prompt": "asked by a program",
        "reference": "order 7",
        "deliver": deliver,
    }
    said = shop.send(wish).json()
    status = ended(shop, said)
    assert (status["state"], status["reference"]) == ("succeeded", "order 7")
    assert status["links"]["picture"] == said["picture_url"]
    assert [one["status"] for one in status["callback"]["tries"]] == [200]
    picture = requests.get(said["picture_url"], timeout=10)
    assert picture.headers["content-type"].startswith("image/")
    assert picture.content

    ((headers, body),) = receiver.got
    told = Webhook(system.stack.webhook_secret).verify(body, headers)
    assert told["type"] == "job.succeeded"
    assert told["data"]["id"] == headers["webhook-id"] == said["id"]
    assert told["data"]["links"] == status["links"]

    url = f"http://{system.stack.addresses['slack']}/_client/messages?channel={PRODUCT_PHOTOS_ID}"
    shown = [
        message
        for message in call("GET", url)["messages"]
        if one_job.kind_of(message) == "backdrop_told" and "asked by a program" in str(message)
    ]
    assert len(shown) == 1
    assert len(system.billed("asked by a program")) == 1


def test_what_cannot_be_done_is_told_with_words_in_the_clients_language(
    system: System, shop: Program, receiver: Receiver
) -> None:
    at = system.stack.addresses["cos"]
    url = f"http://{at}/_control/object?key=outside/none.jpg"
    call("PUT", f"{url}&quiet=1", b"%PDF-1.7")
    deliver = {"callback_url": receiver.url}
    wish = {"image_url": url, "prompt": "never", "language": "zh", "deliver": deliver}
    status = ended(shop, shop.send(wish).json())
    assert status["state"] == "failed"
    assert status["error"]["code"] == "photo_not_an_image"
    assert "不是我能读取的照片" in status["error"]["words"]
    ((_, body),) = receiver.got
    assert json.loads(body)["type"] == "job.failed"
    assert json.loads(body)["data"]["error"] == status["error"]


def test_a_job_that_is_taken_back_costs_nothing_and_is_gone(
    system: System, shop: Program, photo_url: str
) -> None:
    system.stack.control("cos", "PUT", "settings", {"trigger_copies": 0})
    try:
        said = shop.send({"image_url": photo_url, "prompt": "taken back at once"}).json()
        assert shop.delete(said["id"]).status_code == 202
    finally:
        system.stack.control("cos", "PUT", "settings", {"trigger_copies": 1})
    system.all_done()
    assert shop.status(said["status_url"]).json()["state"] == "deleted"
    assert not system.billed("taken back at once")
