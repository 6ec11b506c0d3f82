"""Show the finished picture, as a reply that mentions the asker."""

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
    """Hold what there is to show. Sizes in pixels, ``seconds`` is how long aiart painted.

    The URLs are the long-lived ones: of the picture, and of the photo that it was made from. Of a
    batch not every message ``mentions`` the asker.
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
        """Make it from what is written down about a job."""
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
    """Draw the message; ``picture`` is what the block shows, ``direct`` an unplanned place."""
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
    """Draw the picture itself. Its ``block_id`` says whose it is."""
    return image_block(job, picture, alt_text(job, language), language)


def image_block(job: Job, picture: Block, alt: str, language: Language) -> Block:
    """Draw an image, or words in its place: the link stands below."""
    if picture == UNSHOWN:
        unshown = rich_text(words(text(language, "result.unshown"), italic=True))
        return {**unshown, "block_id": picture_id(job.id)}
    return {"type": "image", "block_id": picture_id(job.id), "alt_text": alt, **picture}


def picture_id(job_id: str) -> str:
    """Name the block that shows a job's picture."""
    return f"picture-{job_id}"


def shown_job(block: Block) -> str:
    """Read it back: the job whose picture a block shows; empty for another block."""
    job_id = str(block.get("block_id") or "").removeprefix(picture_id(""))
    return job_id if is_job_id(job_id) else ""


def meant_jobs(block: Block) -> list[str]:
    """List the jobs whose pictures a block shows, or offers by number beside one of them all."""
    offered = [
        parse_button_value(str(one.get("value")))
        for one in block.get("elements") or []
        if str(one.get("action_id")).startswith("use_this")
    ]
    return [one for one in (shown_job(block), *(said.job_id for said in offered if said)) if one]


def details_block(job: Job, result: Result, language: Language) -> Block:
    """Say the words, the size, how long it took, and the links."""
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
    """Describe it for people who do not see the picture."""
    if job.wish.template:
        return text(language, "result.alt_template", template=wanted(job, language))
    return text(language, "result.alt", words=job.wish.prompt)[:ALT_LIMIT]


def wanted(job: Job, language: Language) -> str:
    """Give the words as typed, or the template's name in the person's language."""
    return template_name(job.wish.template, language) or job.wish.prompt


def result_for(job: Job, language: Language) -> str:
    """Say for whom, where a program has its own word for the job; empty for everybody else."""
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
