"""Turn measurements of a real account into the stand-ins' settings.

The file is written by ``infra.doctor --live``. Anything that was not measured keeps the stand-ins'
default. ``product_stays`` has an effect only with ``paint`` off, because the painter places the
product freely.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

ALL_DOWNLOADS = 1_000_000  # failures: more than any test has downloads


class NotMeasured(Exception):
    """Report that the file is missing or was not written by the doctor."""


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
    """Hold the parts of the file for which the stand-ins have settings."""

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
    """Make the bodies for ``PUT /_control/settings``, by the stand-in's name.

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
