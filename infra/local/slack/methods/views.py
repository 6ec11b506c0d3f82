"""Answer ``views.*``: modals, opened with a trigger that lives three seconds, and the Home tab."""

import re
import time

from infra.local.slack import modals, world
from infra.local.slack.answers import Refused, missing
from infra.local.slack.arguments import Arguments
from infra.local.slack.methods.registry import Method
from infra.local.slack.model import Json, Trigger, View
from infra.local.slack.wire import view_json
from infra.local.slack.workspace import Workspace

TRIGGER_FORM = re.compile(r"^\d+\.\w+\.\w+$")


async def open_(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``views.open``: open a modal in exchange for a trigger."""
    trigger = _exchanged(slack, arguments)
    body = await modals.checked(slack, _given(arguments), kind="modal")
    trigger.is_used = True
    return {"view": view_json(modals.open_first(slack, trigger.user, body))}


async def push(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``views.push``: open a modal on top of another; the trigger must come from one."""
    trigger = _exchanged(slack, arguments)
    body = await modals.checked(slack, _given(arguments), kind="modal")
    if not trigger.from_view:
        raise Refused("not_found")
    trigger.is_used = True
    return {"view": view_json(modals.push(slack, trigger.user, body))}


async def update(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``views.update``, for a view named by view_id, or a modal named by external_id."""
    view = _named(slack, arguments)
    body = await modals.checked(slack, _given(arguments), kind=view.body["type"])
    _check_hash(view, arguments)
    return {"view": view_json(modals.replace(slack, view, body))}


async def publish(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``views.publish``: set a person's Home tab."""
    user = arguments.required("user_id")
    person = slack.state.people.get(user)
    if person is None or user == world.BOT_USER_ID:
        raise Refused("invalid_arguments", places=["invalid `user_id`"])
    body = await modals.checked(slack, _given(arguments), kind="home")
    home = slack.state.homes.get(user)
    if home:
        _check_hash(home, arguments)
    return {"view": view_json(modals.publish(slack, user, body))}


def _given(arguments: Arguments) -> Json:
    view = arguments.structure("view", "invalid_arguments")
    if view is None:
        raise missing("view")
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", places=["must provide an object [json-pointer:/view]"])
    return view


def _exchanged(slack: Workspace, arguments: Arguments) -> Trigger:
    trigger_id = arguments.required("trigger_id")
    trigger = slack.state.triggers.get(trigger_id)
    if trigger is None or not TRIGGER_FORM.match(trigger_id):
        raise Refused("invalid_trigger_id")
    if trigger.is_used:
        raise Refused("exchanged_trigger_id")
    if trigger.expires_at < time.time():
        raise Refused("expired_trigger_id")
    return trigger


def _named(slack: Workspace, arguments: Arguments) -> View:
    view_id, external_id = arguments.text("view_id"), arguments.text("external_id")
    if view_id:
        view = slack.state.view(view_id)
    else:
        wanted = external_id or arguments.required("view_id")
        stacked = [one for stack in slack.state.modals.values() for one in stack]
        view = next((one for one in stacked if one.body.get("external_id") == wanted), None)
    if view is None:
        raise Refused("not_found")
    return view


def _check_hash(view: View, arguments: Arguments) -> None:
    if arguments.text("hash") and arguments.text("hash") != view.hash:
        raise Refused("hash_conflict")


METHODS = {
    "views.open": Method(open_),
    "views.push": Method(push),
    "views.update": Method(update),
    "views.publish": Method(publish),
}
