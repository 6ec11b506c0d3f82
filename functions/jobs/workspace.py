"""Remember events of the workspace that later jobs depend on.

They are: the app was uninstalled, a channel was archived, a person was erased.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable

import msgspec

from functions.jobs.bucket import Bucket
from functions.jobs.bucket_layout import ERASED, UNINSTALLED, WORKSPACE, archived_key
from functions.jobs.model import Job
from functions.jobs.records import Record, Records

ERASED_FRESH_S = 30.0  # how long a read record of the erased is used
ERASED_KEPT_S = 40 * 86_400.0  # a request lives 30 days at the most


class WorkspaceNote(Record, frozen=True, kw_only=True):
    """Hold what Slack has told of the workspace, and since when (Unix seconds)."""

    at: float
    why: str


class ErasedPeople(Record, frozen=True, kw_only=True):
    """Remember who was erased, and when (Unix seconds), by hashes that name nobody.

    The key of the hashes is in the record itself: rotating other secrets does not make them void.
    They are kept only as long as a request from before the erasure may still come.
    """

    key: str
    people: dict[str, float] = {}  # noqa: RUF012  # msgspec copies it

    def hash_of(self, user_id: str) -> str:
        """Hash a person's id, with the key."""
        return hmac.new(bytes.fromhex(self.key), user_id.encode(), hashlib.sha256).hexdigest()


class Workspace:
    """Read and write the workspace's notes and erasures. ``clock`` gives Unix seconds."""

    def __init__(self, bucket: Bucket, *, clock: Callable[[], float]) -> None:
        self._bucket = bucket
        self._records = Records(bucket)
        self._clock = clock

    # --- what Slack has told

    def note_uninstalled(self, why: str) -> None:
        """Write down that the app's token is void; ``why`` is Slack's event."""
        self._records.write(UNINSTALLED, WorkspaceNote(at=self._clock(), why=why))

    def note_archived(self, channel: str) -> None:
        """Write down that a channel was archived, for the jobs that wait there."""
        note = WorkspaceNote(at=self._clock(), why="channel_archive")
        self._records.write(archived_key(channel), note)

    def notes(self, keys: Iterable[str]) -> dict[str, WorkspaceNote]:
        """Read the notes among ``keys``, and give them by key; other keys are skipped."""
        ours = (key for key in keys if key.startswith(WORKSPACE))
        found = ((key, self._records.read(key, WorkspaceNote)) for key in ours)
        return {key: note for key, note in found if note}

    def forget_note(self, key: str) -> None:
        """Remove a note that no longer holds."""
        self._bucket.delete(key)

    # --- people who were erased

    def was_erased(self, job: Job) -> bool:
        """Say whether the job's asker was erased after they had asked for it."""
        if not job.asker.user_id:  # a client is no person
            return False
        erased = self._bucket.recent.read(
            ERASED,
            lambda: self._records.read_or_none(ERASED, ErasedPeople),
            within_s=ERASED_FRESH_S,
        )
        if erased is None:
            return False
        at = erased.people.get(erased.hash_of(job.asker.user_id))
        return at is not None and job.created_at <= at

    def remember_erased(self, user_id: str) -> None:
        """Note that a person was erased now: nothing that they asked for before is painted.

        Of two calls at the same moment, one may be lost: operators make one after the other. Raises
        ``Unreadable`` rather than forget who was erased before.
        """
        now = self._clock()
        before = self._records.read(ERASED, ErasedPeople)
        before = before or ErasedPeople(key=secrets.token_hex(32))
        kept = {who: at for who, at in before.people.items() if at + ERASED_KEPT_S > now}
        after = msgspec.structs.replace(before, people={**kept, before.hash_of(user_id): now})
        self._records.write(ERASED, after)
