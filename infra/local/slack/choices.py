"""Turn what a person picks or types into the state and the action that Slack reports."""

from typing import Any

from infra.local.slack.blocks import elements_of
from infra.local.slack.client import Impossible
from infra.local.slack.filewire import file_json
from infra.local.slack.formstate import FIELDS
from infra.local.slack.model import Json
from infra.local.slack.workspace import Workspace


def find(blocks: list[Json], *, block_id: str, action_id: str) -> tuple[Json, Json]:
    """Find the block and the element that a person acts on. Raises ``Impossible``."""
    for block in blocks:
        for element in elements_of(block):
            if (block["block_id"], element["action_id"]) == (block_id, action_id):
                return block, element
    raise Impossible(f"there is no {action_id!r} in block {block_id!r}")


def held(slack: Workspace, element: Json, given: Json, *, user: str) -> Json:
    """Make the state of an input after a person's entry. Raises ``Impossible``.

    ``given`` has the state's own field: ``value``, ``selected_option``, ``selected_options`` (an
    option by its value or whole), or ``files`` (ids, or objects with an id).
    """
    if element["type"] not in FIELDS:
        raise Impossible(f"{element['action_id']!r} holds nothing")
    field, _, empty = FIELDS[element["type"]]
    entry = given.get(field, empty)
    if field == "selected_option" and entry is not None:
        entry = _option(element, entry)
    elif field == "selected_options":
        entry = [_option(element, one) for one in entry or []]
    elif field == "files":
        entry = [_file(slack, one, user) for one in entry or []]
    return {"type": element["type"], field: entry}


def action(element: Json, *, block_id: str, given: Json, action_ts: str) -> Json:
    """Make one entry of ``actions`` in a block_actions payload. Raises ``Impossible``."""
    made: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        "action_ts": action_ts,
    }
    for name in ("text", "value", "style", "url", "placeholder"):
        if name in element:
            made[name] = element[name]
    if element["type"] == "overflow":
        made["selected_option"] = _option(element, given.get("selected_option"))
    return made


def _option(element: Json, wanted: Any) -> Json:
    value = wanted.get("value") if isinstance(wanted, dict) else wanted
    groups = element.get("option_groups", [])
    offered = [*element.get("options", []), *(one for group in groups for one in group["options"])]
    for option in offered:
        if option["value"] == value:
            return dict(option)
    raise Impossible(f"{value!r} is not among the options")


def _file(slack: Workspace, wanted: Any, user: str) -> Json:
    file_id = wanted.get("id") if isinstance(wanted, dict) else wanted
    file = slack.state.files.get(str(file_id))
    if file is None or file.user != user or file.is_deleted:
        raise Impossible(f"{file_id} is not this person's file")
    file.app_may_read = True
    return file_json(slack, file)
