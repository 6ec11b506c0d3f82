"""Ask for a job in the Slack stand-in of a running stack, as a person would, and wait for it."""

import io
import json
import time
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from infra.local.http import call, read
from infra.local.slack.world import MERCHANDISER_ID, PRODUCT_PHOTOS_ID
from infra.local.stack import Stack

LIMIT_S = 300.0
LOOK_EVERY_S = 5.0


@dataclass(frozen=True)
class Wanted:
    """Describe what to ask for. ``options`` are the mention's options by name, such as ``size``."""

    photos: Sequence[Path]
    prompt: str = ""
    mask: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Write the message as a person types it."""
        given = (f"--{name} {value}" for name, value in self.options.items() if value)
        return " ".join(["@Backdrop", self.prompt, *given]).strip()


class NoPicture(Exception):
    """Report that there is no picture; the text is the bot's message, or says that time is up."""


def ask(stack: Stack, wanted: Wanted) -> str:
    """Upload the photos and the mask, and send the message; return its ``ts``."""
    files = [(photo, photo.name) for photo in wanted.photos]
    if wanted.mask:
        files.append((wanted.mask, "mask.png"))
    slack = f"http://{stack.addresses['slack']}/_client"
    ids = []
    for path, name in files:
        query = urllib.parse.urlencode({"user": MERCHANDISER_ID, "name": name})
        ids.append(call("POST", f"{slack}/files?{query}", path.read_bytes())["file_id"])
    message = {
        "user": MERCHANDISER_ID,
        "channel": PRODUCT_PHOTOS_ID,
        "text": wanted.text(),
        "file_ids": ids,
    }
    return str(call("POST", f"{slack}/messages", message)["ts"])


def wait_for_answers(
    stack: Stack,
    ts: str,
    count: int,
    *,
    say: Callable[[str], None] = lambda _: None,
    limit_s: float = LIMIT_S,
) -> list[dict[str, Any]]:
    """Wait until ``count`` result messages are there and no progress message is left.

    Returns the thread's messages. A message that only the asker sees ends the wait, too. ``say``
    gets each new text of the progress message. Raises ``NoPicture`` after ``limit_s``.
    """
    deadline = time.monotonic() + limit_s
    changes, said = 0, ""
    while time.monotonic() < deadline:
        messages = thread_of(stack, ts)
        whispers = [m for m in _shown(stack) if m.get("is_ephemeral") and m["ts"] > ts]
        progress = [m for m in messages if kind_of(m) == "backdrop_progress"]
        told = [m for m in messages if kind_of(m) == "backdrop_told"]
        if whispers or (len(told) >= count and not progress):
            return [*messages, *whispers]
        for line in (str(m["text"]) for m in progress[-1:] if m["text"] != said):
            said = line
            say(line)
        changes = _next_change(stack, changes)
    raise NoPicture(f"no answer within {limit_s:.0f} s")


def thread_of(stack: Stack, ts: str) -> list[dict[str, Any]]:
    """List what the asker sees in the thread, oldest first."""
    return _shown(stack, thread_ts=ts)


def _shown(stack: Stack, **where: str) -> list[dict[str, Any]]:
    query = urllib.parse.urlencode({"channel": PRODUCT_PHOTOS_ID, "user": MERCHANDISER_ID, **where})
    answer = call("GET", f"http://{stack.addresses['slack']}/_client/messages?{query}")
    messages: list[dict[str, Any]] = answer["messages"]
    return messages


def full_size_link(message: Mapping[str, Any]) -> str:
    """Find the long-lived link in a result. Raises ``NoPicture`` with its text if it has none."""
    found = [element for element in _elements(message["blocks"]) if element.get("type") == "link"]
    if not found:
        raise NoPicture(words_of(message))
    return str(found[0]["url"])


def words_of(message: Mapping[str, Any]) -> str:
    """Collect the text of a message from its blocks, or else its ``text``."""
    texts = [
        e["text"] for e in _elements(message.get("blocks") or []) if isinstance(e.get("text"), str)
    ]
    return " ".join(" ".join(texts).split()) or str(message["text"])


def keep(messages: list[dict[str, Any]], out: Path) -> None:
    """Write ``thread.json`` and ``result.png`` (the first picture) into ``out``.

    Raises ``NoPicture`` if the thread has none.
    """
    out.mkdir(parents=True, exist_ok=True)
    thread = json.dumps(messages, ensure_ascii=False, indent=2)
    (out / "thread.json").write_text(thread + "\n", "utf-8")
    told = [m for m in messages if kind_of(m) == "backdrop_told"]
    if not told:
        raise NoPicture(words_of(messages[-1]))
    picture = read(full_size_link(told[0]))
    with Image.open(io.BytesIO(picture)) as image:
        image.save(out / "result.png")


def kind_of(message: Mapping[str, Any]) -> str:
    """Give the kind of one of the bot's messages from its metadata, such as ``backdrop_told``."""
    return str((message.get("metadata") or {}).get("event_type", ""))


def _elements(node: Any) -> list[dict[str, Any]]:
    """List every JSON object in a tree of blocks."""
    if isinstance(node, list):
        return [found for one in node for found in _elements(one)]
    if isinstance(node, dict):
        return [node, *(found for one in node.values() for found in _elements(one))]
    return []


def _next_change(stack: Stack, since: int) -> int:
    """Wait for a change in Slack, at most ``LOOK_EVERY_S``; return the latest change's number."""
    query = urllib.parse.urlencode({"since": since, "timeout_s": LOOK_EVERY_S})
    return int(call("GET", f"http://{stack.addresses['slack']}/_client/wait?{query}")["n"])
