"""Callbacks: signed, at least once, patiently, and never where they may not go."""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from standardwebhooks.webhooks import Webhook
from starlette.responses import Response

from functions.jobs.bucket import Bucket
from functions.jobs.callback_queue import (
    PendingCallback,
    due_keys,
    enqueue_callback,
    read_callback,
)
from functions.jobs.url_policy import UrlPolicy
from functions.jobs.webhook_clients import Client
from functions.worker.callback_delivery import CallbackThread
from functions.worker.callback_tries import GAPS_S, JITTER, CallbackSender
from functions.worker.callback_turns import Host, HostHealth
from tests.clock import NOW, Clock
from tests.jobs.making import JOB_ID, job_ids
from tests.worker.receiving import Receiver, receiving

NEW, OLD = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
DAY_S = 24 * 3600
BODY = json.dumps({"type": "job.succeeded", "data": {"id": JOB_ID}})


@dataclass
class Post:
    """Deliveries from a test's bucket to its receiver."""

    bucket: Bucket
    receiver: Receiver
    clock: Clock
    sender: CallbackSender
    hosts: dict[Host, HostHealth] = field(default_factory=dict)

    def deliver_due(self) -> None:
        """A run without jobs."""
        with CallbackThread(self.sender, self.hosts) as thread:
            wait_for_callbacks(thread)

    def ask(self, job_id: str = JOB_ID, **changes: Any) -> None:
        fields: dict[str, Any] = {"url": self.receiver.url, "client": "shop", **changes}
        callback = PendingCallback(job_id=job_id, body=BODY, asked_at=NOW, next_at=NOW, **fields)
        enqueue_callback(self.bucket, callback)

    def found(self) -> PendingCallback:
        found = read_callback(self.bucket, JOB_ID)
        assert found is not None
        return found

    def wait(self) -> float:
        """Until the next try; gives the seconds."""
        waited = self.found().next_at - self.clock.now
        self.clock.now = self.found().next_at + 1
        return waited


def wait_for_callbacks(thread: CallbackThread, *, has_worked: bool = False) -> None:
    """As the runner does when no jobs are left."""
    began = time.monotonic()
    while thread.is_awaited(time.monotonic() - began, has_worked=has_worked):
        time.sleep(0.005)


@pytest.fixture
def post(bucket: Bucket) -> Iterator[Post]:
    client = Client(name="shop", secrets=(NEW, OLD), callback_hosts=("127.0.0.1",))
    clock = Clock()
    with receiving() as receiver:
        sender = CallbackSender(
            bucket=bucket,
            clients={"shop": client},
            rules=UrlPolicy(allow_loopback_http=True),
            time_left=lambda: 900,
            clock=clock,
        )
        yield Post(bucket, receiver, clock, sender)


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_the_official_library_verifies_what_comes_with_each_current_secret(
    secret: str, post: Post
) -> None:
    post.ask()
    post.deliver_due()
    ((headers, body),) = post.receiver.got
    assert Webhook(secret).verify(body, headers) == json.loads(BODY)
    assert headers["webhook-id"] == JOB_ID
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("Backdrop/")
    assert "cookie" not in headers


def test_a_2xx_ends_it(post: Post) -> None:
    post.receiver.answers = [Response(status_code=204)]
    post.ask()
    post.deliver_due()
    assert post.found().state == "delivered"
    assert [one.status for one in post.found().tries] == [204]
    post.deliver_due()
    assert len(post.receiver.got) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 500, 503])
def test_anything_else_is_tried_again_with_the_same_id_and_body(status: int, post: Post) -> None:
    post.receiver.answers = [Response(status_code=status, headers={"Location": "/other"})]
    post.ask()
    post.deliver_due()
    assert post.found().state == "waiting"
    post.deliver_due()  # not yet
    assert len(post.receiver.got) == 1
    post.wait()
    post.deliver_due()
    assert post.found().state == "delivered"
    (first, again) = post.receiver.got
    assert first[1] == again[1]
    assert first[0]["webhook-id"] == again[0]["webhook-id"]


def test_410_ends_it_for_good(post: Post) -> None:
    post.receiver.answers = [Response(status_code=410)]
    post.ask()
    post.deliver_due()
    assert post.found().state == "refused"
    post.clock.now += DAY_S
    post.deliver_due()
    assert len(post.receiver.got) == 1


def test_the_gaps_grow_and_it_is_given_up_after_a_day(post: Post) -> None:
    post.receiver.answers = [Response(status_code=500) for _ in range(30)]
    post.ask()
    gaps = []
    while post.found().state == "waiting":
        post.deliver_due()
        gaps.append(post.wait())
    gaps.pop()
    assert post.found().state == "given-up"
    assert sum(gaps) <= DAY_S + len(gaps)
    assert sum(gaps) > DAY_S - 4.5 * 3600
    for gap, meant in zip(gaps, GAPS_S, strict=False):
        assert meant * (1 - JITTER) - 1 <= gap <= meant * (1 + JITTER)
    assert post.found().count == len(post.receiver.got)
    assert not [*due_keys(post.bucket, post.clock.now + 10 * DAY_S)]


def test_one_that_cannot_be_read_keeps_no_other_waiting(post: Post) -> None:
    other = next(one for one in job_ids(2) if one != JOB_ID)
    post.ask(other)
    post.bucket.put(f"steps/{other}/callback.json", b"{", content_type="application/json")
    post.ask()
    post.deliver_due()
    assert post.found().state == "delivered"
    (left,) = post.bucket.list("callbacks/")
    assert left.key.endswith(other)  # for whoever mends the record


def test_retry_after_is_respected(post: Post) -> None:
    post.receiver.answers = [Response(status_code=503, headers={"Retry-After": "777"})]
    post.ask()
    post.deliver_due()
    assert post.wait() == 777


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://10.0.0.1/hook", "not-https"),
        ("https://10.0.0.1/hook", "forbidden-address"),
        ("https://evil.example/hook", "forbidden-address"),
    ],
)
def test_where_it_may_not_go_nothing_is_sent(url: str, error: str, post: Post) -> None:
    """The operator may have taken a host away since the job was accepted."""
    post.ask(url=url)
    post.deliver_due()
    assert [one.error for one in post.found().tries] == [error]
    assert not post.receiver.got


def test_a_client_that_is_no_more_is_not_called(post: Post) -> None:
    post.ask(client="studio")
    post.deliver_due()
    assert post.found().state == "given-up"
    assert not post.receiver.got


def test_nothing_is_begun_when_the_runs_time_is_nearly_over(post: Post) -> None:
    post.ask()
    late = msgspec.structs.replace(post.sender, time_left=lambda: 20)
    with CallbackThread(late, {}) as thread:
        wait_for_callbacks(thread)
    assert post.found().count == 0


def test_a_run_delivers_what_its_last_jobs_have_asked_for(post: Post) -> None:
    with CallbackThread(post.sender, post.hosts) as thread:
        for job_id in job_ids(12):
            post.ask(job_id)
            thread.queued(job_id)
        wait_for_callbacks(thread, has_worked=True)
    assert len(post.receiver.got) == 12


def test_a_crash_in_delivering_is_no_trouble_for_the_jobs(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    def crash() -> float:
        raise RuntimeError

    broken = msgspec.structs.replace(post.sender, clock=crash)
    post.ask()
    with CallbackThread(broken, {}) as thread:
        wait_for_callbacks(thread)
    assert "callbacks have to wait" in caplog.text
    post.deliver_due()
    assert post.found().state == "delivered"
