"""Find a photo's address at the start of what was typed, and check it before it is accepted.

Nothing marks where an address ends. These rules end it where a person would:

===================================  =============================================================
``<https://...|label>``              Slack's form of an address; only here ``|`` begins a label
quotes, brackets, code marks around  go, in pairs or not; ``/wiki/Cup_(red)`` keeps its bracket
``,`` ``.`` ``;`` ``!`` behind it    go, of the Chinese keyboard too
Chinese punctuation in it, a dash    ends it: what follows are words, without a space as well
Chinese letters behind ``.jpg`` or   end it; elsewhere they are a part of it
behind a Latin letter or a digit
===================================  =============================================================
"""

import re

import msgspec

from bot.request_context import RequestContext
from functions.jobs.errors import ErrorCode
from functions.jobs.model import PhotoUrl
from functions.jobs.url_policy import URL_LIMIT_CHARS, UrlPolicy, UrlRefused, check_url

_AROUND = "\\s\"'`*_~<(\\[{“”‘’«»„「」『』【】《》（）\u200b-\u200f\u2060-\u2064\ufeff"
_MARKED_UP = re.compile(rf"[{_AROUND}]*<(?P<url>https?://[^\s<>|]+)(?:\|[^>]*)?>", re.IGNORECASE)
_CHINESE = "\u2e80-\u2fff\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff"
_ENDING = r"\.(?:jpe?g|png|webp|heic|heif|avif|gif|bmp|tiff?|jfif)"
_TYPED = re.compile(
    rf"[{_AROUND}]*(?P<url>https?://(?:"
    rf"[^\s<>]*?{_ENDING}(?:[?#][!-;=?-~]*)?(?=[{_CHINESE}])"  # words right behind a picture's name
    rf"|[^\s<>]*?{_ENDING}(?=[,;](?!\w+[_=])[^\W\d_])"  # and not i.jpg,w_200
    r"|[^\s<>\"“”‘’，。；！？、：（）「」『』【】《》…—―－\u3000\u200b\u2060\ufeff]+))",
    re.IGNORECASE,
)
_WORDS_BEHIND = re.compile(rf"(?<=[A-Za-z0-9])[{_CHINESE}]+$")
_BEHIND = ",.;:!?'\"`)]}>|"
_EMPHASIS = "*_~"  # stripped only if also opened before: a signed address may end with one
_BETWEEN = re.compile(
    "[,.;:!'\"`*_~)\\]}>，。；：！？、…”’»」』】》）]*[\\s\u200b\u2060\ufeff]*[,;:，；：、]*[\\s\u200b\u2060\ufeff]*"
)


class TypedAddress(msgspec.Struct, frozen=True):
    """Hold an address, and the words (options included) that were typed behind it."""

    url: str
    words: str


def typed_address(said: str) -> TypedAddress | None:
    """Find the address that a text begins with; None if it does not. ``said`` is decoded."""
    found = _MARKED_UP.match(said)
    if found:
        return TypedAddress(found["url"], _words(said[found.end() :]))
    found = _TYPED.match(said)
    if not found:
        return None
    url = _ended(found["url"], said[: found.start("url")])
    return TypedAddress(url, _words(said[found.start("url") + len(url) :]))


def _ended(url: str, opened: str) -> str:
    """Strip an address of closing marks, punctuation and Chinese words at its end.

    ``opened`` is what was typed before it.
    """
    if len(url) > URL_LIMIT_CHARS:
        return url  # too long: ``check_url`` refuses it
    path = url.partition("//")[2].partition("/")[2]
    if path:  # Chinese letters in the host are a part of it
        url = url.removesuffix(path) + _WORDS_BEHIND.sub("", path)
    marks = _BEHIND + "".join(one for one in _EMPHASIS if one in opened)
    while url[-1] in marks and not (url[-1] == ")" and url.count("(") >= url.count(")")):
        url = url[:-1]
    return url


def _words(behind: str) -> str:
    """Give what was typed behind an address, without separators and closing marks."""
    between = _BETWEEN.match(behind)
    return behind[between.end() :] if between else behind


def photo_from_url(url: str, context: RequestContext) -> PhotoUrl:
    """Check a photo's address by the rules that need no DNS look-up, and give it as a source.

    Raises ``Refused``, so that the asker reads at once what is wrong with it.
    """
    rules = UrlPolicy(allow_loopback_http=context.config.bucket.is_local)
    try:
        check_url(url, rules)
    except UrlRefused as error:
        raise error.refusal(ErrorCode.PHOTO_NOT_FETCHED, "photo") from error
    return PhotoUrl(url=url)
