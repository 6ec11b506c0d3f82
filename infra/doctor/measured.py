"""Define the file that ``infra.doctor --live`` writes. It holds no secret, no address and no id.

``infra.local.measured`` turns the same file into the stand-ins' settings.
"""

from collections.abc import Mapping

import msgspec

from functions.self_check import Report
from infra.doctor.picture_facts import Place

NOT_LOOKED_AT = (
    "aiart: whether another of its actions shares the slot",
    "aiart: how long the slot stays taken after a task",
    "aiart: the price, which is on the bill",
    "Slack: whether it follows a redirect when it downloads an image",
    "Slack: whether a card takes a slack_file",
)


class AboutAiart(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what one picture shows about aiart; None: it could not be found out.

    Sizes are width and height in px.
    """

    seconds_per_call: float
    photo_px: tuple[int, int]
    asked_px: tuple[int, int]
    result_px: tuple[int, int]
    result_bytes: int
    product: Place | None = None
    mask_frame: str | None = None
    implicit_labels: list[str]


class AboutCos(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how COS behaves where its documents say nothing; None: it could not be found out."""

    missing_key_status: int | None = None
    put_if_match: bool | None = None
    put_if_none_match: bool | None = None
    simultaneous_creates: tuple[int, int] | None = None  # tried, and went through
    forces_download: bool | None = None


class AboutSlack(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how Slack took the preview: ``fetched``, ``uploaded`` or ``refused``."""

    preview: str


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Hold everything that the file says."""

    version: int = 1
    measured_on: str
    region: str
    functions: Mapping[str, Report]
    cos: AboutCos
    aiart: AboutAiart | None = None
    slack: AboutSlack | None = None
    not_looked_at: tuple[str, ...] = NOT_LOOKED_AT
