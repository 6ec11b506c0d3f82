"""Read a call's arguments from the query, a form or a JSON body, as Slack takes them."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from infra.local.slack.answers import Refused, missing
from infra.local.slack.model import Json

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
TS_FORM = re.compile(r"^\d{1,10}(\.\d{1,6})?$")
TARGET_NAMES = (
    "channel",
    "channel_id",
    "file",
    "view_id",
    "user_id",
    "user",
    "users",
    "function_execution_id",
)


class Arguments:
    """Hold the arguments of one call, with the token apart from them."""

    def __init__(self, values: Json, *, token: str = "", warning: str = "") -> None:
        self.values = values
        self.token = token
        self.warning = warning

    @property
    def target(self) -> str:
        """Give the id of the object that the call is about, empty if none, for faults and log."""
        return next((str(self.values[n]) for n in TARGET_NAMES if self.values.get(n)), "")

    def text(self, name: str) -> str:
        """Give an argument as text, empty if it is absent."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def required(self, name: str) -> str:
        """Give an argument that must be there. Raises ``Refused`` (invalid_arguments)."""
        value = self.text(name)
        if not value:
            raise missing(name)
        return value

    def flag(self, name: str) -> bool:
        """Tell whether an argument is true: ``1`` or ``true``, in upper or lower case."""
        return self.text(name).lower() in {"1", "true"}

    def limit(self, *, default: int, most: int) -> int:
        """Give the page size, at most ``most``. Raises ``Refused`` (invalid_limit)."""
        given = self.text("limit")
        if not given:
            return default
        if not given.isdecimal() or int(given) < 1:
            raise Refused("invalid_limit")
        return min(int(given), most)

    def moment(self, name: str, error: str) -> Decimal | None:
        """Give a timestamp as a number; None if it is absent or ``now``.

        Raises ``Refused`` with ``error``.
        """
        given = self.text(name)
        if not given or given == "now":
            return None
        if not TS_FORM.match(given):
            raise Refused(error)
        return Decimal(given)

    def structure(self, name: str, error: str) -> Any:
        """Give an argument that is JSON: a value in a JSON body, or text in a form.

        Raises ``Refused`` with ``error`` for text that is no JSON.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise Refused(error) from None


async def read(request: Request) -> Arguments:
    """Read the arguments and the token of a request.

    The token is taken from the Authorization header (Bearer) or else from a form; one in a JSON
    body or in the query is ignored. Raises ``Refused`` for a body that Slack does not take.
    """
    values: Json = {k: v for k, v in request.query_params.items() if k != "token"}
    body = await request.body()
    content_type, _, parameters = request.headers.get("content-type", "").partition(";")
    warning = ""
    if request.method == "POST" and body:
        if content_type == JSON:
            values.update({k: v for k, v in _json_object(body).items() if k != "token"})
            warning = "" if "charset" in parameters.lower() else "missing_charset"
        elif content_type == FORM:
            values.update(_form(body))
        else:
            raise Refused("invalid_post_type" if content_type else "missing_post_type")
    token = str(values.pop("token", ""))
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        token = bearer.strip()
    return Arguments(values, token=token, warning=warning)


def _json_object(body: bytes) -> Json:
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise Refused("invalid_json") from None
    if not isinstance(decoded, dict):
        raise Refused("json_not_object")
    return decoded


def _form(body: bytes) -> Json:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
    except ValueError:
        raise Refused("invalid_form_data") from None
