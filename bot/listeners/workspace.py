"""Record that our app was uninstalled, its token revoked, or a channel archived.

No call is made, because the token may be void. The worker reads the records: while the app is not
installed it makes no calls for Slack's jobs; those waiting in an archived channel it ends, and
tells each asker alone.
"""

from collections.abc import Mapping
from typing import Any

from bot.request_context import RequestContext
from functions.log import log, warn

REMEDY = "install the Slack app again and set its new SLACK_BOT_TOKEN; what waits then goes on"


def on_app_uninstalled(_event: Mapping[str, Any], context: RequestContext) -> None:
    """Handle ``app_uninstalled``: record it."""
    _stop("app_uninstalled", context)


def on_tokens_revoked(event: Mapping[str, Any], context: RequestContext) -> None:
    """Handle ``tokens_revoked``: record it if our bot's token is among them."""
    tokens = event.get("tokens")
    if isinstance(tokens, Mapping) and tokens.get("bot"):
        _stop("tokens_revoked", context)


def on_channel_archived(event: Mapping[str, Any], context: RequestContext) -> None:
    """Handle ``channel_archive``, or ``group_archive`` for a private channel: record it."""
    channel = str(event["channel"])
    context.ledger.workspace.note_archived(channel)
    log("a channel was archived", channel=channel)


def _stop(why: str, context: RequestContext) -> None:
    context.ledger.workspace.note_uninstalled(why)
    warn("the Slack app is not installed any more", because=why, remedy=REMEDY)
