"""Take Slack's news of the workspace: our app uninstalled, its token revoked, a channel archived.

Nothing is called here, the token may be void. The worker reads what is written down: it calls
nobody for Slack's jobs while the app is not installed, and ends those that wait in an archived
channel, with words to each asker alone.
"""

from collections.abc import Mapping
from typing import Any

from bot.request_context import RequestContext
from functions.log import log, warn

REMEDY = "install the Slack app again and set its new SLACK_BOT_TOKEN; what waits then goes on"


def on_app_uninstalled(_event: Mapping[str, Any], context: RequestContext) -> None:
    """Take ``app_uninstalled``."""
    _stop("app_uninstalled", context)


def on_tokens_revoked(event: Mapping[str, Any], context: RequestContext) -> None:
    """Take ``tokens_revoked``. People's own tokens are none of ours."""
    tokens = event.get("tokens")
    if isinstance(tokens, Mapping) and tokens.get("bot"):
        _stop("tokens_revoked", context)


def on_channel_archived(event: Mapping[str, Any], context: RequestContext) -> None:
    """Take ``channel_archive``, or ``group_archive`` of a private channel."""
    channel = str(event["channel"])
    context.ledger.workspace.note_archived(channel)
    log("a channel was archived", channel=channel)


def _stop(why: str, context: RequestContext) -> None:
    context.ledger.workspace.note_uninstalled(why)
    warn("the Slack app is not installed any more", because=why, remedy=REMEDY)
