"""Make the OpenAPI 3.1 document from the types that validate requests and write answers."""

from typing import Any

import msgspec

from functions.gateway.problems import MEDIA_TYPE, TITLES, ProblemDocument
from functions.gateway.schemas import AcceptedBatch, AcceptedJob, Deleting, NewBatch, NewJob
from functions.gateway.signatures import ID_LIMIT_CHARS
from functions.jobs.status import BatchStatus, CallbackBody, JobStatus

VERSION = "1"
Json = dict[str, Any]
KINDS = (
    *(NewJob, NewBatch, AcceptedJob, AcceptedBatch),
    *(JobStatus, BatchStatus, Deleting, CallbackBody, ProblemDocument),
)
ABOUT = """\
Product photos on new backgrounds. You send a signed request, get an id and links at once, and are
told when the picture is there: by a callback, in a Slack channel, or by asking for the status.

**Signing.** POST and DELETE are signed by [Standard Webhooks](https://www.standardwebhooks.com)
with your secret (`whsec_...`); there are libraries for most languages. The signed content is
`{webhook-id}.{webhook-timestamp}.{body}`, HMAC-SHA256, and the timestamp must be right to within
five minutes. Who you are follows from the secret.

**Once.** `webhook-id` is the idempotency key. Send the same id and the same body again whenever you
have no answer: it is one job, and the answer is the same. Another body under an id that was used
before is a 409.

**Accepted is kept.** A 202 with the header `Backdrop-Worker-Silent-S` says that what does the jobs
has given no sign of life for so many seconds; yours goes on by itself when it works again.

**Callbacks** are signed the same way with your secret (with each of them, while you have two).
`webhook-id` is the job's id. Answer 2xx within 20 seconds; anything else, redirects too, is tried
again with growing gaps for a day; a 410 ends it. A callback may come more than once.

**Photos**: JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF. A whole request may have 6 MB; larger
photos come by address. A mask is transparent around the product, or black around white.

**Formats** that no pattern can say: `words` hold a letter, a digit, an ideograph or an emoji, or
are empty, and are not `BackgroundTemplate`; a `picture-size` in pixels has sides of 501 to 3999
and, as every ratio, a shape from 2:5 to 5:2. A ratio is written with a colon; with an `x` only a
usual one. An address has a name; one in numbers is taken too where it is public.

**Problems** are RFC 9457 documents. `code` is stable; `problems` names everything that is wrong at
once, each with a JSON pointer.
"""
REJECTED = {
    "400": ("malformed_json", "wrong_webhook_id"),
    "401": ("signature_refused",),
    "404": ("not_found",),
    "408": ("too_slow",),
    "409": ("id_used_before",),
    "410": ("deleted",),
    "413": ("too_large",),
    "422": ("invalid_fields",),
    "429": ("too_busy",),
    "431": ("head_too_large",),
    "500": ("internal", "come_again"),
    "503": ("come_again", "not_configured"),
}

OPEN = ("431", "500", "503")  # any call may get these
ID_LIMITS: Json = {"minLength": 1, "maxLength": ID_LIMIT_CHARS}
SIGNING = {
    "webhook-id": ("Your own id of this request: the idempotency key.", ID_LIMITS),
    "webhook-timestamp": ("Now, in Unix seconds; new at every try.", {"pattern": "^[0-9]+$"}),
    "webhook-signature": (
        "`v1,` and the Base64 of the signature; several are separated by spaces.",
        {"minLength": 1},
    ),
}
SIGNED, BY_LINK = "standardWebhooks", "statusLink"
# OpenAPI knows no scheme of three headers, so the last of them stands for all.
SECURITY = {
    SIGNED: {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks: HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}."
        "{body}` with your secret.",
    },
    BY_LINK: {
        "type": "apiKey",
        "in": "query",
        "name": "key",
        "description": "The capability in the status URL.",
    },
}


def openapi_document(base_url: str) -> Json:
    """Make the whole document. ``base_url`` is where the gateway is reached, or empty."""
    _, schemas = msgspec.json.schema_components(KINDS, ref_template="#/components/schemas/{name}")
    for schema in schemas.values():  # docstrings: Python keeps their indentation up to 3.12
        if "description" in schema:
            lines = schema["description"].splitlines()
            schema["description"] = "\n".join(line.strip() for line in lines)
    # Rules about several fields together; an empty text counts as absent.
    painted = {"allOf": [_with_packshot("null")]}
    background = {
        "anyOf": [
            painted | _one_of("prompt", "template"),
            painted | _scene_and_at_most("prompt", "template"),
            {**_with_packshot("object", "prompt", "template"), "required": ["packshot"]},
        ]
    }
    schemas["NewJob"]["allOf"] = [
        _one_of("image_url", "image"),
        background,
        _not_both("mask_url", "mask"),
        _not_both("shop", "resolution"),
    ]
    document: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "Backdrop",
            "version": VERSION,
            "description": ABOUT,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "paths": _paths(),
        "webhooks": {"job-ended": {"post": _callback()}},
        "components": {
            "schemas": schemas,
            "securitySchemes": SECURITY,
            "parameters": {name: _header(name, *about) for name, about in SIGNING.items()},
            "responses": {status: _problem(codes) for status, codes in REJECTED.items()},
        },
    }
    return {**document, "servers": [{"url": base_url}]} if base_url else document


def _paths() -> Json:
    return {
        "/v1/jobs": {"post": _accepting("newJob", "One picture", NewJob, AcceptedJob)},
        "/v1/batches": {
            "post": _accepting("newBatch", "Up to 100 pictures at once", NewBatch, AcceptedBatch)
        },
        "/v1/jobs/{job}": {
            "parameters": [_in_path("job")],
            "get": _status("jobStatus", "How a job is getting on", JobStatus),
            "delete": {
                "operationId": "deleteJob",
                "summary": "Cancel a job, or delete its pictures",
                "description": "Signed by the client whose job it is, over an empty body, with the "
                "`webhook-id` `delete-{job}`: the signature does not cover the path. "
                "What is not painted yet will not be; the links end at once.",
                "security": [{SIGNED: []}],
                "parameters": _signing(),
                "responses": {
                    "202": _answer("It will be gone.", Deleting),
                    **_rejected("400", "401", "404", "408", "410", "413", "429"),
                },
            },
        },
        "/v1/batches/{batch}": {
            "parameters": [_in_path("batch")],
            "get": _status("batchStatus", "How the jobs of a batch are getting on", BatchStatus),
        },
    }


def _accepting(
    name: str, summary: str, body: type[msgspec.Struct], answer: type[msgspec.Struct]
) -> Json:
    return {
        "operationId": name,
        "summary": summary,
        "security": [{SIGNED: []}],
        "parameters": _signing(),
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref(body)}},
        },
        "responses": {
            "202": _answer("Accepted: it is kept, whatever happens now.", answer),
            **_rejected("400", "401", "408", "409", "413", "422", "429"),
        },
    }


def _status(name: str, summary: str, answer: type[msgspec.Struct]) -> Json:
    return {
        "operationId": name,
        "summary": summary,
        "description": "The URL is in the answer that accepted it. Whoever has it may read it.",
        "security": [{BY_LINK: []}],
        "parameters": [
            {
                "name": "key",
                "in": "query",
                "required": True,
                "description": "The capability in the status URL.",
                "schema": {"type": "string"},
            }
        ],
        "responses": {"200": _answer("As far as it is.", answer), **_rejected("404")},
    }


def _callback() -> Json:
    return {
        "operationId": "jobEnded",
        "summary": "What your callback URL gets when a job has ended",
        "security": [{SIGNED: []}],
        "parameters": _signing(),
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref(CallbackBody)}},
        },
        "responses": {
            "2XX": {"description": "You have it."},
            "410": {"description": "Never again for this job."},
        },
    }


def _signing() -> list[Json]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in SIGNING]


def _one_of(*names: str) -> Json:
    """Require exactly one of these texts, and that it is not empty."""
    least = {"image": 4}  # of Base64
    there = [
        {"required": [name], "properties": {name: {"minLength": least.get(name, 1)}}}
        for name in names
    ]
    return {"oneOf": there}


def _not_both(*names: str) -> Json:
    """Allow at most one of these texts; an empty one counts as absent."""
    return {"anyOf": [{"properties": {name: {"maxLength": 0}}} for name in names]}


def _with_packshot(kind: str, *without: str) -> Json:
    """Require a packshot of this type, without these texts beside it."""
    empty = {name: {"maxLength": 0} for name in without}
    return {"properties": {"packshot": {"type": kind}, **empty}}


def _scene_and_at_most(*names: str) -> Json:
    """Require a scene, and forbid that all of these texts are beside it."""
    all_there = {"required": [*names], "properties": {name: {"minLength": 1} for name in names}}
    scene = {"required": ["scene"], "properties": {"scene": {"minLength": 1}}}
    return {**scene, "not": all_there}


def _header(name: str, words: str, limits: Json) -> Json:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": words,
        "schema": {"type": "string", **limits},
    }


def _in_path(name: str) -> Json:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[a-z2-7]{20}$"},
    }


def _answer(words: str, kind: type[msgspec.Struct]) -> Json:
    return {"description": words, "content": {"application/json": {"schema": _ref(kind)}}}


def _rejected(*statuses: str) -> Json:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in (*statuses, *OPEN)}


def _problem(codes: tuple[str, ...]) -> Json:
    return {
        "description": "; ".join(f"`{code}`: {TITLES[code]}" for code in codes),
        "content": {MEDIA_TYPE: {"schema": _ref(ProblemDocument)}},
    }


def _ref(kind: type[msgspec.Struct]) -> Json:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}
