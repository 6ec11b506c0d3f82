"""Serve the chat page and what it reads, beside the Slack stand-in's ``/_client``.

- ``/``: the page. ``/static/<name>``: its scripts, styles and drawings.
- ``/archives/<channel>/<message>``: a permalink, which redirects to the page.
- ``/page/app``: what the app offers (from its manifest), and the names of the sample photos.
- ``/page/samples/<name>``: a sample photo. ``/page/files/<id>``: a file of the workspace.
- ``/page/picture``: a picture that a block shows.
- ``/page/mentions``: the messages that notify a person.
- ``/page/behind/...``: jobs, calls to aiart and log lines (module ``behind``).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import anyio.to_thread
import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from infra.local.page import manifest
from infra.local.page.behind import Behind
from infra.local.page.notices import notices
from infra.local.page.pictures import SHOWN_TYPES, Missing, fetch
from infra.local.slack.workspace import Workspace

HERE = Path(__file__).parent
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
}
# The page loads nothing from other hosts, runs nothing inline and turns no string into markup.
PAGE_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
# A file of the workspace is shown or saved, but never runs as part of the page.
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}
PERMALINK = re.compile(r"^p(\d{10})(\d{6})$")


def routes(
    slack: Workspace, addresses: Mapping[str, str], *, manifest_file: Path = manifest.MANIFEST
) -> list[BaseRoute]:
    """Make the page's routes. ``addresses`` has the ``host:port`` of every stand-in that runs."""
    page = _Page(slack, addresses, manifest_file)
    return [
        Route("/", page.document),
        Route("/static/{name}", page.static),
        Route("/archives/{channel}/{message}", page.permalink),
        Route("/page/app", page.app),
        Route("/page/samples/{name}", page.sample),
        Route("/page/files/{file_id}", page.file),
        Route("/page/picture", page.picture),
        Route("/page/mentions", page.mentions),
        *Behind(addresses).routes(),
    ]


class _Page:
    def __init__(self, slack: Workspace, addresses: Mapping[str, str], manifest_file: Path) -> None:
        self._slack = slack
        self._addresses = addresses
        self._manifest_file = manifest_file

    async def document(self, _: Request) -> Response:
        return _file(HERE / "static" / "index.html", {"content-security-policy": PAGE_POLICY})

    async def static(self, request: Request) -> Response:
        return _file(HERE / "static" / request.path_params["name"])

    async def sample(self, request: Request) -> Response:
        return _file(HERE / "samples" / request.path_params["name"])

    async def permalink(self, request: Request) -> Response:
        """Redirect a permalink to the page, with the message's thread open."""
        place = {"channel": request.path_params["channel"]}
        message = PERMALINK.match(request.path_params["message"])
        if message:
            thread = request.query_params.get("thread_ts", f"{message[1]}.{message[2]}")
            place["thread"] = thread
        return RedirectResponse(f"/#{urlencode(place)}", headers=COMMON)

    async def app(self, _: Request) -> Response:
        """Answer with the app's commands, shortcuts and steps, and the sample photos' names."""
        offered = manifest.read(self._manifest_file)
        return _json(
            {
                "commands": offered.features.slash_commands,
                "shortcuts": offered.features.shortcuts,
                "functions": offered.functions,
                "samples": sorted(one.name for one in (HERE / "samples").glob("*.jpg")),
            }
        )

    async def file(self, request: Request) -> Response:
        """Answer with a file of the workspace: a picture to show, or any other file to save."""
        file = self._slack.state.files.get(request.path_params["file_id"])
        if file is None or file.is_deleted:
            return _missing()
        headers = COMMON | {"content-security-policy": FILE_POLICY}
        if file.mimetype in SHOWN_TYPES:
            return Response(file.data, headers=headers, media_type=file.mimetype)
        headers["content-disposition"] = "attachment"
        return Response(file.data, headers=headers, media_type="application/octet-stream")

    async def picture(self, request: Request) -> Response:
        """Answer with the picture of an image block, fetched as Slack's image proxy does.

        It is fetched only if it is at a stand-in, so that no other host is ever asked.
        """
        url = request.query_params.get("url", "")
        try:
            found = await anyio.to_thread.run_sync(fetch, url, set(self._addresses.values()))
        except Missing:
            return _missing()
        headers = COMMON | {
            "content-security-policy": FILE_POLICY,
            "cache-control": "private, max-age=60",
        }
        return Response(found.data, headers=headers, media_type=found.media_type)

    async def mentions(self, request: Request) -> Response:
        """List the messages after a ``ts`` that a person is notified of."""
        query = request.query_params
        rows = notices(self._slack, query.get("user", ""), after=query.get("after", ""))
        return _json({"mentions": rows})


def _file(path: Path, headers: Mapping[str, str] | None = None) -> Response:
    if path.suffix not in TYPES or not path.is_file():
        return _missing()
    return FileResponse(path, headers={**COMMON, **(headers or {})}, media_type=TYPES[path.suffix])


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), headers=COMMON, media_type="application/json")


def _missing() -> Response:
    return JSONResponse({"error": "there is nothing here"}, 404, COMMON)
