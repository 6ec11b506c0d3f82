"""What the parsers of single variables take, whatever is typed."""

import re
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from functions import environment


@given(st.text(max_size=60))
def test_a_url_that_is_taken_is_an_address_to_append_a_path_to(value: str) -> None:
    for candidate in (value, f"https://{value}", f"https://a.example/{value}"):
        try:
            url = environment.url(candidate)
        except ValueError:
            continue
        assert re.fullmatch(r"https?://[!-~]+", url)
        assert not url.endswith("/")
        assert not set("?#") & set(url)
        assert urlsplit(url).username is None


@given(st.text(max_size=6) | st.integers(-10, 100).map(str), st.integers(0, 50), st.integers(0, 50))
def test_a_number_that_is_taken_is_within_its_bounds(value: str, low: int, more: int) -> None:
    try:
        number = environment.number(low, low + more)(value)
    except ValueError:
        assert not (value.isascii() and value.isdigit() and low <= int(value) <= low + more)
    else:
        assert low <= number <= low + more


@given(st.text(max_size=100))
def test_secrets_that_are_taken_are_long_enough(value: str) -> None:
    try:
        secrets = environment.secrets(value)
    except ValueError:
        return
    assert secrets
    assert all(len(secret) >= environment.SECRET_MIN_CHARS for secret in secrets)
    assert not any("," in secret or secret != secret.strip() for secret in secrets)
