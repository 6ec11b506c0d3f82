"""Find the channel or message that a call names, or refuse the call with Slack's code."""

from infra.local.slack import world
from infra.local.slack.answers import Refused
from infra.local.slack.arguments import Arguments
from infra.local.slack.model import Channel, Message
from infra.local.slack.workspace import Workspace


def channel(slack: Workspace, arguments: Arguments, *, name: str = "channel") -> Channel:
    """Find the conversation that an id names. Raises ``Refused`` (channel_not_found)."""
    found = slack.state.channels.get(arguments.required(name))
    if found is None:
        raise Refused("channel_not_found")
    return found


def joined(slack: Workspace, arguments: Arguments) -> Channel:
    """Find a conversation the bot is in. Raises ``Refused`` (channel_not_found, not_in_channel)."""
    found = channel(slack, arguments)
    if world.BOT_USER_ID not in found.members:
        raise Refused("not_in_channel")
    return found


def message(place: Channel, ts: str) -> Message:
    """Find a message by its ts. Raises ``Refused`` (message_not_found)."""
    found = place.messages.get(ts)
    if found is None:
        raise Refused("message_not_found")
    return found
