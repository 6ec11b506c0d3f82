"""Call Slack's Web API, and turn its refusals and failures into five exceptions of our own.

The SDK's own retries stay off: it would post again after an answer was lost (slack_sdk 3.47.0).
"""

# ruff: noqa: PLC0415  # ``connections`` is imported late: its docstring says why

import http.client
import json
import math
import re
import ssl
import threading
import time
import urllib.error
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin

from slack_sdk import WebClient as WebClient  # noqa: PLC0414  # the worker's only way to it
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse

from bot.slack_api.content import harmless
from functions.config import SlackConfig
from functions.jobs.errors import ErrorCode

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

CLOSED = {
    "not_in_channel": ErrorCode.CHANNEL_NOT_MEMBER,
    "channel_not_found": ErrorCode.CHANNEL_NOT_MEMBER,  # so Slack hides private channels from us
    "is_archived": ErrorCode.CHANNEL_GONE,
    "restricted_action": ErrorCode.CHANNEL_GONE,
    "restricted_action_read_only_channel": ErrorCode.CHANNEL_GONE,
    "restricted_action_thread_locked": ErrorCode.CHANNEL_GONE,
    "restricted_action_non_threadable_channel": ErrorCode.CHANNEL_GONE,
    "cannot_reply_to_message": ErrorCode.CHANNEL_GONE,
    "user_disabled": ErrorCode.CHANNEL_GONE,
}
REVOKED = {"token_revoked", "token_expired", "account_inactive", "invalid_auth", "not_authed"}
# After these nothing was done; docs.slack.dev has them in each method's table of errors.
RATE_LIMITED = {"ratelimited", "rate_limited"}
COME_BACK_LATER = {
    "team_added_to_org",
    "org_login_required",
    "message_limit_exceeded",
    "accesslimited",
    "external_channel_migrating",
}
SHOWN = {"text", "blocks", "view", "error"}  # arguments that people read: made ``harmless``
PAUSE_S, LONG_PAUSE_S = 5.0, 30.0  # where Slack does not say how long
# A call is begun only with so much time left; however little is left, no timeout is shorter.
LEAST_CALL_S, SHORTEST_WAIT_S = 10.0, 1.0
OPENS_WITHIN_S = 1.0  # a post waits so long for ``open_ahead``, then opens a connection itself
TRANSIENT = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
# Methods that may be sent twice: they read, set a state, or delete something.
REPEATABLE = {
    "auth.test",
    "chat.delete",
    "chat.update",
    "conversations.history",
    "conversations.info",
    "conversations.open",
    "conversations.replies",
    "files.delete",
    "files.info",
    "functions.completeError",
    "functions.completeSuccess",
    "reactions.add",
    "users.info",
    "views.open",  # a trigger opens one view
    "views.publish",
}
NO_ANSWER = (
    SlackRequestError,
    urllib.error.URLError,
    http.client.HTTPException,
    OSError,
    UnicodeError,  # the answer's bytes are not in the charset that it names,
    LookupError,  # or that charset does not exist
)
_ERROR_WORD = re.compile(r"[a-z][a-z0-9_]*")


class ChannelClosed(Exception):
    """Say that, for good, nothing can be posted in this place; ``code`` says why."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.value)
        self.code = code


class TokenRevoked(Exception):
    """Say that the app's token is no longer accepted anywhere."""

    code = ErrorCode.SLACK_REVOKED


class SlackRefused(Exception):
    """Say that Slack refused this call for another reason; ``error`` is Slack's word for it.

    ``needed`` is the scope that is missing, where Slack names one.
    """

    def __init__(self, error: str, needed: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.needed = needed


class RateLimited(Exception):
    """Say that nothing was done, and that Slack asks to call again after ``retry_after_s``."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"{retry_after_s} s")
        self.retry_after_s = retry_after_s


class RunOver(RateLimited):
    """Say that this run has too little time left for a call: nothing was done."""


class OutcomeUnknown(Exception):
    """Say that no usable answer came: the call may have been carried out, or not."""


SLACK_TROUBLE = (RateLimited, ChannelClosed, SlackRefused, TokenRevoked, OutcomeUnknown)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Build the process's one TLS context; building one takes 20 to 27 ms."""
    return ssl.create_default_context()


class BoundedClient(WebClient):
    """Call Slack as its official client does, over kept connections, within the time that is left.

    ``time_left`` gives seconds; each request asks for it anew, by ``timeout``. Only the bytes of an
    uploaded file are sent by the SDK itself, over a new connection.
    """

    def __init__(self, *, time_left: Callable[[], float], **arguments: Any) -> None:
        self._time_left = time_left
        self._since = time.time()
        self._opened = threading.Event()
        self._opened.set()
        super().__init__(**arguments)

    def open_ahead(self) -> None:
        """Open a connection in a thread of its own, so that the next post finds one open.

        That post waits for it ``OPENS_WITHIN_S`` at the most. Opens none if one was just used, nor
        to a stand-in. A failure shows only in the call that then needs a connection.
        """
        if not self.base_url.startswith("https:"):
            return  # a stand-in on this machine
        from bot.slack_api import connections

        def open_it() -> None:
            try:
                connections.open_ahead(
                    self.base_url,
                    timeout_s=self.timeout,
                    proxy=self.proxy,
                    tls=_tls(),
                    since=self._since,
                )
            finally:
                self._opened.set()

        self._opened.clear()
        threading.Thread(target=open_it, name="slack", daemon=True).start()

    def api_call(
        self,
        api_method: str,
        *,
        params: dict[str, Any] | None = None,
        json: dict[str, Any] | None = None,
        **other: Any,
    ) -> SlackResponse:
        """Make a call as slack_sdk 3.47.0 does, but over a kept connection.

        It is a POST whatever ``http_verb`` says. A call with ``files``, ``data``, ``headers`` or
        ``auth`` is left to the SDK; we make none. Raises ``SlackApiError`` or one of ``NO_ANSWER``.
        """
        if any(other.get(name) for name in ("files", "data", "headers", "auth")):
            return super().api_call(api_method, params=params, json=json, **other)
        fields, in_json = (params, False) if json is None else (json, True)
        fields = {name: value for name, value in (fields or {}).items() if value is not None}
        token = str(fields.pop("token", "") or self.token or "")
        headers, body = _written(fields, in_json=in_json)
        url = urljoin(self.base_url, api_method.lstrip("/"))
        is_repeatable = api_method in REPEATABLE
        if not is_repeatable:
            self._opened.wait(OPENS_WITHIN_S)
        headers |= {**self.headers, **bearer(token)}
        with self.request("POST", url, headers, body, is_repeatable=is_repeatable) as answer:
            said = answer.read()
        response = SlackResponse(
            client=self,
            http_verb="POST",
            api_url=url,
            req_args={},  # the SDK would turn pages by it; we do not
            data=_read(said),
            headers=dict(answer.headers),
            status_code=answer.status,
        )
        response.validate()  # type: ignore[no-untyped-call]
        return response

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        is_repeatable: bool = True,
    ) -> "AbstractContextManager[BaseHTTPResponse]":
        """Send a request over a kept connection; see ``connections.answered``. Raises ``OSError``.

        One that is not repeatable goes only over a connection that was answered in this client's
        life, or a new one: those of an earlier invocation are dead if the instance was frozen.
        """
        from bot.slack_api import connections

        request = connections.Request(method, url, headers, body, is_repeatable, self._since)
        return connections.answered(
            request, timeout_s=lambda: self.timeout, proxy=self.proxy, tls=_tls()
        )

    @property  # type: ignore[override]  # urllib takes fractions
    def timeout(self) -> float:
        """Give the seconds that a request may wait, each time that it waits for Slack."""
        return self.within(self._most_s)

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        self._most_s = seconds

    def within(self, most_s: float) -> float:
        """Give ``most_s`` seconds, or the time left (at least ``SHORTEST_WAIT_S``) if less."""
        return min(most_s, max(SHORTEST_WAIT_S, self._time_left()))

    def stop_if_over(self) -> None:
        """Raise ``RunOver`` if less than ``LEAST_CALL_S`` are left: a call could be cut off."""
        if self._time_left() < LEAST_CALL_S:
            raise RunOver(PAUSE_S)


def web_client(
    config: SlackConfig, *, timeout_s: float, time_left: Callable[[], float] = lambda: math.inf
) -> BoundedClient:
    """Make Slack's official client, with our timeout in seconds and without retries.

    ``time_left`` gives the seconds that the caller still has; no call waits longer.
    """
    return BoundedClient(
        time_left=time_left,
        token=config.bot_token,
        base_url=config.api_url,
        timeout=timeout_s,  # handed to urllib, which takes fractions
        ssl=_tls(),
        retry_handlers=[],
    )


def bearer(token: str) -> dict[str, str]:
    """Give the ``Authorization`` header for a token."""
    return {"Authorization": f"Bearer {token}"}


def _written(fields: Mapping[str, Any], *, in_json: bool) -> tuple[dict[str, str], bytes | None]:
    """Encode a call's arguments as the SDK does: the headers for them, and the body."""
    if in_json or not fields:
        body = json.dumps(fields).encode() if fields else None
        return {"Content-Type": "application/json;charset=utf-8"}, body
    form = {
        name: int(value) if isinstance(value, bool) else value for name, value in fields.items()
    }
    return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form).encode()


def _read(said: bytes) -> dict[str, Any]:
    """Decode Slack's answer. What is no JSON object becomes ``{"ok": False}``: outcome unknown."""
    try:
        answer = json.loads(said)
    except ValueError:  # no JSON, or not UTF-8
        answer = None
    return answer if isinstance(answer, dict) else {"ok": False}


def call(method: Callable[..., SlackResponse], **arguments: Any) -> SlackResponse:
    """Call a method of Slack's client, and turn its errors into ours.

    Raises ``ChannelClosed``, ``TokenRevoked``, ``SlackRefused``, ``RateLimited`` (as ``RunOver``
    when too little time is left) or ``OutcomeUnknown``: together, ``SLACK_TROUBLE``.
    """
    client = getattr(method, "__self__", None)
    if isinstance(client, BoundedClient):
        client.stop_if_over()
    try:
        return method(**{k: harmless(v) if k in SHOWN else v for k, v in arguments.items()})
    except SlackApiError as error:
        raise _ours(error) from error
    except NO_ANSWER as error:
        raise OutcomeUnknown(type(error).__name__) from error


def retry_after_s(
    headers: Mapping[str, str], said: object = None, *, otherwise: float = PAUSE_S
) -> float:
    """Read the seconds to wait from ``Retry-After``, else from the body's ``retry_after``.

    ``said`` is the latter; ``otherwise`` is given where neither is a whole number.
    """
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    for one in (value, str(said)):
        if re.fullmatch(r"[0-9]{1,5}", one):
            return float(one)
    return otherwise


def _ours(error: SlackApiError) -> Exception:
    response = error.response
    answer = response.data if isinstance(response.data, dict) else {}
    said = str(answer.get("error", ""))
    if response.status_code == 429 or said in RATE_LIMITED | COME_BACK_LATER:
        pause_s = LONG_PAUSE_S if said in COME_BACK_LATER else PAUSE_S
        told = answer.get("retry_after")
        return RateLimited(retry_after_s(response.headers, told, otherwise=pause_s))
    if not _ERROR_WORD.fullmatch(said):  # not Slack's word: the SDK's about a proxy's page, or none
        return OutcomeUnknown(f"HTTP {response.status_code}")
    if response.status_code >= 500 or said in TRANSIENT:
        return OutcomeUnknown(said)
    if said in CLOSED:
        return ChannelClosed(CLOSED[said])
    if said in REVOKED:
        return TokenRevoked(said)
    return SlackRefused(said, needed=str(answer.get("needed", "")))
