"""The finished picture, as a reply that mentions the asker."""

from dataclasses import dataclass

from bot.texts import Language, text
from bot.views import Block, link, person, rich_text, words
from functions.jobs.model import TEMPLATES, Job

ALT_LIMIT = 2000


@dataclass(frozen=True)
class Result:
    """What there is to show. Sizes in pixels, ``seconds`` is how long aiart painted."""

    width: int
    height: int
    seconds: int
    full_size_url: str
    perhaps_billed_twice: bool = False


def result_blocks(
    job: Job, result: Result, picture: Block, language: Language, *, direct: bool = False
) -> list[Block]:
    """The message; ``picture`` is what the image block shows, ``direct`` an unplanned place."""
    details = text(
        language,
        "result.details",
        width=result.width,
        height=result.height,
        seconds=result.seconds,
    )
    blocks = [
        rich_text(person(job.asker.user_id), words(_headline(job, language, direct=direct))),
        {"type": "image", "alt_text": alt_text(job, language), **picture},
        rich_text(
            words(_wanted(job, language), italic=True),
            words(f"\n{details} · "),
            link(result.full_size_url, text(language, "result.full_size")),
        ),
    ]
    if result.perhaps_billed_twice:
        blocks.append(rich_text(words(text(language, "result.twice"))))
    return blocks


def alt_text(job: Job, language: Language) -> str:
    """For people who do not see the picture."""
    if job.wish.template:
        return text(language, "result.alt_template", template=_wanted(job, language))
    return text(language, "result.alt", words=job.wish.prompt)[:ALT_LIMIT]


def _headline(job: Job, language: Language, *, direct: bool) -> str:
    if direct:
        return text(language, "result.direct")
    if job.wish.product:
        return text(language, "result.here_named", product=job.wish.product)
    return text(language, "result.here")


def _wanted(job: Job, language: Language) -> str:
    """The words as typed, or the template's name in the person's language."""
    for template in TEMPLATES:
        if template.name == job.wish.template:
            return template.name if language == "zh" else template.en
    return job.wish.prompt
