"""Draw the message with a finished picture."""

from collections.abc import Sequence

import msgspec

from bot.slack_api.content import UNSHOWN
from bot.texts import Language, template_name, text
from bot.views import Block, link, named, rich_text, words
from bot.views.buttons import NO_TOKENS, Buttons, parse_button_value, result_buttons
from bot.views.failure import batch_label
from functions.jobs.file_names import photo_name
from functions.jobs.job_ids import is_job_id
from functions.jobs.links import Links
from functions.jobs.model import Job
from functions.jobs.steps import Generated, Picture, picture_named

ALT_LIMIT = 2000


class Result(msgspec.Struct, frozen=True):
    """Hold what a result's message shows. Sizes are in pixels; aiart painted for ``seconds``.

    ``full_size_url`` and ``before_url`` are long-lived links to the picture and to the photo it was
    made from. ``is_from_preview``: that photo was Slack's preview. ``mentions``: the asker is
    notified, which not every message of a batch does.
    """

    width: int
    height: int
    seconds: int
    full_size_url: str
    before_url: str = ""
    perhaps_billed_twice: bool = False
    is_from_preview: bool = False
    buttons: Buttons = NO_TOKENS
    mentions: bool = True

    @classmethod
    def of(
        cls,
        job_id: str,
        pictures: Sequence[Picture],
        generated: Generated,
        links: Links,
        *,
        buttons: Buttons = NO_TOKENS,
    ) -> "Result":
        """Make it from a job's records; ``pictures`` begins with the full-size one."""
        picture, before = pictures[0], picture_named(pictures, "before")
        return cls(
            width=picture.width,
            height=picture.height,
            seconds=max(1, round(generated.seconds)),
            full_size_url=links.picture(job_id, picture.name),
            before_url=links.picture(job_id, before.name) if before else "",
            perhaps_billed_twice=generated.perhaps_billed_twice,
            is_from_preview=before is not None and before.is_preview,
            buttons=buttons,
        )


def result_blocks(
    job: Job,
    result: Result,
    picture: Block,
    language: Language,
    *,
    direct: bool = False,
) -> list[Block]:
    """Draw the message; ``picture`` is the source of the picture to show.

    ``direct``: it goes to the asker alone, because the place where they asked is closed.
    """
    return [
        _headline(job, language, direct=direct, mentions=result.mentions),
        picture_block(job, picture, language),
        details_block(job, result, language),
        result_buttons(
            job.id,
            result.buttons,
            language,
            url=result.full_size_url,
            resolution=job.wish.resolution,
        ),
    ]


def picture_block(job: Job, picture: Block, language: Language) -> Block:
    """Draw a job's picture; the ``block_id`` names the job."""
    return image_block(job, picture, alt_text(job, language), language)


def image_block(job: Job, picture: Block, alt: str, language: Language) -> Block:
    """Draw a job's image, or words in its place if Slack cannot show it; its link is below."""
    if picture == UNSHOWN:
        unshown = rich_text(words(text(language, "result.unshown"), italic=True))
        return {**unshown, "block_id": picture_id(job.id)}
    return {"type": "image", "block_id": picture_id(job.id), "alt_text": alt, **picture}


def picture_id(job_id: str) -> str:
    """Make the block_id of a job's picture."""
    return f"picture-{job_id}"


def shown_job(block: Block) -> str:
    """Read from a block's ``block_id`` the id of the job whose picture it shows; empty if none."""
    job_id = str(block.get("block_id") or "").removeprefix(picture_id(""))
    return job_id if is_job_id(job_id) else ""


def meant_jobs(block: Block) -> list[str]:
    """List the ids of jobs whose pictures a block shows, or offers by buttons below a sheet."""
    offered = [
        parse_button_value(str(one.get("value")))
        for one in block.get("elements") or []
        if str(one.get("action_id")).startswith("use_this")
    ]
    return [one for one in (shown_job(block), *(said.job_id for said in offered if said)) if one]


def details_block(job: Job, result: Result, language: Language) -> Block:
    """Draw the lines below a picture: words, size, seconds, links and notes."""
    details = text(
        language,
        "result.details",
        width=result.width,
        height=result.height,
        seconds=result.seconds,
    )
    elements = [
        words(wanted(job, language), italic=True),
        words(f"\n{details} · "),
        link(result.full_size_url, text(language, "result.full_size")),
    ]
    if result.before_url:
        elements += [words(" · "), link(result.before_url, text(language, "result.before"))]
    if result.is_from_preview:
        elements.append(words("\n" + text(language, "result.preview")))
    if result.perhaps_billed_twice:
        elements.append(words("\n" + text(language, "result.twice")))
    return rich_text(*elements)


def alt_text(job: Job, language: Language) -> str:
    """Write a picture's alt text."""
    if job.wish.template:
        return text(language, "result.alt_template", template=wanted(job, language))
    return text(language, "result.alt", words=job.wish.prompt)[:ALT_LIMIT]


def wanted(job: Job, language: Language) -> str:
    """Give a job's template by its name in ``language``, or its words as typed."""
    return template_name(job.wish.template, language) or job.wish.prompt


def result_for(job: Job, language: Language) -> str:
    """Say which program's job it was, with the program's reference; empty for people's jobs."""
    if not job.reference or job.asker.user_id:
        return ""
    return text(language, "result.for", client=job.asker.client, reference=job.reference)


def _headline(job: Job, language: Language, *, direct: bool, mentions: bool) -> Block:
    label, said = batch_label(job, language), result_for(job, language)
    if said:
        return rich_text(words(said))
    who = [named(job)] if mentions or direct else []
    if label and not direct:
        ready = text(language, "result.ready", name=label)
        return rich_text(*who, *([words(" ")] if who else []), words(ready))
    subject = job.wish.product or photo_name(job)
    if direct:
        here = text(language, "result.direct")
    elif subject:
        here = text(language, "result.here_named", product=subject)
    else:
        here = text(language, "result.here")
    return rich_text(*who, words(here))
