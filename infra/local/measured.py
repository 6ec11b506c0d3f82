"""Turn what was measured of a real account into the stand-ins' settings.

The file is ``infra.doctor --live``'s. What could not be measured there is left as the stand-ins
have it. The painter composes freely: the setting that the product stays in place has an effect
only with ``paint`` off.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

ALL_DOWNLOADS = 1_000_000  # more than any test posts


class NotMeasured(Exception):
    """Say that the file is not there, or not one of the doctor's."""


class _Place(msgspec.Struct):
    stays: bool


class _Aiart(msgspec.Struct):
    seconds_per_call: float
    product: _Place | None = None
    mask_frame: Literal["photo", "result", "neither"] | None = None
    implicit_labels: list[str] = []


class _Cos(msgspec.Struct):
    missing_key_status: Literal[403, 404] | None = None
    put_if_match: bool | None = None
    put_if_none_match: bool | None = None


class _Slack(msgspec.Struct):
    preview: Literal["fetched", "uploaded", "refused"]


class _Function(msgspec.Struct):
    keys: Literal["headers", "environment", "none"]


class Measured(msgspec.Struct):
    """Hold those parts of the file that the stand-ins can be told."""

    version: Literal[1]
    functions: dict[str, _Function]
    cos: _Cos
    aiart: _Aiart | None = None
    slack: _Slack | None = None


def read(file: Path) -> Measured:
    """Read the doctor's file. Raises ``NotMeasured``."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Measured)
    except (OSError, msgspec.MsgspecError) as error:
        raise NotMeasured(f"{file} is no file of infra.doctor --live: {error}") from error


def settings(measured: Measured) -> Mapping[str, Mapping[str, Any]]:
    """Make bodies for ``PUT /_control/settings``, by the stand-in's name.

    A setting for which nothing was measured is left out.
    """
    found: dict[str, dict[str, Any]] = {"cos": _known(measured.cos), "scf": {}}
    if measured.aiart:
        found["aiart"] = _aiart(measured.aiart)
    if measured.slack and measured.slack.preview != "fetched":
        found["slack"] = {"image_failures": ALL_DOWNLOADS}
    web = [measured.functions[key] for key in ("bot", "gateway") if key in measured.functions]
    if web:
        found["scf"] = {"key_headers": any(one.keys == "headers" for one in web)}
    return {name: some for name, some in found.items() if some}


def _known(cos: _Cos) -> dict[str, Any]:
    return {name: some for name, some in msgspec.to_builtins(cos).items() if some is not None}


def _aiart(aiart: _Aiart) -> dict[str, Any]:
    found: dict[str, Any] = {
        "duration_s": aiart.seconds_per_call,
        "implicit_label": bool(aiart.implicit_labels),
    }
    if aiart.mask_frame in {"photo", "result"}:
        found["mask_frame"] = aiart.mask_frame
    if aiart.product:
        found["product_stays"] = aiart.product.stays
    return found
