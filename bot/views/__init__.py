"""Block Kit as pure functions: what is known goes in, blocks come out. One module per state.

What people typed is shown in ``plain_text`` or ``rich_text`` only, where nothing is interpreted.
"""

from typing import Any

from functions.jobs.model import Job

Block = dict[str, Any]


def rich_text(*elements: Block) -> Block:
    """One paragraph of rich text."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": list(elements)}],
    }


def words(text: str, **style: bool) -> Block:
    """A piece of rich text, shown as it is. Slack refuses an empty one."""
    return {"type": "text", "text": text or " ", **({"style": style} if style else {})}


def named(job: Job) -> Block:
    """Who asked: a person, who is notified; or a program, by its name and its word for the job."""
    if job.asker.user_id:
        return person(job.asker.user_id)
    return words(" · ".join(filter(None, (job.asker.client, job.reference))), bold=True)


def person(user_id: str) -> Block:
    """Mentions somebody, so that Slack notifies them."""
    return {"type": "user", "user_id": user_id}


def link(url: str, text: str) -> Block:
    """A link with a text."""
    return {"type": "link", "url": url, "text": text}


def plain(text: str) -> Block:
    """A ``plain_text`` object."""
    return {"type": "plain_text", "text": text, "emoji": False}


def section(line: str) -> Block:
    """A paragraph in which nothing is interpreted."""
    return {"type": "section", "text": plain(line)}


def note(line: str) -> Block:
    """A line in small grey letters, in which nothing is interpreted."""
    return {"type": "context", "elements": [plain(line)]}


def option(label: str, value: str) -> Block:
    """An entry of a menu."""
    return {"text": plain(label), "value": value}


def escaped(text: str) -> str:
    """For the ``text`` of a message, where Slack would read markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
