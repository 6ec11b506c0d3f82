"""The one message that shows how an upload's jobs are getting on."""

import msgspec

from bot.texts import Language, text
from bot.views import Block, note, plain
from functions.jobs.model import Upload

MAX_CANCEL_JOBS = 90  # jobs named in a button's value, which holds 2,000 characters


class Progress(msgspec.Struct, frozen=True):
    """``done`` of ``total`` photos are told; ``ahead`` jobs come before the next of them.

    ``kept``: aiart cannot be used at the moment. ``estimate_s``: how long the next of them will
    take from now, waiting and painting, as the latest jobs went; None when there were none yet.
    """

    total: int
    done: int = 0
    painting: bool = False
    ahead: int = 0
    kept: bool = False
    estimate_s: int | None = None

    @property
    def can_be_cancelled(self) -> bool:
        """Whether something waits that nothing has been spent on yet."""
        return not self.painting or self.total - self.done > 1


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
    if progress.estimate_s is not None and not progress.kept:
        now = f"{now} {duration(progress.estimate_s, language)}"
    if progress.total == 1:
        return now
    several = text(language, "progress.several", done=progress.done, total=progress.total)
    return f"{several} {now}"


def duration(seconds: int, language: Language) -> str:
    """No more exact than an estimate is."""
    if seconds < 50:
        return text(language, "progress.seconds", seconds=max(5, round(seconds / 5) * 5))
    return text(language, "progress.minutes", minutes=max(1, round(seconds / 60)))


def progress_blocks(
    progress: Progress, language: Language, *, upload: Upload | None = None
) -> list[Block]:
    """The message; for an ``upload`` it has Cancel as long as something waits."""
    blocks = [note(progress_line(progress, language))]
    if upload and progress.can_be_cancelled:
        blocks.append(_cancel(upload, language, rest=progress.painting or progress.done > 0))
    return blocks


def _cancel(upload: Upload, language: Language, *, rest: bool) -> Block:
    return {
        "type": "actions",
        "block_id": f"progress-{upload.id}",
        "elements": [
            {
                "type": "button",
                "action_id": "cancel",
                "text": plain(text(language, "button.cancel_rest" if rest else "button.cancel")),
                "value": f"{upload.id}:{','.join(upload.jobs[:MAX_CANCEL_JOBS])}",
            }
        ],
    }
