"""Slack's signature over the raw bytes (docs.slack.dev, "Verifying requests from Slack")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.endpoint import is_from_slack
from tests.bot.driving import signature

# The example of Slack's own page.
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TIMESTAMP = 1531420618
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
    b"%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121"
    b".803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def is_taken(
    body: bytes = BODY,
    *,
    timestamp: str | None = str(TIMESTAMP),
    signed: str | None = SIGNATURE,
    now: float = TIMESTAMP,
) -> bool:
    headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": signed}
    given_headers = {name: value for name, value in headers.items() if value is not None}
    return is_from_slack(body, given_headers, SECRET, now=now)


def test_slacks_own_example_is_from_slack() -> None:
    assert is_taken()


@pytest.mark.parametrize("away_s", [-300, -299, 0, 299, 300])
def test_a_clock_may_be_five_minutes_off(away_s: int) -> None:
    assert is_taken(now=TIMESTAMP + away_s)


@pytest.mark.parametrize("away_s", [-1e9, -301, 301, 86_400])
def test_what_is_older_or_comes_from_the_future_is_not_taken(away_s: float) -> None:
    assert not is_taken(now=TIMESTAMP + away_s)


@pytest.mark.parametrize(
    "timestamp",
    [
        None,
        "",
        "now",
        "1531420618.0",
        " 1531420618",
        "1531420618\n",
        "-1531420618",
        "+1531420618",
        "１５３１４２０６１８",
        "0x5b47a64a",
        "1e9",
        "9" * 400,
    ],
)
def test_a_timestamp_that_is_no_plain_number_is_not_taken(timestamp: str | None) -> None:
    """Bolt answers 500 for some of these."""
    assert not is_taken(timestamp=timestamp)


@pytest.mark.parametrize(
    "signed",
    [
        None,
        "",
        SIGNATURE[3:],
        SIGNATURE.upper(),
        SIGNATURE[:-1],
        SIGNATURE + "0",
        "v1" + SIGNATURE[2:],
        "v0=" + "é" * 64,
        "签名",
        "v0=" + "\xff" * 64,
    ],
)
def test_another_signature_is_not_taken(signed: str | None) -> None:
    """For a non-ASCII one Bolt answers 500."""
    assert not is_taken(signed=signed)


@given(st.binary(max_size=60))
def test_other_bytes_are_not_taken(body: bytes) -> None:
    assert not is_taken(body)


@given(st.integers(0, len(BODY) - 1), st.integers(0, 255))
def test_one_changed_byte_is_enough(at: int, byte: int) -> None:
    changed = BODY[:at] + bytes([byte]) + BODY[at + 1 :]
    assert is_taken(changed) == (changed == BODY)


def test_a_signature_belongs_to_its_timestamp() -> None:
    assert not is_taken(timestamp=str(TIMESTAMP + 1))


def test_a_signature_belongs_to_the_secret() -> None:
    other = signature(BODY, str(TIMESTAMP), "another-secret-0123456789abcdef")
    assert not is_taken(signed=other)


@given(st.binary(max_size=100), st.integers(0, 10**11))
def test_whatever_is_signed_with_the_secret_is_taken(body: bytes, timestamp: int) -> None:
    signed = signature(body, str(timestamp), SECRET)
    assert is_taken(body, timestamp=str(timestamp), signed=signed, now=timestamp)


@given(st.text(), st.text())
def test_whatever_the_headers_hold_is_answered(timestamp: str, signed: str) -> None:
    assert not is_taken(timestamp=timestamp, signed=signed)
