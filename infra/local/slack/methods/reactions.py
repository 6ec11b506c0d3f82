"""``reactions.*``."""

import re

from infra.local.slack import world
from infra.local.slack.answers import Refused
from infra.local.slack.arguments import TS_FORM, Arguments
from infra.local.slack.methods import lookup
from infra.local.slack.methods.registry import Method
from infra.local.slack.model import Json, Message
from infra.local.slack.workspace import Workspace

EMOJI_NAME = re.compile(r"^[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?$")


async def add(slack: Workspace, arguments: Arguments) -> Json:
    """reactions.add, as the bot."""
    name, message = _name_and_message(slack, arguments)
    users = message.reactions.setdefault(name, [])
    if world.BOT_USER_ID in users:
        raise Refused("already_reacted")
    users.append(world.BOT_USER_ID)
    slack.state.changed("reaction", channel=message.channel, ts=message.ts)
    return {}


async def remove(slack: Workspace, arguments: Arguments) -> Json:
    """reactions.remove, of the bot's own."""
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
    if not EMOJI_NAME.match(name):
        raise Refused("invalid_name")
    if not TS_FORM.match(ts):
        raise Refused("bad_timestamp")
    channel = lookup.joined(slack, arguments)
    if channel.is_archived:
        raise Refused("is_archived")
    return name, lookup.message(channel, ts)


METHODS = {
    "reactions.add": Method(add, "reactions:write"),
    "reactions.remove": Method(remove, "reactions:write"),
}
