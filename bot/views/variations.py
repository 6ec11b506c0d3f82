"""Draw the one message about all variations of a wish, of which one can be shown alone."""

from collections.abc import Sequence

import msgspec

from bot.texts import Language, error_text, text
from bot.views import Block, link, named, plain, rich_text, words
from bot.views.buttons import NO_TOKENS, block_id, button
from bot.views.result import ALT_LIMIT, Result, picture_block, result_blocks, wanted
from functions.jobs.model import Job
from functions.jobs.steps import Failed


class Variation(msgspec.Struct, frozen=True):
    """Hold a variation: its result and the source of its picture, or why it failed.

    The result's own buttons are drawn only when it is shown alone.
    """

    job: Job
    shown: Result | Failed
    picture: Block | None = None


def variations_blocks(
    variations: Sequence[Variation], language: Language, *, chosen: str = ""
) -> list[Block]:
    """Draw all variations in order, or that of the job ``chosen`` alone, with Show all.

    Raises ``ValueError`` if there are none.
    """
    if not variations:
        raise ValueError("there is nothing to show")
    for one in variations:
        if one.job.id == chosen and isinstance(one.shown, Result) and one.picture is not None:
            return _chosen(one, one.shown, one.picture, language)
    blocks = [_headline(variations, language)]
    for number, one in enumerate(variations, start=1):
        blocks += _one(one, number, language)
    return blocks


def _headline(variations: Sequence[Variation], language: Language) -> Block:
    first = variations[0].job
    done = sum(isinstance(one.shown, Result) for one in variations)
    return rich_text(
        named(first),
        words(text(language, "variations.here", done=done) + "\n"),
        words(wanted(first, language), italic=True),
    )


def sheet_blocks(
    variations: Sequence[Variation], picture: Block, language: Language
) -> list[Block]:
    """Draw the message with a sheet, one ``picture`` of all variations, and numbered buttons.

    A number shows that picture alone; the last button shows all of them at their full size.
    """
    first = variations[0].job
    made = [one for one in enumerate(variations, start=1) if isinstance(one[1].shown, Result)]
    numbers = [
        {
            **button("use_this", one.job.id, NO_TOKENS, language),
            "action_id": f"use_this_{number}",
            "text": plain(str(number)),
        }
        for number, one in made
    ]
    show_all = button("show_all", first.id, NO_TOKENS, language)
    return [
        _headline(variations, language),
        {
            "type": "image",
            "block_id": f"sheet-{first.id}",
            "alt_text": sheet_alt_text(first, len(made), language),
            **picture,
        }
        if picture
        else rich_text(words(text(language, "result.unshown"), italic=True)),
        *(
            rich_text(words(f"{number} · ", bold=True), words(_why(one, language)))
            for number, one in enumerate(variations, start=1)
            if isinstance(one.shown, Failed)
        ),
        {
            "type": "actions",
            "block_id": block_id(first.id),
            "elements": [*numbers, show_all],
        },
    ]


def sheet_alt_text(job: Job, count: int, language: Language) -> str:
    """Write the alt text of the sheet with ``count`` pictures."""
    return text(language, "variations.sheet", count=count, words=wanted(job, language))[:ALT_LIMIT]


def _one(one: Variation, number: int, language: Language) -> list[Block]:
    heading = words(f"{number} · ", bold=True)
    if isinstance(one.shown, Failed) or one.picture is None:
        return [rich_text(heading, words(_why(one, language)))]
    size = text(language, "variations.size", width=one.shown.width, height=one.shown.height)
    return [
        picture_block(one.job, one.picture, language),
        rich_text(
            heading,
            words(f"{size} · "),
            link(one.shown.full_size_url, text(language, "result.full_size")),
        ),
        {
            "type": "actions",
            "block_id": block_id(one.job.id),
            "elements": [button("use_this", one.job.id, NO_TOKENS, language)],
        },
    ]


def _why(one: Variation, language: Language) -> str:
    if isinstance(one.shown, Failed):
        return error_text(language, one.shown.code, one.shown.facts)
    return text(language, "variations.gone")


def _chosen(one: Variation, result: Result, picture: Block, language: Language) -> list[Block]:
    blocks = result_blocks(one.job, result, picture, language)
    blocks[-1]["elements"].append(button("show_all", one.job.id, NO_TOKENS, language))
    return blocks
