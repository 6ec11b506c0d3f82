"""Remember what people and channels have chosen: few small records, overwritten.

A record that cannot be read counts as none and is named in the log: nobody's photo has to wait for
it. The next choice replaces it.
"""

from typing import Literal, TypeVar

from functions.jobs.bucket import Bucket, KeyExists
from functions.jobs.bucket_layout import channel_settings_key, person_settings_key, welcomed_key
from functions.jobs.records import Record, Records, Unreadable
from functions.jobs.wish import Packshot, Resolution
from functions.log import warn

RecordT = TypeVar("RecordT", bound=Record)


class PersonSettings(Record, frozen=True, kw_only=True):
    """Hold a person's own defaults; None or empty: the product's default."""

    language: Literal["", "en", "zh"] = ""
    resolution: Resolution | None = None
    watermark: bool | None = None
    product: str = ""  # as the form had it the last time
    agreed_unmarked_at: float = 0.0  # to pictures without a visible mark, in Unix seconds


class Welcomed(Record, frozen=True, kw_only=True):
    """Note that a person was welcomed in their direct messages, ``at`` Unix seconds."""

    at: float


class ChannelSettings(Record, frozen=True, kw_only=True):
    """Hold a channel's automatic mode. With ``auto``, every photo posted becomes a job.

    The fields of a wish apply where the photo's message says nothing else; with ``always``, its
    text is not read at all. ``scene`` names a saved scene for what these fields leave open. ``by``
    (a user id) set the mode at ``at`` (Unix seconds).
    """

    auto: bool = False
    always: bool = False
    words: str = ""
    template: str = ""
    product: str = ""
    avoid: str = ""
    resolution: Resolution | None = None
    packshot: Packshot | None = None
    scene: str = ""
    by: str = ""
    at: float = 0.0


def person_settings(bucket: Bucket, team_id: str, user_id: str) -> PersonSettings:
    """Read a person's defaults; those of the product if there are none."""
    return _read(bucket, person_settings_key(team_id, user_id), PersonSettings)


def save_person_settings(
    bucket: Bucket, team_id: str, user_id: str, settings: PersonSettings
) -> None:
    """Remember a person's defaults."""
    _save(bucket, person_settings_key(team_id, user_id), settings)


def note_welcomed(bucket: Bucket, team_id: str, user_id: str, *, at: float) -> bool:
    """Note that a person is welcomed; False if they were welcomed before."""
    try:
        Records(bucket).create(welcomed_key(team_id, user_id), Welcomed(at=at))
    except KeyExists:
        return False
    return True


def channel_settings(bucket: Bucket, channel: str) -> ChannelSettings:
    """Read a channel's settings; automatic mode is off if there are none."""
    return _read(bucket, channel_settings_key(channel), ChannelSettings)


def save_channel_settings(bucket: Bucket, channel: str, settings: ChannelSettings) -> None:
    """Remember a channel's settings."""
    _save(bucket, channel_settings_key(channel), settings)


def _read(bucket: Bucket, key: str, kind: type[RecordT]) -> RecordT:
    try:
        return Records(bucket).read(key, kind) or kind()
    except Unreadable as error:
        warn(
            "settings cannot be read: the defaults hold, and the next choice replaces them",
            record=str(error),
        )
        return kind()


def _save(bucket: Bucket, key: str, settings: Record) -> None:
    Records(bucket).write(key, settings)
