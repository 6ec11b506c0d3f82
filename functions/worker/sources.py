"""Fetches a product photo or a mask from where it is: Slack, an https address, an earlier job."""

from bot.files import MAX_BYTES, SlackFiles
from functions.jobs.bucket import Missing
from functions.jobs.errors import ErrorCode, Facts, Problem, Refused
from functions.jobs.ledger import Ledger
from functions.jobs.model import BucketPhoto, EarlierJob, PhotoUrl, SlackFile, Source
from functions.jobs.steps import Staged
from functions.worker.outside import OutsideRules, Unfetchable, fetch

FETCH_LIMIT_S = 60.0


class Sources:
    """Reads the bytes of a source. Raises ``Refused`` with what to tell the asker."""

    def __init__(self, ledger: Ledger, files: SlackFiles, rules: OutsideRules) -> None:
        self._ledger = ledger
        self._files = files
        self._rules = rules

    def photo(self, source: Source) -> bytes:
        """The product photo as it was given, or as an earlier job staged it."""
        match source:
            case EarlierJob(job_id=job_id):
                staged = self._ledger.step(job_id, Staged)
                return self._kept(staged.photo_key if staged else "")
            case BucketPhoto(key=key):
                return self._kept(key)
            case _:
                return self._fetched(source)

    def mask(self, source: Source) -> bytes:
        """The mask, likewise."""
        match source:
            case EarlierJob(job_id=job_id):
                staged = self._ledger.step(job_id, Staged)
                return self._kept(staged.mask_key if staged else "")
            case BucketPhoto(key=key):
                return self._kept(key)
            case _:
                return self._fetched(source)

    def _fetched(self, source: SlackFile | PhotoUrl) -> bytes:
        if isinstance(source, SlackFile):
            return self._files.download(source.file_id)
        try:
            return fetch(
                source.url, rules=self._rules, max_bytes=MAX_BYTES, deadline_s=FETCH_LIMIT_S
            )
        except Unfetchable as error:
            facts: Facts = {"rule": error.rule, **error.facts}
            raise Refused(Problem(ErrorCode.PHOTO_NOT_FETCHED, facts=facts)) from error

    def _kept(self, key: str) -> bytes:
        try:
            if key:
                return self._ledger.bucket.get(key)
        except Missing:
            pass  # it lives no longer than its result
        raise Refused(Problem(ErrorCode.PHOTO_GONE))
