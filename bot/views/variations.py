"""Several pictures for one wish, together in one message, of which one can be kept."""

from collections.abc import Sequence

import msgspec

from bot.texts import Language, error_text, text
from bot.views import Block, link, named, rich_text, words
from bot.views.buttons import NO_TOKENS, block_id, button
from bot.views.result import Result, picture_block, result_blocks, wanted
from functions.jobs.model import Job
from functions.jobs.steps import Failed


class Variation(msgspec.Struct, frozen=True):
    """One of them: its result with the picture (what the image block shows), or why there is none.

    The result's buttons are shown once it is the one that is kept.
    """

    job: Job
    shown: Result | Failed
    picture: Block | None = None


def variations_blocks(
    variations: Sequence[Variation], language: Language, *, chosen: str = ""
) -> list[Block]:
    """The message: all of them in order, or the ``chosen`` job's alone with a way back."""
    if not variations:
        raise ValueError("there is nothing to show")
    for one in variations:
        if one.job.id == chosen and isinstance(one.shown, Result) and one.picture is not None:
            return _chosen(one, one.shown, one.picture, language)
    first = variations[0].job
    done = sum(isinstance(one.shown, Result) for one in variations)
    headline = text(language, "variations.here", done=done)
    blocks = [
        rich_text(
            named(first),
            words(headline + "\n"),
            words(wanted(first, language), italic=True),
        )
    ]
    for number, one in enumerate(variations, start=1):
        blocks += _one(one, number, language)
    return blocks


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
