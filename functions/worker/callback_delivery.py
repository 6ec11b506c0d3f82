"""Calls clients back when their jobs have ended: signed, at least once, for up to a day.

By Standard Webhooks: ``webhook-id`` is the job's id at every try, the timestamp is the try's own,
a 2xx is the only yes, a redirect is a failure, 410 means never again, Retry-After is respected.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from itertools import islice

import msgspec
from standardwebhooks.webhooks import Webhook

from functions.jobs.bucket import Bucket, BucketUnavailable, KeysExpired
from functions.jobs.callback_queue import (
    CallbackState,
    DeliveryAttempt,
    DueCallback,
    PendingCallback,
    due_callbacks,
    enqueue_callback,
    save_callback,
)
from functions.jobs.model import Callback, Job
from functions.jobs.status import CallbackBody, ended_status
from functions.jobs.steps import Outcome
from functions.jobs.url_policy import UrlPolicy, UrlRefused, parse_target
from functions.jobs.webhook_clients import Client
from functions.log import log, log_crash
from functions.worker.context import WorkerContext
from functions.worker.jitter import jittered
from functions.worker.safe_http import HttpResult, post

TRY_LIMIT_S = 20.0
GIVE_UP_AFTER_S = 24 * 3600.0
GAPS_S = (5.0, 30.0, 120.0, 600.0, 3600.0, 3 * 3600.0)  # the last one again and again
JITTER = 0.2
KEPT_TRIES = 20
AT_ONCE = 8
DUE_AT_ONCE = 40  # of one look into the queue
LOOK_EVERY_S = 2.0
MARGIN_S = 10.0


def enqueue(context: WorkerContext, job: Job, callback: Callback, outcome: Outcome) -> None:
    """Have the job's client called back, which waits from before the job is closed."""
    body = CallbackBody(
        type=f"job.{outcome.state}",
        timestamp=datetime.fromtimestamp(outcome.finished_at, timezone.utc),
        data=ended_status(outcome, context.links, job.id),
    )
    pending = PendingCallback(
        job_id=job.id,
        client=job.asker.client,
        url=callback.url,
        body=msgspec.json.encode(body).decode(),
        asked_at=outcome.finished_at,
        next_at=outcome.finished_at,
    )
    enqueue_callback(context.ledger.bucket, pending)


class CallbackSender(msgspec.Struct, frozen=True):
    """Delivers what is due. ``time_left`` gives the seconds until the function is killed."""

    bucket: Bucket
    clients: Mapping[str, Client]
    rules: UrlPolicy
    time_left: Callable[[], float]
    clock: Callable[[], float] = time.time

    def deliver_due(self) -> int:
        """Try each callback whose time has come once. Gives how many were tried."""
        if self.time_left() < TRY_LIMIT_S + MARGIN_S:
            return 0
        due = list(islice(due_callbacks(self.bucket, self.clock()), DUE_AT_ONCE))
        if due:
            with ThreadPoolExecutor(AT_ONCE, "callback") as pool:
                list(pool.map(self._deliver, due))
        return len(due)

    def _deliver(self, due: DueCallback) -> None:
        if self.time_left() < TRY_LIMIT_S + MARGIN_S:
            return  # it stays in the queue
        callback, started = due.callback, time.perf_counter()
        client = self.clients.get(callback.client)
        try:
            answer = self._sent(callback, client)
        except UrlRefused as error:
            after = self._after(callback, DeliveryAttempt(at=self.clock(), error=error.rule), None)
        else:
            after = self._after(
                callback, DeliveryAttempt(at=self.clock(), status=answer.status), answer
            )
        if client is None:
            after = msgspec.structs.replace(after, state="given-up")
        save_callback(self.bucket, due, after)
        latest = after.tries[-1]
        log(
            "callback",
            job=callback.job_id,
            outcome=after.state,
            status=latest.status,
            error=latest.error,
            tries=after.count,
            ms=round((time.perf_counter() - started) * 1000),
        )

    def _sent(self, callback: PendingCallback, client: Client | None) -> HttpResult:
        """Raises ``UrlRefused``."""
        host = parse_target(callback.url, self.rules).host
        if client is None or host not in client.callback_hosts:  # no longer
            raise UrlRefused("forbidden-address", host=host)
        return post(
            callback.url,
            body=callback.body.encode(),
            headers=signed_headers(client, callback.job_id, callback.body),
            rules=self.rules,
            deadline_s=TRY_LIMIT_S,
        )

    def _after(
        self, callback: PendingCallback, latest: DeliveryAttempt, answer: HttpResult | None
    ) -> PendingCallback:
        """The record after a try."""
        count = callback.count + 1
        gap_s = jittered(GAPS_S[min(count, len(GAPS_S)) - 1], least=1 - JITTER, most=1 + JITTER)
        next_at = latest.at + max(gap_s, (answer.retry_after_s if answer else None) or 0.0)
        return msgspec.structs.replace(
            callback,
            next_at=next_at,
            state=_state(latest.status, is_last=next_at > callback.asked_at + GIVE_UP_AFTER_S),
            count=count,
            tries=(*callback.tries, latest)[-KEPT_TRIES:],
        )


class CallbackThread:
    """Deliver callbacks while a run works the queue off, from a thread of its own, and once after.

    A client that does not answer must not keep the slot idle, nor a long run keep a client waiting.
    """

    def __init__(self, deliveries: CallbackSender) -> None:
        self._deliveries = deliveries
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._rounds, name="postman")

    def __enter__(self) -> "CallbackThread":
        if self._deliveries.clients:
            self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._over.set()
        if self._deliveries.clients:
            self._thread.join()

    def _rounds(self) -> None:
        """Until the run is over; then what its last jobs have put into the queue."""
        is_over = False
        while not is_over:
            is_over = self._over.wait(LOOK_EVERY_S)
            try:
                self._deliveries.deliver_due()
            except KeysExpired:
                return
            except BucketUnavailable as trouble:
                log("callbacks have to wait", error=str(trouble))
            except Exception as crash:  # noqa: BLE001  # the jobs must go on
                log_crash("callbacks have to wait", crash)


def signed_headers(client: Client, webhook_id: str, body: str) -> dict[str, str]:
    """The headers of a webhook, signed now with every current secret of the client's."""
    now = datetime.now(timezone.utc)
    signatures = [Webhook(secret).sign(webhook_id, now, body) for secret in client.secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def by_name(clients: Sequence[Client]) -> dict[str, Client]:
    """The clients by their names."""
    return {client.name: client for client in clients}


def _state(status: int, *, is_last: bool) -> CallbackState:
    if 200 <= status < 300:
        return "delivered"
    if status == 410:
        return "refused"
    return "given-up" if is_last else "waiting"
