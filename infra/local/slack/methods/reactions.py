"""Answer ``reactions.*``."""

from functools import cache
from pathlib import Path

from infra.local.slack import world
from infra.local.slack.answers import Refused
from infra.local.slack.arguments import TS_FORM, Arguments
from infra.local.slack.methods import lookup
from infra.local.slack.methods.registry import Method
from infra.local.slack.model import Json, Message
from infra.local.slack.workspace import Workspace

EMOJI_FILE = Path(__file__).parent.parent / "emoji_names.txt"
SKIN_TONES = {"", *(f"skin-tone-{tone}" for tone in range(2, 7))}


async def add(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``reactions.add``: add the bot's reaction to a message."""
    name, message = _name_and_message(slack, arguments)
    users = message.reactions.setdefault(name, [])
    if world.BOT_USER_ID in users:
        raise Refused("already_reacted")
    users.append(world.BOT_USER_ID)
    slack.state.changed("reaction", channel=message.channel, ts=message.ts)
    return {}


async def remove(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``reactions.remove``: remove the bot's own reaction from a message."""
    name, message = _name_and_message(slack, arguments)
    users = message.reactions.get(name, [])
    if world.BOT_USER_ID not in users:
        raise Refused("no_reaction")
    users.remove(world.BOT_USER_ID)
    if not users:
        del message.reactions[name]
    slack.state.changed("reaction", channel=message.channel, ts=message.ts)
    return {}


def _name_and_message(slack: Workspace, arguments: Arguments) -> tuple[str, Message]:
    name, ts = arguments.text("name"), arguments.text("timestamp")
    if not arguments.text("channel") or not ts:
        raise Refused("no_item_specified")
    if not _is_emoji(name):
        raise Refused("invalid_name")
    if not TS_FORM.match(ts):
        raise Refused("bad_timestamp")
    channel = lookup.joined(slack, arguments)
    if channel.is_archived:
        raise Refused("is_archived")
    return name, lookup.message(channel, ts)


def _is_emoji(name: str) -> bool:
    base, _, tone = name.partition("::")
    return base in _emoji_names() and tone in SKIN_TONES and not name.endswith(":")


@cache
def _emoji_names() -> frozenset[str]:
    lines = EMOJI_FILE.read_text("utf-8").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


METHODS = {
    "reactions.add": Method(add, "reactions:write"),
    "reactions.remove": Method(remove, "reactions:write"),
}
