"""Signatures of Slack and of webhooks: only the right one is right, and nothing breaks the check.

The right ones are made here by the standard library alone, from the specifications.
"""

import base64
import hashlib
import hmac
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.endpoint import is_from_slack
from functions.gateway.problems import Rejected
from functions.gateway.signatures import sender_of
from functions.jobs.webhook_clients import Client, secret_bytes
from tests.conftest import SIGNING_SECRET
from tests.fuzz.budget import tries
from tests.gateway.program import SHOP, STUDIO, STUDIO_OLD

CLIENTS = (Client("shop", (SHOP,)), Client("studio", (STUDIO, STUDIO_OLD)))
NOW = 1_795_348_800
in_a_header = st.text(st.characters(max_codepoint=0xFF), max_size=120)
near_now = st.integers(-302, 302).map(lambda off_s: NOW + off_s)
odd_times = st.sampled_from(
    [
        "",
        "0",
        "-1",
        "nan",
        "inf",
        "1e9",
        "1" * 400,
        " 1",
        "1 ",
        "0x1",
        "١٢٣".encode().decode("latin-1"),
    ]
)
stamps = st.one_of(near_now.map(str), odd_times, in_a_header)


def by_slack(body: bytes, stamp: str, secret: str = SIGNING_SECRET) -> str:
    signed = b"v0:" + stamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def by_webhook(secret: str, webhook_id: str, stamp: str, body: bytes) -> str:
    signed = f"{webhook_id}.{stamp}.".encode() + body
    digest = hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


# --- Slack's


@tries(60)
@given(st.binary(max_size=300), stamps, in_a_header)
@example(b"", "1" * 400, "v0=")  # too long for int()
def test_a_made_up_slack_signature_is_refused(body: bytes, stamp: str, signature: str) -> None:
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": signature}
    assert not is_from_slack(body, headers, SIGNING_SECRET, now=NOW)


@tries(60)
@given(st.binary(max_size=300), stamps)
def test_slacks_own_signature_counts_for_five_minutes(body: bytes, stamp: str) -> None:
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": by_slack(body, stamp)}
    is_a_time = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12
    is_fresh = is_a_time and abs(NOW - int(stamp)) <= 300
    assert is_from_slack(body, headers, SIGNING_SECRET, now=NOW) == is_fresh


@tries(50)
@given(st.binary(min_size=1, max_size=300), st.data())
def test_one_changed_byte_spoils_slacks_signature(body: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != body[at]))
    changed = body[:at] + bytes([other]) + body[at + 1 :]
    headers = {
        "x-slack-request-timestamp": str(NOW),
        "x-slack-signature": by_slack(body, str(NOW)),
    }
    assert is_from_slack(body, headers, SIGNING_SECRET, now=NOW)
    assert not is_from_slack(changed, headers, SIGNING_SECRET, now=NOW)


# --- a webhook's


@tries(60)
@given(
    st.binary(max_size=300),
    st.fixed_dictionaries(
        {},
        optional={
            "webhook-id": in_a_header,
            "webhook-timestamp": in_a_header | odd_times | st.just(str(int(time.time()))),
            "webhook-signature": in_a_header
            | st.lists(in_a_header, max_size=4).map(
                lambda parts: " ".join(f"v1,{p}" for p in parts)
            ),
        },
    ),
)
def test_a_made_up_webhook_signature_is_refused(body: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(Rejected) as caught:
        sender_of(CLIENTS, headers, body)
    assert (caught.value.status, caught.value.code) == (401, "signature_refused")


@tries(50)
@given(
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60),
    st.text(max_size=200).map(str.encode),
    st.sampled_from([(SHOP, "shop"), (STUDIO, "studio"), (STUDIO_OLD, "studio")]),
    st.lists(in_a_header.filter(lambda text: not {" ", ","} & {*text}), max_size=3),
)
def test_who_signs_rightly_is_known_by_it_among_other_signatures(
    webhook_id: str, body: bytes, signer: tuple[str, str], others: list[str]
) -> None:
    secret, name = signer
    stamp = str(int(time.time()))
    right = by_webhook(secret, webhook_id, stamp, body)
    signed = " ".join([*(f"v1a,{one}" for one in others), right])
    headers = {"webhook-id": webhook_id, "webhook-timestamp": stamp, "webhook-signature": signed}
    assert sender_of(CLIENTS, headers, body).name == name
    with pytest.raises(Rejected):
        sender_of(CLIENTS, headers, body + b" ")


@tries(50)
@given(in_a_header.map(lambda text: f"{text},,"))
@example("v1a,,")  # standardwebhooks 1.1.0 gives up on it, and so on the right one behind it
def test_a_signature_that_is_none_beside_the_right_one_is_a_refusal_and_no_error(odd: str) -> None:
    stamp = str(int(time.time()))
    signed = f"{odd} {by_webhook(SHOP, 'msg_1', stamp, b'{}')}"
    headers = {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signed}
    with pytest.raises(Rejected):
        sender_of(CLIENTS, headers, b"{}")
