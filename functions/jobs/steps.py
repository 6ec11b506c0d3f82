"""Hold what is written down as a job goes on: a record per finished step, and the final one.

A step that has its record is never repeated. Times are Unix seconds.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from functions.jobs import bucket_layout
from functions.jobs.errors import ErrorCode, Facts
from functions.jobs.model import Job
from functions.jobs.records import Record

CALLS = 2  # to aiart, that a job has in all


class Step(Record, frozen=True, kw_only=True):
    """Record a finished step, below ``steps/<job>/``. ``name`` is the key's last part."""

    name: ClassVar[str]


class Staged(Step, frozen=True, kw_only=True):
    """Record that photo and mask are in the bucket, checked and acceptable. Sizes in pixels.

    ``is_preview``: it is Slack's preview, because the original could not be read. ``label``: what
    the original's file says of how AI has made it, which the staged one does not (docs/labels.md).
    ``is_flattened``: the mask was the photo's own transparency, and the photo lies on white now.
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

    ``picture_url`` and ``mask_url`` live for an hour after ``at``; where aiart answered with
    Base64 the keys of what was kept stand in their place. ``call`` says which call it was, and
    ``perhaps_billed_twice`` that an earlier one's answer was lost.
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
    """Describe one file of a job. ``name`` is its name in links; ``is_preview`` as ``Staged``'s.

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
    """Find the file of that name, whatever its ending, for example ``mask`` or ``before``."""
    return next((one for one in pictures if one.name.rpartition(".")[0] == stem), None)


def mask_in_photos_frame(pictures: Sequence[Picture], generated: Generated | None) -> bool:
    """Say whether a job's mask lies on its photo. One that came with the photo does.

    Of aiart's own (Tencent document 1668/107957 does not say) only its size can tell: it has to be
    the photo's, and not the result's as well.
    """
    mask, before = picture_named(pictures, "mask"), picture_named(pictures, "before")
    if mask is None or before is None:
        return False
    if generated is None or not (generated.mask_url or generated.mask_key):
        return True
    size, result = (mask.width, mask.height), (pictures[0].width, pictures[0].height)
    return size == (before.width, before.height) != result


class Finding(Record, frozen=True, kw_only=True):
    """Say what a shop would refuse of a picture; ``facts`` fill the sentence of that ``rule``.

    Not ``refused``: it is what could not be told.
    """

    rule: str
    facts: Facts = {}  # noqa: RUF012  # msgspec copies it
    refused: bool = True


class Checked(Record, frozen=True, kw_only=True):
    """Hold all that was found about a picture for one shop."""

    shop: str
    findings: tuple[Finding, ...] = ()


class Stored(Step, frozen=True, kw_only=True):
    """Record that the result is in the bucket; of a check, that is what was found."""

    name = bucket_layout.STORED
    pictures: tuple[Picture, ...]
    checked: tuple[Checked, ...] = ()


class Failed(Step, frozen=True, kw_only=True):
    """Record the decision that the job fails. ``facts`` fill the sentence that people read.

    ``words`` is that sentence, in the job's language, for whoever asks by HTTP.
    """

    name = bucket_layout.FAILED
    at: float
    code: ErrorCode
    facts: Facts = {}  # noqa: RUF012  # msgspec copies it
    words: str = ""
    vendor_code: str = ""
    request_id: str = ""
    perhaps_billed: bool = False


Decided = Stored | Failed  # what was decided about a job, and is to be told


class Posted(Step, frozen=True, kw_only=True):
    """Record that the asker was told. ``where``: ``nowhere`` after Slack's final no, and
    ``unasked`` for a job that is not shown in Slack at all.

    ``thread_ts`` is the first message of the thread in which the message stands: itself, when it
    has no other. ``file_ids`` are its pictures where Slack could not read their addresses. Jobs
    that are told together have one message, about all ``jobs``.
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

    Of the others' only the last does, the summary of them all.
    """

    name = bucket_layout.FIRST_TOLD
    job_id: str


class ProgressShown(Record, frozen=True, kw_only=True):
    """Note where an upload's progress message stands, and what it says."""

    channel: str
    ts: str
    said: str = ""


class WorkflowCompleted(Step, frozen=True, kw_only=True):
    """Record that the workflow's run that asked for the job has its outputs, or its error."""

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
    """Note by gesture what the buttons under a result say: a later press is a new wish."""

    tokens: dict[str, str]


class Chosen(Record, frozen=True, kw_only=True):
    """Note which of an upload's variations is shown alone; empty: all are shown."""

    job_id: str = ""


class Packed(Record, frozen=True, kw_only=True):
    """Note that a job's picture is in a zip, or about to be, since then (Unix seconds)."""

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
    """Record the end, below ``done/``. It outlives the pictures: a late redelivery is harmless.

    ``job`` is the request itself; a ``deleted`` picture's record has lost it (and everything else
    that says what was asked), but not what was ``billed``, which names nobody.
    """

    state: Literal["succeeded", "failed", "cancelled", "deleted"]
    finished_at: float
    job: Job | None = None
    pictures: tuple[Picture, ...] = ()
    generated: Generated | None = None
    failed: Failed | None = None
    posted: Posted | None = None
    checked: tuple[Checked, ...] = ()
    billed: Billed | None = None  # of earlier versions' records nobody has counted it

    def picture(self, name: str) -> Picture | None:
        """Find the file of that name; None where the job has none."""
        return next((picture for picture in self.pictures if picture.name == name), None)
