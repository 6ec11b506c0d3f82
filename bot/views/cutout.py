"""Draw the message with a picture made without aiart: a cut-out, a packshot or a fitted size."""

import msgspec

from bot.texts import Language, shop_name, text
from bot.views import Block, link, named, rich_text, section, words
from bot.views.buttons import NO_TOKENS, block_id, button, delete_button
from bot.views.result import image_block
from functions.jobs.file_names import photo_name
from functions.jobs.model import Job


class CutOut(msgspec.Struct, frozen=True):
    """Hold the picture's size in pixels and its long-lived link.

    ``mentions``: the asker is notified, which not every message of a batch does.
    """

    width: int
    height: int
    png_url: str
    mentions: bool = True


def cutout_blocks(job: Job, cutout: CutOut, picture: Block, language: Language) -> list[Block]:
    """Draw the message; ``picture`` is the preview's source, of a cut-out on a chequered ground."""
    who = [named(job)] if cutout.mentions else []
    delete = delete_button(job.id, NO_TOKENS, language)
    more: list[Block] = []
    if job.gesture == "fit":
        more = [{**button("download", job.id, NO_TOKENS, language), "url": cutout.png_url}]
    elif job.wish.packshot:
        more = _packshot_buttons(job, cutout, language)
    return [
        rich_text(*who, words(_here(job, language))),
        *_cutout(job, cutout, picture, language),
        {"type": "actions", "block_id": block_id(job.id), "elements": [*more, delete]},
    ]


def _here(job: Job, language: Language) -> str:
    subject = job.wish.product or photo_name(job)
    if job.gesture == "fit":
        shop = shop_name(job.wish.shop, language)
        return text(language, "fit.here" if shop else "fit.here_size", shop=shop)
    if job.wish.packshot is None:
        return text(language, "cutout.here")
    if subject:
        return text(language, "packshot.here_named", product=subject)
    return text(language, "packshot.here")


def _packshot_buttons(job: Job, cutout: CutOut, language: Language) -> list[Block]:
    has_shadow = job.wish.packshot is not None and job.wish.packshot.shadow
    shadow = "button.shadow_off" if has_shadow else "button.shadow_on"
    return [
        {**button("download", job.id, NO_TOKENS, language), "url": cutout.png_url},
        button("packshot", job.id, NO_TOKENS, language, label=shadow),
        button("change", job.id, NO_TOKENS, language),
    ]


def cutout_again_blocks(
    job: Job, cutout: CutOut, picture: Block, language: Language
) -> list[Block]:
    """Draw the answer to a person who asks again for what was made before."""
    return [
        section(text(language, "alone.made")),
        *_cutout(job, cutout, picture, language),
    ]


def _cutout(job: Job, cutout: CutOut, picture: Block, language: Language) -> list[Block]:
    file = "cutout.file" if job.gesture == "cutout" else "packshot.file"
    size = text(language, "variations.size", width=cutout.width, height=cutout.height)
    return [
        image_block(job, picture, cutout_alt_text(job, language), language),
        rich_text(words(f"{size} · "), link(cutout.png_url, text(language, file))),
    ]


def cutout_alt_text(job: Job, language: Language) -> str:
    """Write the picture's alt text."""
    product = job.wish.product
    if job.gesture == "fit":
        key = "fit.alt_named" if product else "fit.alt"
    elif job.wish.packshot:
        key = "packshot.alt_named" if product else "packshot.alt"
    else:
        key = "cutout.alt_named" if product else "cutout.alt"
    return text(language, key, product=product)
