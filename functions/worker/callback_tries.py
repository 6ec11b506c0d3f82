"""Try to deliver one callback, signed, and record the result.

The rules are those of Standard Webhooks: ``webhook-id`` is the job's id at every try, the timestamp
is the try's own, only a 2xx counts as delivered, a redirect is a failure, 410 ends all tries, and
Retry-After is respected.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone

import msgspec
from standardwebhooks.webhooks import Webhook

from functions.jobs.bucket import Bucket
from functions.jobs.callback_queue import (
    CallbackState,
    DeliveryAttempt,
    DueCallback,
    PendingCallback,
    due_callback,
    save_callback,
)
from functions.jobs.url_policy import UrlPolicy, UrlRefused, parse_target
from functions.jobs.webhook_clients import Client
from functions.log import log
from functions.worker.callback_turns import Host
from functions.worker.errors import jittered
from functions.worker.safe_http import Deadline, HttpResult, post

TRY_LIMIT_S = 20.0
GIVE_UP_AFTER_S = 24 * 3600.0
GAPS_S = (5.0, 30.0, 120.0, 600.0, 3600.0, 3 * 3600.0)  # after each failed try; the last repeats
JITTER = 0.2
KEPT_TRIES = 20
SILENCE = {"too-slow", "no-answer"}  # of a host; other rules refuse a call before it is sent
MARGIN_S = 10.0


class CallbackSender(msgspec.Struct, frozen=True):
    """Deliver single callbacks. ``time_left`` gives the seconds until the function is killed."""

    bucket: Bucket
    clients: Mapping[str, Client]
    rules: UrlPolicy
    time_left: Callable[[], float]
    clock: Callable[[], float] = time.time

    @property
    def may_begin(self) -> bool:
        """Say whether this run has time for a try."""
        return self.time_left() >= TRY_LIMIT_S + MARGIN_S

    def deadline(self) -> Deadline:
        """Give the end of a try that begins now."""
        return Deadline(TRY_LIMIT_S)

    def host_of(self, callback: PendingCallback) -> Host:
        """Give the host that the callback goes to; its authority is empty if the URL is refused."""
        try:
            return Host(callback.client, parse_target(callback.url, self.rules).authority)
        except UrlRefused:
            return Host(callback.client, "")

    def deliver(self, due: DueCallback, deadline: Deadline) -> bool:
        """Try the callback once and save its new record; return whether its host has answered.

        Does nothing, and returns True, if another run has changed the callback meanwhile. A
        callback of a client that is no longer configured is given up.
        """
        found = due_callback(self.bucket, due.key, due.callback.job_id)
        if found is None:
            return True
        callback, started = found.callback, time.perf_counter()
        client = self.clients.get(callback.client)
        answer: HttpResult | None = None
        try:
            answer = self._sent(callback, client, deadline)
            latest = DeliveryAttempt(at=self.clock(), status=answer.status)
        except UrlRefused as error:
            latest = DeliveryAttempt(at=self.clock(), error=error.rule)
        after = _after(callback, latest, answer)
        if client is None:
            after = msgspec.structs.replace(after, state="given-up")
        log(
            "callback",
            job=callback.job_id,
            outcome=after.state,
            status=latest.status,
            error=latest.error,
            tries=after.count,
            ms=round((time.perf_counter() - started) * 1000),
        )
        save_callback(self.bucket, found, after)
        return latest.error not in SILENCE

    def postpone(self, due: DueCallback, until: float) -> None:
        """Move a callback's next try to ``until`` (Unix seconds), because its host is silent.

        It is given up if that is more than ``GIVE_UP_AFTER_S`` after the job ended.
        """
        found = due_callback(self.bucket, due.key, due.callback.job_id)
        if found is None:
            return
        is_last = until > found.callback.asked_at + GIVE_UP_AFTER_S
        state: CallbackState = "given-up" if is_last else "waiting"
        later = msgspec.structs.replace(found.callback, next_at=until, state=state)
        save_callback(self.bucket, found, later)

    def _sent(
        self, callback: PendingCallback, client: Client | None, deadline: Deadline
    ) -> HttpResult:
        """Post the callback, signed, and return the answer.

        Raises ``UrlRefused``, also for a host that the client's settings no longer allow.
        """
        host = parse_target(callback.url, self.rules).host
        if client is None or host not in client.callback_hosts:  # no longer
            raise UrlRefused("forbidden-address", host=host)
        return post(
            callback.url,
            body=callback.body.encode(),
            headers=signed_headers(client, callback.job_id, callback.body),
            rules=self.rules,
            deadline=deadline,
        )


def _after(
    callback: PendingCallback, latest: DeliveryAttempt, answer: HttpResult | None
) -> PendingCallback:
    """Make the callback's record after a try: its state, its next time, its latest tries."""
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


def signed_headers(client: Client, webhook_id: str, body: str) -> dict[str, str]:
    """Make a webhook's headers, signed for the present time with each of the client's secrets."""
    now = datetime.now(timezone.utc)
    signatures = [Webhook(secret).sign(webhook_id, now, body) for secret in client.secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def by_name(clients: Sequence[Client]) -> dict[str, Client]:
    """Give the clients by their names."""
    return {client.name: client for client in clients}


def _state(status: int, *, is_last: bool) -> CallbackState:
    if 200 <= status < 300:
        return "delivered"
    if status == 410:
        return "refused"
    return "given-up" if is_last else "waiting"
