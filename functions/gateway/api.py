"""The HTTP API: jobs from signed webhooks, their status, and taking them back."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from functions.config import GatewayConfig
from functions.gateway.accepting import Batch, Intake, Letter, batch_key
from functions.gateway.asked import Deleting, NewBatch, NewJob
from functions.gateway.docs import SECURITY, docs_page
from functions.gateway.doors import body_of
from functions.gateway.openapi import openapi_document
from functions.gateway.problems import Rejected
from functions.gateway.reading import read_as
from functions.gateway.signatures import ID, sender_of
from functions.gateway.strict_json import read_json
from functions.gateway.wishes import House
from functions.jobs.addresses import OutsideRules
from functions.jobs.bucket import Bucket, Missing
from functions.jobs.identity import is_job_id
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.status import BatchStatus, JobStatus, status_of
from functions.keys import keys_of
from functions.log import log

WRITERS = 16
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Api(msgspec.Struct, frozen=True):
    """The endpoints below ``/v1``, for one configuration."""

    config: GatewayConfig
    links: Links
    writers: ThreadPoolExecutor

    def routes(self) -> list[Route]:
        """Which path is answered by which method below."""
        return [
            Route("/jobs", self.new_job, methods=["POST"]),
            # One route, so that what is answered to other methods names both.
            Route("/jobs/{job}", self.one_job, methods=["GET", "DELETE"]),
            Route("/batches", self.new_batch, methods=["POST"]),
            Route("/batches/{batch}", self.batch_status, methods=["GET"]),
            Route("/openapi.json", self.openapi, methods=["GET"]),
            Route("/docs", self.docs, methods=["GET"]),
        ]

    async def openapi(self, _: Request) -> Response:
        """What programs read about this API."""
        document = openapi_document(self.config.link_base_url)
        return Response(msgspec.json.encode(document), media_type="application/json")

    async def docs(self, _: Request) -> Response:
        """What people read about it."""
        page = docs_page(openapi_document(self.config.link_base_url))
        return HTMLResponse(page, headers={"Content-Security-Policy": SECURITY})

    async def new_job(self, request: Request) -> Response:
        """Accept one job."""
        letter = await self._letter(request)

        def take() -> Response:
            accepted = self._intake(request).take_job(
                letter, read_as(read_json(letter.body), NewJob)
            )
            return _json(accepted, 202, Location=accepted.status_url)

        return await run_in_threadpool(take)

    async def new_batch(self, request: Request) -> Response:
        """Accept a batch of jobs."""
        letter = await self._letter(request)

        def take() -> Response:
            asked = read_as(read_json(letter.body), NewBatch)
            accepted = self._intake(request).take_batch(letter, asked.jobs)
            return _json(accepted, 202, Location=accepted.status_url)

        return await run_in_threadpool(take)

    async def one_job(self, request: Request) -> Response:
        """Look at a job, or take it back."""
        if request.method == "DELETE":
            return await self.delete_job(request)
        return await run_in_threadpool(self.job_status, request)

    def job_status(self, request: Request) -> Response:
        """How a job is getting on, for whoever has the link."""
        job_id = request.path_params["job"]
        if not self.links.is_status(job_id, request.query_params.get("key", "")):
            raise Rejected(404, "not_found")
        status = status_of(self._ledger(request), self.links, job_id)
        if status is None:
            raise Rejected(404, "not_found")
        return _json(status, 200)

    def batch_status(self, request: Request) -> Response:
        """How all jobs of a batch are getting on, for whoever has the link."""
        batch_id = request.path_params["batch"]
        if not self.links.is_batch(batch_id, request.query_params.get("key", "")):
            raise Rejected(404, "not_found")
        ledger = self._ledger(request)
        try:
            batch = msgspec.json.decode(ledger.bucket.get(batch_key(batch_id)), type=Batch)
        except Missing:
            raise Rejected(404, "not_found") from None

        def status(job_id: str) -> JobStatus:
            found = status_of(ledger, self.links, job_id, with_place=False)
            # A crash in the middle of accepting: sending the batch again completes it.
            return found or JobStatus(id=job_id, state="missing")

        jobs = tuple(self.writers.map(status, batch.jobs))
        return _json(BatchStatus.of(batch_id, jobs), 200)

    async def delete_job(self, request: Request) -> Response:
        """Cancel a job or delete its pictures; only for the client whose job it is."""
        body = await body_of(request)

        def delete() -> Response:
            client = sender_of(self.config.clients, request.headers, body)
            if body.strip() not in {b"", b"{}"}:  # what was signed for a POST deletes nothing
                raise Rejected(400, "malformed_json", detail="A DELETE has no body.")
            return self._delete(request, client.name)

        return await run_in_threadpool(delete)

    def _delete(self, request: Request, client: str) -> Response:
        job_id, ledger = request.path_params["job"], self._ledger(request)
        if not is_job_id(job_id):
            raise Rejected(404, "not_found")
        outcome = ledger.outcome(job_id)
        if outcome and outcome.state == "deleted":
            raise Rejected(410, "deleted")
        job = (outcome.job if outcome else None) or ledger.job(job_id)
        if job is None or job.asker.client != client:
            raise Rejected(404, "not_found")
        new = ledger.bury(job_id, why="delete", by=job.asker.name)
        log("to be deleted", job=job_id, client=client, new=new)
        return _json(Deleting(id=job_id), 202)

    # --- what they have in common

    async def _letter(self, request: Request) -> Letter:
        body = await body_of(request)

        def verified() -> Letter:
            client = sender_of(self.config.clients, request.headers, body)
            if not self.config.link_base_url:
                raise Rejected(503, "not_configured", detail="LINK_BASE_URL is not set.")
            return Letter(client, request.headers[ID], request.url.path, body)

        return await run_in_threadpool(verified)

    def _intake(self, request: Request) -> Intake:
        loopback = self.config.bucket.scheme == "http"  # a stand-in: everything is on this machine
        house = House(
            rules=OutsideRules(allow_loopback_http=loopback),
            watermark_optional=self.config.watermark_optional,
        )
        return Intake(self._ledger(request), self.links, house, self.writers)

    def _ledger(self, request: Request) -> Ledger:
        return Ledger(Bucket(self.config.bucket, keys_of(request.headers, self.config.start_keys)))


def _json(record: msgspec.Struct, status: int, **headers: str) -> Response:
    return Response(msgspec.json.encode(record), status, {**PRIVATE, **headers}, "application/json")
