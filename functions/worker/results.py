"""What there is to show of a job, from what is written down about it."""

from collections.abc import Sequence

from bot.messages import CutFree, Finished, NotDone, PreviewPicture, Told
from bot.views.buttons import NO_TOKENS, Buttons
from bot.views.cutout import CutOut
from bot.views.result import Result
from functions.jobs.errors import ErrorCode
from functions.jobs.links import Links
from functions.jobs.model import Job
from functions.jobs.steps import Failed, Generated, Picture, Stored, called
from functions.worker.errors import JobFailed
from functions.worker.workshop import Workshop

PREVIEW = "preview"
Decided = Stored | Failed  # what was decided about a job, and is to be told


def told_of(shop: Workshop, job: Job, decided: Decided, generated: Generated | None) -> Told:
    """What is told about a job. Raises ``JobFailed`` while there can be no links."""
    if isinstance(decided, Failed):
        return NotDone(decided)
    if generated is None:  # nothing was painted for it
        return cut_free(shop, job, decided.pictures)
    return finished(shop, job, generated, decided.pictures)


def finished(
    shop: Workshop,
    job: Job,
    generated: Generated,
    pictures: Sequence[Picture],
    *,
    buttons: Buttons = NO_TOKENS,
) -> Finished:
    """A job's picture with its links."""
    result = Result.of(job.id, pictures, generated, _links(shop), buttons=buttons)
    return Finished(result, _preview(shop, job, pictures))


def cut_free(shop: Workshop, job: Job, pictures: Sequence[Picture]) -> CutFree:
    """A product without its background, with its link."""
    png = pictures[0]
    url = _links(shop).picture(job.id, png.name)
    shown = CutOut(width=png.width, height=png.height, png_url=url)
    return CutFree(shown, _preview(shop, job, pictures))


def _links(shop: Workshop) -> Links:
    if shop.links is None:
        raise JobFailed(ErrorCode.LINKS_NOT_CONFIGURED)
    return shop.links


def _preview(shop: Workshop, job: Job, pictures: Sequence[Picture]) -> PreviewPicture:
    """The small JPEG that a message shows."""
    preview = called(pictures, PREVIEW) or pictures[0]
    return PreviewPicture(
        url=_links(shop).picture(job.id, preview.name),
        read=lambda: shop.ledger.bucket.get(preview.key),
    )
