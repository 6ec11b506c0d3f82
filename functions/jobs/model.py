"""Hold a job: which photo, what is wanted, by whom, and where it is to be shown.

The records are frozen, and say what was asked for. Whether that is allowed, ``check_wish`` checks
when a job is accepted.
"""

from typing import Literal

from functions.jobs.records import UNKNOWN, Record
from functions.jobs.wish import Wish


class SlackFile(Record, frozen=True, kw_only=True, tag="slack-file", tag_field="from"):
    """Name a photo that was uploaded to Slack.

    ``shared_in``: the worker uses it only if it is shared in that channel, which the bot could not
    check; empty: no check. ``forwarded``: it is on a forwarded message, of a channel that we may
    not see. ``url``: the address in its message, to be fetched with our token; empty if unknown.
    """

    file_id: str
    name: str = ""
    shared_in: str = ""
    forwarded: bool = False
    url: str = ""


class PhotoUrl(Record, frozen=True, kw_only=True, tag="url", tag_field="from"):
    """Name a photo at an https address."""

    url: str


class BucketPhoto(Record, frozen=True, kw_only=True, tag="bucket", tag_field="from"):
    """Name a photo that came inside a webhook, kept below ``uploads/``."""

    key: str


class EarlierJob(Record, frozen=True, kw_only=True, tag="job", tag_field="from"):
    """Name the photo (or the mask) that an earlier job has staged; ``name`` is the photo's file."""

    job_id: str
    name: str = ""


class PicturesOf(Record, frozen=True, kw_only=True, tag="pictures", tag_field="from"):
    """Name the earlier jobs whose pictures a zip packs, or the one whose picture is checked.

    Without ``jobs``, a zip packs all pictures of its thread. ``name`` is the checked picture's
    file. It is a type of its own, so that a version that cannot pack a zip does not paint one.
    """

    jobs: tuple[str, ...] = ()
    name: str = ""


class UnknownSource(Record, frozen=True, kw_only=True, tag=UNKNOWN, tag_field="from"):
    """Stand for a source that only another version knows."""


Source = SlackFile | PhotoUrl | BucketPhoto | EarlierJob | PicturesOf | UnknownSource

Gesture = Literal[
    "mention",  # a message that mentions the bot
    "upload",  # a photo in a channel that makes every photo a job
    "direct",  # a direct message
    "slash",  # /backdrop <https url> <words>
    "form",
    "again",
    "change",
    "variation",
    "size",
    "cutout",
    "packshot",
    "fit",  # an earlier picture in another size of about its shape
    "check",  # what shops would refuse of a picture, in words
    "zip",  # pictures that there are, packed
    "workflow",
    "webhook",
]


class Asker(Record, frozen=True, kw_only=True):
    """Name who asked: a person in Slack, or (``client``) a program with a webhook secret.

    ``team_id`` is the workspace that the app was asked in; ``user_team`` the person's own, where
    that is another (a guest of a shared channel). ``language`` is empty until it was looked
    up.
    """

    team_id: str = ""
    user_team: str = ""
    user_id: str = ""
    language: str = ""
    client: str = ""

    @property
    def name(self) -> str:
        """Give one name for the asker, for fair turns and as ``by`` of a tombstone."""
        return f"client/{self.client}" if self.client else f"{self.team_id}/{self.user_id}"


# Gestures that need no call to aiart. ``Job.is_painted`` looks at the wish, too.
UNPAINTED = frozenset({"cutout", "packshot", "fit", "check", "zip"})

CHANNEL_ID = r"[CG][A-Z0-9]{6,}"


class Thread(Record, frozen=True, kw_only=True):
    """Name where a job is shown: a channel, and the ``ts`` of a thread's first message.

    Without ``thread_ts`` it is shown in the channel itself.
    """

    channel: str
    thread_ts: str = ""


class Upload(Record, frozen=True, kw_only=True):
    """Name the jobs that were asked for at once, in order; they share one progress message.

    ``together``: they are variations, and share one result message, too.
    """

    id: str
    jobs: tuple[str, ...]
    together: bool = False

    @property
    def is_batch(self) -> bool:
        """Say whether these are several photos: each has a message, and all have one summary."""
        return len(self.jobs) > 1 and not self.together

    def number(self, job_id: str) -> int:
        """Give a job's place in the upload, from 1; 0 for a job that is not in it."""
        return self.jobs.index(job_id) + 1 if job_id in self.jobs else 0


class Parent(Record, frozen=True, kw_only=True):
    """Name the job under whose result a button was pressed, and the button's token."""

    job_id: str
    token: str = ""


class Callback(Record, frozen=True, kw_only=True):
    """Hold the URL that is called when a client's job has ended."""

    url: str


class WorkflowRun(Record, frozen=True, kw_only=True):
    """Name a run of the Slack workflow step, and the token that completes just this run."""

    execution_id: str
    token: str


class Job(Record, frozen=True, kw_only=True):
    """Hold one product photo on one new background. ``created_at`` is in Unix seconds.

    A ``cutout`` is made from the parent's photo and mask, a ``fit`` of its picture, a ``zip`` of
    ``PicturesOf`` earlier jobs.
    ``reference`` is a client's own word for the job, given back as it is.
    """

    id: str
    gesture: Gesture
    created_at: float
    wish: Wish
    photo: Source
    asker: Asker
    upload: Upload
    thread: Thread | None = None
    mask: Source | None = None
    parent: Parent | None = None
    variation: int = 0
    callback: Callback | None = None
    workflow: WorkflowRun | None = None
    reference: str = ""
    nonce: str = ""  # of the write that accepted it

    @property
    def is_painted(self) -> bool:
        """Say whether aiart is called for it: then it costs money, and waits for its turn."""
        return self.gesture not in UNPAINTED and self.wish.packshot is None

    @property
    def has_parent_message(self) -> bool:
        """Say whether its upload's progress message stays, and its picture is posted below that.

        It is true of several photos of a form outside of threads, which have no message to answer,
        and of jobs fitted from one of them. Other jobs without a call have no progress message.
        """
        is_in_thread = self.thread is None or bool(self.thread.thread_ts)
        is_of_form = self.gesture in {"form", "change", "fit"} and self.upload.is_batch
        is_made_at_once = not self.is_painted and self.gesture != "fit"
        return is_of_form and not is_in_thread and not is_made_at_once

    @property
    def place(self) -> Thread:
        """Give where the job is shown in Slack. Raises ``ValueError`` if it is not shown there."""
        if self.thread is None:
            raise ValueError(f"{self.id} is not shown in Slack")
        return self.thread
