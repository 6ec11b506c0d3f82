"""Make Slack's answers: HTTP 200 for yes and for no, which only ``ok`` tells apart."""

from typing import Any

import msgspec
from starlette.responses import Response

from infra.local.slack.model import Json


class Refused(Exception):
    """Stop a call that Slack answers with ``ok: false``.

    ``places`` are sentences with the place they are about, for ``response_metadata.messages``;
    ``more`` goes into the answer as it is.
    """

    def __init__(self, error: str, *, places: list[str] | None = None, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.places = places or []
        self.more = more

    def body(self) -> Json:
        """Give the answer's body; ``invalid_blocks`` names the places twice, as Slack does."""
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
