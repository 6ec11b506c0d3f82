"""Check modals and the Home tab by Slack's rules (docs.slack.dev/reference/views)."""

from typing import Any

import msgspec

from infra.local.slack.answers import Refused
from infra.local.slack.blocks import (
    BLOCKS_A_VIEW,
    HOME_BLOCKS,
    MODAL_BLOCKS,
    check_blocks,
    filled,
)
from infra.local.slack.elements import plain_text
from infra.local.slack.model import Json
from infra.local.slack.schema import Check, Found, boolean, text, typed, wrong

VIEW_BYTES = 250_000
COMMON: dict[str, Check] = {
    "private_metadata": text(3000, least=0),
    "callback_id": text(255, least=0),
    "external_id": text(255, least=0),
}


def _modal_blocks(value: Any, at: str, found: Found) -> None:
    check_blocks(value, MODAL_BLOCKS, BLOCKS_A_VIEW, at, found)


def _home_blocks(value: Any, at: str, found: Found) -> None:
    check_blocks(value, HOME_BLOCKS, BLOCKS_A_VIEW, at, found)


def _inputs_need_submit(value: Any, at: str, found: Found) -> None:
    if "submit" not in value and any(one["type"] == "input" for one in value["blocks"]):
        wrong(found, "a view with input blocks must have a `submit`", at)


MODAL = typed(
    "modal",
    {"title": plain_text(24), "blocks": _modal_blocks},
    {
        **COMMON,
        "submit": plain_text(24),
        "close": plain_text(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
    _inputs_need_submit,
)
HOME = typed("home", {"blocks": _home_blocks}, COMMON)


def accepted_view(given: Any, *, kind: str) -> Json:
    """Check a view of type ``kind`` (``modal`` or ``home``), and fill its blocks.

    Raises ``Refused`` (invalid_arguments with the places, or view_too_large).
    """
    found: Found = []
    (MODAL if kind == "modal" else HOME)(given, "/view", found)
    if found:
        raise Refused("invalid_arguments", places=found)
    if len(msgspec.json.encode(given)) > VIEW_BYTES:
        raise Refused("view_too_large")
    return {**given, "blocks": filled(given["blocks"])}
