"""Read and check one variable of the environment, or one key of settings.toml.

serverless.yml writes the text "undefined" for a variable that the deployer did not set: it counts
as not set. Each parser takes a value without spaces around it. It raises ``ValueError`` with a text
that says what the value should be and never shows it: it may be a secret in the wrong place.
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from functions.jobs.model import CHANNEL_ID
from functions.jobs.records import prepared
from functions.jobs.url_policy import is_loopback

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Environment = Mapping[str, str]
T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

SECRET_MIN_CHARS = 24


class ConfigError(Exception):
    """Report a variable, or a file's key, that is missing or malformed; the text names it."""


def required(environ: Environment, name: str, parse: Callable[[str], T]) -> T:
    """Parse the variable's value. Raises ``ConfigError``, also when it is not set."""
    value = _given(environ, name)
    if not value:
        raise ConfigError(f"{name} is missing")
    return _parsed(name, value, parse)


def optional(environ: Environment, name: str, parse: Callable[[str], T], default: T) -> T:
    """Parse the variable's value; ``default`` when it is not set. Raises ``ConfigError``."""
    value = _given(environ, name)
    return _parsed(name, value, parse) if value else default


def chosen(kind: type[S], file: Path, environ: Environment) -> S:
    """Fill a struct from a TOML file; a variable of the key's name in capitals overrides it.

    Without the file or a key, the default applies. Raises ``ConfigError``.
    """
    choices = _table(kind, file)
    for field in msgspec.structs.fields(kind):
        name = field.name.upper()
        if text := _given(environ, name):
            choices[field.name] = _converted(field.type, text, name, strict=False)
    return msgspec.convert(choices, prepared(kind))


def _table(kind: type[msgspec.Struct], file: Path) -> dict[str, Any]:
    """Read the file and check each key by itself, so that the error can name it."""
    try:
        table = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    except ValueError as error:  # not TOML, or not UTF-8; the text names the line, not the value
        raise ConfigError(f"{file.name} cannot be read: {error}") from None
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for key, value in table.items():
        if key not in types:
            raise ConfigError(f"{file.name}: {key} is unknown; there are {', '.join(types)}")
        _converted(types[key], value, f"{file.name}: {key}", strict=True)
    return table


def _converted(kind: Any, value: object, name: str, *, strict: bool) -> Any:
    try:
        return msgspec.convert(value, prepared(kind), strict=strict)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name} is malformed: {error}") from None


def _given(environ: Environment, name: str) -> str:
    value = environ.get(name, "").strip()
    return "" if value == "undefined" else value


def _parsed(name: str, value: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(value)
    except ValueError as error:
        # Never the value: it may be a secret in the wrong variable.
        raise ConfigError(f"{name} is malformed: {error}") from None


# --- parsers


def matching(pattern: str, should_be: str) -> Callable[[str], str]:
    """Make a parser that returns a value as it is if ``pattern`` matches all of it."""

    def parse(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(should_be)
        return value

    return parse


bot_token = matching(r"xoxb-[A-Za-z0-9-]{8,}", "it should begin with xoxb-")
bucket_name = matching(r"[a-z0-9-]{1,50}-[0-9]{6,}", "it should be NAME-APPID")
region = matching(r"[a-z]{2,4}(-[a-z0-9]+)+", "it should look like ap-guangzhou")
channel = matching(CHANNEL_ID, "it should be a channel's id, such as C0123456789")
level = matching(r"DEBUG|INFO|WARNING|ERROR", "it should be DEBUG, INFO, WARNING or ERROR")
signing_secret = matching(r"[!-~]{24,}", "it should be the app's signing secret, as Slack shows it")


def secrets(value: str) -> tuple[str, ...]:
    """Parse one or more secrets of our own, comma-separated; the first one signs."""
    found = tuple(part.strip() for part in value.split(",") if part.strip())
    if not found or any(len(secret) < SECRET_MIN_CHARS for secret in found):
        raise ValueError(
            f"it should be one or more secrets of at least {SECRET_MIN_CHARS} characters, "
            "comma-separated, the signing one first"
        )
    return found


def url(value: str) -> str:
    """Parse a base URL and drop the slash at its end. http is for this machine only."""
    should_be = "it should be an https URL without user, query or fragment"
    try:
        parts = urlsplit(value)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:  # its own text would show a part of the value
        raise ValueError(should_be) from None
    allowed = {"https", "http"} if is_loopback(parts.hostname or "") else {"https"}
    is_plain = re.fullmatch(r"[!-~]+", value) and not set("?#") & set(value)
    if not is_whole or not is_plain or "@" in parts.netloc or parts.scheme not in allowed:
        raise ValueError(should_be)
    return value.rstrip("/")


def endpoint(value: str) -> str:
    """Check ``HOST`` or ``HOST:PORT`` and return it as it is."""
    match = re.fullmatch(r"[A-Za-z0-9.-]+(?::([0-9]{1,5}))?", value)
    if not match or not 0 < int(match[1] or 443) < 65_536:
        raise ValueError("it should be HOST or HOST:PORT")
    return value


def switch(value: str) -> bool:
    """Parse a switch: 1 is on, 0 is off."""
    if value not in {"0", "1"}:
        raise ValueError("it should be 0 or 1")
    return value == "1"


def number(low: int, high: int) -> Callable[[str], int]:
    """Make a parser for a whole number from ``low`` to ``high``, both included."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,6}", value) or not low <= int(value) <= high:
            raise ValueError(f"it should be a whole number from {low} to {high}")
        return int(value)

    return parse
