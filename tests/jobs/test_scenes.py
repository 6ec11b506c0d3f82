"""Scenes: one object each, found by name, changed by who may."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.jobs.bucket import Bucket
from functions.jobs.bucket_layout import (
    WORKSPACE_SCENES,
    channel_scenes,
    person_scenes,
    scene_key,
    scene_of_key,
)
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.scenes import (
    NAME_CHARS,
    SCENES_MOST,
    Scene,
    delete_scene,
    find_scene,
    read_scenes,
    rename_scene,
    save_scene,
    scene_name,
    scene_names,
)
from functions.jobs.wish import Resolution
from tests.jobs.driving import Cos

MINE, THEIRS, EVERYBODYS = person_scenes("T1", "U1"), channel_scenes("C1"), WORKSPACE_SCENES
SUMMER = Scene(name="summer", prompt="on a beach", avoid="people", by="U1", at=1.0)


def anybody(_: Scene) -> bool:
    return True


def nobody(_: Scene) -> bool:
    return False


def save(bucket: Bucket, place: str, scene: Scene = SUMMER) -> bool:
    return save_scene(bucket, place, scene, may_change=anybody)


def code_of(error: pytest.ExceptionInfo[Refused]) -> ErrorCode:
    (problem,) = error.value.problems
    return problem.code


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Summer", "summer"),
        ("ＳＵＭＭＥＲ", "summer"),
        (" “summer”, ", "summer"),
        ("夏天", "夏天"),
        ("a_b-c9", "a_b-c9"),
        ("cafe\u0301", "café"),
        ("x" * NAME_CHARS, "x" * NAME_CHARS),
    ],
)
def test_a_name_is_one_word_however_it_is_typed(typed: str, name: str) -> None:
    assert scene_name(typed) == name


@pytest.mark.parametrize("typed", ["", "-", "a b", "../x", "a/b", "x" * (NAME_CHARS + 1), "☀"])
def test_what_is_no_word_is_no_name(typed: str) -> None:
    with pytest.raises(Refused) as error:
        scene_name(typed)
    assert code_of(error) is ErrorCode.SCENE_NAME


@given(st.from_regex(r"[^\W_][\w-]{0,28}[^\W_]", fullmatch=True))
def test_a_key_has_the_name_in_letters_that_any_policy_can_match(name: str) -> None:
    key = scene_key(MINE, name)
    assert scene_of_key(key) == name
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz234567/.TU1")


def test_a_scene_is_the_persons_before_the_channels_before_the_workspaces(bucket: Bucket) -> None:
    for place in (EVERYBODYS, THEIRS, MINE):
        save(bucket, place)
        assert find_scene(bucket, "SUMMER", [MINE, THEIRS, EVERYBODYS]) == (place, SUMMER)


def test_a_scene_that_is_nowhere_is_refused_by_its_name(bucket: Bucket) -> None:
    save(bucket, person_scenes("T1", "U2"))
    for typed in ("summer", "what a day", ""):
        with pytest.raises(Refused) as error:
            find_scene(bucket, typed, [MINE, EVERYBODYS])
        assert code_of(error) is ErrorCode.SCENE_UNKNOWN
        assert error.value.problems[0].facts["typed"] == typed


def test_a_scene_says_only_what_it_was_saved_with() -> None:
    assert SUMMER.fields() == {"prompt": "on a beach", "avoid": "people"}
    marble = Scene(name="m", template="大理石", resolution=Resolution(width=1280, height=720))
    assert marble.fields() == {"template": "大理石", "resolution": marble.resolution}


def test_a_size_that_is_out_of_range_meanwhile_is_not_said() -> None:
    assert Scene(name="m", avoid="x", resolution=Resolution(width=9, height=9)).fields() == {
        "avoid": "x"
    }


def test_who_changes_a_scene_does_not_become_its_maker(bucket: Bucket) -> None:
    assert save(bucket, THEIRS)
    changed = Scene(name="summer", prompt="in the sun", by="UADMIN", at=2.0)
    assert not save(bucket, THEIRS, changed)
    (found,) = read_scenes(bucket, THEIRS, ["summer"])
    assert (found.prompt, found.by, found.at) == ("in the sun", "U1", 2.0)


def test_who_may_not_change_a_scene_leaves_it_as_it_is(bucket: Bucket) -> None:
    save(bucket, THEIRS)
    other = Scene(name="summer", prompt="x", by="U2")
    for act in (
        lambda: save_scene(bucket, THEIRS, other, may_change=nobody),
        lambda: rename_scene(bucket, THEIRS, SUMMER, "winter", may_change=nobody),
        lambda: delete_scene(bucket, THEIRS, SUMMER, may_change=nobody),
    ):
        with pytest.raises(Refused) as error:
            act()
        assert code_of(error) is ErrorCode.SCENE_NOT_YOURS
    assert read_scenes(bucket, THEIRS, ["summer", "winter"]) == [SUMMER]


def test_of_many_who_save_a_new_scene_at_once_one_has_made_it_and_none_is_mixed(
    bucket: Bucket,
) -> None:
    """The others meet a scene that is there, and may not change it."""
    at_once = threading.Barrier(8)

    def one(number: int) -> bool:
        scene = Scene(name="summer", prompt=f"beach {number}", by=f"U{number}")
        at_once.wait(10)
        with suppress(Refused):
            return save_scene(bucket, THEIRS, scene, may_change=lambda it: it.by == scene.by)
        return False

    with ThreadPoolExecutor(8) as pool:
        made = [number for number, new in enumerate(pool.map(one, range(8))) if new]
    (found,) = read_scenes(bucket, THEIRS, ["summer"])
    assert len(made) == 1
    assert (found.by, found.prompt) == (f"U{made[0]}", f"beach {made[0]}")


def test_a_scene_that_is_renamed_has_only_its_new_name_and_overwrites_none(bucket: Bucket) -> None:
    winter = Scene(name="winter", prompt="in snow", by="U2")
    save(bucket, MINE)
    save(bucket, MINE, winter)
    with pytest.raises(Refused) as error:
        rename_scene(bucket, MINE, SUMMER, "winter", may_change=anybody)
    assert code_of(error) is ErrorCode.SCENE_EXISTS
    rename_scene(bucket, MINE, SUMMER, "august", may_change=anybody)
    assert scene_names(bucket, MINE) == ["august", "winter"]
    assert find_scene(bucket, "winter", [MINE]) == (MINE, winter)
    assert find_scene(bucket, "august", [MINE])[1].by == "U1"


def test_a_deleted_scene_is_gone(bucket: Bucket) -> None:
    save(bucket, MINE)
    delete_scene(bucket, MINE, SUMMER, may_change=anybody)
    assert scene_names(bucket, MINE) == []


def test_a_place_takes_so_many_and_those_that_are_there_can_still_be_changed(
    bucket: Bucket, cos: Cos
) -> None:
    for number in range(SCENES_MOST):
        cos.write(scene_key(MINE, f"s{number}"), json.dumps({"name": f"s{number}"}).encode())
    with pytest.raises(Refused) as error:
        save(bucket, MINE)
    assert code_of(error) is ErrorCode.SCENES_TOO_MANY
    assert not save(bucket, MINE, Scene(name="s7", prompt="x"))
    assert save(bucket, THEIRS)


@pytest.mark.parametrize("data", [b"", b"[]", b"{"])
def test_a_scene_that_cannot_be_read_is_none_until_it_is_saved_anew(
    data: bytes, bucket: Bucket, cos: Cos
) -> None:
    cos.write(scene_key(MINE, "summer"), data)
    with pytest.raises(Refused):
        find_scene(bucket, "summer", [MINE])
    assert read_scenes(bucket, MINE, ["summer"]) == []
    save(bucket, MINE)
    assert find_scene(bucket, "summer", [MINE]) == (MINE, SUMMER)
