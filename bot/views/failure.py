"""What went wrong, as a reply that mentions the asker."""

from bot.texts import Language, error_text, text
from bot.views import Block, escaped, person, rich_text, words
from functions.jobs.model import Job, SlackFile
from functions.jobs.steps import Failed


def failure_blocks(job: Job, failed: Failed, language: Language) -> list[Block]:
    """The message: what happened, what to do, and what support will ask for."""
    name = photo_name(job)
    headline = (
        text(language, "failure.named", name=name) if name else text(language, "failure.headline")
    )
    lines = [error_text(language, failed.code, failed.facts)]
    if failed.perhaps_billed:
        lines.append(text(language, "failure.perhaps_billed"))
    if failed.request_id:
        lines.append(text(language, "failure.request_id", request_id=failed.request_id))
    return [
        rich_text(person(job.asker.user_id), words(headline)),
        rich_text(words("\n".join(lines))),
    ]


def failure_fallback(job: Job, language: Language) -> str:
    """The text of the notification."""
    name = photo_name(job)
    if name:
        return escaped(text(language, "failure.fallback_named", name=name))
    return text(language, "failure.fallback")


def photo_name(job: Job) -> str:
    """The name of the photo's file, where it has one."""
    return job.photo.name[:80] if isinstance(job.photo, SlackFile) else ""
