"""A job's id: the same for the same wish, another for another, safe in a key."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from functions.jobs.job_ids import (
    id_of_button,
    id_of_form,
    id_of_jobs,
    id_of_message,
    id_of_slash,
    id_of_upload,
    id_of_webhook,
    id_of_workflow,
    is_job_id,
)

PARTS = st.text(max_size=20)
FROZEN = [
    (id_of_form("nonce", "{}", "F1"), "oib4iygcfnyvrq76qkgg"),
    (id_of_form("nonce", "{}", "F1", 1), "6l36uievqcd4okfvsqty"),
    (id_of_button("3acjjth7wujyrmnjezht", "again", "token"), "qrlkpvnda6quj4rkh6x7"),
    (id_of_button("3acjjth7wujyrmnjezht", "variation", "token", 2), "ca4agnjuvfddrgly4wve"),
    (id_of_slash("1.2.abc", "https://shop.example/cup.jpg"), "drvcgljuaulma5shuxge"),
    (id_of_workflow("Fx0123456789"), "lmzhe4ghvhfeunnxmzyl"),
    (id_of_webhook("shop", "msg_1"), "3x5b7ikzt5xelygapl2i"),
    (id_of_webhook("shop", "msg_1", 1), "ajwv7uisnrsl46qj7we7"),
    (id_of_jobs(["3acjjth7wujyrmnjezht"]), "j3u7cekk6orps3hbpxna"),
]


def test_ids_stay_what_they_were() -> None:
    """Frozen: an id that changed with a release would make one redelivery two jobs."""
    assert id_of_message("C0PRODUCTS", "1732270000.000100", "F0123456789") == "3acjjth7wujyrmnjezht"
    assert id_of_upload("C0PRODUCTS", "1732270000.000100") == "timbk7745mog2crzg47c"


@pytest.mark.parametrize(("job_id", "frozen"), FROZEN)
def test_ids_of_other_gestures_stay_what_they_were(job_id: str, frozen: str) -> None:
    assert job_id == frozen


def test_no_two_gestures_share_an_id() -> None:
    ids = [job_id for job_id, _ in FROZEN]
    assert len(set(ids)) == len(ids)


def test_every_part_of_what_was_asked_makes_a_difference() -> None:
    one = id_of_message("C1", "1.1", "F1")
    assert one == id_of_message("C1", "1.1", "F1")
    others = {
        id_of_message("C2", "1.1", "F1"),
        id_of_message("C1", "1.2", "F1"),
        id_of_message("C1", "1.1", "F2"),
    }
    assert len(others | {one, id_of_upload("C1", "1.1")}) == 5


@given(PARTS, PARTS, PARTS, PARTS, PARTS, PARTS)
def test_the_parts_cannot_run_into_each_other(
    channel: str, ts: str, file_id: str, channel2: str, ts2: str, file_id2: str
) -> None:
    assume((channel, ts, file_id) != (channel2, ts2, file_id2))
    assert id_of_message(channel, ts, file_id) != id_of_message(channel2, ts2, file_id2)


@given(st.text(min_size=2, max_size=12), st.data())
def test_where_one_part_ends_matters(text: str, data: st.DataObject) -> None:
    cut, other = data.draw(
        st.tuples(*[st.integers(0, len(text))] * 2).filter(lambda c: c[0] != c[1])
    )
    assert id_of_upload(text[:cut], text[cut:]) != id_of_upload(text[:other], text[other:])


@given(PARTS, PARTS, PARTS)
def test_an_id_can_stand_in_a_key(channel: str, ts: str, file_id: str) -> None:
    assert is_job_id(id_of_message(channel, ts, file_id))
    assert is_job_id(id_of_upload(channel, ts))


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
