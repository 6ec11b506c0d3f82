"""Fetch a product photo or a mask from where it is: Slack, an https address, an earlier job."""

import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

from bot.slack_api.files import MAX_BYTES, FileUnfinished, Grown, SlackFiles, uncounted
from functions.jobs.bucket import KeyMissing
from functions.jobs.errors import ErrorCode, Facts, Problem, Refused
from functions.jobs.ledger import Ledger
from functions.jobs.model import (
    BucketPhoto,
    EarlierJob,
    PhotoUrl,
    PicturesOf,
    SlackFile,
    Source,
    UnknownSource,
)
from functions.jobs.steps import Staged
from functions.worker import photos
from functions.worker.errors import RetryAt, jittered
from functions.worker.safe_http import UrlPolicy, UrlRefused, fetch

T = TypeVar("T")
FETCH_LIMIT_S = 60.0
FETCH_PAUSES_S = (1.0, 3.0)  # before it is fetched again after trouble that may pass
UNFINISHED_LIMIT_S = 60.0  # how long we wait for Slack to finish an upload
UNSEEN = {ErrorCode.PHOTO_GONE, ErrorCode.PHOTO_NO_ACCESS}  # of a file that the bot may not see
PASSING_RULES = {"no-answer", "wrong-length"}
TOO_MANY_REQUESTS = 429


class Photo(msgspec.Struct, frozen=True):
    """Hold a photo's bytes. ``is_preview``: they are Slack's preview of a photo of another size.

    That photo's size in px is ``original``, (0, 0) if unknown. For a photo of an earlier job:
    ``mask_key`` is that job's mask in the bucket, ``label`` the original's own AI label
    (``labels.own_label``), and ``is_flattened`` is as in ``Staged``.
    """

    data: bytes
    is_preview: bool = False
    original: tuple[int, int] = (0, 0)
    mask_key: str = ""
    label: dict[str, str] = {}
    is_flattened: bool = False


class Sources:
    """Read the bytes of a source.

    Raises ``Refused`` with what to tell the asker, and ``RetryAt`` for an upload that Slack has not
    finished, so that no other photo waits for it. ``grown`` is told the number of bytes so far.
    """

    def __init__(self, ledger: Ledger, files: SlackFiles, rules: UrlPolicy) -> None:
        self._ledger = ledger
        self._files = files
        self._rules = rules
        self._unfinished: dict[str, float] = {}  # file id: since when, in this run

    def photo(self, source: Source, grown: Grown = uncounted) -> Photo:
        """Read the product photo as it was given, or as an earlier job staged it.

        In place of a HEIC in Slack that cannot be decoded here, return Slack's preview. Raises
        ``Refused`` (``PHOTO_HEIC``) if there is none of ``LEAST_PREVIEW_PX``.
        """
        match source:
            case EarlierJob(job_id=job_id):
                staged = self._ledger.read_step(job_id, Staged)
                if staged is None:
                    raise Refused(Problem(ErrorCode.PHOTO_GONE))
                return Photo(
                    self.from_bucket(staged.photo_key),
                    is_preview=staged.is_preview,
                    mask_key=staged.mask_key,
                    label=staged.label,
                    is_flattened=staged.is_flattened,
                )
            case BucketPhoto(key=key):
                return Photo(self.from_bucket(key))
            case SlackFile():
                return self._readable(source, self._uploaded(source, grown))
            case PicturesOf() | UnknownSource():
                raise Refused(Problem(ErrorCode.INTERNAL))
            case _:
                return Photo(self._fetched(source, ErrorCode.PHOTO_NOT_FETCHED, grown))

    def mask(self, source: Source, grown: Grown = uncounted) -> bytes:
        """Read the mask as it was given, or as an earlier job staged it."""
        match source:
            case EarlierJob(job_id=job_id):
                staged = self._ledger.read_step(job_id, Staged)
                return self.from_bucket(staged.mask_key if staged else "")
            case BucketPhoto(key=key):
                return self.from_bucket(key)
            case PicturesOf() | UnknownSource():
                raise Refused(Problem(ErrorCode.INTERNAL))
            case _:
                return self._fetched(source, ErrorCode.MASK_NOT_FETCHED, grown)

    def _fetched(self, source: SlackFile | PhotoUrl, code: ErrorCode, grown: Grown) -> bytes:
        if isinstance(source, SlackFile):
            return self._uploaded(source, grown)
        try:
            return _patiently_fetched(source.url, self._rules, grown)
        except UrlRefused as error:
            raise error.refusal(code) from error

    def _readable(self, source: SlackFile, data: bytes) -> Photo:
        if not photos.is_unreadable_heic(data):
            return Photo(data)
        preview = self._once_finished(
            source, lambda: self._files.preview(source.file_id, least_px=photos.LEAST_PREVIEW_PX)
        )
        if preview is None:
            raise Refused(Problem(ErrorCode.PHOTO_HEIC))
        return Photo(preview.data, is_preview=True, original=preview.original)

    def _uploaded(self, source: SlackFile, grown: Grown) -> bytes:
        def read() -> bytes:
            told = self._files.download_at(source.url, grown) if source.url else None
            return told or self._files.download(
                source.file_id, shared_in=source.shared_in, grown=grown
            )

        return self._once_finished(source, read)

    def _once_finished(self, source: SlackFile, read: Callable[[], T]) -> T:
        try:
            found = read()
        except FileUnfinished as error:
            now = self._ledger.clock()
            waited_s = now - self._unfinished.setdefault(source.file_id, now)
            if waited_s >= UNFINISHED_LIMIT_S:
                raise Refused(Problem(ErrorCode.PHOTO_UNFINISHED)) from error
            raise RetryAt(now + max(1.0, waited_s / 2)) from error
        except Refused as refused:
            if source.forwarded and refused.problems[0].code in UNSEEN:
                facts: Facts = {"rule": "forwarded"}
                raise Refused(Problem(ErrorCode.PHOTO_NO_ACCESS, "photo", facts)) from refused
            raise
        self._unfinished.pop(source.file_id, None)
        return found

    def from_bucket(self, key: str) -> bytes:
        """Read a photo or mask from the bucket. Raises ``Refused`` if it is no longer there."""
        try:
            if key:
                return self._ledger.bucket.get(key)
        except KeyMissing:
            pass  # files are deleted after some time, like the results
        raise Refused(Problem(ErrorCode.PHOTO_GONE))


def _patiently_fetched(url: str, rules: UrlPolicy, grown: Grown) -> bytes:
    """Fetch the body, and try again after trouble that may pass.

    All tries together take at most ``FETCH_LIMIT_S``. Raises ``UrlRefused``.
    """
    ends_at = time.monotonic() + FETCH_LIMIT_S
    for pause_s in FETCH_PAUSES_S:
        try:
            return _fetch(url, rules, ends_at, grown)
        except UrlRefused as error:
            if not _may_pass(error):
                raise
            grown(0)
            time.sleep(jittered(pause_s))
    return _fetch(url, rules, ends_at, grown)


def _fetch(url: str, rules: UrlPolicy, ends_at: float, grown: Grown) -> bytes:
    deadline_s = max(1.0, ends_at - time.monotonic())
    return fetch(url, rules=rules, max_bytes=MAX_BYTES, deadline_s=deadline_s, grown=grown)


def _may_pass(error: UrlRefused) -> bool:
    """Say whether the trouble may pass: no answer, half an answer, too many requests, or a 5xx."""
    status = int(error.facts.get("status", 0))
    return error.rule in PASSING_RULES or status == TOO_MANY_REQUESTS or status >= 500
