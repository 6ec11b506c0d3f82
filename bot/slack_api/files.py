"""Download photos that people uploaded to Slack.

The bot token is sent only to ``files.slack.com`` and ``files-origin.slack.com``, by https, and to
the configured API's own host. On Enterprise Grid the first redirects to the second; without access
it redirects to the workspace's sign-in. Slack answers HTTP 200 and an HTML page for a missing scope
and for an unfinished upload: after a good ``files.info``, which needs the same scope, it is the
latter.
"""

import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urljoin, urlsplit

import msgspec

from bot.slack_api.client import (
    BoundedClient,
    ChannelClosed,
    OutcomeUnknown,
    RateLimited,
    SlackRefused,
    bearer,
    call,
    retry_after_s,
)
from functions.config import SlackConfig
from functions.jobs.errors import ErrorCode, Problem, Refused

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

MAX_BYTES = 50_000_000
Grown = Callable[[int], None]  # called with the count of bytes downloaded by now
READ_BYTES = 256 * 1024
IGNORED_BYTES = 16 * 1024  # of a redirect's body
DOWNLOAD_LIMIT_S = 60.0
MAX_REDIRECTS = 3
GONE = {"file_not_found", "file_deleted", "file_not_available"}
NO_ACCESS = {"access_denied", "no_permission", "ekm_access_denied", "team_access_not_granted"}
WITH_TOKEN = {("https", "files.slack.com"), ("https", "files-origin.slack.com")}
WITHOUT_TOKEN, EDGE = ("https", "slack-files.com"), ".slack-edge.com"
PREVIEWS = ("thumb_1024", "thumb_960", "thumb_800", "thumb_720")  # named by their longer side
PREVIEWED_WITHIN_S = 30  # Slack makes the previews within so long after the file's creation
REDIRECTS = {301, 302, 303, 307, 308}


def uncounted(_size_bytes: int) -> None:
    """Ignore the count: a ``Grown`` for callers that need none."""


class FileUnfinished(Exception):
    """Say that Slack does not give the file yet: its upload ends after its message was sent."""


class SlackPreview(msgspec.Struct, frozen=True):
    """Hold Slack's own preview of a picture, and the original's size in px (zeros: not known)."""

    data: bytes
    original: tuple[int, int]


class _Read(msgspec.Struct, frozen=True):
    """Hold what one address gave: the file's bytes, or the target of a redirect."""

    data: bytes = b""
    moved_to: str = ""


class SlackFiles:
    """Download files with the bot's token."""

    def __init__(self, client: BoundedClient, config: SlackConfig) -> None:
        self._client = client
        self._token = config.bot_token
        self._own = _origin(config.api_url)

    def download(self, file_id: str, *, shared_in: str = "", grown: Grown = uncounted) -> bytes:
        """Download a file's bytes, at most ``MAX_BYTES``.

        With ``shared_in`` only a file that is shared in that channel is given. ``grown`` is called
        with the count of bytes by now; what it raises ends the download. Raises ``Refused`` with
        what to tell the asker, ``TokenRevoked``, or ``FileUnfinished``, ``OutcomeUnknown`` or
        ``RateLimited`` if it may work later.
        """
        file = self._about(file_id)
        _refuse_unreadable(file)
        if shared_in and not is_shared_in(file, shared_in):
            raise not_shared_there()
        url = str(file.get("url_private_download") or file.get("url_private") or "")
        if not url:
            raise FileUnfinished(file_id)
        data = self._read(url, grown)
        if file.get("filetype") != "html" and _is_page(data):
            raise FileUnfinished(file_id)
        return data

    def download_at(self, url: str, grown: Grown = uncounted) -> bytes | None:
        """Download a file by the address in its message; None if ``download`` has to be used.

        ``grown`` is as in ``download``. Raises ``Refused`` for a file that is too large, and
        ``OutcomeUnknown`` or ``RateLimited`` if it may work later.
        """
        try:
            data = self._read(url, grown)
        except Refused as refused:
            if refused.problems[0].code is ErrorCode.PHOTO_TOO_LARGE:
                raise
            return None
        return None if _is_page(data) else data

    def preview(self, file_id: str, *, least_px: int) -> SlackPreview | None:
        """Download the largest preview whose shorter side has ``least_px`` or more; None if none.

        Raises as ``download`` does; ``FileUnfinished`` while a fresh file has none at all.
        """
        file = self._about(file_id)
        _refuse_unreadable(file)
        found = next((name for name in PREVIEWS if _shorter_px(file, name) >= least_px), None)
        if found is None:
            if not any(file.get(name) for name in PREVIEWS) and _is_fresh(file):
                raise FileUnfinished(file_id)
            return None
        data = self._read(str(file[found]))
        if _is_page(data):
            raise FileUnfinished(file_id)
        return SlackPreview(
            data, (int(file.get("original_w") or 0), int(file.get("original_h") or 0))
        )

    def _about(self, file_id: str) -> dict[str, Any]:
        try:
            file: dict[str, Any] = call(self._client.files_info, file=file_id)["file"]
        except SlackRefused as error:
            if error.error == "missing_scope":
                raise _scope_missing() from error
            if error.error in GONE:
                raise Refused(Problem(ErrorCode.PHOTO_GONE)) from error
            # Every other refusal is final: what may work later raises other exceptions.
            raise _no_access() from error
        except ChannelClosed as error:
            raise _no_access() from error
        return file

    def _read(self, url: str, grown: Grown = uncounted) -> bytes:
        """Read the file at an address of Slack's, following redirects inside of Slack.

        Raises ``Refused`` where they lead elsewhere, to the sign-in, or on and on.
        """
        for _ in range(MAX_REDIRECTS + 1):
            read = self._read_at(url, self._headers_for(url), grown)
            if not read.moved_to:
                return read.data
            url = urljoin(url, read.moved_to)
            if _is_sign_in(url):
                raise _no_access()
        raise Refused(Problem(ErrorCode.PHOTO_GONE))

    def _headers_for(self, url: str) -> dict[str, str]:
        """Give the headers for an address: with the token for Slack's file and API hosts, without
        it for the content network. Raises ``Refused`` for every other host.
        """
        origin = _origin(url)
        if origin in WITH_TOKEN or origin == self._own:
            return bearer(self._token)
        if url.isascii() and (origin == WITHOUT_TOKEN or _is_edge(*origin)):
            return {}
        raise Refused(Problem(ErrorCode.PHOTO_GONE))

    def _read_at(self, url: str, headers: dict[str, str], grown: Grown) -> _Read:
        ends_at = time.monotonic() + self._client.within(DOWNLOAD_LIMIT_S)
        try:
            with self._client.request("GET", url, headers) as answer:
                if answer.status in REDIRECTS and answer.headers.get("Location"):
                    answer.read(IGNORED_BYTES)  # so that the connection can be kept
                    return _Read(moved_to=answer.headers["Location"])
                if not 200 <= answer.status < 300:
                    raise _for_status(answer.status, answer.headers)
                data = _read_until(answer, ends_at, grown)
        except OSError as error:
            raise OutcomeUnknown(type(error).__name__) from error
        if len(data) > MAX_BYTES:
            raise _too_large()
        return _Read(data)


def _read_until(answer: "BaseHTTPResponse", ends_at: float, grown: Grown) -> bytes:
    """Read a body, at most ``MAX_BYTES + 1``. Raises ``TimeoutError`` after ``ends_at``.

    ``ends_at`` is monotonic. The socket's own timeout starts anew with every byte.
    """
    data = bytearray()
    while part := answer.read1(min(READ_BYTES, MAX_BYTES + 1 - len(data))):
        data += part
        if len(data) > MAX_BYTES:
            break
        grown(len(data))
        if time.monotonic() >= ends_at:
            raise TimeoutError
    return bytes(data)


def _shorter_px(file: dict[str, Any], preview: str) -> int:
    if not file.get(preview):
        return 0
    return min(int(file.get(f"{preview}_{side}") or 0) for side in "wh")


def _is_fresh(file: dict[str, Any]) -> bool:
    return time.time() - int(file.get("created") or 0) < PREVIEWED_WITHIN_S


def is_shared_in(file: dict[str, Any], channel: str) -> bool:
    """Say whether a ``files.info`` file is shared in a channel. Raises ``FileUnfinished`` while
    Slack does not say where it is shared.
    """
    shared = {*(file.get("channels") or []), *(file.get("groups") or [])}
    if channel in shared:
        return True
    if not file.get("mimetype") or "channels" not in file:
        raise FileUnfinished(str(file.get("id") or ""))
    return False


def not_shared_there() -> Refused:
    """Make the refusal of a file that was named by its id, but is not shared in the channel."""
    facts: dict[str, str | int] = {"rule": "not-shared-there"}
    return Refused(Problem(ErrorCode.PHOTO_NOT_FETCHED, "photo", facts))


def _refuse_unreadable(file: dict[str, Any]) -> None:
    """Refuse a file that ``files.info`` says is hidden, gone, external or too large.

    Raises ``Refused``.
    """
    if file.get("file_access") == "access_denied":
        raise _no_access()
    is_hidden = file.get("mode") in {"tombstone", "hidden_by_limit"}
    if is_hidden or file.get("is_external") or file.get("file_access") == "file_not_found":
        raise Refused(Problem(ErrorCode.PHOTO_GONE))
    if int(file.get("size") or 0) > MAX_BYTES:
        raise _too_large()


def _is_sign_in(url: str) -> bool:
    """Say whether an address is ``https://<workspace>.slack.com/?redir=``: a file without access
    redirects there.
    """
    parts = urlsplit(url)
    return parts.path in {"", "/"} and "redir" in parse_qs(parts.query)


def _is_edge(scheme: str, host: str) -> bool:
    """Say whether a host is of Slack's content network, whose addresses need no token."""
    name = host.removesuffix(EDGE)
    return scheme == "https" and name != host and re.fullmatch(r"[a-z0-9.-]+", name) is not None


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _is_page(data: bytes) -> bool:
    return data[:512].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def _for_status(status: int, headers: Mapping[str, str]) -> Exception:
    if status == 429:
        return RateLimited(retry_after_s(headers))
    if status in {401, 403}:
        return _no_access()
    if status in {404, 410} or 300 <= status < 400:
        return Refused(Problem(ErrorCode.PHOTO_GONE))
    return OutcomeUnknown(f"HTTP {status}")


def _scope_missing() -> Refused:
    return Refused(Problem(ErrorCode.SLACK_SCOPE_MISSING, facts={"scope": "files:read"}))


def _no_access() -> Refused:
    return Refused(Problem(ErrorCode.PHOTO_NO_ACCESS))


def _too_large() -> Refused:
    return Refused(Problem(ErrorCode.PHOTO_TOO_LARGE, facts={"max_mb": MAX_BYTES // 1_000_000}))
