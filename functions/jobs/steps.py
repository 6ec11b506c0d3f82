"""Define the records of a job's progress: one for each finished step, notes, and the outcome.

A step that has its record is never repeated. Times are Unix seconds.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from functions.jobs import bucket_layout
from functions.jobs.errors import ErrorCode, Facts
from functions.jobs.model import Job
from functions.jobs.records import Record

CALLS = 2  # to aiart for one job, at most


class Step(Record, frozen=True, kw_only=True):
    """Record a finished step, below ``steps/<job>/``. ``name`` is the key's last part."""

    name: ClassVar[str]


class Staged(Step, frozen=True, kw_only=True):
    """Record that photo and mask are in the bucket, checked and acceptable. Sizes in pixels.

    ``is_preview``: the photo is Slack's preview, because the original could not be read. ``label``
    has what the original's metadata says about AI; the staged file lacks it (docs/labels.md).
    ``is_flattened``: the mask is the photo's own transparency, and the photo is on white now.
    """

    name = bucket_layout.STAGED
    photo_key: str
    photo_bytes: int = 0
    mask_key: str = ""
    width: int
    height: int
    is_preview: bool = False
    label: dict[str, str] = {}  # noqa: RUF012  # msgspec copies it
    is_flattened: bool = False


class Generated(Step, frozen=True, kw_only=True):
    """Record that aiart has painted, which was billed: from here on only the download is retried.

    ``picture_url`` and ``mask_url`` live for an hour after ``at``; if aiart answered with Base64,
    ``picture_key`` and ``mask_key`` name the stored files instead. ``call`` is the call's number,
    ``seconds`` its time; ``perhaps_billed_twice``: an earlier call's answer was lost.
    """

    name = bucket_layout.GENERATED
    at: float
    call: int
    request_id: str
    seconds: float
    picture_url: str = ""
    picture_key: str = ""
    mask_url: str = ""
    mask_key: str = ""
    perhaps_billed_twice: bool = False


class Picture(Record, frozen=True, kw_only=True):
    """Describe one file of a job. ``name`` is its name in links; ``is_preview``: as in ``Staged``.

    ``contains`` are the keys of the pictures that a zip holds.
    """

    name: str
    key: str
    content_type: str
    size_bytes: int
    width: int
    height: int
    is_preview: bool = False
    contains: tuple[str, ...] = ()


def picture_named(pictures: Sequence[Picture], stem: str) -> Picture | None:
    """Find the file of that name without its ending, for example ``mask`` or ``before``."""
    return next((one for one in pictures if one.name.rpartition(".")[0] == stem), None)


def mask_in_photos_frame(pictures: Sequence[Picture], generated: Generated | None) -> bool:
    """Say whether a job's mask covers its photo, not its result. One that came with the photo does.

    Which of them aiart's own mask covers, Tencent document 1668/107957 does not say: it counts as
    the photo's only if it has the photo's size and the result has another.
    """
    mask, before = picture_named(pictures, "mask"), picture_named(pictures, "before")
    if mask is None or before is None:
        return False
    if generated is None or not (generated.mask_url or generated.mask_key):
        return True
    size, result = (mask.width, mask.height), (pictures[0].width, pictures[0].height)
    return size == (before.width, before.height) != result


class Finding(Record, frozen=True, kw_only=True):
    """Record that a shop would refuse a picture by this ``rule``; ``facts`` fill its sentence.

    ``refused`` is False if the check could not tell.
    """

    rule: str
    facts: Facts = {}  # noqa: RUF012  # msgspec copies it
    refused: bool = True


class Checked(Record, frozen=True, kw_only=True):
    """Hold all that was found about a picture for one shop."""

    shop: str
    findings: tuple[Finding, ...] = ()


class Stored(Step, frozen=True, kw_only=True):
    """Record that the result is in the bucket or, of a check, what was found."""

    name = bucket_layout.STORED
    pictures: tuple[Picture, ...]
    checked: tuple[Checked, ...] = ()


class Failed(Step, frozen=True, kw_only=True):
    """Record the decision that the job fails. ``facts`` fill the sentence that people read.

    ``words`` is that sentence, in the job's language, for the HTTP API.
    """

    name = bucket_layout.FAILED
    at: float
    code: ErrorCode
    facts: Facts = {}  # noqa: RUF012  # msgspec copies it
    words: str = ""
    vendor_code: str = ""
    request_id: str = ""
    perhaps_billed: bool = False


Decided = Stored | Failed  # what is to be told about a job


class Posted(Step, frozen=True, kw_only=True):
    """Record that the asker was told. ``where`` is ``nowhere`` if Slack refused for good, and
    ``unasked`` for a job that is not shown in Slack at all.

    ``thread_ts`` is the ``ts`` of the first message of the message's thread, or its own if it is in
    none. ``file_ids`` are pictures uploaded to Slack because it could not show them by their links.
    Jobs that are told together have one message, about all ``jobs``.
    """

    name = bucket_layout.POSTED
    where: Literal["thread", "direct-message", "nowhere", "unasked"]
    channel: str = ""
    ts: str = ""
    thread_ts: str = ""
    file_ids: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()


class FirstTold(Step, frozen=True, kw_only=True):
    """Record which job of a batch is told first: its message mentions the asker.

    The other jobs' messages do not; the summary of them all does again.
    """

    name = bucket_layout.FIRST_TOLD
    job_id: str


class ProgressShown(Record, frozen=True, kw_only=True):
    """Note where an upload's progress message is, and what it says."""

    channel: str
    ts: str
    said: str = ""


class WorkflowCompleted(Step, frozen=True, kw_only=True):
    """Record that the workflow run that asked for the job got its outputs, or its error."""

    name = bucket_layout.WORKFLOW_COMPLETED
    at: float


class Lease(Record, frozen=True, kw_only=True):
    """Record the right to do what must not be done twice, until ``deadline``."""

    nonce: str
    deadline: float


Why = Literal["cancel", "delete"]


class Tombstone(Record, frozen=True, kw_only=True):
    """Record who (``by``) wants a job cancelled, or its picture deleted, and when."""

    by: str
    at: float


class Counted(Record, frozen=True, kw_only=True):
    """Note the places of quotas that a job has taken, or was about to take when its run died."""

    keys: tuple[str, ...] = ()


class ButtonTokens(Record, frozen=True, kw_only=True):
    """Note the token of each renewed button under a result, by gesture."""

    tokens: dict[str, str]


class Chosen(Record, frozen=True, kw_only=True):
    """Note which of an upload's variations is shown alone; empty: all are shown."""

    job_id: str = ""


class Packed(Record, frozen=True, kw_only=True):
    """Note that a job's picture is in a zip, or about to be, since ``at`` (Unix seconds)."""

    at: float


class BegunUpload(Record, frozen=True, kw_only=True):
    """Note the upload in parts that an attempt has begun, for the next one to abort."""

    key: str
    upload_id: str


class NewestPicture(Record, frozen=True, kw_only=True):
    """Note the job whose picture a thread has shown last."""

    job_id: str


class Unread(Record, frozen=True, kw_only=True):
    """Note since when a request cannot be read, and whether the administrators were told."""

    since: float
    told: bool = False


class Unmarked(Record, frozen=True, kw_only=True):
    """Record who got a picture without a visible mark, and on which UTC day; no words.

    ``user_id`` or ``client``: a person in Slack, or a program.
    """

    job_id: str
    day: str
    user_id: str = ""
    client: str = ""


class Called(Record, frozen=True, kw_only=True):
    """Note a call to aiart that used up a try although an answer came."""

    code: ErrorCode
    vendor_code: str = ""
    request_id: str = ""


class Billed(Record, frozen=True, kw_only=True):
    """Count the calls to aiart that a job is billed for: ``least`` to ``most`` of them.

    They differ where an answer was lost, or said that the picture may be refused after it was
    made. ``at`` is the last one's answer, or the job's end (Unix seconds).
    """

    at: float
    least: int = 0
    most: int = 0


class Outcome(Record, frozen=True, kw_only=True):
    """Record how a job ended, below ``done/``. It outlives the pictures: redelivery starts nothing.

    ``job`` is the request itself. When the picture is deleted, everything that says what was asked
    is erased, but not what was ``billed``, which names nobody.
    """

    state: Literal["succeeded", "failed", "cancelled", "deleted"]
    finished_at: float
    job: Job | None = None
    pictures: tuple[Picture, ...] = ()
    generated: Generated | None = None
    failed: Failed | None = None
    posted: Posted | None = None
    checked: tuple[Checked, ...] = ()
    billed: Billed | None = None  # None in records of earlier versions

    def picture(self, name: str) -> Picture | None:
        """Find the file of that name; None where the job has none."""
        return next((picture for picture in self.pictures if picture.name == name), None)
