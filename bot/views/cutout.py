"""Show the product alone on transparency, as a reply that mentions the asker."""

import msgspec

from bot.texts import Language, text
from bot.views import Block, link, named, rich_text, section, words
from bot.views.buttons import NO_TOKENS, block_id, delete_button
from bot.views.result import image_block
from functions.jobs.model import Job


class CutOut(msgspec.Struct, frozen=True):
    """Hold what there is to show: the PNG's size in pixels, and its long-lived link."""

    width: int
    height: int
    png_url: str


def cutout_blocks(job: Job, cutout: CutOut, picture: Block, language: Language) -> list[Block]:
    """Draw the message; ``picture`` shows the product on a chequered ground."""
    return [
        rich_text(named(job), words(text(language, "cutout.here"))),
        *_cutout(job, cutout, picture, language),
        {
            "type": "actions",
            "block_id": block_id(job.id),
            "elements": [delete_button(job.id, NO_TOKENS, language)],
        },
    ]


def cutout_again_blocks(
    job: Job, cutout: CutOut, picture: Block, language: Language
) -> list[Block]:
    """Show the one that was made before to somebody who asks for it again."""
    return [
        section(text(language, "cutout.made")),
        *_cutout(job, cutout, picture, language),
    ]


def _cutout(job: Job, cutout: CutOut, picture: Block, language: Language) -> list[Block]:
    size = text(language, "variations.size", width=cutout.width, height=cutout.height)
    return [
        image_block(job, picture, cutout_alt_text(job, language), language),
        rich_text(words(f"{size} · "), link(cutout.png_url, text(language, "cutout.png"))),
    ]


def cutout_alt_text(job: Job, language: Language) -> str:
    """Describe it for people who do not see the picture."""
    if job.wish.product:
        return text(language, "cutout.alt_named", product=job.wish.product)
    return text(language, "cutout.alt")
