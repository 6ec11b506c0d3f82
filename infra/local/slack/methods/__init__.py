"""List the Web API's methods by name."""

from infra.local.slack.methods import (
    blocks,
    chat,
    conversations,
    files,
    functions,
    reactions,
    users,
    views,
)
from infra.local.slack.methods.registry import Method

METHODS: dict[str, Method] = {
    **blocks.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **functions.METHODS,
    **reactions.METHODS,
    **users.METHODS,
    **views.METHODS,
}

__all__ = ["METHODS", "Method"]
