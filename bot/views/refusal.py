"""What only the asker sees when a message cannot become a job."""

from collections.abc import Sequence

from bot.texts import Language, error_text, text
from bot.views import Block, section
from functions.jobs.errors import ErrorCode, Problem

SHOW_AN_EXAMPLE = {ErrorCode.PHOTO_MISSING, ErrorCode.WORDS_MISSING}


def refusal_blocks(problems: Sequence[Problem], language: Language) -> list[Block]:
    """Every problem in a line of its own, with an example where that helps."""
    lines = [error_text(language, problem.code, problem.facts) for problem in problems]
    if any(problem.code in SHOW_AN_EXAMPLE for problem in problems):
        lines.append(text(language, "refusal.example"))
    return [section(line) for line in lines]


def edited_blocks(language: Language) -> list[Block]:
    """A message that was edited after its job was accepted."""
    return [section(text(language, "refusal.edited"))]
