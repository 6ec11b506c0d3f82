"""The Web API's methods, by name."""

from infra.local.slack.methods import (
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
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **functions.METHODS,
    **reactions.METHODS,
    **users.METHODS,
    **views.METHODS,
}

__all__ = ["METHODS", "Method"]
