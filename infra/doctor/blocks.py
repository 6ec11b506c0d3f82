"""Let Slack judge everything that the product can show, with ``blocks.validate``.

The method needs no scope and posts nothing (docs.slack.dev/reference/methods/blocks.validate). Its
rate limits are not published, so this waits as long as Slack asks for, up to ``PATIENCE_S``.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack_api.client import SLACK_TROUBLE, RateLimited, SlackRefused, call, web_client
from functions.environment import ConfigError
from infra.doctor.finding import Environ, Finding, ok, skipped, wrong
from infra.doctor.shown import Shown, everything_shown
from infra.doctor.slack import TIMEOUT_S, slack_config

PATIENCE_S = 900.0  # for all waits together that Slack asks for
INVALID = ("invalid_blocks", "invalid_message", "invalid_view")
PLACES_MOST = 3
Sleep = Callable[[float], object]


class OutOfPatience(Exception):
    """Report that Slack has asked for more waiting than ``PATIENCE_S``."""


def check(environ: Environ, *, sleep: Sleep = time.sleep) -> Iterator[Finding]:
    """Give one finding for each payload that Slack refuses, and one for all the others."""
    try:
        client = web_client(slack_config(environ), timeout_s=TIMEOUT_S)
    except ConfigError as error:
        yield skipped("blocks", str(error))
        return
    yield from judged(client, everything_shown(), sleep=sleep)


def judged(client: WebClient, found: Iterable[Shown], *, sleep: Sleep) -> Iterator[Finding]:
    """Give a finding for each payload that Slack refuses, and a last one that counts all.

    Stops early if Slack asks for too long a wait, or does not judge at all.
    """
    patient, taken, refused = _Patient(client, sleep), 0, 0
    for one in found:
        try:
            places = patient.ask(one)
        except OutOfPatience:
            yield skipped("blocks", f"Slack let us ask {taken + refused} times", "Go on later.")
            return
        except SLACK_TROUBLE as error:
            do = "Check the token (python -m infra.doctor), then run this again."
            yield wrong("blocks", f"Slack did not judge {one.name} ({error})", do)
            return
        taken, refused = taken + (not places), refused + bool(places)
        if places:
            yield wrong(one.name, "; ".join(places[:PLACES_MOST]), "Mend it in bot/views.")
    yield ok("blocks", f"Slack takes {taken} of {taken + refused} messages and views")


class _Patient:
    """Ask Slack, and wait when it is rate limited, ``PATIENCE_S`` in all."""

    def __init__(self, client: WebClient, sleep: Sleep) -> None:
        self._client = client
        self._sleep = sleep
        self._left_s = PATIENCE_S

    def ask(self, one: Shown) -> list[str]:
        """List what is wrong with a payload. Raises ``OutOfPatience``, and what ``call`` raises."""
        payload = {one.kind: dict(one.payload)}
        while True:
            try:
                call(self._client.blocks_validate, **payload)
            except RateLimited as busy:
                self._left_s -= busy.retry_after_s
                if self._left_s < 0:
                    raise OutOfPatience from busy
                self._sleep(busy.retry_after_s)
            except SlackRefused as refused:
                if refused.error not in INVALID:
                    raise
                return _places(refused)
            else:
                return []


def _places(refused: SlackRefused) -> list[str]:
    """List Slack's complaint about each place in the payload, without people's own text."""
    cause = refused.__cause__
    answer = cause.response.data if isinstance(cause, SlackApiError) else {}
    errors = answer.get("errors") if isinstance(answer, Mapping) else None
    return [_place(one) for one in errors or []] or [refused.error]


def _place(error: Any) -> str:
    if not isinstance(error, Mapping):
        return str(error)
    said = f"{error.get('code', '')} {error.get('message', '')}".strip()
    return f"{error.get('pointer', '')}: {said}"
