"""Make Slack's answers: HTTP 200 for successes and errors, which differ in the field ``ok``."""

from typing import Any

import msgspec
from starlette.responses import Response

from infra.local.slack.model import Json


class Refused(Exception):
    """Refuse a call: the answer is ``ok: false`` with the code ``error``.

    ``places`` are sentences that say what is wrong and where, for ``response_metadata.messages``;
    ``more`` are further fields of the answer.
    """

    def __init__(self, error: str, *, places: list[str] | None = None, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.places = places or []
        self.more = more

    def body(self) -> Json:
        """Make the answer's body. For ``invalid_blocks``, ``errors`` has the places as well."""
        body: Json = {"ok": False, "error": self.error, **self.more}
        if self.places:
            if self.error == "invalid_blocks":
                body["errors"] = self.places
            body["response_metadata"] = {"messages": [f"[ERROR] {one}" for one in self.places]}
        return body


def missing(name: str) -> Refused:
    """Make the refusal (invalid_arguments) of a call that lacks the required argument ``name``."""
    return Refused("invalid_arguments", places=[f"missing required field: {name}"])


def json_answer(
    body: Json, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Make a JSON answer with Slack's content type."""
    return Response(
        msgspec.json.encode(body),
        status,
        headers=headers,
        media_type="application/json; charset=utf-8",
    )
