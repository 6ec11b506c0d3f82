"""Draw the result of a check: what shops would refuse about a picture, and what cannot be told."""

from collections.abc import Sequence

from bot.texts import Language, shop_name, text
from bot.views import Block, addressed, note, rich_text, words
from functions.jobs.file_names import photo_name
from functions.jobs.model import Job
from functions.jobs.shops import SHOPS
from functions.jobs.steps import Checked, Finding


def check_blocks(
    job: Job, checked: Sequence[Checked], language: Language, *, mentions: bool = True
) -> list[Block]:
    """Draw the message: the shops whose rules the picture keeps, then each other with reasons."""
    name = photo_name(job)
    here = text(language, "check.here_named", name=name) if name else text(language, "check.here")
    comma = "、" if language == "zh" else ", "
    clean = [one for one in checked if not one.findings]
    blocks = [addressed(job, here, mentions=mentions)]
    if clean:
        names = comma.join(shop_name(one.shop, language) for one in clean)
        blocks.append(rich_text(words(text(language, "check.clean", shops=names))))
    blocks += [_shop(one, language) for one in checked if one.findings]
    blocks.append(note(text(language, "check.rules", day=min(shop.read_on for shop in SHOPS))))
    return blocks


def _shop(checked: Checked, language: Language) -> Block:
    refused = any(finding.refused for finding in checked.findings)
    key = "check.refused" if refused else "check.nothing"
    title = text(language, key, shop=shop_name(checked.shop, language))
    lines = [_line(finding, language) for finding in checked.findings]
    bullets = [{"type": "rich_text_section", "elements": [words(line)]} for line in lines]
    return {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [words(title, bold=True)]},
            {"type": "rich_text_list", "style": "bullet", "elements": bullets},
        ],
    }


def _line(finding: Finding, language: Language) -> str:
    return text(language, f"check.{finding.rule}", **finding.facts)
