"""Draw the message with the link to a zip of pictures, which mentions the asker."""

import msgspec

from bot.texts import Language, text
from bot.views import Block, link, named, rich_text, words
from bot.views.buttons import NO_TOKENS, block_id, delete_button
from functions.jobs.model import Job


class Zip(msgspec.Struct, frozen=True):
    """Hold a zip: how many pictures it has, the file's size, and its long-lived link."""

    count: int
    size_bytes: int
    url: str


def zip_blocks(job: Job, packed: Zip, language: Language) -> list[Block]:
    """Draw the message. Its Delete deletes the zip, and none of the pictures."""
    mb = f"{packed.size_bytes / 1e6:.1f}"
    said = text(language, "zip.here", count=packed.count, mb=mb)
    return [
        rich_text(named(job), words(said)),
        rich_text(link(packed.url, text(language, "zip.link"))),
        {
            "type": "actions",
            "block_id": block_id(job.id),
            "elements": [delete_button(job.id, NO_TOKENS, language)],
        },
    ]
