"""Serve what Slack has on other hosts than the Web API's: uploads and downloads of files.

A download needs a bot token and the scope ``files:read``. Without them Slack does not answer 403,
but 200 with its sign-in page in HTML; the same goes for a person's file that is not finished. On
Enterprise Grid a file's address redirects to a second one, which needs the token again; here the
second one is another path of this host.
"""

import re
from collections.abc import Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from infra.local.control import Call, Fault
from infra.local.slack import world
from infra.local.slack.filewire import is_unfinished, mimetype_of
from infra.local.slack.model import File
from infra.local.slack.pictures import can_app_see
from infra.local.slack.previews import preview_of
from infra.local.slack.webapi import TOKEN_ERRORS
from infra.local.slack.workspace import Workspace

SIGN_IN_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Sign in | Slack</title></head>
<body><h1>Sign in to your workspace</h1>
<p>This is the page Slack shows instead of a file when a token may not read it.</p>
</body></html>
"""


ACL_PAGE = "<!DOCTYPE html><html><body>You need to sign in.</body></html>".ljust(152)  # bytes
ORIGIN = "/origin"


class FileHost:
    """Take uploads and hand out private files."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack

    async def upload(self, request: Request) -> Response:
        """Take the bytes of an announced file, as the body or as the only file of a form."""
        file = self._announced(request.path_params["ticket"])
        call = self.slack.control.note("files.upload", file.id if file else "")

        async def act() -> Response:
            if file is None or file.is_complete:
                return PlainTextResponse("upload ticket not found", 404)
            data = uploaded(request.headers.get("content-type", ""), await request.body())
            if data is None:
                return PlainTextResponse("a form with one file is needed", 400)
            if len(data) != file.length_bytes:
                return PlainTextResponse("the length is not the announced one", 400)
            file.data, file.is_uploaded = data, True
            file.mimetype, file.filetype = mimetype_of(file.name, data)
            return PlainTextResponse(f"OK - {len(data)}")

        return await self.slack.control.around(call, act, as_error=_plain_error)

    async def download(self, request: Request) -> Response:
        """Hand out a file at its ``url_private`` or ``url_private_download``."""

        def whole(file: File) -> Response:
            return Response(file.data, media_type=file.mimetype or "application/octet-stream")

        return await self._hand_over(request, "files.download", whole)

    async def preview(self, request: Request) -> Response:
        """Hand out a preview (``thumb_<side>``) as JPEG; the file's name ends with the side."""
        _, _, end = str(request.path_params["name"]).rpartition("_")

        def smaller(file: File) -> Response:
            side = end.removesuffix(".jpg")
            data = preview_of(file.data, int(side)) if side.isdigit() else None
            if data is None:
                return PlainTextResponse("not found", 404)
            return Response(data, media_type="image/jpeg")

        return await self._hand_over(request, "files.preview", smaller)

    async def _hand_over(
        self, request: Request, op: str, content: Callable[[File], Response]
    ) -> Response:
        team, file_id = str(request.path_params["team_and_file"]).split("-")[:2]
        call = self.slack.control.note(op, file_id)
        file = self.slack.state.files.get(file_id) if team == world.TEAM_ID else None

        async def act() -> Response:
            if self.slack.settings.grid != "off" and not request.url.path.startswith(ORIGIN):
                return self._redirect(request, call, file)
            if not self._may_read(request):
                call.error = "sign_in_page"
                return HTMLResponse(SIGN_IN_PAGE)
            if file is None or not self._is_there(file):
                return PlainTextResponse("not found", 404)
            if is_unfinished(file):
                call.error = "unfinished"
                return HTMLResponse(SIGN_IN_PAGE)
            return content(file)

        return await self.slack.control.around(call, act, as_error=_plain_error)

    def _redirect(self, request: Request, call: Call, file: File | None) -> Response:
        """Redirect to the file's second address, or without permission to the sign-in page."""
        path = request.url.path
        is_allowed = self.slack.settings.grid == "on" and self._may_read(request)
        if is_allowed and file and self._is_there(file):
            return Response(
                status_code=302, headers={"location": f"{self.slack.base_url}{ORIGIN}{path}"}
            )
        call.error = "acl_fail"
        to = f"{self.slack.base_url}/?redir={quote(path, safe='')}"
        headers = {"location": to, "x-slack-meta": "?;acl_fail"}
        return HTMLResponse(ACL_PAGE, 302, headers=headers)

    def _is_there(self, file: File) -> bool:
        return not file.is_deleted and can_app_see(self.slack, file)

    def _announced(self, ticket: str) -> File | None:
        return self.slack.state.files.get(self.slack.state.upload_tickets.get(ticket, ""))

    def _may_read(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        runs = {one.token for one in self.slack.state.executions.values()}
        return (
            scheme.lower() == "bearer"
            and token in {self.slack.bot_token, *runs}
            and self.slack.settings.token_state not in TOKEN_ERRORS
            and "files:read" in self.slack.settings.scopes
        )


def _plain_error(fault: Fault) -> Response:
    return PlainTextResponse(fault.error or "error", fault.status or 500)


def uploaded(content_type: str, body: bytes) -> bytes | None:
    """Give the file's bytes of an upload; None for a form (RFC 7578) without exactly one file."""
    kind, _, parameters = content_type.partition(";")
    if kind.strip().lower() != "multipart/form-data":
        return body
    boundary = re.search(r'\bboundary=(?:"([^"]+)"|([^\s;]+))', parameters, re.IGNORECASE)
    if boundary is None:
        return None
    mark = b"\r\n--" + (boundary[1] or boundary[2]).encode()
    *parts, end = (b"\r\n" + body).split(mark)
    heads_and_data = [part.partition(b"\r\n\r\n") for part in parts[1:]]
    files = [data for head, _, data in heads_and_data if re.search(rb"(?i)\bfilename\*?=", head)]
    return files[0] if end.startswith(b"--") and len(files) == 1 else None
