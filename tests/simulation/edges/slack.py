"""Simulate Slack in memory, with the strict stand-in's workspace and without a network.

Methods, checks and payloads are those of ``infra.local.slack``. Only what waits or needs a socket
there (delivering events to the app, downloading pictures) is done by the world.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.slack_api.client import BoundedClient, OutcomeUnknown
from bot.slack_api.files import Grown, SlackFiles, uncounted
from functions.config import SlackConfig
from functions.jobs.errors import ErrorCode, Problem
from functions.jobs.errors import Refused as PhotoRefused
from infra.local.slack import scopes
from infra.local.slack.answers import Refused
from infra.local.slack.arguments import Arguments
from infra.local.slack.methods import METHODS
from infra.local.slack.model import Json
from infra.local.slack.settings import Settings
from infra.local.slack.workspace import Workspace
from tests.simulation.edges.calling import Call
from tests.simulation.stdlib import here

TOKEN, SECRET = "xoxb-0123456789abcdef", "0123456789abcdef0123456789abcdef"
RETRY_AFTER_S = 5
SPOKEN = ("chat.postMessage", "chat.update", "chat.delete", "chat.postEphemeral")


class Way:
    """Deliver the workspace's events by the function ``send_event``."""

    def __init__(self, send_event: Callable[[Json], None]) -> None:
        self.app = msgspec.defstruct("App", [("events", Any, None)])()
        self.send_event = send_event


def workspace(send_event: Callable[[Json], None]) -> Workspace:
    """Make the small workspace, as it is at the start."""
    made = Workspace(
        address="slack.example", bot_token=TOKEN, signing_secret=SECRET, settings=Settings()
    )
    made.courier = Way(send_event)  # type: ignore[assignment]
    return made


def at_once(work: Any) -> Any:
    """Run a coroutine that never waits, and return its result."""
    try:
        work.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("it waits for something outside of the simulation")


class MemorySlack(BoundedClient):
    """Replace ``bot.slack_api.client.BoundedClient``; its calls go to the world's workspace."""

    def api_call(
        self,
        api_method: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        data: Any = None,
        **_: Any,
    ) -> SlackResponse:
        given = {**(params or {}), **(json or {}), **(data or {})}
        values: Json = msgspec.json.decode(msgspec.json.encode(given))
        call = Call(
            "slack",
            api_method,
            Arguments(values).target,
            self.timeout,
            lambda: TimeoutError("timed out"),
            self._later,
        )
        answer = call.make(lambda: self._act(api_method, values))
        response = self._answer(200, answer)
        response.validate()  # type: ignore[no-untyped-call]
        return response

    def open_ahead(self) -> None:
        """Do nothing: there is no connection to open."""

    def _act(self, name: str, values: Json) -> Json:
        slack: Workspace = here().world.slack
        try:
            arguments = Arguments(values)
            scopes.check(slack, METHODS[name].needs, arguments)
            body = at_once(METHODS[name].run(slack, arguments))
        except Refused as refused:
            raise _refusal(refused.error, self._answer(200, refused.body())) from None
        if name == "chat.postMessage" and (mark := values.get("metadata")):
            here().world.on_posted(mark["event_type"], mark["event_payload"]["about"])
        answer: Json = msgspec.json.decode(msgspec.json.encode({"ok": True} | body))
        return answer

    def _later(self) -> SlackApiError:
        said = {"ok": False, "error": "ratelimited"}
        answer = self._answer(429, said, {"Retry-After": str(RETRY_AFTER_S)})
        return _refusal("ratelimited", answer)

    def _answer(
        self, status: int, body: Json, headers: Mapping[str, str] | None = None
    ) -> SlackResponse:
        return SlackResponse(
            client=self,
            http_verb="POST",
            api_url="",
            req_args={},
            data=body,
            headers=dict(headers or {}),
            status_code=status,
        )


def _refusal(error: str, answer: SlackResponse) -> SlackApiError:
    return SlackApiError(error, answer)  # type: ignore[no-untyped-call]


def memory_client(
    config: SlackConfig,
    *,
    timeout_s: float,
    time_left: Callable[[], float] = lambda: float("inf"),
) -> BoundedClient:
    """Replace ``bot.slack_api.client.web_client``."""
    return MemorySlack(time_left=time_left, token=config.bot_token, timeout=timeout_s)


class MemoryFiles(SlackFiles):
    """Replace ``bot.slack_api.files.SlackFiles``; it reads from the world's workspace."""

    def _read(self, url: str, grown: Grown = uncounted) -> bytes:
        def act() -> bytes:
            slack: Workspace = here().world.slack
            for file in slack.state.files.values():
                if f"-{file.id}/" in url and not file.is_deleted:
                    return file.data
            raise PhotoRefused(Problem(ErrorCode.PHOTO_GONE))

        call = Call(
            "slack",
            "download",
            url.rpartition("/")[2],
            self._client.within(60.0),
            lambda: OutcomeUnknown("TimeoutError"),
            lambda: OutcomeUnknown("HTTP 503"),
        )
        data = call.make(act)
        grown(len(data))
        return data
