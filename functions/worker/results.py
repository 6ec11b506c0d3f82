"""What there is to show of a job, from what is written down about it."""

from collections.abc import Sequence

from bot.job_messages import CutOutReady, JobFailedMessage, JobMessage, PictureReady, Preview
from bot.views.buttons import NO_TOKENS, Buttons
from bot.views.cutout import CutOut
from bot.views.result import Result
from functions.jobs.errors import ErrorCode
from functions.jobs.links import Links
from functions.jobs.model import Job
from functions.jobs.steps import Failed, Generated, Picture, Stored, picture_named
from functions.worker.context import WorkerContext
from functions.worker.errors import JobFailed

PREVIEW = "preview"
Decided = Stored | Failed  # what was decided about a job, and is to be told


def told_of(
    context: WorkerContext, job: Job, decided: Decided, generated: Generated | None
) -> JobMessage:
    """What is told about a job. Raises ``JobFailed`` while there can be no links."""
    if isinstance(decided, Failed):
        return JobFailedMessage(decided)
    if generated is None:  # nothing was painted for it
        return cut_free(context, job, decided.pictures)
    return finished(context, job, generated, decided.pictures)


def finished(
    context: WorkerContext,
    job: Job,
    generated: Generated,
    pictures: Sequence[Picture],
    *,
    buttons: Buttons = NO_TOKENS,
) -> PictureReady:
    """A job's picture with its links."""
    result = Result.of(job.id, pictures, generated, _links(context), buttons=buttons)
    return PictureReady(result, _preview(context, job, pictures))


def cut_free(context: WorkerContext, job: Job, pictures: Sequence[Picture]) -> CutOutReady:
    """A product without its background, with its link."""
    png = pictures[0]
    url = _links(context).picture(job.id, png.name)
    shown = CutOut(width=png.width, height=png.height, png_url=url)
    return CutOutReady(shown, _preview(context, job, pictures))


def _links(context: WorkerContext) -> Links:
    if context.links is None:
        raise JobFailed(ErrorCode.LINKS_NOT_CONFIGURED)
    return context.links


def _preview(context: WorkerContext, job: Job, pictures: Sequence[Picture]) -> Preview:
    """The small JPEG that a message shows."""
    preview = picture_named(pictures, PREVIEW) or pictures[0]
    return Preview(
        url=_links(context).picture(job.id, preview.name),
        read=lambda: context.ledger.bucket.get(preview.key),
    )
