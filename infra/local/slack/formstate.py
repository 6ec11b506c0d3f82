"""Make and check the values of a view's or a message's inputs: ``state`` in Slack's payloads."""

from typing import Any

from infra.local.slack.blocks import elements_of
from infra.local.slack.model import Json, Values

FILE_INPUT_BYTES = 10_000_000

# For each type of input: the field of its state, the field of its initial value, its empty value.
FIELDS: dict[str, tuple[str, str, Any]] = {
    "plain_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "static_select": ("selected_option", "initial_option", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "multi_static_select": ("selected_options", "initial_options", []),
    "checkboxes": ("selected_options", "initial_options", []),
    "file_input": ("files", "", []),
}


def first_values(blocks: list[Json]) -> Values:
    """Make the initial state of all inputs, before a person enters anything."""
    values: Values = {}
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in FIELDS:
                field, first, empty = FIELDS[element["type"]]
                held = {"type": element["type"], field: element.get(first, empty)}
                values.setdefault(block["block_id"], {})[element["action_id"]] = held
    return values


def carried_over(blocks: list[Json], before: Values) -> Values:
    """Make the state for changed blocks: an entry stays if its ids and its type are the same."""
    values = first_values(blocks)
    for block_id, elements in values.items():
        for action_id, held in elements.items():
            old = before.get(block_id, {}).get(action_id)
            if old and old["type"] == held["type"]:
                elements[action_id] = old
    return values


def held_by(element: Json, values: Values, block_id: str) -> Any:
    """Give the value of an input: text, an option, options or files."""
    held = values[block_id][element["action_id"]]
    return held[FIELDS[element["type"]][0]]


def problems(blocks: list[Json], values: Values) -> dict[str, str]:
    """Check a form as Slack does before it submits it; map block_ids to complaints."""
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        held = held_by(element, values, block["block_id"])
        if not held:
            if not block.get("optional", False):
                found[block["block_id"]] = "Please complete this required field."
            continue
        complaint = _complaint(element, held)
        if complaint:
            found[block["block_id"]] = complaint
    return found


def _complaint(element: Json, held: Any) -> str:
    if element["type"] == "plain_text_input":
        if len(held) < element.get("min_length", 0):
            return f"Please use at least {element['min_length']} characters."
        if len(held) > element.get("max_length", 3000):
            return f"Please use at most {element.get('max_length', 3000)} characters."
    if element["type"] == "number_input":
        return _number_complaint(element, held)
    if element["type"] == "file_input":
        return _file_complaint(element, held)
    return ""


def _file_complaint(element: Json, held: list[Json]) -> str:
    most = element.get("max_files", 10)
    if len(held) > most:
        return f"Please choose at most {most} files."
    if any(one.get("size", 0) > FILE_INPUT_BYTES for one in held):
        return "Please choose files of at most 10 MB."
    allowed = element.get("filetypes")
    endings = {one.get("name", "").rpartition(".")[2].lower() for one in held}
    if allowed and not endings <= set(allowed):
        return f"Please choose files of these types: {', '.join(allowed)}."
    return ""


def _number_complaint(element: Json, held: str) -> str:
    try:
        number = float(held)
    except ValueError:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and not number.is_integer():
        return "Please enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Please enter {element['min_value']} or more."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Please enter {element['max_value']} or less."
    return ""
