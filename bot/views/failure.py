"""Draw a failed job's message: what went wrong, for its asker, and what may help."""

from bot.texts import Language, shop_name, text
from bot.views import Block, addressed, error_parts, rich_text, words
from bot.views.buttons import NO_TOKENS, Buttons, block_id, button
from functions.jobs.errors import ErrorCode
from functions.jobs.file_names import photo_name
from functions.jobs.model import UNPAINTED, Job
from functions.jobs.steps import Failed

# Trying the same again may work: nothing was wrong with what was asked for.
WORTH_TRYING_AGAIN = {
    ErrorCode.SLOT_BUSY,
    ErrorCode.AIART_TROUBLE,
    ErrorCode.AIART_TIMEOUT,
    ErrorCode.ANSWER_LOST,
    ErrorCode.ACCOUNT_UNUSABLE,
    ErrorCode.PICTURE_ILLEGAL,
    ErrorCode.PICTURE_EMPTY,
    ErrorCode.PICTURE_GONE,
    ErrorCode.PICTURE_BROKEN,
    ErrorCode.TOO_OLD,
    ErrorCode.INTERNAL,
}
# Other words may work, with the same photo.
WORTH_CHANGING = {
    ErrorCode.WORDS_ILLEGAL,
    ErrorCode.PICTURE_ILLEGAL,
    ErrorCode.LOGO_REFUSED,
    ErrorCode.REQUEST_REFUSED,
}


def failure_blocks(
    job: Job,
    failed: Failed,
    language: Language,
    *,
    buttons: Buttons = NO_TOKENS,
    mentions: bool = True,
) -> list[Block]:
    """Draw the message: what happened, what it may have cost, vendor's RequestId, and buttons."""
    name = batch_label(job, language) or photo_name(job)
    why = error_parts(language, failed.code, failed.facts)
    headline = (
        text(language, "failure.named", name=name) if name else text(language, "failure.headline")
    )
    lines = [""]
    if failed.perhaps_billed:
        lines.append(text(language, "failure.perhaps_billed"))
    if failed.request_id:
        lines.append(text(language, "failure.request_id", request_id=failed.request_id))
    blocks = [
        addressed(job, headline, mentions=mentions),
        rich_text(*why, *([words("\n".join(lines))] if lines[1:] else [])),
    ]
    remedies = _remedies(job, failed, buttons, language)
    if remedies:
        blocks.append({"type": "actions", "block_id": block_id(job.id), "elements": remedies})
    return blocks


def needs_another_photo(failed: Failed) -> bool:
    """Say whether a job failed because its photo could not be used."""
    return failed.code.value.startswith("photo_")


def _is_mendable(failed: Failed) -> bool:
    """Say whether a job failed by its photo, mask, words or options, which can be mended."""
    what, _, _ = failed.code.value.partition("_")
    return what in {"photo", "mask", "words", "avoid", "product", "template", "size"}


def _remedies(job: Job, failed: Failed, buttons: Buttons, language: Language) -> list[Block]:
    if job.gesture in UNPAINTED:  # the button that started it is under another message
        return []
    found = []
    if failed.code in WORTH_TRYING_AGAIN:
        found.append(button("again", job.id, buttons, language, label="button.try_again"))
    if failed.code in WORTH_CHANGING:
        found.append(button("change", job.id, buttons, language))
    elif _is_mendable(failed):
        found.append(button("change", job.id, buttons, language, label="button.fix"))
    return found


def photo_label(name: str, number: int, total: int, language: Language) -> str:
    """Write a photo's name and its number of the total: names alone may be alike, or missing."""
    place = text(language, "batch.photo", number=number, total=total)
    return f"{name} · {place}" if name else place


def batch_label(job: Job, language: Language) -> str:
    """Write which photo or shop of a batch a job is for; empty if the job is no batch's."""
    upload = job.upload
    if not upload.is_batch:
        return ""
    if job.wish.shop and job.gesture != "check":  # a check's ``shop`` names several
        return " · ".join(filter(None, (photo_name(job), shop_name(job.wish.shop, language))))
    return photo_label(photo_name(job), upload.number(job.id), len(upload.jobs), language)
