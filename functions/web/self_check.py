"""Serve a web function's self-check (``functions.self_check``) to ``infra.doctor``.

The request has a header that is signed with one of ``LINK_SECRETS``; without it the answer is 404.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from threading import Lock

import msgspec

from functions.jobs.bucket import Keys
from functions.log import log, log_crash
from functions.self_check import Parts, Report, look
from functions.web.asgi import Request, Response
from functions.web.role_keys import NoKeys, key_source_header, role_keys_of

PATH, HEADER = "/self-check", "x-self-check"
PURPOSE = "self-check"
FRESH_S = 300  # as Slack's signatures
JSON = {"Content-Type": "application/json", "Cache-Control": "no-store"}


def signed(secret: str, function: str, *, now: float) -> str:
    """Make the header that asks ``function`` for its self-check.

    ``secret`` is one of its ``LINK_SECRETS``, ``now`` is in Unix seconds.
    """
    asked = f"{int(now)}.{secrets.token_hex(8)}"
    return f"{asked}.{_signature(secret, function, asked)}"


def _signature(secret: str, function: str, asked: str) -> str:
    text = f"{PURPOSE}|{function}|{asked}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class Guard:
    """Check the headers that ``signed`` makes; each is good once, and for ``FRESH_S`` seconds."""

    def __init__(self, function: str, link_secrets: Sequence[str]) -> None:
        self._function = function
        self._secrets = link_secrets
        self._used: dict[str, float] = {}  # signed requests only: others cannot fill it
        self._lock = Lock()

    def admits(self, header: str, *, now: float) -> bool:
        """Say whether the header is valid at ``now`` (Unix seconds) and was not used before.

        Signatures are compared in constant time.
        """
        found = re.fullmatch(r"(([0-9]{1,12})\.[0-9a-f]{16})\.([0-9a-f]{64})", header)
        if not found or abs(now - int(found[2])) > FRESH_S:
            return False
        ours = [
            hmac.compare_digest(found[3], _signature(one, self._function, found[1]))
            for one in self._secrets
        ]
        return any(ours) and self._is_new(found[1], now)

    def _is_new(self, asked: str, now: float) -> bool:
        with self._lock:
            self._used = {k: at for k, at in self._used.items() if now - at <= 2 * FRESH_S}
            if asked in self._used:
                return False
            self._used[asked] = now
            return True


class Door:
    """Serve the self-check of a web function, one request at a time."""

    def __init__(self, parts: Parts, start_keys: Keys | None, link_secrets: Sequence[str]) -> None:
        self._parts = parts
        self._start_keys = start_keys
        self._guard = Guard(parts.function, link_secrets)
        self._busy = Lock()

    def __call__(self, request: Request) -> Response | None:
        """Give the report as JSON, 429 while another is made, None if the header is not valid."""
        if not self._guard.admits(request.headers.get(HEADER, ""), now=time.time()):
            return None
        if not self._busy.acquire(blocking=False):
            return Response(429, "one at a time")
        try:
            return Response(200, msgspec.json.encode(self._report(request.headers)), JSON)
        finally:
            self._busy.release()

    def _report(self, headers: Mapping[str, str]) -> Report:
        (way,) = key_source_header(self._start_keys, headers).values()
        try:
            keys = role_keys_of(headers, self._start_keys)
        except NoKeys as error:
            log_crash("looked at itself without keys", error)
            return look(self._parts, None, way=way)
        report = look(self._parts, keys, way=way)
        log("looked at itself", ms=report.took_ms)
        return report
