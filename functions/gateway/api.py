"""Answer the HTTP API: jobs from signed webhooks, their status, and their deletion."""

from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from functions.config import GatewayConfig
from functions.gateway.docs_page import SECURITY, docs_page
from functions.gateway.intake import Batch, Intake, VerifiedWebhook
from functions.gateway.job_builder import GatewayPolicy
from functions.gateway.openapi import openapi_document
from functions.gateway.problems import Rejected
from functions.gateway.schemas import Deleting, NewBatch, NewJob
from functions.gateway.signatures import ID, sender_of
from functions.gateway.strict_json import read_json
from functions.gateway.validation import validate
from functions.jobs.bucket import Bucket, KeyMissing
from functions.jobs.bucket_layout import batch_key
from functions.jobs.characters import escape_direction
from functions.jobs.job_ids import is_job_id
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.records import decode
from functions.jobs.report import Deleted, report_of
from functions.jobs.silence import silent_for_s
from functions.jobs.status import BatchStatus, JobStatus, status_of
from functions.jobs.url_policy import UrlPolicy
from functions.log import log, warn
from functions.web.asgi import Handler, Request, Response
from functions.web.role_keys import role_keys_of

WRITERS = 16
JSON = "application/json"
MOMENT_S = 0.3  # to wait for the look at the worker once the jobs are accepted
SILENT_HEADER = "Backdrop-Worker-Silent-S"
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Api(msgspec.Struct, frozen=True):
    """Answer the requests below ``/v1``."""

    config: GatewayConfig
    links: Links
    writers: ThreadPoolExecutor

    def handlers(self) -> dict[tuple[str, str], Handler]:
        """Route each HTTP method and path to the method that answers it."""
        return {
            ("POST", "/v1/jobs"): self.new_job,
            ("GET", "/v1/jobs/{job}"): self.job_status,
            ("DELETE", "/v1/jobs/{job}"): self.delete_job,
            ("POST", "/v1/batches"): self.new_batch,
            ("GET", "/v1/batches/{batch}"): self.batch_status,
            ("GET", "/v1/openapi.json"): self.openapi,
            ("GET", "/v1/docs"): self.docs,
        }

    def openapi(self, _: Request) -> Response:
        """Give the OpenAPI document as JSON."""
        document = openapi_document(self.config.link_base_url)
        return Response(200, msgspec.json.encode(document), {"Content-Type": JSON})

    def docs(self, _: Request) -> Response:
        """Give the documentation as an HTML page."""
        page = docs_page(openapi_document(self.config.link_base_url))
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": SECURITY}
        return Response(200, page, headers)

    def new_job(self, request: Request) -> Response:
        """Accept one job from a signed webhook (202).

        Raises ``Rejected``: 400, 401, 409, 422, or 503 where no ``link_base_url`` is set.
        """
        webhook = self._verified(request)
        asked = validate(read_json(webhook.body), NewJob)
        looking = self._look_at_the_worker(request)
        accepted = self._intake(request).take_job(webhook, asked)
        return _json(accepted, 202, Location=accepted.status_url, **_silence(looking))

    def new_batch(self, request: Request) -> Response:
        """Accept all jobs of a signed batch, or none (202). Raises as ``new_job`` does."""
        webhook = self._verified(request)
        asked = validate(read_json(webhook.body), NewBatch)
        looking = self._look_at_the_worker(request)
        accepted = self._intake(request).take_batch(webhook, asked.jobs)
        return _json(accepted, 202, Location=accepted.status_url, **_silence(looking))

    def job_status(self, request: Request) -> Response:
        """Give a job's status to whoever has the link. Raises ``Rejected`` (404)."""
        job_id = request.path_params["job"]
        if not self.links.is_status(job_id, request.query_param("key")):
            raise Rejected(404, "not_found")
        status = status_of(self._ledger(request), self.links, job_id)
        if status is None:
            raise Rejected(404, "not_found")
        return _json(status, 200)

    def batch_status(self, request: Request) -> Response:
        """Give the status of a batch's jobs to whoever has the link. Raises ``Rejected`` (404)."""
        batch_id = request.path_params["batch"]
        if not self.links.is_batch(batch_id, request.query_param("key")):
            raise Rejected(404, "not_found")
        ledger = self._ledger(request)
        try:
            key = batch_key(batch_id)
            batch = decode(ledger.bucket.get(key), Batch, key=key)
        except KeyMissing:
            raise Rejected(404, "not_found") from None

        def status(job_id: str) -> JobStatus:
            found = status_of(ledger, self.links, job_id, with_place=False)
            # Accepting the batch has crashed half-way: sending it again completes it.
            return found or JobStatus(id=job_id, state="missing")

        jobs = tuple(self.writers.map(status, batch.jobs))
        return _json(BatchStatus.of(batch_id, jobs), 200)

    def delete_job(self, request: Request) -> Response:
        """Cancel a job or delete its pictures (202), only for the client whose job it is.

        Raises ``Rejected``: 400, 401, 404, or 410 when it is deleted already.
        """
        client = sender_of(self.config.clients, request.headers, request.body)
        if request.body.strip() not in {b"", b"{}"}:  # a signed POST must not delete anything
            raise Rejected(400, "malformed_json", detail="A DELETE has no body.")
        # The signature covers the id and the body but not the path, and by RFC 9110 (9.3.5) proxies
        # may drop or refuse a DELETE's body: so the id has to name the job.
        if request.headers[ID] != f"delete-{request.path_params['job']}":
            raise Rejected(400, "wrong_webhook_id")
        return self._delete(request, client.name)

    def _delete(self, request: Request, client: str) -> Response:
        job_id, ledger = request.path_params["job"], self._ledger(request)
        if not is_job_id(job_id):
            raise Rejected(404, "not_found")
        found = report_of(job_id, ledger, with_steps=False)
        if isinstance(found, Deleted):
            raise Rejected(410, "deleted")
        if found is None or found.job.asker.client != client:
            raise Rejected(404, "not_found")
        new = ledger.add_tombstone(job_id, why="delete", by=found.job.asker.name)
        log("to be deleted", job=job_id, client=client, new=new)
        return _json(Deleting(id=job_id), 202)

    # --- shared by the handlers

    def _verified(self, request: Request) -> VerifiedWebhook:
        client = sender_of(self.config.clients, request.headers, request.body)
        if not self.config.link_base_url:
            raise Rejected(503, "not_configured", detail="LINK_BASE_URL is not set.")
        return VerifiedWebhook(client, request.headers[ID], request.path, request.body)

    def _intake(self, request: Request) -> Intake:
        policy = GatewayPolicy(
            rules=UrlPolicy(allow_loopback_http=self.config.bucket.is_local),
            watermark_optional=self.config.watermark_optional,
            scene_logos=self.config.choices.scene_logos,
        )
        return Intake(self._ledger(request), self.links, policy, self.writers)

    def _look_at_the_worker(self, request: Request) -> "Future[float | None]":
        """Look up for how many seconds the worker is silent, in a thread beside the acceptance."""
        after_s = self.config.choices.worker_silent_after_s
        return self.writers.submit(silent_for_s, self._ledger(request), after_s=after_s)

    def _ledger(self, request: Request) -> Ledger:
        return Ledger(
            Bucket(self.config.bucket, role_keys_of(request.headers, self.config.start_keys))
        )


def _silence(looking: "Future[float | None]") -> dict[str, str]:
    """Make the header that says that the worker is silent; none if the look is slow or fails."""
    try:
        seconds = looking.result(MOMENT_S)
    except Exception as error:  # noqa: BLE001  # a slow look, or one that went wrong
        log("the worker could not be looked after", error=type(error).__name__)
        return {}
    if seconds is None:
        return {}
    warn("the worker is silent", minutes=int(seconds // 60))
    return {SILENT_HEADER: str(round(seconds))}


def _json(record: msgspec.Struct, status: int, **headers: str) -> Response:
    kind = {"Content-Type": JSON}
    return Response(
        status,
        escape_direction(msgspec.json.encode(record).decode()),
        {**PRIVATE, **kind, **headers},
    )
