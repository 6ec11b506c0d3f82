"""Check that the token has the scope that a method needs (docs.slack.dev, each method's page).

In a method's scope a ``*`` stands for the kind of conversation: for a DM, ``*:history`` means
``im:history``.
"""

from infra.local.slack.answers import Refused
from infra.local.slack.arguments import Arguments
from infra.local.slack.workspace import Workspace

FAMILIES = {"channel": "channels", "im": "im"}
ALL_FAMILIES = ("channels", "groups", "mpim", "im")
LISTED_TYPES = {
    "public_channel": "channels",
    "private_channel": "groups",
    "mpim": "mpim",
    "im": "im",
}


def named(needs: str) -> str:
    """Give a method's scope for use in headers, with ``channels`` for a ``*``."""
    return needs.replace("*", "channels")


def check(slack: Workspace, needs: str, arguments: Arguments) -> None:
    """Check that the token's scopes are enough for a call.

    Raises ``Refused`` (missing_scope) naming what is needed and what the token has.
    """
    if not needs:
        return
    provided = slack.settings.scopes
    needed, is_enough_with_one = _needed(slack, needs, arguments)
    has = [one for one in needed if one in provided]
    if len(has) == len(needed) or (has and is_enough_with_one):
        return
    raise Refused("missing_scope", needed=",".join(needed), provided=",".join(provided))


def _needed(slack: Workspace, needs: str, arguments: Arguments) -> tuple[list[str], bool]:
    if not needs.startswith("*"):
        return [needs], True
    if arguments.values.get("types"):
        types = arguments.text("types").split(",")
        families = [LISTED_TYPES[one] for one in types if one in LISTED_TYPES]
        return [needs.replace("*", one) for one in families], False
    channel = slack.state.channels.get(arguments.text("channel"))
    if channel:
        return [needs.replace("*", FAMILIES[channel.kind])], True
    return [needs.replace("*", one) for one in ALL_FAMILIES], True
