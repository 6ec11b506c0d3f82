"""Serve what happens behind the chat: jobs with their objects in COS, calls to aiart, log lines.

Everything is read from the other stand-ins' ``/_control``. Tokens, keys and addresses are removed
before it is passed on.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from infra.local import http
from infra.local.page.pictures import Missing, fetch
from infra.local.page.redaction import redacted, redacted_text

Json = dict[str, Any]

JOBS_MOST = 25  # the newest; each costs a read of its record
LINES_MOST = 600
READ_LIMIT_S = 1.5  # less than the 2 s for which a stopping server waits for requests
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
JOB = r"[a-z2-7]{20}"
RECORD = re.compile(rf"^(requests|done)/({JOB})\.json$")
OBJECT = re.compile(rf"^\w+/({JOB})(?:[./]|$)")


class Behind:
    """Answer the routes below ``/page/behind``, with empty lists for stand-ins that do not run."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses
        self._records: dict[str, tuple[str, Json]] = {}  # key: etag, the record

    def routes(self) -> list[BaseRoute]:
        """List the routes: jobs, calls, log lines and one object."""
        return [
            Route("/page/behind/jobs", self.jobs),
            Route("/page/behind/calls", self.calls),
            Route("/page/behind/lines", self.lines),
            Route("/page/behind/object", self.object),
        ]

    async def jobs(self, _: Request) -> Response:
        """Answer with the newest jobs, each with its objects, oldest object first."""
        rows = await self._ask("cos", "/_control/objects")
        records = await self._read_records(rows)
        return JSONResponse({"jobs": jobs_of(rows, records)}, headers=HEADERS)

    async def _read_records(self, rows: list[Json]) -> dict[str, Json]:
        """Read the newest jobs' records, by key. One is read again only if it has changed."""
        wanted = [row for row in rows if RECORD.match(row["key"])]
        wanted = sorted(wanted, key=lambda row: row["last_modified"])[-2 * JOBS_MOST :]
        records: dict[str, Json] = {}
        for row in wanted:
            known = self._records.get(row["key"])
            if known is None or known[0] != row["etag"]:
                record = await self._ask("cos", f"/_control/object?key={quote(row['key'])}")
                known = (row["etag"], record if isinstance(record, dict) else {})
            records[row["key"]] = known[1]
            self._records[row["key"]] = known
        self._records = {key: self._records[key] for key in records}
        return records

    async def calls(self, _: Request) -> Response:
        """Answer with the newest tasks that aiart has finished."""
        tasks = await self._ask("aiart", "/_control/tasks")
        return JSONResponse({"calls": redacted(tasks[-JOBS_MOST:])}, headers=HEADERS)

    async def lines(self, request: Request) -> Response:
        """Answer with the newest lines of the functions' logs after line number ``since``."""
        since = request.query_params.get("since", "0")
        rows = await self._ask("scf", f"/_control/logs?since={quote(since)}")
        return JSONResponse({"lines": [_line(row) for row in rows[-LINES_MOST:]]}, headers=HEADERS)

    async def object(self, request: Request) -> Response:
        """Answer with one object of the bucket: a record without its secrets, or a picture."""
        key = request.query_params.get("key", "")
        if key.endswith(".json"):
            return JSONResponse(
                redacted(await self._ask("cos", f"/_control/object?key={quote(key)}")),
                headers=HEADERS,
            )
        cos = self._addresses.get("cos", "")
        url = f"http://{cos}/_control/object?key={quote(key)}"
        try:
            picture = await anyio.to_thread.run_sync(fetch, url, {cos})
        except Missing:
            return JSONResponse({"error": "there is no such picture"}, 404, HEADERS)
        return Response(picture.data, headers=HEADERS, media_type=picture.media_type)

    async def _ask(self, server: str, path: str) -> Any:
        """Read ``path`` from a stand-in; give an empty list if it does not answer."""
        address = self._addresses.get(server)
        if not address:
            return []

        def ask() -> Any:
            return http.call("GET", f"http://{address}{path}", timeout_s=READ_LIMIT_S)

        try:
            return await anyio.to_thread.run_sync(ask)
        except (OSError, ValueError):  # it is not running, or the object is gone
            return []


def jobs_of(rows: list[Json], records: Mapping[str, Json]) -> list[Json]:
    """Group the bucket's objects (``rows``) by job, newest job first.

    ``records`` are requests and outcomes by key. What belongs to a whole upload (its progress
    message) is shown with the upload's first job.
    """
    jobs: dict[str, Json] = {}
    owner: dict[str, str] = {}  # an upload's id: its first job
    for key, record in records.items():
        match = RECORD.match(key)
        if match:
            job = jobs.setdefault(match[2], {"id": match[2], "state": "open", "objects": []})
            asked = record if match[1] == "requests" else record.get("job") or {}
            job |= _asked(asked)
            if match[1] == "done":
                job |= _ended(record)
            upload = asked.get("upload") or {}
            owner[str(upload.get("id"))] = str((upload.get("jobs") or [match[2]])[0])
    for row in rows:
        match = OBJECT.match(row["key"])
        job_id = match and (match[1] if match[1] in jobs else owner.get(match[1]))
        if job_id in jobs:
            names = ("key", "size", "last_modified")
            jobs[job_id]["objects"].append({name: row[name] for name in names})
    for job in jobs.values():
        job["objects"].sort(key=lambda row: row["last_modified"])
        job.setdefault("at", job["objects"][0]["last_modified"] if job["objects"] else 0)
    return sorted(jobs.values(), key=lambda job: -job["at"])[:JOBS_MOST]


def _asked(job: Json) -> Json:
    """Pick the fields of a request that the page shows."""
    if not job:
        return {}
    wish = job.get("wish") or {}
    words = str(wish.get("prompt") or wish.get("template") or "")
    return {
        "at": job.get("created_at", 0),
        "gesture": job.get("gesture", ""),
        "words": redacted_text(words),
        "thread": job.get("thread") or {},
    }


def _ended(outcome: Json) -> Json:
    """Pick the fields of an outcome that the page shows."""
    failed = outcome.get("failed") or {}
    return {
        "state": outcome.get("state", ""),
        "ended_at": outcome.get("finished_at", 0),
        "code": failed.get("code", ""),
    }


def _line(row: Json) -> Json:
    """Prepare a log line; split a JSON line into its fields, so that the page can filter by job."""
    text = str(row["text"])
    fields: Any = None
    if text.startswith("{"):
        try:
            fields = json.loads(text)
        except ValueError:
            fields = None
    line: Json = {"n": row["n"], "at": row["at"], "function": row["function"]}
    if not isinstance(fields, dict):
        return line | {"stream": row["stream"], "text": redacted_text(text)}
    fields.pop("at", None)
    what, level = fields.pop("what", ""), fields.pop("level", "")
    jobs = fields.pop("job", "")
    return line | {
        "level": level,
        "text": redacted_text(str(what)),
        "job": jobs,
        "fields": redacted(fields),
    }
