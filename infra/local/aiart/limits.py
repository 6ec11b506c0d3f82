"""Check a ReplaceBackground request, and choose the error code if it is refused.

Limits: the API's page (Tencent document 1668/107957) and the parameters' descriptions in
tencentcloud-sdk-python-aiart 3.1.179. Codes for unknown or missing fields and for wrong types: the
common error codes (1238/64639).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from infra.local.aiart.templates import TEMPLATES
from infra.local.vendor_error import Refused

PROMPT_MAX_CHARACTERS = 256
PRODUCT_MAX_CHARACTERS = 50
SIDE_OVER_PX = 500  # a result's side is over this
SIDE_UNDER_PX = 4000  # every picture's side is under this
DEFAULT_RESOLUTION = "1280:1280"
USE_TEMPLATE = "BackgroundTemplate"  # the Prompt that switches to a template

_REQUEST: dict[str, type] = {
    "ProductUrl": str,
    "Prompt": str,
    "NegativePrompt": str,
    "Product": str,
    "BackgroundTemplate": str,
    "MaskUrl": str,
    "Resolution": str,
    "LogoAdd": int,
    "LogoParam": dict,
    "RspImgType": str,
}
_LOGO: dict[str, type] = {"LogoUrl": str, "LogoImage": str, "LogoRect": dict}
_RECT: dict[str, type] = {"X": int, "Y": int, "Width": int, "Height": int}


class Rect(msgspec.Struct, frozen=True, kw_only=True):
    """Place a logo in the result, in px from its top left corner."""

    x: int
    y: int
    width: int
    height: int


class Logo(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a logo in the mark's place, by its URL or else by its Base64.

    With ``rect`` None it goes to the bottom right.
    """

    url: str
    base64: str
    rect: Rect | None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a ReplaceBackground request that keeps every limit. Sizes in px; "" = not given."""

    product_url: str
    prompt: str
    negative_prompt: str
    product: str
    template: str
    mask_url: str
    width: int
    height: int
    add_mark: bool
    logo: Logo | None
    as_url: bool  # else Base64

    @property
    def resolution(self) -> str:
        """Write the size as ``W:H``, as in the request."""
        return f"{self.width}:{self.height}"


def read_wish(body: bytes, *, denied_words: Sequence[str]) -> Wish:
    """Read the request in ``body`` (JSON) and check it. Raises ``Refused``.

    ``denied_words``: a text that holds one of them fails the moderation of texts.
    """
    try:
        sent = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        raise Refused("InvalidParameter", "The request's body is not a JSON object.") from None
    fields = _typed(sent, _REQUEST, within="")
    for name in ("ProductUrl", "Prompt"):
        if name not in fields:
            raise Refused(
                "MissingParameter", f"The request is missing a required parameter `{name}`."
            )
    _check_texts(fields, denied_words)
    width, height = _resolution(fields.get("Resolution", DEFAULT_RESOLUTION))
    mask_url = fields.get("MaskUrl", "")  # by the API's page, an empty MaskUrl counts as none
    if mask_url:
        check_url(mask_url, "MaskUrl")
    if not fields["ProductUrl"]:
        raise Refused("InvalidParameterValue.ImageEmpty", "`ProductUrl` is empty.")
    check_url(fields["ProductUrl"], "ProductUrl")
    return Wish(
        product_url=fields["ProductUrl"],
        prompt=fields["Prompt"],
        negative_prompt=fields.get("NegativePrompt", ""),
        product=fields.get("Product", ""),
        template=_template(fields),
        mask_url=mask_url,
        width=width,
        height=height,
        add_mark=fields.get("LogoAdd", 1) != 0,  # "other values: treated as 1"
        logo=_logo(fields["LogoParam"], width, height) if "LogoParam" in fields else None,
        as_url=_as_url(fields.get("RspImgType", "base64")),
    )


def good_ratio(width: int, height: int) -> bool:
    """Tell whether width : height is between 2:5 and 5:2, both included."""
    return 2 * width <= 5 * height and 2 * height <= 5 * width


def check_url(url: str, name: str) -> None:
    """Refuse what is not an http(s) URL with a host. Raises ``Refused``."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-_\[\]:]+(/[^\s]*|\?[^\s]*)?", url):
        raise Refused("InvalidParameterValue.UrlIllegal", f"`{name}` is not a URL.")


def _typed(sent: Mapping[str, Any], known: Mapping[str, type], *, within: str) -> dict[str, Any]:
    """Check the names and types in ``sent``; drop its nulls, which count as left out.

    Raises ``Refused``.
    """
    for name, value in sent.items():
        if name not in known:
            raise Refused("UnknownParameter", f"The parameter `{within}{name}` is not recognized.")
        # a JSON true is no number, though Python's bool is an int
        if value is not None and (not isinstance(value, known[name]) or isinstance(value, bool)):
            raise Refused("InvalidParameter", f"The type of `{within}{name}` is not valid.")
    return {name: value for name, value in sent.items() if value is not None}


def _check_texts(fields: Mapping[str, Any], denied_words: Sequence[str]) -> None:
    limits = {
        "Prompt": PROMPT_MAX_CHARACTERS,
        "NegativePrompt": PROMPT_MAX_CHARACTERS,
        "Product": PRODUCT_MAX_CHARACTERS,
    }
    for name, most in limits.items():
        text = fields.get(name, "")
        if len(text) > most:
            raise Refused(
                "InvalidParameterValue.TextLengthExceed",
                f"`{name}` has {len(text)} characters, the limit is {most}.",
            )
        if any(_holds(text, word) for word in denied_words):
            raise Refused("OperationDenied.TextIllegalDetected", f"`{name}` is not allowed.")
    if not fields["Prompt"].strip():
        raise _bad_value("`Prompt` is empty.")


def _holds(text: str, word: str) -> bool:
    """Tell whether ``text`` has ``word`` in it.

    A Latin word must stand alone ("gore" is not in "Gorenje"); Chinese words have no such borders.
    """
    edge = r"\b" if word.isascii() else ""
    pattern = f"{edge}{re.escape(word)}{edge}"
    return re.search(pattern, text, re.IGNORECASE | re.ASCII) is not None


def _template(fields: Mapping[str, Any]) -> str:
    name: str = fields.get("BackgroundTemplate", "")
    if fields["Prompt"] == USE_TEMPLATE:
        if name not in TEMPLATES:
            raise _bad_value("`BackgroundTemplate` names no known template.")
    elif name:
        # The vendor ignores such a template; here it is refused, because sending it is a mistake.
        raise _bad_value(f"`BackgroundTemplate` needs `Prompt` = {USE_TEMPLATE}.")
    return name


def _resolution(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,5}):([0-9]{1,5})", text)
    if found is None:
        raise _bad_value("`Resolution` is not W:H.")
    width, height = int(found[1]), int(found[2])
    if not all(SIDE_OVER_PX < side < SIDE_UNDER_PX for side in (width, height)):
        raise _bad_value("`Resolution`: each side must be over 500 and under 4000.")
    if not good_ratio(width, height):
        raise _bad_value("`Resolution`: the ratio must be between 2:5 and 5:2.")
    return width, height


def _as_url(text: str) -> bool:
    if text not in ("base64", "url"):
        raise _bad_value("`RspImgType` is base64 or url.")
    return text == "url"


def _logo(sent: Mapping[str, Any], width: int, height: int) -> Logo:
    fields = _typed(sent, _LOGO, within="LogoParam.")
    url, base64 = fields.get("LogoUrl", ""), fields.get("LogoImage", "")
    if not url and not base64:
        raise _bad_value("`LogoParam` needs `LogoUrl` or `LogoImage`.")
    if url:
        check_url(url, "LogoParam.LogoUrl")
    rect = _rect(fields["LogoRect"], width, height) if "LogoRect" in fields else None
    return Logo(url=url, base64=base64, rect=rect)


def _rect(sent: Mapping[str, Any], width: int, height: int) -> Rect:
    fields = _typed(sent, _RECT, within="LogoParam.LogoRect.")
    rect = Rect(
        x=fields.get("X", 0),
        y=fields.get("Y", 0),
        width=fields.get("Width", 0),
        height=fields.get("Height", 0),
    )
    across = 0 <= rect.x < rect.x + rect.width <= width
    down = 0 <= rect.y < rect.y + rect.height <= height
    if not (across and down):
        raise _bad_value("`LogoParam.LogoRect` is not a rectangle inside the result.")
    return rect


def _bad_value(message: str) -> Refused:
    return Refused("InvalidParameterValue.ParameterValueError", message)
