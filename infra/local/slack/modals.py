"""Open, change and close views, for the Web API and for the app's answers to submissions."""

import secrets
import time
from typing import Any

from infra.local.slack.answers import Refused
from infra.local.slack.formstate import carried_over, first_values
from infra.local.slack.model import Json, View
from infra.local.slack.pictures import check_pictures
from infra.local.slack.state import new_id
from infra.local.slack.surfaces import accepted_view
from infra.local.slack.workspace import Workspace

STACK_MOST = 3


def new_hash() -> str:
    """Make a view's hash, different after every change."""
    return f"{int(time.time())}.{secrets.token_hex(4)}"


async def checked(slack: Workspace, given: Any, *, kind: str) -> Json:
    """Check a view and its pictures, and give it with its ids filled in. Raises ``Refused``."""
    body = accepted_view(given, kind=kind)
    await check_pictures(
        slack, body["blocks"], channel="", at="/view/blocks", error="invalid_arguments"
    )
    return body


def open_first(slack: Workspace, user: str, body: Json) -> View:
    """Open a person's modal, and close all that were open before.

    Raises ``Refused`` (duplicate_external_id).
    """
    _refuse_double(slack, body)
    view_id = new_id("V")
    view = _view(view_id, user, body, root_id=view_id)
    slack.state.modals[user] = [view]
    slack.state.changed("view")
    return view


def push(slack: Workspace, user: str, body: Json) -> View:
    """Open a modal on top of the person's open ones.

    Raises ``Refused`` (not_found, push_limit_reached, duplicate_external_id).
    """
    stack = slack.state.modals.get(user) or []
    if not stack:
        raise Refused("not_found")
    if len(stack) >= STACK_MOST:
        raise Refused("push_limit_reached")
    _refuse_double(slack, body)
    view = _view(new_id("V"), user, body, root_id=stack[0].id)
    view.previous_id = stack[-1].id
    stack.append(view)
    slack.state.changed("view")
    return view


def replace(slack: Workspace, view: View, body: Json) -> View:
    """Replace a view's body; an entry stays if its ids and its type are the same.

    Raises ``Refused`` (duplicate_external_id).
    """
    if body.get("external_id") != view.body.get("external_id"):
        _refuse_double(slack, body)
    view.values = carried_over(body["blocks"], view.values)
    view.body, view.hash = body, new_hash()
    slack.state.changed("view")
    return view


def publish(slack: Workspace, user: str, body: Json) -> View:
    """Set a person's Home tab. Raises ``Refused`` (duplicate_external_id)."""
    home = slack.state.homes.get(user)
    if home:
        return replace(slack, home, body)
    _refuse_double(slack, body)
    view_id = new_id("V")
    slack.state.homes[user] = _view(view_id, user, body, root_id=view_id)
    slack.state.changed("view")
    return slack.state.homes[user]


def close_top(slack: Workspace, user: str, *, all_of_them: bool = False) -> None:
    """Close a person's topmost modal, or all of them."""
    stack = slack.state.modals.get(user, [])
    slack.state.modals[user] = [] if all_of_them else stack[:-1]
    slack.state.changed("view")


def _view(view_id: str, user: str, body: Json, *, root_id: str) -> View:
    return View(
        id=view_id,
        user=user,
        body=body,
        hash=new_hash(),
        root_id=root_id,
        values=first_values(body["blocks"]),
    )


def _refuse_double(slack: Workspace, body: Json) -> None:
    external_id = body.get("external_id")
    if not external_id:
        return
    stacked = [one for stack in slack.state.modals.values() for one in stack]
    for view in [*stacked, *slack.state.homes.values()]:
        if view.body.get("external_id") == external_id:
            raise Refused("duplicate_external_id")
