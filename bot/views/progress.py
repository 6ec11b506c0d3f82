"""The one message that shows how an upload's jobs are getting on."""

from dataclasses import dataclass

from bot.texts import Language, text
from bot.views import Block, plain


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` photos are told; ``ahead`` jobs come before the next of them.

    ``kept``: aiart cannot be used at the moment.
    """

    total: int
    done: int = 0
    painting: bool = False
    ahead: int = 0
    kept: bool = False


def progress_line(progress: Progress, language: Language) -> str:
    """One sentence or two."""
    if progress.kept:
        now = text(language, "progress.kept")
    elif progress.painting:
        now = text(language, "progress.painting")
    elif progress.ahead:
        now = text(language, "progress.queued", ahead=progress.ahead)
    else:
        now = text(language, "progress.next")
    if progress.total == 1:
        return now
    several = text(language, "progress.several", done=progress.done, total=progress.total)
    return f"{several} {now}"


def progress_blocks(progress: Progress, language: Language) -> list[Block]:
    """The message."""
    return [{"type": "context", "elements": [plain(progress_line(progress, language))]}]
