"""Accept jobs from signed webhooks, each once: ``webhook-id`` is the idempotency key.

The whole request is checked before anything is written. Then the id's use is recorded, then each
item's files are stored and its job is accepted. Every write is idempotent: the same request, sent
again after a crash, completes what was begun and gets the same answer, also where its jobs were
deleted since and it would be refused today.
"""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial

import msgspec

from functions.gateway.job_builder import FindScene, GatewayPolicy, JobBuilder, JobDraft
from functions.gateway.problems import Rejected
from functions.gateway.schemas import BATCH_LIMIT, AcceptedBatch, AcceptedJob, NewJob
from functions.gateway.strict_json import PROBLEMS_LIMIT
from functions.jobs.bucket import KeyExists
from functions.jobs.bucket_layout import WORKSPACE_SCENES, batch_key, channel_scenes, webhook_key
from functions.jobs.job_ids import id_of_jobs, id_of_webhook, of_batch
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.model import Upload
from functions.jobs.records import Record, Records, decode
from functions.jobs.scenes import find_scene
from functions.jobs.webhook_clients import Client
from functions.jobs.wish import BACKGROUNDS, Wish
from functions.log import log


class UsedWebhookId(Record, frozen=True, kw_only=True):
    """Record what a webhook-id was used for: SHA-256 of path and body, and when (Unix seconds)."""

    sha256: str
    at: float


class Batch(Record, frozen=True, kw_only=True):
    """Record a batch's jobs in the order of the request; ``at`` is in Unix seconds."""

    client: str
    jobs: tuple[str, ...]
    at: float


class VerifiedWebhook(msgspec.Struct, frozen=True):
    """Hold a webhook whose signature was verified: who sent it, its id, its path and its body."""

    client: Client
    webhook_id: str
    path: str
    body: bytes

    @property
    def sha256(self) -> str:
        """Hash path and body: a webhook-id may come again only with the same ones."""
        return hashlib.sha256(self.path.encode() + b"\0" + self.body).hexdigest()


class Intake:
    """Accept jobs from webhooks. The threads of ``writers`` accept the jobs of a batch at once."""

    def __init__(
        self, ledger: Ledger, links: Links, policy: GatewayPolicy, writers: ThreadPoolExecutor
    ) -> None:
        self._ledger = ledger
        self._links = links
        self._policy = policy
        self._writers = writers

    def take_job(self, webhook: VerifiedWebhook, asked: NewJob) -> AcceptedJob:
        """Accept one job. Raises ``Rejected`` (409, 422)."""
        job_id = id_of_webhook(webhook.client.name, webhook.webhook_id)
        try:
            drafts = self._drafts(webhook, [asked], [job_id], [""])
        except Rejected:
            if not self._was_accepted(webhook, [job_id]):
                raise
        else:
            self._accept(drafts, is_replay=self._use(webhook))
        return self._accepted(job_id, asked)

    def take_batch(self, webhook: VerifiedWebhook, asked: Sequence[NewJob]) -> AcceptedBatch:
        """Accept all jobs of a batch, or none if one has a problem. Raises as ``take_job`` does."""
        name, webhook_id = webhook.client.name, webhook.webhook_id
        ids = [id_of_webhook(name, webhook_id, item) for item in range(len(asked))]
        batch_id = of_batch(name, webhook_id)
        try:
            drafts = self._drafts(webhook, asked, ids, [f"/jobs/{at}" for at in range(len(asked))])
        except Rejected:
            if not self._was_accepted(webhook, ids):
                raise
        else:
            is_replay = self._use(webhook)
            batch = Batch(client=name, jobs=tuple(ids), at=self._ledger.clock())
            self._put_once(batch_key(batch_id), batch)
            self._accept(drafts, is_replay=is_replay)
        return AcceptedBatch(
            id=batch_id,
            status_url=self._links.batch(batch_id),
            jobs=tuple(self._accepted(*one) for one in zip(ids, asked, strict=True)),
        )

    def _drafts(
        self, webhook: VerifiedWebhook, asked: Sequence[NewJob], ids: list[str], pointers: list[str]
    ) -> list[JobDraft]:
        now = self._ledger.clock()
        # The jobs for one place in Slack share one progress message there.
        uploads = {
            place: _upload([i for i, one in zip(ids, asked, strict=True) if _place(one) == place])
            for place in {_place(one) for one in asked}
        }
        builders = [
            JobBuilder(webhook.client, self._policy, one, pointer)
            for one, pointer in zip(asked, pointers, strict=True)
        ]
        scenes = self._scenes(webhook, dict(zip(ids, asked, strict=True)))
        drafts = [
            builder.draft(job_id, uploads[_place(one)], find_scene=scenes[job_id], now=now)
            for builder, job_id, one in zip(builders, ids, asked, strict=True)
        ]
        problems = [problem for builder in builders for problem in builder.problems]
        if problems:
            raise Rejected(422, "invalid_fields", problems[:PROBLEMS_LIMIT])
        return [draft for draft in drafts if draft]

    def _scenes(
        self, webhook: VerifiedWebhook, asked: Mapping[str, NewJob]
    ) -> dict[str, FindScene]:
        """Give for each job's id a function that finds its scene; each scene is read only once.

        When a request is sent again, it gives what the accepted job's wish has in place of that:
        the scene may have changed since.
        """
        find = lru_cache(BATCH_LIMIT)(partial(self._scene, webhook.client))
        is_again = any(one.scene for one in asked.values()) and self._used(webhook) is not None

        def fields(job_id: str, one: NewJob) -> Mapping[str, object]:
            accepted = self._accepted_wish(job_id) if is_again else None
            return _said_of(accepted) if accepted else find(one.scene, _place(one)[0])

        return {job_id: partial(fields, job_id, one) for job_id, one in asked.items()}

    def _scene(self, client: Client, name: str, channel: str) -> Mapping[str, object]:
        """Find a scene of the channel, if the client may post there, or of the workspace.

        Gives the fields of a wish that it sets. Raises ``Refused``.
        """
        places = [channel_scenes(channel)] if channel in client.channels else []
        _, scene = find_scene(self._ledger.bucket, name, [*places, WORKSPACE_SCENES])
        return scene.fields()

    def _accepted_wish(self, job_id: str) -> Wish | None:
        outcome = self._ledger.outcome(job_id)
        job = outcome.job if outcome else self._ledger.job(job_id)
        return job.wish if job else None

    def _was_accepted(self, webhook: VerifiedWebhook, ids: Sequence[str]) -> bool:
        """Say whether this same request was accepted before, with all its jobs."""
        used = self._used(webhook)
        if used is None or used.sha256 != webhook.sha256:
            return False
        ledger = self._ledger
        found = self._writers.map(lambda job_id: ledger.outcome(job_id) or ledger.job(job_id), ids)
        return all(found)

    def _used(self, webhook: VerifiedWebhook) -> UsedWebhookId | None:
        return Records(self._ledger.bucket).read_or_none(_used_key(webhook), UsedWebhookId)

    def _use(self, webhook: VerifiedWebhook) -> bool:
        """Record the webhook-id's use. True if the same request used it before.

        Raises ``Rejected`` (409) if another one did.
        """
        key = _used_key(webhook)
        if self._put_once(key, UsedWebhookId(sha256=webhook.sha256, at=self._ledger.clock())):
            return False
        used = decode(self._ledger.bucket.get(key), UsedWebhookId, key=key)
        if used.sha256 != webhook.sha256:
            raise Rejected(409, "id_used_before")
        return True

    def _accept(self, drafts: Sequence[JobDraft], *, is_replay: bool) -> None:
        def accept(draft: JobDraft) -> None:
            job = draft.job
            if is_replay and self._ledger.outcome(job.id):
                return
            for key, data in draft.files.items():
                self._ledger.bucket.put(key, data, content_type="application/octet-stream")
            new = self._ledger.accept(job)
            log("accepted", job=job.id, client=job.asker.client, gesture="webhook", new=new)

        for _ in self._writers.map(accept, drafts):
            pass  # raises the first error

    def _put_once(self, key: str, record: Record) -> bool:
        """Write the record; True when it was not there."""
        try:
            Records(self._ledger.bucket).create(key, record)
        except KeyExists:
            return False
        return True

    def _accepted(self, job_id: str, asked: NewJob) -> AcceptedJob:
        return AcceptedJob(
            id=job_id,
            reference=asked.reference,
            status_url=self._links.status(job_id),
            picture_url=self._links.picture(job_id, "picture"),
            mask_url=self._links.picture(job_id, "mask"),
        )


def _used_key(webhook: VerifiedWebhook) -> str:
    hashed = hashlib.sha256(webhook.webhook_id.encode()).hexdigest()[:40]
    return webhook_key(webhook.client.name, hashed)


def _said_of(wish: Wish) -> Mapping[str, object]:
    """Give those fields of an accepted wish that a scene can set."""
    fields = (*BACKGROUNDS, "avoid", "resolution", "logo")
    return {name: value for name in fields if (value := getattr(wish, name))}


def _place(asked: NewJob) -> tuple[str, str]:
    slack = asked.deliver.slack
    return (slack.channel, slack.thread_ts) if slack else ("", "")


def _upload(ids: Sequence[str]) -> Upload:
    return Upload(id=id_of_jobs(ids), jobs=tuple(ids))
