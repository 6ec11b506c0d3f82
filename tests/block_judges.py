"""Judge what Backdrop shows in Slack, by three judges that know nothing of each other.

``judge`` and ``judge_view`` ask all three and return their complaints, each beginning with the
judge's name and the place in the payload (a JSON pointer):

- ``slack_sdk``: every block is parsed into Slack's own models and must come back unchanged, so a
  field, element or empty list that the models do not know is noticed; they check their limits.
- ``blockkit`` (2.1.3): every block is built with its components, alone on its surface. It needs
  Python 3.11; where it is not installed the other two judge alone.
- ``rules``: those of the Slack stand-in, written from Slack's documented limits. Only they cover
  what is about a payload as a whole (the number of blocks, ids that must be unique). One is
  stricter than Slack: a payload must have blocks.

blockkit 2.1.3 is not asked about what it cannot judge (``tests/test_block_judges.py`` fails when
blockkit mends one of these, and the entry goes):

- types that it does not export (table, context_actions, card...): their blocks are left out;
- alt_text over 255 characters: that is its limit, but Slack's is 2000;
- mrkdwn in a confirm's text (Slack's table says plain_text, its example there sends mrkdwn) and
  in the options of radio buttons and checkboxes (documented): shown to it as plain_text;
- ``initial_option`` beside ``option_groups``: it looks for the option among the groups;
- a number input's bounds: it takes numbers, Slack's JSON has strings; shown to it as numbers.

It also refuses a datetimepicker among actions, which Slack has and Backdrop does not use.
It wrongly accepts: more than 50 blocks in a message, duplicate ids, empty lists, over 10 fields in
a section or over 2000 characters in one, inputs without a submit, malformed addresses, a file input
outside a modal, initial checkboxes that are not offered, a min_length over max_length. It does
judge ``slack_file`` (exactly one of id and url).
"""

import importlib
import importlib.util
import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from types import ModuleType
from typing import Any, Literal

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from infra.local.slack.answers import Refused
from infra.local.slack.blocks import accepted
from infra.local.slack.surfaces import accepted_view

Json = dict[str, Any]
Surface = Literal["message", "modal", "home"]
Judge = Callable[[list[Json], Surface], list[str]]

BLOCKKIT_ALT_TEXT = 255
NO_BLOCKKIT = "blockkit 2 needs Python 3.11 and is asked there"
NO_LIST = "rules: /blocks: no list of objects"
NOTED = {"fallback", "image_width", "image_height", "image_bytes", "is_animated"}
NO_BLOCKS = "no blocks [json-pointer:/blocks]"
DIVIDER: Json = {"type": "divider"}
# Objects without a type are known by the field they stand in.
BY_FIELD = {
    **dict.fromkeys(("options", "initial_option", "initial_options"), "option"),
    "option_groups": "option_group",
    **{name: name for name in ("confirm", "slack_file", "style", "filter")},
    "dispatch_action_config": "dispatch_action_config",
}
# Errors that a library raises for malformed input, beside its own.
JUNK = (AttributeError, KeyError, TypeError, ValueError)


class NotJudgedError(Exception):
    """Report a type for which blockkit has no component."""


def judge(blocks: list[Json], surface: Surface) -> list[str]:
    """List what is wrong with the blocks of a message, a modal or a Home tab."""
    if not isinstance(blocks, list) or not all(isinstance(one, dict) for one in blocks):
        return [NO_LIST]
    return [
        f"{name}: {complaint}"
        for name, complaints in JUDGES.items()
        for complaint in complaints(blocks, surface)
    ]


def as_sent(blocks: list[Json]) -> list[Json]:
    """Give a posted message's blocks without the fields that Slack adds about their pictures."""
    return [{name: value for name, value in one.items() if name not in NOTED} for one in blocks]


def judge_view(view: Json) -> list[str]:
    """List what is wrong with a modal or a Home tab, its blocks included."""
    if view.get("type") not in ("modal", "home"):
        return ["rules: /view: neither a modal nor a home"]
    found = judge(view.get("blocks", []), view["type"])
    if NO_LIST in found:
        return found
    # The blocks are judged above; this checks whether the view takes so many.
    frame = {**view, "blocks": [DIVIDER] * len(view.get("blocks", []))}
    found += [f"slack_sdk: {one}" for one in _changed(_view, frame, "/view")]
    found += [f"blockkit: /view: {one}" for one in _refused(view["type"], frame)]
    found += [
        f"rules: {one}" for one in _refused_here(lambda: accepted_view(view, kind=view["type"]))
    ]
    return list(dict.fromkeys(found))


def by_slack_sdk(blocks: list[Json], surface: Surface) -> list[str]:
    """List what slack_sdk's models refuse, or do not give back unchanged."""
    places = ((block, f"/blocks/{n}") for n, block in enumerate(blocks))
    return [one for block, at in places for one in _changed(Block.parse, block, at)]


def by_blockkit(blocks: list[Json], surface: Surface) -> list[str]:
    """List what blockkit's components refuse; nothing where it is not installed."""
    frame: Json = {"title": "x"} if surface == "modal" else {}
    return [
        f"/blocks/{n}: {one}"
        for n, block in enumerate(blocks)
        for one in _refused(surface, {**frame, "blocks": [block]})
    ]


def by_rules(blocks: list[Json], surface: Surface) -> list[str]:
    """List what the Slack stand-in refuses, and a payload without blocks."""
    if surface == "message":
        return _refused_here(lambda: accepted(blocks)) if blocks else [NO_BLOCKS]
    words = {"type": "plain_text", "text": "x"}
    frame = {"type": surface} | ({"title": words, "submit": words} if surface == "modal" else {})
    view = {**frame, "blocks": blocks}
    return _refused_here(lambda: accepted_view(view, kind=surface)) if blocks else [NO_BLOCKS]


def _refused_here(ask: Callable[[], object]) -> list[str]:
    try:
        ask()
    except Refused as refused:
        return refused.places or [refused.error]
    return []


def _one_by_one(judged: Judge) -> Judge:
    """Make a judge of payloads from a judge of single blocks; remember each block's complaints.

    The same blocks occur in many payloads.
    """
    known: dict[tuple[Surface, str], list[str]] = {}

    def judge_each(blocks: list[Json], surface: Surface) -> list[str]:
        found = []
        for n, block in enumerate(blocks):
            key = (surface, repr(block))
            if key not in known:
                known[key] = judged([block], surface)
            found += [f"/blocks/{n}{one.removeprefix('/blocks/0')}" for one in known[key]]
        return found

    return judge_each


JUDGES: dict[str, Judge] = {
    "slack_sdk": _one_by_one(by_slack_sdk),
    "blockkit": _one_by_one(by_blockkit),
    "rules": by_rules,
}


def _view(parts: Json) -> View:
    return View(**parts)


def _changed(parse: Callable[[Json], Any], given: Json, at: str) -> list[str]:
    try:
        parsed = parse(given)
        made = parsed.to_dict() if parsed else None
    except (SlackObjectFormationError, *JUNK) as error:
        return [f"{at}: {error}"]
    return [] if made == given else [f"{_difference(given, made, at)}: does not come back the same"]


def _difference(given: Any, made: Any, at: str) -> str:
    """Give the pointer of the first place where two payloads differ."""
    if isinstance(given, dict) and isinstance(made, dict):
        for name in [*given, *made]:
            if name not in given or name not in made or given[name] != made[name]:
                return _difference(given.get(name), made.get(name), f"{at}/{name}")
    if isinstance(given, list) and isinstance(made, list):
        for n, (one, other) in enumerate(zip(given, made, strict=False)):
            if one != other:
                return _difference(one, other, f"{at}/{n}")
    return at


@cache
def _blockkit() -> ModuleType | None:
    return importlib.import_module("blockkit") if importlib.util.find_spec("blockkit") else None


@cache
def _components() -> dict[str, Any]:
    """Map the types that blockkit's components give themselves, or their fields, to components."""
    blockkit: Any = _blockkit()
    exported = [getattr(blockkit, name) for name in blockkit.__all__]
    # Image and ImageEl are both an image; ``_component`` tells them apart.
    by_type = {one()._get_field_value("type"): one for one in exported}
    return {
        **by_type,
        "message": blockkit.Message,
        "plain_text": blockkit.Text,
        "mrkdwn": blockkit.Text,
        "option": blockkit.Option,
        "option_group": blockkit.OptionGroup,
        "confirm": blockkit.Confirm,
        "slack_file": blockkit.SlackFile,
        "style": blockkit.RichStyle,
        "filter": blockkit.ConversationFilter,
        "dispatch_action_config": blockkit.DispatchActionConfig,
    }


def _refused(surface: str, parts: Json) -> list[str]:
    """Build a surface with these parts; give blockkit's complaint."""
    blockkit = _blockkit()
    if blockkit is None:
        return []
    errors = (blockkit.core.FieldValidationError, blockkit.core.ComponentValidationError)
    try:
        _component({**parts, "type": surface}, "").build()
    except NotJudgedError:
        return []
    except (*errors, *JUNK) as error:
        return [str(error)]
    return []


def _component(value: Any, name: str) -> Any:
    """Make blockkit's components, not yet checked, of the payload in field ``name``."""
    if isinstance(value, list):
        return [_component(one, name) for one in value]
    if not isinstance(value, dict):
        return value
    kind = str(value.get("type") or BY_FIELD.get(name))
    if kind not in _components():
        raise NotJudgedError
    blockkit: Any = _blockkit()
    made = _components()[kind]
    if kind == "image":
        made = blockkit.Image if name == "blocks" else blockkit.ImageEl
    shown = SHOWN.get(kind, dict)(value)
    parts = {key: _component(part, key) for key, part in shown.items()}
    if made is not blockkit.Text:
        parts.pop("type", None)
    return made(**parts)


def _short_alt_text(value: Json) -> Json:
    alt_text = value.get("alt_text")
    short = alt_text[:BLOCKKIT_ALT_TEXT] if isinstance(alt_text, str) else alt_text
    return {**value, "alt_text": short}


def _plain_text(value: Any) -> Any:
    """Copy an object that has a mrkdwn text, with the same text as plain_text."""
    match value:
        case {"text": {"type": "mrkdwn", "text": words}}:
            return {**value, "text": {"type": "plain_text", "text": words}}
    return value


def _plain_options(value: Json) -> Json:
    """Copy radio buttons or checkboxes, with options of plain_text."""
    shown = {**value}
    for name in {"options", "initial_options"} & value.keys():
        shown[name] = [_plain_text(one) for one in value[name]]
    if "initial_option" in value:
        shown["initial_option"] = _plain_text(value["initial_option"])
    return shown


def _without_initial(value: Json) -> Json:
    hidden = {"initial_option", "initial_options"} if "option_groups" in value else set()
    return {name: part for name, part in value.items() if name not in hidden}


def _numbers(value: Json) -> Json:
    bounds = {"initial_value", "min_value", "max_value"} & value.keys()
    return {**value, **{name: _number(value[name]) for name in bounds}}


def _number(value: Any) -> Any:
    with suppress(ValueError):
        return json.loads(value) if isinstance(value, str) else value
    return value


# How an object is shown to blockkit, so that it is not asked what it cannot judge.
SHOWN: dict[str, Callable[[Json], Json]] = {
    "image": _short_alt_text,
    "confirm": _plain_text,
    "radio_buttons": _plain_options,
    "checkboxes": _plain_options,
    "static_select": _without_initial,
    "multi_static_select": _without_initial,
    "number_input": _numbers,
}
