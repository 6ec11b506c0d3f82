"""Read each function's configuration from the environment and settings.toml, when it starts.

A missing or malformed value raises ``ConfigError``, which names the variable, or the file and its
key. ``functions.environment`` reads and checks a single value.
"""

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from functions.environment import (
    ConfigError,
    Environment,
    bot_token,
    bucket_name,
    channel,
    chosen,
    endpoint,
    level,
    number,
    optional,
    region,
    required,
    secrets,
    signing_secret,
    switch,
    url,
)
from functions.jobs.bucket import BucketConfig, Keys
from functions.jobs.model import CHANNEL_ID
from functions.jobs.records import Redacted
from functions.jobs.webhook_clients import Client, parse_clients

DIRECT_MESSAGES = "dm"
NO_CONTROLS = "^[^\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]*\\Z"  # none that XML forbids
NO_CLIENTS: tuple[Client, ...] = ()
KEY_ID, KEY = "TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY"
KEY_TOKEN = "TENCENTCLOUD_SESSIONTOKEN"  # noqa: S105  # a variable's name
LabelName = Annotated[str, Meta(max_length=100, pattern=NO_CONTROLS)]
SETTINGS_TOML = Path(__file__).resolve().parents[1] / "settings.toml"


class SlackConfig(Redacted, frozen=True):
    """Say how to speak to Slack. ``api_url`` ends in a slash."""

    bot_token: str
    api_url: str


class Limits(msgspec.Struct, frozen=True):
    """Hold the operator's limits. Empty ``allowed_channels`` allow all; a quota of 0 is no limit.

    ``DIRECT_MESSAGES`` among the channels stands for all direct messages. Quotas count jobs.
    """

    allowed_channels: tuple[str, ...] = ()
    per_user_per_day: int = 0
    per_team_per_day: int = 0
    watermark_optional: bool = False


class Choices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold the keys of settings.toml with their limits and defaults; ``_s`` is in seconds."""

    worker_silent_after_s: Annotated[int, Meta(ge=60, le=86_400)] = 300
    allow_external: bool = False
    allow_guests: bool = True
    auto_on_by: Literal["everybody", "admins"] = "everybody"
    label_producer: LabelName = ""
    label_propagator: LabelName = ""
    scene_logos: bool = False
    unmarked_record_days: Annotated[int, Meta(ge=183, le=3650)] = 183
    price_per_call: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    price_currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")] = "CNY"


class BotConfig(Redacted, frozen=True):
    """Hold the bot's configuration. It makes links only with both link values."""

    slack: SlackConfig
    signing_secret: str
    bucket: BucketConfig
    start_keys: Keys | None
    link_secrets: tuple[str, ...] = ()
    link_base_url: str = ""
    admin_channel: str = ""
    limits: Limits = Limits()
    choices: Choices = Choices()


class GatewayConfig(Redacted, frozen=True):
    """Hold the gateway's configuration. It accepts jobs only with a ``link_base_url``."""

    bucket: BucketConfig
    link_secrets: tuple[str, ...]
    link_base_url: str
    start_keys: Keys | None
    clients: tuple[Client, ...] = ()
    watermark_optional: bool = False
    choices: Choices = Choices()


class AiartConfig(msgspec.Struct, frozen=True):
    """Say how to call aiart: at most ``concurrency`` calls at once, each within ``timeout_s``."""

    region: str
    endpoint: str
    concurrency: int
    timeout_s: int


class WorkerConfig(Redacted, frozen=True):
    """Hold the worker's configuration. ``time_limit_s`` is the function's timeout at the platform.

    aiart is called at most ``spend_cap_per_day`` times a UTC day; 0 is no limit. A run with nothing
    left to do waits ``linger_s`` for more jobs.
    """

    slack: SlackConfig
    bucket: BucketConfig
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
    choices: Choices = Choices()


class OperatorConfig(msgspec.Struct, frozen=True):
    """Hold the configuration of the operator's commands; ``keys`` are the operator's own."""

    bucket: BucketConfig
    keys: Keys
    aiart_region: str


def operator_config(environ: Environment, keys: Keys) -> OperatorConfig:
    """Read the operator's configuration and add their ``keys``. Raises ``ConfigError``."""
    return OperatorConfig(
        bucket=_bucket(environ, timeout_s=10, retries=2),
        keys=keys,
        aiart_region=optional(environ, "AIART_REGION", region, "ap-guangzhou"),
    )


def bot_config(environ: Environment, *, settings: Path = SETTINGS_TOML) -> BotConfig:
    """Read the bot's configuration. Raises ``ConfigError``."""
    return BotConfig(
        slack=_slack(environ),
        signing_secret=required(environ, "SLACK_SIGNING_SECRET", signing_secret),
        bucket=_bucket(environ, timeout_s=1.5, retries=0),
        start_keys=_keys(environ),
        link_secrets=optional(environ, "LINK_SECRETS", secrets, ()),
        link_base_url=optional(environ, "LINK_BASE_URL", url, ""),
        admin_channel=optional(environ, "ADMIN_CHANNEL", channel, ""),
        limits=_limits(environ),
        choices=chosen(Choices, settings, environ),
    )


def gateway_config(environ: Environment, *, settings: Path = SETTINGS_TOML) -> GatewayConfig:
    """Read the gateway's configuration. Raises ``ConfigError``."""
    return GatewayConfig(
        bucket=_bucket(environ, timeout_s=5, retries=1),
        link_secrets=required(environ, "LINK_SECRETS", secrets),
        link_base_url=optional(environ, "LINK_BASE_URL", url, ""),
        start_keys=_keys(environ),
        clients=optional(environ, "WEBHOOK_CLIENTS", parse_clients, NO_CLIENTS),
        watermark_optional=optional(environ, "WATERMARK_OPTIONAL", switch, False),
        choices=chosen(Choices, settings, environ),
    )


def worker_config(environ: Environment, *, settings: Path = SETTINGS_TOML) -> WorkerConfig:
    """Read the worker's configuration. Raises ``ConfigError``, also without a role's keys."""
    keys = _keys(environ)
    if keys is None:
        missing = next(name for name in (KEY_ID, KEY) if not environ.get(name))
        raise ConfigError(f"{missing} is missing: give the worker function a role")
    return WorkerConfig(
        slack=_slack(environ),
        bucket=_bucket(environ, timeout_s=10, retries=2),
        keys=keys,
        aiart=AiartConfig(
            region=required(environ, "AIART_REGION", region),
            endpoint=optional(environ, "AIART_ENDPOINT", endpoint, ""),
            concurrency=optional(environ, "AIART_CONCURRENCY", number(1, 50), 1),
            timeout_s=optional(environ, "AIART_TIMEOUT_S", number(1, 600), 90),
        ),
        link_secrets=required(environ, "LINK_SECRETS", secrets),
        link_base_url=optional(environ, "LINK_BASE_URL", url, ""),
        bot_url=optional(environ, "BOT_URL", url, ""),
        admin_channel=optional(environ, "ADMIN_CHANNEL", channel, ""),
        paused=optional(environ, "PAUSED", switch, False),
        limits=_limits(environ),
        spend_cap_per_day=optional(environ, "SPEND_CAP_PER_DAY", number(0, 100_000), 0),
        time_limit_s=optional(environ, "WORKER_TIMEOUT_S", number(1, 900), 900),
        linger_s=optional(environ, "WORKER_LINGER_S", number(0, 60), 3),
        clients=optional(environ, "WEBHOOK_CLIENTS", parse_clients, NO_CLIENTS),
        choices=chosen(Choices, settings, environ),
    )


def log_level(environ: Environment) -> str:
    """Read the log level, such as ``INFO``, the default. Raises ``ConfigError``."""
    return optional(environ, "LOG_LEVEL", level, "INFO")


# --- groups of variables


def _slack(environ: Environment) -> SlackConfig:
    return SlackConfig(
        bot_token=required(environ, "SLACK_BOT_TOKEN", bot_token),
        api_url=optional(environ, "SLACK_API_URL", url, "https://slack.com/api") + "/",
    )


def _bucket(environ: Environment, *, timeout_s: float, retries: int) -> BucketConfig:
    return BucketConfig(
        name=required(environ, "COS_BUCKET", bucket_name),
        region=required(environ, "COS_REGION", region),
        endpoint=optional(environ, "COS_ENDPOINT", endpoint, ""),
        timeout_s=timeout_s,
        retries=retries,
    )


def _limits(environ: Environment) -> Limits:
    return Limits(
        allowed_channels=optional(environ, "ALLOWED_CHANNELS", _channels, ()),
        per_user_per_day=optional(environ, "QUOTA_PER_USER_PER_DAY", number(0, 100_000), 0),
        per_team_per_day=optional(environ, "QUOTA_PER_TEAM_PER_DAY", number(0, 100_000), 0),
        watermark_optional=optional(environ, "WATERMARK_OPTIONAL", switch, False),
    )


def _keys(environ: Environment) -> Keys | None:
    """Read the role's keys that SCF puts into the environment; None if there are none."""
    if not environ.get(KEY_ID) or not environ.get(KEY):
        return None
    return Keys(environ[KEY_ID], environ[KEY], environ.get(KEY_TOKEN, ""))


def _channels(value: str) -> tuple[str, ...]:
    """Parse the comma-separated ``allowed_channels`` of ``Limits``. Raises ``ValueError``."""
    names = tuple(part.strip() for part in value.split(",") if part.strip())
    if not names or not all(
        re.fullmatch(rf"{CHANNEL_ID}|{DIRECT_MESSAGES}", name) for name in names
    ):
        raise ValueError(
            f"it should be channels' ids, comma-separated; {DIRECT_MESSAGES} for direct messages"
        )
    return names
