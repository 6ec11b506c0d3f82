"""How Slack says yes and no: HTTP 200 in both cases, told apart by ``ok``."""

from typing import Any

import msgspec
from starlette.responses import Response

from infra.local.slack.model import Json


class Refused(Exception):
    """A call that Slack answers with ``ok: false``.

    ``places`` are sentences with the place they are about, for ``response_metadata.messages``;
    ``more`` goes into the answer as it is.
    """

    def __init__(self, error: str, *, places: list[str] | None = None, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.places = places or []
        self.more = more

    def body(self) -> Json:
        """The answer. Blocks and arguments name the places twice, as Slack does."""
        body: Json = {"ok": False, "error": self.error, **self.more}
        if self.places:
            if self.error == "invalid_blocks":
                body["errors"] = self.places
            body["response_metadata"] = {"messages": [f"[ERROR] {one}" for one in self.places]}
        return body


def missing(name: str) -> Refused:
    """A required argument is not there."""
    return Refused("invalid_arguments", places=[f"missing required field: {name}"])


def json_answer(
    body: Json, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A JSON answer with Slack's content type."""
    return Response(
        msgspec.json.encode(body),
        status,
        headers=headers,
        media_type="application/json; charset=utf-8",
    )
