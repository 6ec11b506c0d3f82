"""Receive Slack's payloads in Socket Mode, over a WebSocket that we open.

It takes the place of ``bot.endpoint``, which the functions use, in front of the same Bolt app.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import build_headers, send_response
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.endpoint import context_for
from bot.slack_api.client import web_client
from functions.config import BotConfig
from functions.jobs.bucket import Keys

OPENING_TIMEOUT_S = 10.0
CLOSING_LIMIT_S = 5.0  # slack_sdk waits up to 3 s for its last read
ANSWERED = 200

Notice = Callable[[str], None]


class Door(SocketModeHandler):
    """Hand each payload to Bolt with the environment's keys, as ``bot.endpoint`` does.

    ``notice`` gets a line with each payload's kind and result, never with what people wrote.
    """

    def __init__(
        self, app: App, app_token: str, *, config: BotConfig, keys: Keys, notice: Notice
    ) -> None:
        client = web_client(config.slack, timeout_s=OPENING_TIMEOUT_S)
        super().__init__(app, app_token, web_client=client)
        self._keys = keys
        self._notice = notice

    def close(self) -> None:
        """Close the connection, within ``CLOSING_LIMIT_S``.

        There is a race in slack_sdk 3.47: ``connect`` shows its receiver thread the new connection
        before it replaces the state that tells the thread to end. A thread that took the old state
        in between never ends, and slack_sdk waits for it. It is a daemon thread, so it is left
        behind here. If the receiver has closed the socket meanwhile, slack_sdk finds none to close
        (``AttributeError``).
        """
        closing = threading.Thread(target=self._close, name="closing", daemon=True)
        closing.start()
        closing.join(CLOSING_LIMIT_S)

    def _close(self) -> None:
        with suppress(AttributeError):
            super().close()  # type: ignore[no-untyped-call]  # slack_bolt's

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as in slack_bolt: its base class means every client
        """Answer one envelope. Slack repeats one that is not acknowledged."""
        started = time.time()
        request = BoltRequest(
            mode="socket_mode",
            body=req.payload,
            headers=build_headers(req),
            context=context_for(req.payload, self._keys),
        )
        answer = self.app.dispatch(request)
        send_response(client, req, answer, started)
        taken_ms = (time.time() - started) * 1000
        outcome = "answered" if answer.status == ANSWERED else "NOT answered: Slack asks again"
        self._notice(f"{what_came(req.payload)}: {outcome} ({taken_ms:.0f} ms)")


def what_came(payload: Mapping[str, Any]) -> str:
    """Name a payload's kind, in Slack's own words."""
    event = payload.get("event") or {}
    actions = payload.get("actions") or [{}]
    view = payload.get("view") or {}
    kinds = [
        event.get("type") or payload.get("command") or payload.get("type"),
        event.get("subtype") or payload.get("callback_id") or view.get("callback_id"),
        actions[0].get("action_id"),
    ]
    return " ".join(str(kind) for kind in kinds if kind) or "something"
