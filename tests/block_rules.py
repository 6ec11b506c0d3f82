"""Slack's documented limits on blocks and views: one of the judges of ``tests.block_judges``.

Written from docs.slack.dev/reference/block-kit (the page of each block, element and composition
object) and /reference/views, independently of the Slack stand-in. Which elements a block may hold
and what styles and ranges there are is left to the libraries that judge beside it. A type without
a rule here is a complaint, so that nothing is sent unjudged. Two rules are stricter than Slack:
nothing is sent that is empty, be it a string or a message without blocks.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Json = dict[str, Any]
Surface = Literal["message", "modal", "home"]

MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
MARKDOWN_CHARACTERS = 12_000  # of all markdown blocks of a message together
VIEW_BYTES = 250_000
NOT_ON: dict[Surface, set[str]] = {
    "message": {"file_input"},
    "modal": {"markdown"},
    "home": {"markdown", "file_input"},
}


@dataclass(frozen=True)
class Field:
    """What a field holds and how much of it at most: characters, or items of a list."""

    shape: type
    most: int = 0
    required: bool = False
    plain: bool = False


def string(most: int) -> Field:
    """A string."""
    return Field(str, most)


def text(most: int) -> Field:
    """A plain_text or mrkdwn object."""
    return Field(dict, most)


def plain(most: int) -> Field:
    """A plain_text object."""
    return Field(dict, most, plain=True)


def items(most: int) -> Field:
    """A list of objects."""
    return Field(list, most)


def needed(field: Field) -> Field:
    """The field, and it may not be missing."""
    return replace(field, required=True)


_PICK = {"placeholder": plain(150)}
_SELECT = {
    **_PICK,
    **dict.fromkeys(("options", "option_groups", "initial_options"), items(100)),
}
_VIEW = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
IDS = {"block_id": string(255), "action_id": string(255)}
RULES: dict[str, Mapping[str, Field]] = {
    "modal": {**_VIEW, "title": needed(plain(24)), "submit": plain(24), "close": plain(24)},
    "home": _VIEW,
    "section": {"text": text(3000), "fields": items(10)},
    "header": {"text": needed(plain(150))},
    "divider": {},
    "context": {"elements": needed(items(10))},
    "actions": {"elements": needed(items(25))},
    "image": {"alt_text": needed(string(2000)), "image_url": string(3000), "title": plain(2000)},
    "input": {
        "label": needed(plain(2000)),
        "hint": plain(2000),
        "element": needed(Field(dict)),
    },
    "markdown": {"text": needed(string(MARKDOWN_CHARACTERS))},
    "rich_text": {"elements": needed(items(1000))},
    "button": {
        "text": needed(plain(75)),
        "value": string(2000),
        "url": string(3000),
        "accessibility_label": string(75),
    },
    "overflow": {"options": needed(items(5))},
    "static_select": _SELECT,
    "multi_static_select": _SELECT,
    **dict.fromkeys(("conversations_select", "channels_select", "users_select"), _PICK),
    "radio_buttons": {"options": needed(items(10))},
    "checkboxes": {"options": needed(items(10)), "initial_options": items(10)},
    "plain_text_input": {
        **_PICK,
        "initial_value": string(3000),
        "min_length": Field(int),
        "max_length": Field(int),
    },
    "number_input": {**_PICK, "is_decimal_allowed": needed(Field(bool))},
    "file_input": {},
    "plain_text": {"text": needed(string(3000))},
    "mrkdwn": {"text": needed(string(3000))},
    "option": {
        "text": needed(text(75)),
        "value": needed(string(150)),
        "description": text(75),
        "url": string(3000),
    },
    "option_group": {"label": needed(plain(75)), "options": needed(items(100))},
    "confirm": {
        "title": needed(plain(100)),
        "text": needed(text(300)),
        "confirm": needed(plain(30)),
        "deny": needed(plain(30)),
    },
    "slack_file": {"id": string(255), "url": string(3000)},
    "style": {},
    "filter": {},
    "dispatch_action_config": {},
    "rich_text_section": {},
    "rich_text_list": {},
    "rich_text_preformatted": {},
    "rich_text_quote": {},
    "text": {"text": needed(string(MARKDOWN_CHARACTERS))},
    "link": {"url": needed(string(3000))},
    "user": {"user_id": needed(string(255))},
    "channel": {"channel_id": needed(string(255))},
    "emoji": {"name": needed(string(255))},
}
# Objects without a type are known by the field they stand in.
BY_FIELD = {
    **dict.fromkeys(("options", "initial_option", "initial_options"), "option"),
    "option_groups": "option_group",
    **{name: name for name in ("confirm", "slack_file", "style", "filter")},
    "dispatch_action_config": "dispatch_action_config",
}
EXACTLY_ONE = {
    "image": ("image_url", "slack_file"),
    "slack_file": ("id", "url"),
    "static_select": ("options", "option_groups"),
    "multi_static_select": ("options", "option_groups"),
}
# Slack shows pictures from https only; the stand-ins of this machine have http.
ADDRESSES = {
    "url": ("https://", "http://"),
    "image_url": ("https://", "http://127.0.0.1:", "http://localhost:"),
}


def wrong_blocks(blocks: list[Json], surface: Surface) -> list[str]:
    """What Slack would refuse in a payload of so many blocks, each with its JSON pointer."""
    found = []
    if not 1 <= len(blocks) <= MOST_BLOCKS[surface]:
        found.append(f"/blocks: {len(blocks)} of 1 to {MOST_BLOCKS[surface]} blocks")
    markdown = sum(len(str(one.get("text"))) for one in blocks if one.get("type") == "markdown")
    if markdown > MARKDOWN_CHARACTERS:
        found.append(f"/blocks: {markdown} characters of markdown, most {MARKDOWN_CHARACTERS}")
    found += _twice([one.get("block_id") for one in blocks], "block_id", "/blocks")
    for n, block in enumerate(blocks):
        found += _wrong_block(block, surface, f"/blocks/{n}")
    return found


def wrong_frame(view: Json) -> list[str]:
    """What Slack would refuse in a view, its blocks apart; ``type`` is modal or home."""
    kind = view["type"]
    found = _wrong_object(kind, view, "/view")
    asks = any(one.get("type") == "input" for one in view.get("blocks", []))
    if kind == "modal" and asks and "submit" not in view:
        found.append("/view: a modal with inputs has no submit")
    for name in {"title", "submit", "close"} & view.keys() if kind == "home" else ():
        found.append(f"/view/{name}: not in a home")
    size_bytes = len(json.dumps(view, ensure_ascii=False).encode())
    if size_bytes > VIEW_BYTES:
        found.append(f"/view: {size_bytes} bytes, most {VIEW_BYTES}")
    return found


def _wrong_block(block: Json, surface: Surface, at: str) -> list[str]:
    inside = list(_objects(block, "blocks", at))
    found = _twice([one.get("action_id") for _, one, _ in inside], "action_id", at)
    for kind, one, place in inside:
        found += _wrong_object(kind, one, place)
        if kind in NOT_ON[surface]:
            found.append(f"{place}: no {kind} in a {surface}")
    if found:  # Only what has the right shape is looked at across its fields.
        return found
    across = ((ACROSS[kind](one), place) for kind, one, place in inside if kind in ACROSS)
    return [f"{place}: {complaint}" for complaints, place in across for complaint in complaints]


def _objects(value: Any, name: str, at: str) -> Iterator[tuple[str, Json, str]]:
    """Every object in a value that stands in field ``name``: its kind, itself, where it is."""
    if isinstance(value, dict):
        yield str(value.get("type") or BY_FIELD.get(name, "")), value, at
        for key, part in value.items():
            yield from _objects(part, key, f"{at}/{key}")
    elif isinstance(value, list):
        for n, one in enumerate(value):
            yield from _objects(one, name, f"{at}/{n}")


def _wrong_object(kind: str, value: Json, at: str) -> list[str]:
    if kind not in RULES:
        return [f"{at}: no rules here for the type {kind!r}"]
    found = []
    for name, field in {**IDS, **RULES[kind]}.items():
        if name in value:
            found += _wrong_field(value[name], field, f"{at}/{name}")
        elif field.required:
            found.append(f"{at}: {name} is missing")
    if kind in EXACTLY_ONE and len(set(EXACTLY_ONE[kind]) & value.keys()) != 1:
        found.append(f"{at}: not exactly one of {' and '.join(EXACTLY_ONE[kind])}")
    for name, starts in ADDRESSES.items():
        if name in value and not str(value[name]).startswith(starts):
            found.append(f"{at}/{name}: does not begin with {' or '.join(starts)}")
    return found


def _wrong_field(value: Any, field: Field, at: str) -> list[str]:
    fits = isinstance(value, field.shape)
    if not fits:
        return [f"{at}: no {field.shape.__name__}"]
    if isinstance(value, list) and not all(isinstance(one, dict) for one in value):
        return [f"{at}: not only objects"]
    if field.plain and value.get("type") != "plain_text":
        return [f"{at}: not plain_text"]
    measured = str(value.get("text", "")) if field.shape is dict else value
    if field.most and not 1 <= len(measured) <= field.most:
        return [f"{at}: {len(measured)} long, 1 to {field.most} allowed"]
    return []


def _twice(ids: list[Any], name: str, at: str) -> list[str]:
    counts = Counter(str(one) for one in ids if one is not None)
    return [f"{at}: {name} {one!r} twice" for one, count in counts.items() if count > 1]


def _section(value: Json) -> list[str]:
    if not {"text", "fields"} & value.keys():
        return ["neither text nor fields"]
    sizes = [len(one["text"]) for one in value.get("fields", [])]
    return [f"a field of {size} characters, most 2000" for size in sizes if size > 2000]


def _choices(value: Json) -> list[str]:
    groups = value.get("option_groups", [])
    offered = [*value.get("options", []), *(one for group in groups for one in group["options"])]
    first = [value["initial_option"]] if "initial_option" in value else []
    found = []
    if not all(one in offered for one in [*first, *value.get("initial_options", [])]):
        found.append("selected at first, not offered")
    if value["type"] != "overflow" and any("url" in one for one in offered):
        found.append("an option with a url, which only an overflow has")
    marked = any(one["text"]["type"] == "mrkdwn" for one in offered)
    if marked and value["type"] not in {"radio_buttons", "checkboxes"}:
        found.append("mrkdwn in an option, which only radio buttons and checkboxes have")
    return found


def _lengths(value: Json) -> list[str]:
    lengths = [value.get("min_length", 0), value.get("max_length", 3000)]
    return ["min_length over max_length"] if lengths != sorted(lengths) else []


CHOICES = ("static_select", "multi_static_select", "overflow", "radio_buttons", "checkboxes")
ACROSS: dict[str, Callable[[Json], list[str]]] = {
    "section": _section,
    "plain_text_input": _lengths,
    **dict.fromkeys(CHOICES, _choices),
}
