"""Signature v3 from the server's side, without a network."""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tencentcloud.common.sign import Sign

from infra.local import tc3
from infra.local.control import Key
from infra.local.vendor_error import Refused

# Tencent's published example of signature v3 (document 213/30654, its unmasked edition).
PUBLISHED_AT = 1551113065
PUBLISHED_KEY = Key(
    secret_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
    secret_key="Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
)
PUBLISHED_SIGNATURE = "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
PUBLISHED_BODY = (
    rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
)


def published(**headers: str) -> tc3.Sent:
    """The published request; an empty value takes a header out."""
    all_headers = {
        "authorization": (
            f"TC3-HMAC-SHA256 Credential={PUBLISHED_KEY.secret_id}/2019-02-25/cvm/tc3_request, "
            f"SignedHeaders=content-type;host, Signature={PUBLISHED_SIGNATURE}"
        ),
        "content-type": "application/json; charset=utf-8",
        "host": "cvm.tencentcloudapi.com",
        "x-tc-action": "DescribeInstances",
        "x-tc-timestamp": str(PUBLISHED_AT),
    } | headers
    kept = {name: value for name, value in all_headers.items() if value}
    return tc3.Sent(method="POST", path="/", query="", headers=kept, body=PUBLISHED_BODY)


def verify(
    sent: tc3.Sent, *, key: Key = PUBLISHED_KEY, now: float = PUBLISHED_AT, service: str = "cvm"
) -> Key:
    return tc3.verify(sent, keys={key.secret_id: key}, service=service, now=now)


def code(act: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def signed(**changed: str) -> tc3.Sent:
    """A request of our own, signed with the official SDK's signer."""
    parts = {
        "date": "2019-02-25",
        "service": "cvm",
        "names": "content-type;host",
        "timestamp": str(PUBLISHED_AT),
    } | changed
    bare = published(**{"x-tc-timestamp": parts["timestamp"]})
    headers = "".join(f"{name}:{bare.headers[name]}\n" for name in parts["names"].split(";"))
    payload = hashlib.sha256(bare.body).hexdigest()
    canonical = f"POST\n/\n\n{headers}\n{parts['names']}\n{payload}"
    to_sign = "\n".join(
        (
            "TC3-HMAC-SHA256",
            parts["timestamp"],
            f"{parts['date']}/{parts['service']}/tc3_request",
            hashlib.sha256(canonical.encode()).hexdigest(),
        )
    )
    signature = Sign.sign_tc3(PUBLISHED_KEY.secret_key, parts["date"], parts["service"], to_sign)
    credential = f"{PUBLISHED_KEY.secret_id}/{parts['date']}/{parts['service']}/tc3_request"
    return published(
        **{
            "x-tc-timestamp": parts["timestamp"],
            "authorization": f"TC3-HMAC-SHA256 Credential={credential}, "
            f"SignedHeaders={parts['names']}, Signature={signature}",
        }
    )


def test_the_published_example_verifies() -> None:
    assert verify(published()) == PUBLISHED_KEY


def test_the_published_signature_is_computed() -> None:
    scope = tc3.Scope(
        date="2019-02-25",
        service="cvm",
        timestamp=str(PUBLISHED_AT),
        names="content-type;host",
    )
    assert tc3.signature(published(), scope, PUBLISHED_KEY.secret_key) == PUBLISHED_SIGNATURE


def test_what_the_official_signer_signs_verifies() -> None:
    assert verify(signed(names="content-type;host;x-tc-timestamp")) == PUBLISHED_KEY


@given(at=st.integers(0, len(PUBLISHED_BODY) - 1), mask=st.integers(1, 255))
def test_no_byte_of_the_body_can_be_changed(at: int, mask: int) -> None:
    body = bytearray(PUBLISHED_BODY)
    body[at] ^= mask
    changed = msgspec.structs.replace(published(), body=bytes(body))
    assert code(lambda: verify(changed)) == "AuthFailure.SignatureFailure"


@given(text=st.text(max_size=200))
def test_whatever_stands_in_authorization_is_refused_as_such(text: str) -> None:
    sent = published(authorization=text or "-")
    assert code(lambda: verify(sent)) == "AuthFailure.InvalidAuthorization"


@pytest.mark.parametrize("late_s", [-300, 0, 300])
def test_five_minutes_of_difference_are_allowed(late_s: int) -> None:
    assert verify(published(), now=PUBLISHED_AT + late_s) == PUBLISHED_KEY


@pytest.mark.parametrize("late_s", [-301, 301])
def test_more_than_five_minutes_of_difference_are_not(late_s: int) -> None:
    assert (
        code(lambda: verify(published(), now=PUBLISHED_AT + late_s))
        == "AuthFailure.SignatureExpire"
    )


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (published(authorization=""), "AuthFailure.InvalidAuthorization"),
        (published(**{"x-tc-timestamp": ""}), "MissingParameter"),
        (published(**{"x-tc-timestamp": "soon"}), "InvalidParameter"),
        (published(host="aiart.tencentcloudapi.com"), "AuthFailure.SignatureFailure"),
        (published(**{"x-tc-timestamp": str(PUBLISHED_AT + 1)}), "AuthFailure.SignatureFailure"),
        (published(**{"x-tc-content-sha256": tc3.UNSIGNED}), "AuthFailure.SignatureFailure"),
        (published(**{"x-tc-token": "a-token"}), "AuthFailure.TokenFailure"),
        (signed(date="2019-02-24"), "AuthFailure.SignatureFailure"),
        (signed(service="aiart"), "AuthFailure.SignatureFailure"),
        (signed(names="host"), "AuthFailure.SignatureFailure"),
        (signed(names="host;content-type"), "AuthFailure.SignatureFailure"),
    ],
)
def test_each_fault_has_its_code(sent: tc3.Sent, expected: str) -> None:
    assert code(lambda: verify(sent)) == expected


def test_a_signed_header_that_was_not_sent_fails_the_signature() -> None:
    sent = signed(names="content-type;host;x-tc-action")
    without = {name: value for name, value in sent.headers.items() if name != "x-tc-action"}
    bare = msgspec.structs.replace(sent, headers=without)
    assert code(lambda: verify(bare)) == "AuthFailure.SignatureFailure"


def test_an_unknown_secret_id_is_named_as_such() -> None:
    stranger = Key(secret_id="AKIDsomeoneelse", secret_key=PUBLISHED_KEY.secret_key)
    assert code(lambda: verify(published(), key=stranger)) == "AuthFailure.SecretIdNotFound"


def test_a_temporary_key_needs_its_token_and_ends_with_it() -> None:
    key = msgspec.structs.replace(PUBLISHED_KEY, token="t-1", expires_at=PUBLISHED_AT + 10)
    good = published(**{"x-tc-token": "t-1"})
    assert verify(good, key=key) == key
    assert code(lambda: verify(published(), key=key)) == "AuthFailure.TokenFailure"
    assert code(lambda: verify(good, key=key, now=PUBLISHED_AT + 10)) == "AuthFailure.TokenFailure"


def test_a_host_is_signed_with_its_port_or_without() -> None:
    """The Python client signs the header, the Node client (4.1.220) the name alone."""
    bare = signed()
    there = msgspec.structs.replace(
        bare, headers={**bare.headers, "host": "cvm.tencentcloudapi.com:9000"}
    )
    assert verify(bare) == verify(there) == PUBLISHED_KEY
    elsewhere = msgspec.structs.replace(
        bare, headers={**bare.headers, "host": "elsewhere.example:9000"}
    )
    assert code(lambda: verify(elsewhere)) == "AuthFailure.SignatureFailure"
