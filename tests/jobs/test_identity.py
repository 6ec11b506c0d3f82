"""A job's id: the same for the same wish, another for another, safe in a key."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from functions.jobs.identity import is_job_id, of_message, of_upload

PARTS = st.text(max_size=20)


def test_ids_stay_what_they_were() -> None:
    """Frozen: an id that changed with a release would make one redelivery two jobs."""
    assert of_message("C0PRODUCTS", "1732270000.000100", "F0123456789") == "3acjjth7wujyrmnjezht"
    assert of_upload("C0PRODUCTS", "1732270000.000100") == "timbk7745mog2crzg47c"


def test_every_part_of_what_was_asked_makes_a_difference() -> None:
    one = of_message("C1", "1.1", "F1")
    assert one == of_message("C1", "1.1", "F1")
    others = {
        of_message("C2", "1.1", "F1"),
        of_message("C1", "1.2", "F1"),
        of_message("C1", "1.1", "F2"),
    }
    assert len(others | {one, of_upload("C1", "1.1")}) == 5


@given(PARTS, PARTS, PARTS, PARTS, PARTS, PARTS)
def test_the_parts_cannot_run_into_each_other(
    channel: str, ts: str, file_id: str, channel2: str, ts2: str, file_id2: str
) -> None:
    assume((channel, ts, file_id) != (channel2, ts2, file_id2))
    assert of_message(channel, ts, file_id) != of_message(channel2, ts2, file_id2)


@given(st.text(min_size=2, max_size=12), st.data())
def test_where_one_part_ends_matters(text: str, data: st.DataObject) -> None:
    cut, other = data.draw(
        st.tuples(*[st.integers(0, len(text))] * 2).filter(lambda c: c[0] != c[1])
    )
    assert of_upload(text[:cut], text[cut:]) != of_upload(text[:other], text[other:])


@given(PARTS, PARTS, PARTS)
def test_an_id_can_stand_in_a_key(channel: str, ts: str, file_id: str) -> None:
    assert is_job_id(of_message(channel, ts, file_id))
    assert is_job_id(of_upload(channel, ts))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * 19,
        "a" * 21,
        "A" * 20,
        "1" * 20,
        "a" * 19 + "\n",
        "a" * 20 + "\n",
        "../" + "a" * 17,
        "ａ" * 20,
        "a" * 19 + "/",
    ],
)
def test_anything_else_is_no_job_id(text: str) -> None:
    assert not is_job_id(text)


@given(st.text(max_size=30))
def test_a_job_id_has_twenty_characters_that_need_no_quoting(text: str) -> None:
    if is_job_id(text):
        assert len(text) == 20
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyz234567")
