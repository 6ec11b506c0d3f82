"""Define the bodies of requests, and the answers to accepted ones.

The types validate requests. The OpenAPI document is made from them: their docstrings are published.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from functions.jobs.scenes import NAME_CHARS
from functions.jobs.shops import SHOPS
from functions.jobs.wish import (
    FILL_MAX,
    FILL_MIN,
    PRODUCT_LIMIT,
    PROMPT_LIMIT,
    TEMPLATES,
    Packshot,
)

BATCH_LIMIT = 100
URL_LIMIT_CHARS = 4096
REFERENCE_LIMIT_CHARS = 200
END = r"(?![\s\S])"  # of the text: Python's $ would let a line feed follow
THREAD_TS = rf"^([0-9]{{1,12}}\.[0-9]{{6}})?{END}"
ANY_TEXT = rf"^[^\x00]*{END}"  # NUL is refused with the whole body
# An https URL with a host name, as ``url_policy`` allows it; no pattern can express its rules for
# numeric addresses.
_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_INSIDE = r"(?!(?:localhost|local|internal)(?:[:/?#]|$))"
HTTPS_URL = (
    rf"^(?:https://(?![^:/?#]{{254}})(?:{_LABEL}\.)+{_INSIDE}(?=[A-Za-z]){_LABEL}"
    rf"(?::443)?(?:[/?#][!-\[\]-~]*)?)?{END}"
)
# Formats that no pattern can express; ``openapi.ABOUT`` explains them.
WORDS, SIZE = "words", "picture-size"


def _documented(words: str, **schema: object) -> Meta:
    """Document a field. The limits in ``schema`` are checked later, when the job is built."""
    return Meta(description=words, extra_json_schema=schema)


def _words(words: str, limit: int) -> Meta:
    """Document a field with words for aiart, of at most ``limit`` characters."""
    return _documented(words, maxLength=limit, pattern=ANY_TEXT, format=WORDS)


Base64 = Annotated[
    str,
    _documented(
        "The file as plain Base64 (RFC 4648, section 4).",
        pattern="^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?" + END,
        contentEncoding="base64",
    ),
]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something in the body of a request. An empty text is as good as none."""


class SlackPlace(Body, frozen=True, kw_only=True):
    """Where in Slack the picture is shown: in a channel, or in one of its threads."""

    channel: Annotated[
        str, Meta(description="One of the client's channels, by its id.", max_length=40)
    ]
    thread_ts: Annotated[
        str, Meta(description="The ts of the thread's first message.", pattern=THREAD_TS)
    ] = ""


class Deliver(Body, frozen=True, kw_only=True):
    """How the result reaches you. The status works in any case."""

    slack: SlackPlace | None = None
    callback_url: Annotated[
        str,
        _documented(
            "Called when the job ends, signed with your secret; a host of yours.",
            pattern=HTTPS_URL,
            maxLength=URL_LIMIT_CHARS,
        ),
    ] = ""


class NewPackshot(Body, frozen=True, kw_only=True):
    """The product alone on a plain ground, in place of a background that aiart paints: free.

    What is product a mask has to say, or the photo's own transparency.
    """

    background: Annotated[
        str,
        _documented("A colour: #rrggbb, or white.", pattern=f"^(#[0-9a-fA-F]{{6}}|white){END}"),
    ] = "white"
    fill: Annotated[
        int | msgspec.UnsetType,
        _documented(
            "How much of the width or height it fills, in per cent.",
            minimum=FILL_MIN,
            maximum=FILL_MAX,
            default=Packshot().fill,
        ),
    ] = msgspec.UNSET
    shadow: Annotated[bool, Meta(description="Whether it throws a soft shadow.")] = False


class NewJob(Body, frozen=True, kw_only=True):
    """One product photo on one new background."""

    image_url: Annotated[
        str,
        _documented(
            "Where the product photo is (https, port 443). Or send it as image.",
            pattern=HTTPS_URL,
            maxLength=URL_LIMIT_CHARS,
        ),
    ] = ""
    image: Base64 = ""
    prompt: Annotated[
        str, _words("The new background in words. Or name a template, or a scene.", PROMPT_LIMIT)
    ] = ""
    template: Annotated[
        str,
        _documented(
            "A background that aiart knows by name.",
            enum=["", *(name for template in TEMPLATES for name in (template.en, template.name))],
        ),
    ] = ""
    scene: Annotated[
        str,
        _documented(
            "A scene that was saved in Slack, for the channel of deliver or the whole workspace. "
            "It says what this job does not say itself: the background, what to avoid, the size.",
            maxLength=NAME_CHARS,
            pattern=ANY_TEXT,
        ),
    ] = ""
    negative_prompt: Annotated[str, _words("What to avoid.", PROMPT_LIMIT)] = ""
    product: Annotated[
        str, _words("What the photo shows; leaving it out hurts.", PRODUCT_LIMIT)
    ] = ""
    mask_url: Annotated[
        str,
        _documented(
            "Where the mask is. Or send it as mask.", pattern=HTTPS_URL, maxLength=URL_LIMIT_CHARS
        ),
    ] = ""
    mask: Base64 = ""
    resolution: Annotated[
        str,
        _documented(
            "1280:720, 1280x720 or a ratio such as 16:9. Each side 501 to 3999 px.",
            pattern=f"^([0-9]{{1,6}}[:x][0-9]{{1,6}})?{END}",
            format=SIZE,
        ),
    ] = ""
    shop: Annotated[
        str,
        _documented(
            "The shop in whose size it is, in place of resolution.",
            enum=["", *(shop.key for shop in SHOPS)],
        ),
    ] = ""
    packshot: Annotated[
        NewPackshot | None,
        _documented("Ask for a packshot. Then resolution is 2000:2000 where you give none."),
    ] = None
    watermark: Annotated[bool, Meta(description='Whether aiart marks it "AI generated".')] = True
    deliver: Deliver = Deliver()
    reference: Annotated[
        str,
        Meta(
            description="Your own words, given back.",
            max_length=REFERENCE_LIMIT_CHARS,
            extra_json_schema={"pattern": ANY_TEXT},
        ),
    ] = ""
    language: Annotated[
        Literal["en", "zh"], Meta(description="Of the words in Slack and in errors.")
    ] = "en"


class NewBatch(Body, frozen=True, kw_only=True):
    """Several jobs in one request; each is an ordinary job."""

    jobs: Annotated[tuple[NewJob, ...], Meta(min_length=1, max_length=BATCH_LIMIT)]


class AcceptedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that was accepted. The links are long-lived; the picture's works once it is done."""

    id: str
    reference: str
    status_url: str
    picture_url: str
    mask_url: str


class AcceptedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that was accepted, with its jobs in the order of the request."""

    id: str
    status_url: str
    jobs: tuple[AcceptedJob, ...]


class Deleting(msgspec.Struct, frozen=True, kw_only=True):
    """A job that will be cancelled if it is not done yet, and whose pictures will go."""

    id: str
    state: Literal["deleted"] = "deleted"
