"""Hold what all steps of a job share; ``handler`` builds it once per invocation."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import msgspec

from bot.job_messages import (
    JobMessage,
    OneJobMessage,
    failure_of,
    job_message_of,
    line_for_admins,
    message,
)
from bot.slack_api.client import BoundedClient
from bot.slack_api.content import Message
from bot.slack_api.threads import ThreadClient
from functions.config import Choices
from functions.jobs.bucket_layout import UNINSTALLED
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.model import Job
from functions.jobs.report import JobReport
from functions.worker.aiart import Aiart
from functions.worker.errors import Cancelled, JobFailed, RetryAt, jittered
from functions.worker.quota_places import QuotaPlaces
from functions.worker.safe_http import UrlPolicy
from functions.worker.sources import Sources
from functions.worker.warming import GatewayWarmth

ROOM_AGAIN_S = 5.0  # until a job checks again whether there is memory for its photo
# For each job, and beyond that for all jobs together. ``infra.bench.memory`` computes the total.
OWN_BYTES, SHARED_BYTES = 12_000_000, 140_000_000
UNINSTALLED_PAUSE_S = 60.0  # until a job checks again whether our app is installed


class BillableCalls:
    """Count the calls to aiart that are under way. Threads share it.

    While a thread waits in ``excluded`` for all calls to end, no new call begins.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way = 0
        self._held_up = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count a call while the block lasts: from its lease until its answer is recorded."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held_up)
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    @contextmanager
    def excluded(self) -> Iterator[None]:
        """Wait until no call is under way, and let none begin while the block lasts."""
        with self._changed:
            self._held_up += 1
            self._changed.wait_for(lambda: not self._under_way)
        try:
            yield
        finally:
            with self._changed:
                self._held_up -= 1
                self._changed.notify_all()


class PhotoMemoryFull(Exception):
    """Report that a photo needs more memory than other jobs' photos have left."""


class PhotoMemory:
    """Limit the bytes of pictures in memory: photos until staged, aiart's answers until stored.

    Threads share it. Each job may always hold ``own_bytes``, so that an ordinary photo never waits
    for large ones. What it holds beyond that comes out of ``shared_bytes``, for all jobs together.
    """

    def __init__(self, *, own_bytes: int = OWN_BYTES, shared_bytes: int = SHARED_BYTES) -> None:
        self._own_bytes = own_bytes
        self._shared_bytes = self._free_bytes = shared_bytes
        self._lock = threading.Lock()

    @contextmanager
    def holding(self) -> Iterator["HeldPhotos"]:
        """Count one job's pictures while the block lasts, then free their bytes."""
        held = HeldPhotos(self._exchange, self._own_bytes, self._shared_bytes)
        try:
            yield held
        finally:
            held.let_go()

    def _exchange(self, before: int, now: int) -> None:
        """Take ``now`` shared bytes instead of ``before``. Raises ``PhotoMemoryFull``."""
        with self._lock:
            if now > before and now - before > self._free_bytes:
                raise PhotoMemoryFull
            self._free_bytes += before - now


class HeldPhotos:
    """Count the bytes that one job holds: a photo, and perhaps a mask. Its threads may share it.

    A job that needs more than all shared bytes is counted as taking all of them: otherwise it would
    wait for ever.
    """

    def __init__(
        self, exchange: Callable[[int, int], None], own_bytes: int, most_shared: int
    ) -> None:
        self._exchange = exchange
        self._own_bytes = own_bytes
        self._most_shared = most_shared
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}
        self._shared = 0

    def grown(self, what: str, size_bytes: int) -> None:
        """Set how many bytes of ``what`` are in memory by now; fewer when it is read anew.

        Raises ``PhotoMemoryFull`` if that needs more than is free.
        """
        with self._lock:
            sizes = {**self._sizes, what: size_bytes}
            shared = min(max(0, sum(sizes.values()) - self._own_bytes), self._most_shared)
            self._exchange(self._shared, shared)
            self._sizes, self._shared = sizes, shared

    def let_go(self) -> None:
        """Give back all that was taken."""
        self._exchange(self._shared, 0)
        self._sizes, self._shared = {}, 0


class WorkerContext(msgspec.Struct, frozen=True):
    """Hold what all steps need. ``links`` is None until the operator has set LINK_BASE_URL.

    ``admin_channel`` may be empty. ``callback_queued`` is called with the id of a closed job whose
    callback may be sent now.
    """

    ledger: Ledger
    sources: Sources
    aiart: Aiart
    thread: ThreadClient
    slack: BoundedClient
    links: Links | None
    quota_places: QuotaPlaces
    admin_channel: str
    url_policy: UrlPolicy
    gateway: GatewayWarmth
    choices: Choices = Choices()
    callback_queued: Callable[[str], None] = lambda _: None
    billable_calls: BillableCalls = msgspec.field(default_factory=BillableCalls)
    parents_lock: threading.Lock = msgspec.field(
        default_factory=threading.Lock
    )  # taken while a job's child renews its buttons
    photo_memory: PhotoMemory = msgspec.field(default_factory=PhotoMemory)
    decode_lock: threading.Lock = msgspec.field(default_factory=threading.Lock)  # bounds the memory

    @contextmanager
    def holding_photos(self) -> Iterator[HeldPhotos]:
        """Count a job's pictures while the block lasts. Raises ``RetryAt`` if memory is full."""
        try:
            with self.photo_memory.holding() as held:
                yield held
        except PhotoMemoryFull as full:
            raise RetryAt(self.ledger.clock() + jittered(ROOM_AGAIN_S)) from full

    def stop_if_cancelled(self, job: Job) -> None:
        """Raise ``Cancelled`` for a job with a tombstone. Call it before anything is paid for.

        Raises ``RetryAt`` for a job with a Slack thread while our app is not installed there.
        """
        with ThreadPoolExecutor(1, "tombstone") as beside:
            uninstalled = beside.submit(self.ledger.bucket.exists, UNINSTALLED)
            if self.ledger.has_tombstone(job.id, "cancel"):  # a deleted job has this one, too
                raise Cancelled
        if uninstalled.result() and job.thread:
            raise RetryAt(self.ledger.clock() + UNINSTALLED_PAUSE_S)

    def stop_if_deleted(self, job: Job) -> None:
        """Raise ``Cancelled`` for a job to be deleted. Call it when it is too late to cancel."""
        if self.ledger.has_tombstone(job.id, "delete"):
            raise Cancelled

    def job_message_of(
        self, report: JobReport, *, tokens: Mapping[str, str] | None = None
    ) -> OneJobMessage | None:
        """Make the content of the message about a job; None if nothing is decided yet.

        ``tokens`` are those of its buttons. While LINK_BASE_URL is not set, raises ``JobFailed``
        unless the job has failed anyway.
        """
        if not report.pictures and not report.checked:
            return failure_of(report, tokens)
        if self.links is None:
            raise JobFailed(ErrorCode.LINKS_NOT_CONFIGURED)
        return job_message_of(report, self.links, self.ledger.bucket, tokens=tokens)

    def message(self, job: Job, job_message: JobMessage, *, direct: bool = False) -> Message:
        """Word the message in the asker's language.

        ``direct``: it goes to the asker alone, instead of the thread where they asked.
        """
        return message(job, job_message, self.thread.language(job.asker), direct=direct)

    def tell_admins(self, line: str) -> bool:
        """Post a line to the administrators' channel; return False if Slack does not take it."""
        return self.thread.tell_admins(self.admin_channel, line_for_admins(line))


def failed_by(refused: Refused) -> JobFailed:
    """Make the failure of a job whose photo or mask cannot be used."""
    problem = refused.problems[0]
    return JobFailed(problem.code, problem.facts)
