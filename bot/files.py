"""Downloads a photo that somebody uploaded to Slack.

The bot token goes to https ``files.slack.com`` and to the configured API's own host only, and
never along a redirect. A missing scope is answered with HTTP 200 and a sign-in page.
"""

import http.client
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient

from bot.slack import SlackBusy, SlackRefused, SlackUnclear, call, retry_after_s
from functions.config import SlackConfig
from functions.jobs.errors import ErrorCode, Problem, Refused

MAX_BYTES = 50_000_000
GONE = {"file_not_found", "file_deleted", "file_not_available"}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class SlackFiles:
    """Reads files with the bot's token."""

    def __init__(self, client: WebClient, config: SlackConfig) -> None:
        self._client = client
        self._token = config.bot_token
        self._own = _origin(config.api_url)
        self._timeout_s = client.timeout
        self._opener = urllib.request.build_opener(_NoRedirects)

    def download(self, file_id: str) -> bytes:
        """The file's bytes, at most 50 MB.

        Raises ``Refused`` with what to tell the asker, or ``SlackUnclear`` / ``SlackBusy`` when
        it may work later.
        """
        file = self._about(file_id)
        if file.get("mode") == "tombstone" or file.get("is_external"):
            raise Refused(Problem(ErrorCode.PHOTO_GONE))
        if int(file.get("size") or 0) > MAX_BYTES:
            raise _too_large()
        url = str(file.get("url_private_download") or file.get("url_private") or "")
        if not self._may_have_token(url):
            raise Refused(Problem(ErrorCode.PHOTO_GONE))
        data = self._read(url)
        if file.get("filetype") != "html" and _is_page(data):
            raise _scope_missing()
        return data

    def _about(self, file_id: str) -> dict[str, Any]:
        try:
            file: dict[str, Any] = call(self._client.files_info, file=file_id)["file"]
        except SlackRefused as error:
            if error.error == "missing_scope":
                raise _scope_missing() from error
            if error.error in GONE:
                raise Refused(Problem(ErrorCode.PHOTO_GONE)) from error
            raise SlackUnclear(error.error) from error
        return file

    def _may_have_token(self, url: str) -> bool:
        return _origin(url) in {("https", "files.slack.com"), self._own}

    def _read(self, url: str) -> bytes:
        request = urllib.request.Request(  # noqa: S310  # the host was checked
            url, headers={"Authorization": f"Bearer {self._token}"}
        )
        try:
            with self._opener.open(request, timeout=self._timeout_s) as answer:
                data: bytes = answer.read(MAX_BYTES + 1)
                missing: int = answer.length or 0  # a read with a limit says nothing of it
        except urllib.error.HTTPError as error:
            raise _for_status(error) from error
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            raise SlackUnclear(type(error).__name__) from error
        if len(data) > MAX_BYTES:
            raise _too_large()
        if missing:
            raise SlackUnclear("the file broke off")
        return data


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _is_page(data: bytes) -> bool:
    return data[:512].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def _for_status(error: urllib.error.HTTPError) -> Exception:
    with error:
        if error.code == 429:
            return SlackBusy(retry_after_s(error.headers))
        if error.code in {401, 403}:
            return _scope_missing()
        if error.code in {404, 410} or 300 <= error.code < 400:
            return Refused(Problem(ErrorCode.PHOTO_GONE))
        return SlackUnclear(f"HTTP {error.code}")


def _scope_missing() -> Refused:
    return Refused(Problem(ErrorCode.SLACK_SCOPE_MISSING, facts={"scope": "files:read"}))


def _too_large() -> Refused:
    return Refused(Problem(ErrorCode.PHOTO_TOO_LARGE, facts={"max_mb": MAX_BYTES // 1_000_000}))
