"""Check Slack: whose token it is, what it may do, and whether this machine's clock is right."""

import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime

import yaml
from slack_sdk.web import SlackResponse

from bot.slack_api.client import (
    ChannelClosed,
    OutcomeUnknown,
    RateLimited,
    SlackRefused,
    TokenRevoked,
    call,
    web_client,
)
from functions.config import SlackConfig, bot_config
from functions.environment import ConfigError
from infra.doctor.finding import Environ, Finding, ok, skipped, wrong
from infra.doctor.variables import STANDING_IN
from infra.dotenv import ROOT

TIMEOUT_S = 10.0
CLOCK_WARN_S = 60  # Slack and Tencent refuse signatures that are 300 s off
MANIFEST = ROOT / "infra" / "slack" / "manifest.yml"


def scopes() -> list[str]:
    """Read the bot's scopes from the manifest, which tests/bot/test_manifest.py checks."""
    document = yaml.safe_load(MANIFEST.read_text("utf-8"))
    found: list[str] = document["oauth_config"]["scopes"]["bot"]
    return found


def check(environ: Environ, *, clock: Callable[[], float] = time.time) -> Iterator[Finding]:
    """Call auth.test once; judge the token, its scopes and this machine's clock by the answer."""
    try:
        config = slack_config(environ)
    except ConfigError as error:
        yield skipped("slack token", f"{error}")
        return
    try:
        answer = call(web_client(config, timeout_s=TIMEOUT_S).auth_test)
    except (TokenRevoked, SlackRefused, ChannelClosed) as error:
        yield wrong(
            "slack token",
            f"Slack does not take it ({error or type(error).__name__})",
            "Copy Bot User OAuth Token from OAuth & Permissions again; reinstall the app if it "
            "was revoked.",
        )
        return
    except (RateLimited, OutcomeUnknown) as error:
        yield wrong(
            "slack token",
            f"Slack did not answer ({type(error).__name__}: {error})",
            "Look at slack-status.com and at this machine's way out; check SLACK_API_URL.",
        )
        return
    yield ok("slack token", f"{answer['user']} in {answer['team']}")
    yield from _scopes(answer)
    yield from _clock(answer, clock())


def slack_config(environ: Environ) -> SlackConfig:
    """Read the Slack settings from the operator's environment. Raises ``ConfigError``."""
    return bot_config({**_others(environ), **environ}).slack


def _others(environ: Environ) -> dict[str, str]:
    """Fill in what is required but has nothing to do with the token."""
    return {
        name: value
        for name, value in STANDING_IN.items()
        if name != "SLACK_BOT_TOKEN" and not environ.get(name)
    }


def _header(answer: SlackResponse, name: str) -> str:
    values = {key.lower(): value for key, value in answer.headers.items()}
    return str(values.get(name, ""))


def _scopes(answer: SlackResponse) -> Iterator[Finding]:
    granted = {scope.strip() for scope in _header(answer, "x-oauth-scopes").split(",")}
    needed = scopes()
    missing = [scope for scope in needed if scope not in granted]
    if missing:
        yield wrong(
            "slack scopes",
            f"missing: {', '.join(missing)}",
            "Add them under OAuth & Permissions (infra/slack/manifest.yml says what for), then "
            "reinstall the app to the workspace.",
        )
    else:
        yield ok("slack scopes", f"all {len(needed)} that are needed")


def _clock(answer: SlackResponse, now: float) -> Iterator[Finding]:
    try:
        there = parsedate_to_datetime(_header(answer, "date")).timestamp()
    except ValueError:
        yield skipped("clock", "Slack's answer has no date to compare with")
        return
    off_s = round(now - there)
    if abs(off_s) > CLOCK_WARN_S:
        way = "ahead" if off_s > 0 else "behind"
        yield wrong(
            "clock",
            f"this machine is {abs(off_s)} s {way}",
            "Set it by NTP: signatures are refused at 300 s, so what you see from here misleads.",
        )
    else:
        yield ok("clock", f"within {CLOCK_WARN_S} s of Slack's")
