"""Define how a method of the Web API is declared."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from infra.local.slack.arguments import Arguments
from infra.local.slack.model import Json
from infra.local.slack.workspace import Workspace

Run = Callable[[Workspace, Arguments], Awaitable[Json]]


class Method(NamedTuple):
    """Declare a Web API method. ``run`` gives the answer without ``ok`` and raises ``Refused``.

    ``needs`` is the scope that it needs (see ``scopes``). A ``form_only`` method ignores a JSON
    body, as it does at Slack.
    """

    run: Run
    needs: str = ""
    form_only: bool = False
