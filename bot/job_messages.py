"""Make a job message from a job's report, and from it the ``Message`` that is posted.

Nothing is called here: ``bot.slack_api.threads`` posts the ``Message``. A picture is shown by an
address that Slack reads, or as an uploaded file where it cannot; so a ``Message`` has a function
that makes its blocks once that is known.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from bot.slack_api.content import Message, MessagePicture, Preview
from bot.texts import Language
from bot.views import Block, escaped, spoken
from bot.views.buttons import GESTURES, NO_TOKENS, Buttons
from bot.views.check import check_blocks
from bot.views.cutout import CutOut, cutout_alt_text, cutout_blocks
from bot.views.failure import failure_blocks
from bot.views.progress import Kept as Kept  # noqa: PLC0414  # the worker's only way to these
from bot.views.progress import PhotoEnded as PhotoEnded  # noqa: PLC0414
from bot.views.progress import Progress as Progress  # noqa: PLC0414
from bot.views.progress import progress_blocks, summary_blocks
from bot.views.result import Result, alt_text, result_blocks
from bot.views.result import meant_jobs as meant_jobs  # noqa: PLC0414
from bot.views.variations import Variation, sheet_alt_text, sheet_blocks, variations_blocks
from bot.views.zip import Zip, zip_blocks
from functions.jobs.bucket import Bucket
from functions.jobs.links import Links
from functions.jobs.model import Job, PicturesOf
from functions.jobs.report import JobReport
from functions.jobs.steps import Checked, Failed, Picture, picture_named

BUTTON_GESTURES = frozenset(GESTURES.values())  # the gestures of jobs that a button started


class PictureReady(msgspec.Struct, frozen=True):
    """Say that a job's picture is ready."""

    result: Result
    preview: Preview


class CutOutReady(msgspec.Struct, frozen=True):
    """Say that a cut-out, a packshot or a fitted size, made without aiart, is ready."""

    cutout: CutOut
    preview: Preview


class CheckReady(msgspec.Struct, frozen=True):
    """Say what shops would refuse about a picture. ``mentions``: the asker is notified."""

    checked: Sequence[Checked]
    mentions: bool = True


class ZipReady(msgspec.Struct, frozen=True):
    """Say that pictures are packed in one file."""

    packed: Zip


class JobFailedMessage(msgspec.Struct, frozen=True):
    """Say why a job has no picture. ``mentions``: the asker is notified."""

    failed: Failed
    buttons: Buttons = NO_TOKENS
    mentions: bool = True


class Variations(msgspec.Struct, frozen=True):
    """Say in one message what became of jobs, in their order.

    ``chosen`` is the id of the job whose picture is shown alone; ``sheet`` is one picture with all
    of theirs, if there is one.
    """

    jobs: Sequence[tuple[Job, PictureReady | JobFailedMessage]]
    chosen: str = ""
    sheet: Preview | None = None


def without_mention(job_message: "OneJobMessage") -> "OneJobMessage":
    """Give the same job message without a mention of the asker; a zip's always has one."""
    match job_message:
        case PictureReady():
            silent = msgspec.structs.replace(job_message.result, mentions=False)
            return msgspec.structs.replace(job_message, result=silent)
        case JobFailedMessage():
            return msgspec.structs.replace(job_message, mentions=False)
        case CutOutReady():
            silent_cutout = msgspec.structs.replace(job_message.cutout, mentions=False)
            return msgspec.structs.replace(job_message, cutout=silent_cutout)
        case CheckReady():
            return msgspec.structs.replace(job_message, mentions=False)
        case ZipReady():
            return job_message


class BatchSummary(msgspec.Struct, frozen=True):
    """Say how all photos of a batch have ended."""

    photos: Sequence[PhotoEnded]


OneJobMessage = PictureReady | CutOutReady | CheckReady | ZipReady | JobFailedMessage
JobMessage = OneJobMessage | Variations | BatchSummary


def failure_of(
    report: JobReport, tokens: Mapping[str, str] | None = None
) -> JobFailedMessage | None:
    """Make the message of a failed job; None for a job that has not failed."""
    return JobFailedMessage(report.failed, _buttons(tokens)) if report.failed else None


def job_message_of(
    report: JobReport, links: Links, bucket: Bucket, *, tokens: Mapping[str, str] | None = None
) -> OneJobMessage | None:
    """Make a job's message from its report; None if it is undecided or was cancelled.

    ``tokens`` are those of the message's buttons, by gesture. Pictures without ``generated`` were
    made without aiart: a cut-out, a packshot or a fitted size.
    """
    if report.checked:
        return CheckReady(report.checked)
    if not report.pictures:
        return failure_of(report, tokens)
    if isinstance(report.job.photo, PicturesOf):
        return _zip_of(report.job, report.pictures[0], links)
    if report.generated is None:
        return _cut_out_of(report.job, report.pictures, links, bucket)
    result = Result.of(
        report.job.id, report.pictures, report.generated, links, buttons=_buttons(tokens)
    )
    return PictureReady(result, _preview_of(report.job, report.pictures, links, bucket))


def _cut_out_of(job: Job, pictures: Sequence[Picture], links: Links, bucket: Bucket) -> CutOutReady:
    png = pictures[0]
    shown = CutOut(width=png.width, height=png.height, png_url=links.picture(job.id, png.name))
    return CutOutReady(shown, _preview_of(job, pictures, links, bucket))


def _zip_of(job: Job, packed: Picture, links: Links) -> ZipReady:
    url = links.picture(job.id, packed.name)
    return ZipReady(Zip(count=len(packed.contains), size_bytes=packed.size_bytes, url=url))


def _preview_of(job: Job, pictures: Sequence[Picture], links: Links, bucket: Bucket) -> Preview:
    """Give the small JPEG that a message shows, or the picture itself if there is none."""
    preview = picture_named(pictures, "preview") or pictures[0]
    url = links.picture(job.id, preview.name)
    return Preview(url=url, read=lambda: bucket.get(preview.key))


def _buttons(tokens: Mapping[str, str] | None) -> Buttons:
    return Buttons(tokens) if tokens else NO_TOKENS


def previews_of(job_message: JobMessage) -> list[Preview]:
    """List the previews that a job message shows, in order."""
    match job_message:
        case PictureReady() | CutOutReady():
            return [job_message.preview]
        case CheckReady() | ZipReady() | JobFailedMessage() | BatchSummary():
            return []
        case Variations(sheet=Preview() as sheet):
            return [sheet]
        case Variations():
            return [
                shown.preview for _, shown in job_message.jobs if isinstance(shown, PictureReady)
            ]


def message(
    job: Job, job_message: JobMessage, language: Language, *, direct: bool = False
) -> Message:
    """Make the ``Message`` for ``job``'s asker, in one language.

    ``direct``: it goes to the asker alone, because the place where they asked is closed.
    """
    match job_message:
        case PictureReady():
            return _picture_ready(job, job_message, language, direct=direct)
        case CutOutReady():
            return _cut_out_ready(job, job_message, language)
        case CheckReady() | ZipReady():
            return _in_words(job, job_message, language)
        case JobFailedMessage():
            return _job_failed(job, job_message, language)
        case Variations():
            return _variations(job, job_message, language)
        case BatchSummary():
            return _summary(job, job_message.photos, language)


def progress_message(job: Job, progress: Progress, language: Language) -> Message:
    """Make the progress message of a job's upload; it mentions nobody."""
    upload = job.upload
    parent_of = job if job.has_parent_message else None
    return _message(
        upload.id,
        [],
        lambda _: progress_blocks(progress, language, upload=upload, parent_of=parent_of),
    )


def _summary(job: Job, photos: Sequence[PhotoEnded], language: Language) -> Message:
    return _message(job.upload.id, [], lambda _: summary_blocks(job, photos, language))


def line_for_admins(line: str) -> str:
    """Escape a line for a message's text, so that Slack reads no markup in it."""
    return escaped(line)


def _picture_ready(
    job: Job, job_message: PictureReady, language: Language, *, direct: bool
) -> Message:
    def blocks(pictures: Sequence[Block]) -> list[Block]:
        return result_blocks(job, job_message.result, pictures[0], language, direct=direct)

    picture = MessagePicture(job.id, job_message.preview, alt_text(job, language))
    return _message(job.id, [picture], blocks)


def _cut_out_ready(job: Job, job_message: CutOutReady, language: Language) -> Message:
    def blocks(pictures: Sequence[Block]) -> list[Block]:
        return cutout_blocks(job, job_message.cutout, pictures[0], language)

    picture = MessagePicture(job.id, job_message.preview, cutout_alt_text(job, language))
    return _message(job.id, [picture], blocks)


def _in_words(job: Job, job_message: CheckReady | ZipReady, language: Language) -> Message:
    def blocks(_: Sequence[Block]) -> list[Block]:
        if isinstance(job_message, ZipReady):
            return zip_blocks(job, job_message.packed, language)
        checked, mentions = job_message.checked, job_message.mentions
        return check_blocks(job, checked, language, mentions=mentions)

    return _message(job.id, [], blocks)


def _job_failed(job: Job, job_message: JobFailedMessage, language: Language) -> Message:
    def blocks(_: Sequence[Block]) -> list[Block]:
        return failure_blocks(
            job,
            job_message.failed,
            language,
            buttons=job_message.buttons,
            mentions=job_message.mentions,
        )

    return _message(job.id, [], blocks)


def _variations(job: Job, job_message: Variations, language: Language) -> Message:
    """Make one message about several jobs, of which ``job`` is any; failed ones show no picture."""
    drawn = [(one, shown) for one, shown in job_message.jobs if isinstance(shown, PictureReady)]

    sheet = job_message.sheet

    def blocks(pictures: Sequence[Block]) -> list[Block]:
        shown_by = [] if sheet else zip(drawn, pictures, strict=True)
        by_job = {one.id: picture for (one, _), picture in shown_by}
        variations = [
            Variation(
                job=one,
                shown=shown.result if isinstance(shown, PictureReady) else shown.failed,
                picture=by_job.get(one.id),
            )
            for one, shown in job_message.jobs
        ]
        if sheet:
            return sheet_blocks(variations, pictures[0], language)
        return variations_blocks(variations, language, chosen=job_message.chosen)

    if sheet:
        alt = sheet_alt_text(job, len(drawn), language)
        return _message(job.upload.id, [MessagePicture(job.id, sheet, alt)], blocks)
    drawings = [
        MessagePicture(one.id, shown.preview, alt_text(one, language)) for one, shown in drawn
    ]
    return _message(job.upload.id, drawings, blocks)


def _message(
    about: str,
    drawings: Sequence[MessagePicture],
    blocks: Callable[[Sequence[Block]], list[Block]],
) -> Message:
    """Make a ``Message``; its text is what its blocks say, to which pictures add nothing."""
    return Message(about, spoken(blocks([{"image_url": ""}] * len(drawings))), drawings, blocks)
