"""What people and channels have chosen."""

import pytest

from functions.jobs.bucket import Bucket, BucketUnavailable
from functions.jobs.settings import (
    ChannelSettings,
    PersonSettings,
    channel_settings,
    person_settings,
    save_channel_settings,
    save_person_settings,
)
from functions.jobs.wish import Resolution
from tests.jobs.driving import Cos

CHOSEN = PersonSettings(
    language="zh", resolution=Resolution(width=1280, height=720), watermark=False
)


def test_who_has_chosen_nothing_has_the_defaults(bucket: Bucket) -> None:
    assert person_settings(bucket, "T1", "U1") == PersonSettings()
    assert channel_settings(bucket, "C1") == ChannelSettings()


def test_what_was_chosen_is_remembered_and_can_be_changed(bucket: Bucket) -> None:
    save_person_settings(bucket, "T1", "U1", PersonSettings(watermark=True))
    save_person_settings(bucket, "T1", "U1", CHOSEN)
    assert person_settings(bucket, "T1", "U1") == CHOSEN
    assert person_settings(bucket, "T1", "U2") == PersonSettings()
    assert person_settings(bucket, "T2", "U1") == PersonSettings()


def test_a_channel_remembers_who_switched_it(bucket: Bucket) -> None:
    chosen = ChannelSettings(auto=True, words="on a table", by="U1", at=1.5)
    save_channel_settings(bucket, "C1", chosen)
    assert channel_settings(bucket, "C1") == chosen
    assert channel_settings(bucket, "C2") == ChannelSettings()


def test_a_person_without_a_team_has_settings_too(bucket: Bucket, cos: Cos) -> None:
    save_person_settings(bucket, "", "U1", CHOSEN)
    assert cos.listed() == ["settings/people/-/U1.json"]
    assert person_settings(bucket, "", "U1") == CHOSEN


UNREADABLE = [
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
]


@pytest.mark.parametrize("data", UNREADABLE)
def test_settings_that_cannot_be_read_are_the_defaults_and_are_named_in_the_log(
    data: bytes, bucket: Bucket, cos: Cos, caplog: pytest.LogCaptureFixture
) -> None:
    key = "settings/people/T1/U1.json"
    cos.write(key, data)
    assert person_settings(bucket, "T1", "U1") == PersonSettings()
    (line,) = caplog.records
    assert line.__dict__["fields"]["record"].startswith(f"{key}: ")
    assert "the next choice replaces them" in line.getMessage()
    assert cos.read(key) == data  # only a choice replaces it
    save_person_settings(bucket, "T1", "U1", CHOSEN)
    assert person_settings(bucket, "T1", "U1") == CHOSEN


@pytest.mark.parametrize("other", [b'{"language": "fr"', b'{"resolution": 7', b'{"later": 1'])
def test_what_another_version_chose_holds_as_far_as_it_is_known(
    other: bytes, bucket: Bucket, cos: Cos
) -> None:
    cos.write("settings/people/T1/U1.json", other + b', "watermark": false}')
    assert person_settings(bucket, "T1", "U1") == PersonSettings(watermark=False)


def test_a_channels_settings_that_are_not_understood_switch_nothing_on(
    bucket: Bucket, cos: Cos
) -> None:
    cos.write("settings/channels/C1.json", b'{"auto": "on"}')
    assert channel_settings(bucket, "C1") == ChannelSettings()


def test_a_bucket_that_does_not_answer_is_no_default(bucket: Bucket, cos: Cos) -> None:
    cos.fault(op="GET", status=503, error="SlowDown")
    with pytest.raises(BucketUnavailable):
        person_settings(bucket, "T1", "U1")
