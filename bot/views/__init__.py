"""Draw Block Kit by pure functions, facts in and blocks out: one module for each kind of message.

What people typed is shown only in ``plain_text`` or ``rich_text``, where Slack reads no markup.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from bot.texts import Language, error_text
from functions.jobs.errors import ErrorCode, Facts
from functions.jobs.model import Job

Block = dict[str, Any]
_HERE = "\ue000"  # stands in a sentence for a time: a private character that nobody types
MAX_SPOKEN = 3900  # characters: Slack wants no more than 4,000 in a message's text


def rich_text(*elements: Block) -> Block:
    """Make one paragraph of rich text."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": list(elements)}],
    }


def words(text: str, **style: bool) -> Block:
    """Make a piece of rich text, shown as it is; a space if empty, which Slack would refuse."""
    return {"type": "text", "text": text or " ", **({"style": style} if style else {})}


def with_code(line: str) -> list[Block]:
    """Make rich-text elements of a text of ours; what is between backquotes is shown as code."""
    parts = enumerate(line.split("`"))
    return [words(part, code=True) if nth % 2 else words(part) for nth, part in parts if part]


def named(job: Job) -> Block:
    """Name the asker: mention a person, or name a program with its reference for the job."""
    if job.asker.user_id:
        return person(job.asker.user_id)
    return words(" · ".join(filter(None, (job.asker.client, job.reference))), bold=True)


def addressed(job: Job, said: str, *, mentions: bool) -> Block:
    """Make a message's first line, behind the asker's name if it ``mentions`` them.

    ``said`` begins with the space that stands between.
    """
    return rich_text(named(job), words(said)) if mentions else rich_text(words(said.lstrip()))


def person(user_id: str) -> Block:
    """Mention somebody, so that Slack notifies them."""
    return {"type": "user", "user_id": user_id}


def link(url: str, text: str) -> Block:
    """Make a link with a text."""
    return {"type": "link", "url": url, "text": text}


def plain(text: str) -> Block:
    """Make a ``plain_text`` object."""
    return {"type": "plain_text", "text": text, "emoji": False}


def section(line: str) -> Block:
    """Make a paragraph in which Slack reads no markup."""
    return {"type": "section", "text": plain(line)}


def note(line: str) -> Block:
    """Make a line in small grey letters, in which Slack reads no markup."""
    return {"type": "context", "elements": [plain(line)]}


def date(at: float, pattern: str = "{date_short_pretty}") -> Block:
    """Show a moment (Unix seconds) as the reader's own clock and calendar have it."""
    utc = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))
    return {"type": "date", "timestamp": int(at), "format": pattern, "fallback": utc}


def error_parts(language: Language, code: ErrorCode, facts: Facts) -> list[Block]:
    """Make an error's sentence as rich-text elements, with its time by the reader's own clock."""
    at = facts.get("resets_at")
    if not isinstance(at, int):
        return [words(error_text(language, code, facts))]
    before, _, after = error_text(language, code, {**facts, "resets_at": _HERE}).partition(_HERE)
    return [words(before), date(at, "{date_short_pretty} {time}"), words(after)]


def press_button(action_id: str, label: str, value: str = "") -> Block:
    """Make a button; most need no ``value``: their ``action_id`` says all."""
    said = {"value": value} if value else {}
    return {"type": "button", "action_id": action_id, "text": plain(label), **said}


def option(label: str, value: str) -> Block:
    """Make an entry of a menu."""
    return {"text": plain(label), "value": value}


def escaped(text: str) -> str:
    """Escape words for a message's ``text``, where Slack would read markup in them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def spoken(blocks: Sequence[Block]) -> str:
    """Write a message's ``text`` from its blocks, for notifications and screen readers.

    Pictures and buttons are left out: the words around them say what they are for. It ends before
    the block with which it would be longer than ``MAX_SPOKEN``, unless that is the first.
    """
    lines: list[str] = []
    room = MAX_SPOKEN
    for line in filter(None, (_line(block).strip() for block in blocks)):
        room -= len(line)
        if lines and room < 0:
            break
        lines.append(line)
    return "\n".join(lines)


def _line(one: Block) -> str:
    """Write the text of one block or element."""
    say = SAID.get(str(one.get("type")))
    if say:
        return say(one)
    if "elements" in one:
        return "".join(map(_line, one["elements"]))
    inner = one.get("text", "")
    return _line(inner) if isinstance(inner, dict) else escaped(inner)


def _listed(one: Block) -> str:
    return "\n".join(f"• {_line(item)}" for item in one["elements"])


def _side_by_side(one: Block) -> str:
    return " · ".join(filter(None, map(_line, one["elements"])))


def _date(one: Block) -> str:
    return f"<!date^{one['timestamp']}^{one['format']}|{escaped(one['fallback'])}>"


def _nothing(_: Block) -> str:
    return ""


SAID: dict[str, Callable[[Block], str]] = {  # by type; for all others ``_line`` reads their text
    **dict.fromkeys(("actions", "image", "divider"), _nothing),
    "user": lambda one: f"<@{one['user_id']}>",
    "channel": lambda one: f"<#{one['channel_id']}>",
    "date": _date,
    "mrkdwn": lambda one: str(one["text"]),
    "rich_text": lambda one: "\n".join(filter(None, map(_line, one["elements"]))),
    "rich_text_list": _listed,
    "context": _side_by_side,
}
