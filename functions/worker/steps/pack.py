"""Pack earlier jobs' pictures into one zip, which is uploaded in parts while it is made.

No more than one picture is in memory. Each attempt has a lease and records the id of its upload. If
its worker dies, the next attempt aborts that upload; without a next one, a lifecycle rule does.

A zip must not serve deleted pictures: the gateway checks every picture that a zip contains, and a
deletion also deletes the zips that a note at the picture's job names. The note is written before
the picture is read, and all pictures are checked once more when the zip is complete. So either the
deletion sees the note, or the packing sees the deletion.
"""

import time
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from bot.job_messages import meant_jobs
from bot.slack_api.client import ChannelClosed, SlackRefused
from functions.jobs.bucket import Bucket, KeyMissing
from functions.jobs.bucket_layout import PACKING, PARTS, attempt_name, packed_name, result_key
from functions.jobs.errors import ErrorCode, Facts
from functions.jobs.file_names import file_name, unique_names
from functions.jobs.leases import AttemptsExhausted
from functions.jobs.model import Job, PicturesOf
from functions.jobs.report import are_all_kept, shown_report_of
from functions.jobs.steps import BegunUpload, Packed, Picture, Stored
from functions.log import log, timed_step
from functions.worker.context import WorkerContext
from functions.worker.errors import JobFailed, RetryAt

NAME = "pictures.zip"  # in links
MAX_PICTURES, MAX_BYTES = 100, 500_000_000
PART_BYTES = 8 * 2**20
ATTEMPT_S, ATTEMPTS = 300.0, 3
LOOKERS = 8
AGAIN_S = 1.0


class Packable(msgspec.Struct, frozen=True):
    """Hold a picture to be packed, and its job."""

    job: Job
    picture: Picture


class PartsWriter:
    """Upload an object in parts; ``zipfile`` uses it as a file without ``seek``."""

    def __init__(self, bucket: Bucket, upload: BegunUpload) -> None:
        self._bucket = bucket
        self._upload = upload
        self._buffer = bytearray()
        self._etags: list[str] = []
        self.size_bytes = 0

    def write(self, data: bytes | memoryview) -> int:
        """Buffer bytes and send each full part. Raises ``KeyMissing`` if the upload was aborted."""
        rest = memoryview(data)
        self.size_bytes += len(rest)
        written = len(rest)
        while rest:
            room = PART_BYTES - len(self._buffer)
            self._buffer += rest[:room]
            rest = rest[room:]
            if len(self._buffer) == PART_BYTES:
                self._send()
        return written

    def flush(self) -> None:
        """Do nothing: only full parts may be sent before the end."""

    def close(self) -> None:
        """Send the last part, and complete the upload."""
        if self._buffer:
            self._send()
        self._bucket.complete_upload(self._upload.key, self._upload.upload_id, self._etags)

    def _send(self) -> None:
        number = len(self._etags) + 1
        part = bytes(self._buffer)
        self._buffer.clear()
        upload = self._upload
        self._etags.append(self._bucket.put_part(upload.key, upload.upload_id, number, part))


def pack(context: WorkerContext, job: Job) -> Stored:
    """Pack the pictures that ``job`` asks for, and return the record of the stored zip.

    Raises ``JobFailed`` if there is nothing to pack or too much, ``LeaseHeld`` while another run
    does it, ``RetryAt`` and ``Cancelled``.
    """
    ledger = context.ledger
    stored = ledger.read_step(job.id, Stored)
    if stored:
        return stored
    context.stop_if_deleted(job)
    found = _within_limits(_pictures_of(context, job))
    with timed_step(job.id, "stored") as fields:
        attempt = _begin(context, job)
        zipped = _packed(context, job, found, attempt)
        fields["bytes"], fields["pictures"] = zipped.size_bytes, len(zipped.contains)
    return ledger.write_step(job.id, Stored(pictures=(zipped,)))


# --- what is packed


def _pictures_of(context: WorkerContext, job: Job) -> list[Packable]:
    """Find the pictures of the jobs that ``job`` names, or else of its thread."""
    if not isinstance(job.photo, PicturesOf):
        raise JobFailed(ErrorCode.ZIP_EMPTY)
    job_ids = job.photo.jobs or _shown_in_thread(context, job)
    with ThreadPoolExecutor(LOOKERS, "pack") as beside:
        found = beside.map(lambda job_id: _packable(context, job_id), dict.fromkeys(job_ids))
        return [one for one in found if one]


def _shown_in_thread(context: WorkerContext, job: Job) -> list[str]:
    """List the jobs whose pictures our messages in the thread show, in order."""
    try:
        shown = context.thread.own_blocks(job.place)
    except (ChannelClosed, SlackRefused) as error:
        log("the thread cannot be read", job=job.id, error=str(error))
        return []
    return [job_id for block in shown for job_id in meant_jobs(block)]


def _packable(context: WorkerContext, job_id: str) -> Packable | None:
    """Find a job's picture; None if it has none, is to be deleted, or is a zip itself."""
    report = shown_report_of(job_id, context.ledger)
    if report is None or not report.pictures or isinstance(report.job.photo, PicturesOf):
        return None
    return Packable(report.job, report.pictures[0])


def _within_limits(found: list[Packable]) -> list[Packable]:
    size = sum(one.picture.size_bytes for one in found)
    if not found:
        raise JobFailed(ErrorCode.ZIP_EMPTY)
    if len(found) > MAX_PICTURES:
        facts: Facts = {"count": len(found), "most": MAX_PICTURES}
        raise JobFailed(ErrorCode.ZIP_TOO_MANY, facts)
    if size > MAX_BYTES:
        facts = {"mb": round(size / 1e6), "max_mb": round(MAX_BYTES / 1e6)}
        raise JobFailed(ErrorCode.ZIP_TOO_LARGE, facts)
    return found


# --- how it is packed


def _begin(context: WorkerContext, job: Job) -> int:
    """Take the lease of an attempt, and abort the uploads of earlier ones; return its number."""
    ledger = context.ledger
    try:
        attempt = ledger.acquire_attempt(job.id, PACKING, seconds=ATTEMPT_S, limit=ATTEMPTS)
    except AttemptsExhausted as error:
        raise JobFailed(ErrorCode.INTERNAL) from error
    for earlier in range(1, attempt):
        begun = ledger.read_note(job.id, attempt_name(PARTS, earlier), BegunUpload)
        if begun:
            ledger.bucket.abort_upload(begun.key, begun.upload_id)
    return attempt


def _packed(context: WorkerContext, job: Job, found: list[Packable], attempt: int) -> Picture:
    """Make the zip, under a key of this attempt's own. An error gives the attempt's lease back."""
    ledger, key = context.ledger, result_key(job.id, f"pictures-{attempt}.zip")
    upload_id = ""
    try:
        upload_id = ledger.bucket.begin_upload(key, content_type="application/zip")
        upload = BegunUpload(key=key, upload_id=upload_id)
        ledger.write_note(job.id, attempt_name(PARTS, attempt), upload)
        writer = PartsWriter(ledger.bucket, upload)
        contains = _write(context, job, found, writer)
        writer.close()
        _check_kept(context, key, contains)
    except KeyMissing as error:  # a later attempt took this one for dead and aborted its upload
        raise RetryAt(ledger.clock() + AGAIN_S) from error
    except Exception:
        ledger.release(job.id, attempt_name(PACKING, attempt))
        if upload_id:
            ledger.bucket.abort_upload(key, upload_id)
        raise
    return Picture(
        name=NAME,
        key=key,
        content_type="application/zip",
        size_bytes=writer.size_bytes,
        width=0,
        height=0,
        contains=contains,
    )


def _check_kept(context: WorkerContext, key: str, contains: tuple[str, ...]) -> None:
    """Delete the zip and raise ``RetryAt`` if one of its pictures was deleted meanwhile."""
    if not are_all_kept(context.ledger, contains):
        context.ledger.bucket.delete(key)
        raise RetryAt(context.ledger.clock() + AGAIN_S)


def _write(
    context: WorkerContext, job: Job, found: list[Packable], writer: PartsWriter
) -> tuple[str, ...]:
    """Write the zip, leaving out pictures that are gone; return the keys of those it contains.

    Records who gets pictures without a visible mark. Raises ``JobFailed`` if all are gone.
    """
    _note_all(context, job, found)
    names = unique_names(file_name(one.job, one.picture.name) for one in found)
    now = time.gmtime(context.ledger.clock())[:6]
    contains = []
    with zipfile.ZipFile(writer, "w", zipfile.ZIP_STORED) as archive:
        for one, name in zip(found, names, strict=True):
            try:
                data = picture_bytes(context, one.picture)
            except KeyMissing:
                continue
            if not one.job.wish.is_marked and one.job.gesture != "cutout":
                context.ledger.record_unmarked(one.job, got_by=job)
            entry = zipfile.ZipInfo(name, now)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
            contains.append(one.picture.key)
    if not contains:
        raise JobFailed(ErrorCode.ZIP_EMPTY)
    return tuple(contains)


def _note_all(context: WorkerContext, job: Job, found: Iterable[Packable]) -> None:
    note = Packed(at=context.ledger.clock())

    def write(one: Packable) -> None:
        context.ledger.write_note(one.job.id, packed_name(job.id), note)

    with ThreadPoolExecutor(LOOKERS, "pack") as beside:
        list(beside.map(write, found))


def picture_bytes(context: WorkerContext, picture: Picture) -> bytes:
    """Read a picture as ``store.hand_on`` has labelled it. Raises ``KeyMissing``."""
    return context.ledger.bucket.get(picture.key)
