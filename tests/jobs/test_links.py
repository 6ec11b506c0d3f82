"""Long-lived links: signed by the first secret, verified by all, worthless when touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.jobs.links import Links
from tests.jobs.making import JOB_ID, job_ids

NEW, OLD = "a-link-secret-of-the-tests-0001", "旧的密钥-old-secret-of-the-tests"
LINKS = Links("https://gateway.example", [NEW, OLD])
NAME = "preview.jpg"
# openssl dgst -sha256 -hmac SECRET -binary | head -c 20 | base32, over picture|JOB|NAME
BY_NEW, BY_OLD = "jh7ntf4x4zwbsdokmwah252xeacwkcmi", "pav4fav6orwnfkgwar4ekkcq7l222zlf"


def test_a_link_is_what_openssl_makes_of_it() -> None:
    """Frozen: links in old threads must open after every release."""
    assert LINKS.picture(JOB_ID, NAME) == f"https://gateway.example/i/{JOB_ID}/{BY_NEW}/{NAME}"


def test_the_first_secret_signs_and_every_secret_verifies() -> None:
    assert LINKS.is_picture(JOB_ID, NAME, BY_NEW)
    assert LINKS.is_picture(JOB_ID, NAME, BY_OLD)


def test_a_secret_that_was_put_in_front_kills_no_link() -> None:
    rotated = Links("https://gateway.example", ["the-newest-secret-of-all-of-them", NEW, OLD])
    assert BY_NEW not in rotated.picture(JOB_ID, NAME)
    assert rotated.is_picture(JOB_ID, NAME, BY_NEW)


def test_a_secret_that_was_taken_away_kills_its_links() -> None:
    assert not Links("https://gateway.example", [NEW]).is_picture(JOB_ID, NAME, BY_OLD)


def test_a_signature_is_for_one_job_and_one_name() -> None:
    other = job_ids(1)[0]
    assert not LINKS.is_picture(other, NAME, BY_NEW)
    assert not LINKS.is_picture(JOB_ID, "picture.png", BY_NEW)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        BY_NEW[:-1],
        BY_NEW + "a",
        BY_NEW.upper(),
        BY_NEW[::-1],
        " " + BY_NEW,
        BY_NEW + "\n",
        "é" * 32,
        "签" * 32,
        "\x00" * 32,
    ],
)
def test_another_signature_is_none(signature: str) -> None:
    assert not LINKS.is_picture(JOB_ID, NAME, signature)


@given(st.integers(0, 31), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567=A1é"))
def test_one_changed_character_is_enough(at: int, character: str) -> None:
    changed = BY_NEW[:at] + character + BY_NEW[at + 1 :]
    assert LINKS.is_picture(JOB_ID, NAME, changed) == (changed == BY_NEW)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=40))
def test_whatever_is_asked_is_answered(job_id: str, name: str, signature: str) -> None:
    assert not LINKS.is_picture(job_id, name, signature)


@given(st.text(max_size=20), st.text(max_size=20))
def test_every_link_that_we_make_verifies(job_id: str, name: str) -> None:
    link = LINKS.picture(job_id, name)
    signature = link.removeprefix(f"https://gateway.example/i/{job_id}/").partition("/")[0]
    assert LINKS.is_picture(job_id, name, signature)
    assert len(signature) == 32  # 160 bits
    assert signature.isascii()


def test_a_slash_at_the_end_of_the_address_does_not_double() -> None:
    assert Links("https://gateway.example/", [NEW]).picture(JOB_ID, NAME).count("//") == 1
