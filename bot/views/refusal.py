"""What only the asker sees when a message cannot become a job."""

from collections.abc import Sequence

from bot.texts import Language, error_text, text
from bot.views import Block, rich_text, section, words
from functions.jobs.errors import ErrorCode, Problem

TOLD_MOST = 20  # a message has 50 blocks at the most
SHOW_AN_EXAMPLE = {ErrorCode.PHOTO_MISSING, ErrorCode.WORDS_MISSING}


def refusal_blocks(problems: Sequence[Problem], language: Language) -> list[Block]:
    """Each problem in a line of its own, with an example where that helps."""
    lines = [error_text(language, one.code, one.facts) for one in problems[:TOLD_MOST]]
    if any(problem.code in SHOW_AN_EXAMPLE for problem in problems):
        lines.append(text(language, "refusal.example"))
    return [*(section(line) for line in lines), *_allowed_channels(problems, language)]


def _allowed_channels(problems: Sequence[Problem], language: Language) -> list[Block]:
    for problem in problems:
        channels = str(problem.facts.get("channels") or "").split(",")
        if problem.code is ErrorCode.CHANNEL_NOT_ALLOWED and channels[0]:
            names: list[Block] = []
            for channel in channels[:TOLD_MOST]:
                names += [{"type": "channel", "channel_id": channel}, words(" ")]
            return [rich_text(words(text(language, "refusal.channels") + " "), *names)]
    return []


def edited_blocks(language: Language) -> list[Block]:
    """A message that was edited after its job was accepted."""
    return [section(text(language, "refusal.edited"))]
