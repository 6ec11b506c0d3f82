"""Say what somebody agrees to who has pictures made without the visible mark, with the button."""

from bot.texts import Language, text
from bot.views import Block, plain, section

AGREE, WITHDRAW = "agree", "withdraw"


def agreement_blocks(language: Language, *, agreed: bool) -> list[Block]:
    """Draw the line that says what it means, with the button to agree, or to withdraw that."""
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
