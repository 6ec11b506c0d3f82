"""Say what is wrong with a request, as RFC 9457 problem documents. The codes are stable."""

from collections.abc import Mapping, Sequence

import msgspec

from functions.jobs.characters import escape_direction
from functions.jobs.errors import ErrorCode, Problem
from functions.web.asgi import Response

MEDIA_TYPE = "application/problem+json"
TITLES = {
    "signature_refused": "The signature is missing or was refused",
    "not_found": "There is nothing here",
    "method_not_allowed": "This method is not allowed here",
    "deleted": "This job was deleted",
    "id_used_before": "This webhook-id came before with another body",
    "too_large": "The body is too large",
    "too_slow": "The body did not come in time",
    "head_too_large": "The headers are too many or too large",
    "malformed_json": "The body is not the JSON that it should be",
    "wrong_webhook_id": "The webhook-id of a DELETE must be delete- and the job's id",
    "invalid_fields": "Some fields cannot be accepted",
    "too_busy": "Too many requests at once",
    "not_configured": "The service is not set up completely",
    "come_again": "Please try again in a moment",
    "internal": "Something went wrong on our side",
}
_SENTENCES = {
    ErrorCode.WORDS_MISSING: "Either prompt or template is needed, or a scene that has one.",
    "words_missing.no-words": "Nothing in it is a letter, a digit or an emoji.",
    ErrorCode.WORDS_TOO_LONG: "{length} characters: {over} more than the {limit} allowed.",
    ErrorCode.AVOID_TOO_LONG: "{length} characters: {over} more than the {limit} allowed.",
    ErrorCode.PRODUCT_TOO_LONG: "{length} characters: {over} more than the {limit} allowed.",
    ErrorCode.WORDS_RESERVED: "This word is reserved; use template to name a template.",
    ErrorCode.WORDS_AND_TEMPLATE: "Give either prompt or template, not both.",
    ErrorCode.TEMPLATE_UNKNOWN: "There is no such template; the documentation lists them.",
    ErrorCode.SCENE_UNKNOWN: "Neither that channel nor the workspace has such a scene.",
    ErrorCode.SIZE_UNREADABLE: "Not a size; these are: 1280:720, 1280x720, 16:9.",
    "size_unreadable.ratio-or-pixels": (
        "{typed} may be a shape or a size: write {ratio} for the shape, or pixels, 1280x720."
    ),
    "size_out_of_range.shape": (
        "{typed} is too long a shape: 2:5 to 5:2 work, the nearest is {nearest}."
    ),
    ErrorCode.SIZE_OUT_OF_RANGE: (
        "{width}:{height} is out of range: each side {min} to {max} px, the shape 2:5 to 5:2. "
        "The nearest is {nearest}."
    ),
    "words_and_template.packshot": "A packshot has neither a prompt nor a template.",
    "shop_unknown.and-size": "A shop has its own size: give shop or resolution.",
    ErrorCode.SHOP_UNKNOWN: "There is no such shop.",
    "packshot_unreadable.colour": "The background is white or #rrggbb.",
    "packshot_unreadable.fill": "The product fills {min} to {max} per cent.",
    ErrorCode.WATERMARK_FIXED: "The operator does not allow pictures without the mark.",
    ErrorCode.WATERMARK_NOT_AGREED: (
        "Pictures without the mark need this client's agreement: agrees_to_unmarked in "
        "WEBHOOK_CLIENTS; docs/labels.md says what it means."
    ),
    ErrorCode.CHANNEL_NOT_ALLOWED: "This client may not post to that channel.",
    ErrorCode.PHOTO_MISSING: "Either image_url or image is needed.",
}


class FieldProblem(msgspec.Struct, frozen=True):
    """One thing that is wrong: where (a JSON pointer, RFC 6901), a stable code, and words."""

    pointer: str
    code: str
    detail: str


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RFC 9457 problem. ``type`` leads to the code's place in the documentation."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    problems: tuple[FieldProblem, ...] = ()


class Rejected(Exception):
    """Reject a request; it is answered with a problem document."""

    def __init__(
        self,
        status: int,
        code: str,
        problems: Sequence[FieldProblem] = (),
        *,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.problems = tuple(problems)
        self.detail = detail
        self.headers = dict(headers or {})


def answer_of(rejected: Rejected) -> Response:
    """Make the problem document that answers a rejected request."""
    document = ProblemDocument(
        type=f"/v1/docs#{rejected.code}",
        title=TITLES[rejected.code],
        status=rejected.status,
        code=rejected.code,
        detail=rejected.detail,
        problems=rejected.problems,
    )
    always = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"}
    headers = {**always, **rejected.headers}
    return Response(
        rejected.status, escape_direction(msgspec.json.encode(document).decode()), headers
    )


def field_problem(pointer: str, problem: Problem) -> FieldProblem:
    """Word a problem for the client's programmer. ``pointer`` leads to the field in the request."""
    by_rule = _SENTENCES.get(f"{problem.code.value}.{problem.facts.get('rule')}")
    sentence = by_rule or _SENTENCES.get(problem.code, "This value cannot be accepted.")
    return FieldProblem(pointer, problem.code.value, sentence.format_map(problem.facts))
