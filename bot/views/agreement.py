"""Draw the agreement that a person needs for pictures without the visible mark."""

from bot.texts import Language, text
from bot.views import Block, plain, section

AGREE, WITHDRAW = "agree", "withdraw"


def agreement_blocks(language: Language, *, agreed: bool) -> list[Block]:
    """Draw the agreement's text, with the button to agree, or to withdraw if ``agreed``."""
    value = WITHDRAW if agreed else AGREE
    button = {
        "type": "button",
        "action_id": "agree_unmarked",
        "text": plain(text(language, f"agreement.{value}")),
        "value": value,
    }
    return [
        {
            **section(text(language, "agreement.line")),
            "block_id": "agreement",
            "accessory": button,
        }
    ]
