"""The only reader of the environment: what each function is told, checked at its start.

A missing or malformed value stops the function with the variable's name. serverless.yml writes
the text "undefined" for a variable that the deployer did not set, so that counts as not set.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from functions.jobs.bucket import BucketPlace, Keys
from functions.jobs.clients import Client, parse_clients
from functions.jobs.discreet import Discreet

Environment = Mapping[str, str]
T = TypeVar("T")

SECRET_MIN_CHARS = 24
DIRECT_MESSAGES = "dm"
NO_CLIENTS: tuple[Client, ...] = ()
KEY_ID, KEY = "TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY"
KEY_TOKEN = "TENCENTCLOUD_SESSIONTOKEN"  # noqa: S105  # a variable's name


class ConfigError(Exception):
    """A variable is missing or malformed; the text names it and says what it should be."""


class SlackConfig(Discreet, frozen=True):
    """How to speak to Slack. ``api_url`` ends in a slash."""

    bot_token: str
    api_url: str


class Limits(msgspec.Struct, frozen=True):
    """What the operator allows. No ``allowed_channels``: everywhere. A quota of 0: no limit.

    ``DIRECT_MESSAGES`` among the channels stands for all direct messages.
    """

    allowed_channels: tuple[str, ...] = ()
    per_user_per_day: int = 0
    per_team_per_day: int = 0
    watermark_optional: bool = False


class BotConfig(Discreet, frozen=True):
    """What the bot is told. Without ``link_secrets`` it shows no links of its own."""

    slack: SlackConfig
    signing_secret: str
    bucket: BucketPlace
    start_keys: Keys | None
    link_secrets: tuple[str, ...] = ()
    link_base_url: str = ""
    limits: Limits = Limits()


class GatewayConfig(Discreet, frozen=True):
    """What the gateway is told. It verifies links without knowing its own ``link_base_url``."""

    bucket: BucketPlace
    link_secrets: tuple[str, ...]
    link_base_url: str
    start_keys: Keys | None
    clients: tuple[Client, ...] = ()
    watermark_optional: bool = False


class AiartConfig(msgspec.Struct, frozen=True):
    """How to call aiart: ``concurrency`` calls at once, ``timeout_s`` for one."""

    region: str
    endpoint: str
    concurrency: int
    timeout_s: int


class WorkerConfig(Discreet, frozen=True):
    """What the worker is told. Times in seconds; ``time_limit_s`` is the function's timeout.

    ``spend_cap_per_day`` pictures are asked for in all, 0: as many as there are jobs.
    """

    slack: SlackConfig
    bucket: BucketPlace
    keys: Keys
    aiart: AiartConfig
    link_secrets: tuple[str, ...]
    link_base_url: str
    bot_url: str
    admin_channel: str
    paused: bool
    limits: Limits
    spend_cap_per_day: int
    time_limit_s: float
    linger_s: float
    clients: tuple[Client, ...] = ()


class OperatorConfig(msgspec.Struct, frozen=True):
    """What somebody at a terminal needs, with keys of their own."""

    bucket: BucketPlace
    keys: Keys
    aiart_region: str


def operator_config(environ: Environment, keys: Keys) -> OperatorConfig:
    """With keys of the operator's own, named otherwise than a role's. Raises ``ConfigError``."""
    return OperatorConfig(
        bucket=_bucket(environ, timeout_s=10, retries=2),
        keys=keys,
        aiart_region=_optional(environ, "AIART_REGION", _region, "ap-guangzhou"),
    )


def bot_config(environ: Environment) -> BotConfig:
    """Raises ``ConfigError``."""
    return BotConfig(
        slack=_slack(environ),
        signing_secret=_required(environ, "SLACK_SIGNING_SECRET", _long_secret),
        bucket=_bucket(environ, timeout_s=1.5, retries=0),
        start_keys=_keys(environ),
        link_secrets=_optional(environ, "LINK_SECRETS", _secrets, ()),
        link_base_url=_optional(environ, "LINK_BASE_URL", _url, ""),
        limits=_limits(environ),
    )


def gateway_config(environ: Environment) -> GatewayConfig:
    """Raises ``ConfigError``."""
    return GatewayConfig(
        bucket=_bucket(environ, timeout_s=5, retries=1),
        link_secrets=_required(environ, "LINK_SECRETS", _secrets),
        link_base_url=_optional(environ, "LINK_BASE_URL", _url, ""),
        start_keys=_keys(environ),
        clients=_optional(environ, "WEBHOOK_CLIENTS", parse_clients, NO_CLIENTS),
        watermark_optional=_optional(environ, "WATERMARK_OPTIONAL", _switch, False),
    )


def worker_config(environ: Environment) -> WorkerConfig:
    """Raises ``ConfigError``."""
    keys = _keys(environ)
    if keys is None:
        missing = next(name for name in (KEY_ID, KEY) if not environ.get(name))
        raise ConfigError(f"{missing} is missing: give the worker function a role")
    return WorkerConfig(
        slack=_slack(environ),
        bucket=_bucket(environ, timeout_s=10, retries=2),
        keys=keys,
        aiart=AiartConfig(
            region=_required(environ, "AIART_REGION", _region),
            endpoint=_optional(environ, "AIART_ENDPOINT", _endpoint, ""),
            concurrency=_optional(environ, "AIART_CONCURRENCY", _number(1, 50), 1),
            timeout_s=_optional(environ, "AIART_TIMEOUT_S", _number(1, 600), 90),
        ),
        link_secrets=_required(environ, "LINK_SECRETS", _secrets),
        link_base_url=_optional(environ, "LINK_BASE_URL", _url, ""),
        bot_url=_optional(environ, "BOT_URL", _url, ""),
        admin_channel=_optional(environ, "ADMIN_CHANNEL", _channel, ""),
        paused=_optional(environ, "PAUSED", _switch, False),
        limits=_limits(environ),
        spend_cap_per_day=_optional(environ, "SPEND_CAP_PER_DAY", _number(0, 100_000), 0),
        time_limit_s=_optional(environ, "WORKER_TIMEOUT_S", _number(1, 900), 900),
        linger_s=_optional(environ, "WORKER_LINGER_S", _number(0, 60), 3),
        clients=_optional(environ, "WEBHOOK_CLIENTS", parse_clients, NO_CLIENTS),
    )


def log_level(environ: Environment) -> str:
    """How much to log. Raises ``ConfigError``."""
    return _optional(environ, "LOG_LEVEL", _log_level, "INFO")


# --- groups of variables


def _slack(environ: Environment) -> SlackConfig:
    return SlackConfig(
        bot_token=_required(environ, "SLACK_BOT_TOKEN", _bot_token),
        api_url=_optional(environ, "SLACK_API_URL", _url, "https://slack.com/api") + "/",
    )


def _bucket(environ: Environment, *, timeout_s: float, retries: int) -> BucketPlace:
    return BucketPlace(
        name=_required(environ, "COS_BUCKET", _bucket_name),
        region=_required(environ, "COS_REGION", _region),
        endpoint=_optional(environ, "COS_ENDPOINT", _endpoint, ""),
        timeout_s=timeout_s,
        retries=retries,
    )


def _limits(environ: Environment) -> Limits:
    return Limits(
        allowed_channels=_optional(environ, "ALLOWED_CHANNELS", _channels, ()),
        per_user_per_day=_optional(environ, "QUOTA_PER_USER_PER_DAY", _number(0, 100_000), 0),
        per_team_per_day=_optional(environ, "QUOTA_PER_TEAM_PER_DAY", _number(0, 100_000), 0),
        watermark_optional=_optional(environ, "WATERMARK_OPTIONAL", _switch, False),
    )


def _keys(environ: Environment) -> Keys | None:
    """The role's keys as SCF puts them into the environment."""
    if not environ.get(KEY_ID) or not environ.get(KEY):
        return None
    return Keys(environ[KEY_ID], environ[KEY], environ.get(KEY_TOKEN, ""))


# --- one variable


def _given(environ: Environment, name: str) -> str:
    value = environ.get(name, "").strip()
    return "" if value == "undefined" else value


def _required(environ: Environment, name: str, parse: Callable[[str], T]) -> T:
    value = _given(environ, name)
    if not value:
        raise ConfigError(f"{name} is missing")
    return _parsed(name, value, parse)


def _optional(environ: Environment, name: str, parse: Callable[[str], T], default: T) -> T:
    value = _given(environ, name)
    return _parsed(name, value, parse) if value else default


def _parsed(name: str, value: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(value)
    except ValueError as error:
        # Never the value: it may be a secret in the wrong variable.
        raise ConfigError(f"{name} is malformed: {error}") from None


def _matching(pattern: str, should_be: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(should_be)
        return value

    return parse


_bot_token = _matching(r"xoxb-[A-Za-z0-9-]{8,}", "it should begin with xoxb-")
_bucket_name = _matching(r"[a-z0-9-]{1,50}-[0-9]{6,}", "it should be NAME-APPID")
_region = _matching(r"[a-z]{2,4}(-[a-z0-9]+)+", "it should look like ap-guangzhou")
_channel = _matching(r"[CG][A-Z0-9]{6,}", "it should be a channel's id, such as C0123456789")
_log_level = _matching(r"DEBUG|INFO|WARNING|ERROR", "it should be DEBUG, INFO, WARNING or ERROR")
_long_secret = _matching(r"[!-~]{24,}", "it should be the app's signing secret, as Slack shows it")


def _secrets(value: str) -> tuple[str, ...]:
    secrets = tuple(part.strip() for part in value.split(",") if part.strip())
    if not secrets or any(len(secret) < SECRET_MIN_CHARS for secret in secrets):
        raise ValueError(
            f"it should be one or more secrets of at least {SECRET_MIN_CHARS} characters, "
            "comma-separated, the signing one first"
        )
    return secrets


def _channels(value: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in value.split(",") if part.strip())
    if not names or not all(re.fullmatch(r"[CG][A-Z0-9]{6,}|dm", name) for name in names):
        raise ValueError(
            f"it should be channels' ids, comma-separated; {DIRECT_MESSAGES} for direct messages"
        )
    return names


def _url(value: str) -> str:
    should_be = "it should be an https URL without user, query or fragment"
    try:
        parts = urlsplit(value)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:  # whose text would show a part of the value
        raise ValueError(should_be) from None
    loopback = parts.hostname in {"127.0.0.1", "localhost"}
    allowed = {"https", "http"} if loopback else {"https"}
    is_plain = re.fullmatch(r"[!-~]+", value) and not set("?#") & set(value)
    if not is_whole or not is_plain or "@" in parts.netloc or parts.scheme not in allowed:
        raise ValueError(should_be)
    return value.rstrip("/")


def _endpoint(value: str) -> str:
    match = re.fullmatch(r"[A-Za-z0-9.-]+(?::([0-9]{1,5}))?", value)
    if not match or not 0 < int(match[1] or 443) < 65_536:
        raise ValueError("it should be HOST or HOST:PORT")
    return value


def _switch(value: str) -> bool:
    if value not in {"0", "1"}:
        raise ValueError("it should be 0 or 1")
    return value == "1"


def _number(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,6}", value) or not low <= int(value) <= high:
            raise ValueError(f"it should be a whole number from {low} to {high}")
        return int(value)

    return parse
