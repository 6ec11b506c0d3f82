"""Check blocks by Block Kit's rules for messages and views, and fill in Slack's ids and defaults.

Limits: docs.slack.dev/reference/block-kit/blocks. Blocks of the types video, file, table,
context_actions and all newer types are refused as unsupported.
"""

import secrets
from typing import Any

from infra.local.slack.answers import Refused
from infra.local.slack.elements import (
    ACCESSORY,
    ACTION,
    FILE_INPUT,
    ID,
    IMAGE_ELEMENT,
    IMAGE_SOURCE,
    INPUTS,
    any_text,
    mrkdwn,
    plain_text,
)
from infra.local.slack.model import Json
from infra.local.slack.richtext import RICH_TEXT
from infra.local.slack.schema import (
    Check,
    Found,
    at_least_one,
    boolean,
    by_type,
    exactly_one,
    several,
    text,
    typed,
    wrong,
)

BLOCKS_A_MESSAGE = 50
BLOCKS_A_VIEW = 100
MARKDOWN_CHARACTERS = 12_000

_BLOCK_ID: dict[str, Check] = {"block_id": ID}

MESSAGE_BLOCKS: dict[str, Check] = {
    "section": typed(
        "section",
        {},
        {
            **_BLOCK_ID,
            "text": any_text(3000),
            "fields": several(any_text(2000), 10),
            "accessory": ACCESSORY,
            "expand": boolean,
        },
        at_least_one("text", "fields"),
    ),
    "header": typed("header", {"text": plain_text(150)}, _BLOCK_ID),
    "divider": typed("divider", {}, _BLOCK_ID),
    "context": typed(
        "context",
        {
            "elements": several(
                by_type(
                    {
                        "image": IMAGE_ELEMENT,
                        "plain_text": plain_text(3000),
                        "mrkdwn": mrkdwn(3000),
                    }
                ),
                10,
            )
        },
        _BLOCK_ID,
    ),
    "actions": typed("actions", {"elements": several(ACTION, 25)}, _BLOCK_ID),
    "image": typed(
        "image",
        {"alt_text": text(2000)},
        {**_BLOCK_ID, **IMAGE_SOURCE, "title": plain_text(2000)},
        exactly_one("image_url", "slack_file"),
    ),
    "rich_text": typed("rich_text", {"elements": several(by_type(RICH_TEXT), 1000)}, _BLOCK_ID),
    "markdown": typed("markdown", {"text": text(MARKDOWN_CHARACTERS)}, _BLOCK_ID),
    "input": typed(
        "input",
        {"label": plain_text(2000), "element": by_type(INPUTS)},
        {**_BLOCK_ID, "dispatch_action": boolean, "hint": plain_text(2000), "optional": boolean},
    ),
}
HOME_BLOCKS = {name: check for name, check in MESSAGE_BLOCKS.items() if name != "markdown"}
MODAL_BLOCKS = {
    **HOME_BLOCKS,
    "input": typed(
        "input",
        {
            "label": plain_text(2000),
            "element": by_type({**INPUTS, "file_input": FILE_INPUT}),
        },
        {**_BLOCK_ID, "dispatch_action": boolean, "hint": plain_text(2000), "optional": boolean},
    ),
}


def elements_of(block: Json) -> list[Json]:
    """List the elements of a block that a person can act on or fill in."""
    if block["type"] == "input":
        return [block["element"]]
    if block["type"] == "actions":
        return list(block["elements"])
    accessory = block.get("accessory")
    return [accessory] if accessory and accessory["type"] != "image" else []


def check_blocks(blocks: Any, known: dict[str, Check], most: int, at: str, found: Found) -> None:
    """Check each block by its type, then that ids are unique where they must be.

    ``known`` has the check of each type that is allowed, ``most`` is how many blocks are allowed.
    What is wrong is added to ``found``.
    """
    several(by_type(known), most, least=0)(blocks, at, found)
    if found:
        return
    seen: set[str] = set()
    for n, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id in seen:
            wrong(found, f"`block_id` is not unique: {block_id}", f"{at}/{n}/block_id")
        if block_id:
            seen.add(block_id)
        action_ids = [one["action_id"] for one in elements_of(block) if "action_id" in one]
        for action_id in sorted({one for one in action_ids if action_ids.count(one) > 1}):
            wrong(found, f"`action_id` is not unique in the block: {action_id}", f"{at}/{n}")


def filled(blocks: list[Json]) -> list[Json]:
    """Copy valid blocks and add the ids and the defaults that Slack adds."""
    return [_filled_block(block) for block in blocks]


def _filled_block(block: Json) -> Json:
    copy: Json = _with_text_defaults(block)
    copy.setdefault("block_id", secrets.token_urlsafe(4)[:5])
    for element in elements_of(copy):
        element.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return copy


def _with_text_defaults(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_text_defaults(one) for one in value]
    if not isinstance(value, dict):
        return value
    copy = {name: _with_text_defaults(one) for name, one in value.items()}
    if copy.get("type") == "plain_text":
        copy.setdefault("emoji", True)
    elif copy.get("type") == "mrkdwn":
        copy.setdefault("verbatim", False)
    return copy


def accepted(given: Any) -> list[Json]:
    """Check a message's blocks and fill them.

    Raises ``Refused`` (invalid_blocks_format, invalid_blocks).
    """
    if given is None:
        return []
    if not isinstance(given, list):
        raise Refused("invalid_blocks_format")
    found: Found = []
    check_blocks(given, MESSAGE_BLOCKS, BLOCKS_A_MESSAGE, "/blocks", found)
    total = sum(len(one["text"]) for one in given if not found and one["type"] == "markdown")
    if total > MARKDOWN_CHARACTERS:
        wrong(found, f"markdown must be less than {MARKDOWN_CHARACTERS + 1} characters", "/blocks")
    if found:
        raise Refused("invalid_blocks", places=found)
    return filled(given)
