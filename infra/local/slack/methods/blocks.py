"""Answer ``blocks.validate``, which checks blocks without posting them (docs.slack.dev)."""

import re
from typing import Any

from infra.local.slack.answers import Refused
from infra.local.slack.arguments import Arguments
from infra.local.slack.blocks import BLOCKS_A_MESSAGE, MESSAGE_BLOCKS, check_blocks
from infra.local.slack.methods.registry import Method
from infra.local.slack.model import Json
from infra.local.slack.schema import Found, wrong
from infra.local.slack.surfaces import HOME, MODAL
from infra.local.slack.workspace import Workspace

KINDS = ("blocks", "message", "view")
POINTED = re.compile(r"(?P<message>.*) \[json-pointer:(?P<pointer>[^\]]*)\]")


async def validate(_: Workspace, arguments: Arguments) -> Json:
    """Answer ``blocks.validate`` for one of blocks, message and view. No picture is downloaded.

    Raises ``Refused`` (invalid_arguments, or invalid_<kind> with the errors).
    """
    given = {
        kind: arguments.structure(kind, f"invalid_{kind}")
        for kind in KINDS
        if arguments.values.get(kind)
    }
    if len(given) != 1:
        places = ["provide exactly one of `blocks`, `message` or `view`"]
        raise Refused("invalid_arguments", places=places)
    ((kind, payload),) = given.items()
    found: Found = []
    _check(kind, payload, found)
    if found:
        raise Refused(f"invalid_{kind}", errors=[_error(one) for one in found])
    return {}


def _check(kind: str, payload: Any, found: Found) -> None:
    if kind == "blocks":
        check_blocks(payload, MESSAGE_BLOCKS, BLOCKS_A_MESSAGE, "", found)
    elif not isinstance(payload, dict):
        wrong(found, "must provide an object", "")
    elif kind == "message":
        check_blocks(payload.get("blocks"), MESSAGE_BLOCKS, BLOCKS_A_MESSAGE, "/blocks", found)
    elif payload.get("type") in {"modal", "home"}:
        (MODAL if payload["type"] == "modal" else HOME)(payload, "", found)
    else:
        wrong(found, "must be a valid enum value", "/type")


def _error(place: str) -> Json:
    """Split a sentence with a JSON pointer into the fields that this method answers with."""
    pointed = POINTED.fullmatch(place)
    message, pointer = (pointed["message"], pointed["pointer"]) if pointed else (place, "")
    return {"pointer": pointer, "code": "failed_constraint", "message": message}


METHODS = {"blocks.validate": Method(validate)}
