"""Who may send webhooks: what the operator may write, and what stops the start."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.jobs.webhook_clients import parse_clients, secret_bytes


def a_secret(byte: int = 1, length: int = 32) -> str:
    return "whsec_" + base64.b64encode(bytes([byte]) * length).decode()


def written(*clients: dict[str, Any]) -> str:
    return json.dumps([{"name": "shop", "secrets": [a_secret()]} | client for client in clients])


def test_a_client_has_its_secrets_channels_and_callback_hosts() -> None:
    (client,) = parse_clients(
        written({"channels": ["C0123456789"], "callback_hosts": ["shop.example", "127.0.0.1"]})
    )
    assert (client.name, client.secrets) == ("shop", (a_secret(),))
    assert client.channels == ("C0123456789",)
    assert client.callback_hosts == ("shop.example", "127.0.0.1")


def test_a_client_is_printed_without_its_secrets() -> None:
    assert a_secret() not in repr(parse_clients(written({})))


def test_two_secrets_are_current_while_one_follows_the_other() -> None:
    (client,) = parse_clients(written({"secrets": [a_secret(1), a_secret(2)]}))
    assert client.secrets == (a_secret(1), a_secret(2))


def test_two_clients_with_one_secret_stop_the_start() -> None:
    with pytest.raises(ValueError, match="each secret once"):
        parse_clients(written({"name": "one"}, {"name": "two"}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Shop"},
        {"name": ""},
        {"name": "a/b"},
        {"secrets": []},
        {"secrets": [a_secret(n) for n in range(3)]},
        {"secrets": ["a-secret-without-its-prefix-0123456789"]},
        {"secrets": [a_secret(length=23)]},
        {"secrets": [a_secret(length=65)]},
        {"secrets": ["whsec_not Base64 at all"]},
        {"secrets": ["whsec_密钥"]},
        {"channels": ["D0123456789"]},
        {"channels": ["U0123456789"]},
        {"channels": ["#products"]},
        {"callback_hosts": ["https://shop.example"]},
        {"callback_hosts": ["shop.example:443"]},
        {"callback_hosts": ["shop.example/"]},
        {"callback_hosts": ["Shop.example"]},
        {"more": 1},
    ],
)
def test_what_is_written_wrongly_is_refused_without_being_shown(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^it should ") as error:
        parse_clients(written(wrong))
    assert "0123456789-" not in str(error.value)
    assert error.value.__suppress_context__ or error.value.__context__ is None


def test_two_clients_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="a name of its own"):
        parse_clients(written({}, {"secrets": [a_secret(2)]}))


@given(st.text(max_size=60))
def test_a_secret_that_is_taken_is_long_enough(text: str) -> None:
    for candidate in (text, f"whsec_{text}"):
        try:
            key = secret_bytes(candidate)
        except ValueError:
            continue
        assert 24 <= len(key) <= 64
