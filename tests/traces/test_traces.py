"""What the product does is what is written down; ``make traces`` writes down what it does."""

from collections.abc import Iterator

import pytest

from functions.jobs.model import Gesture
from tests.traces.comparing import GOLDEN, STILL, of_gesture, written
from tests.traces.gestures import GESTURES, World, a_world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with a_world() as standing:
        yield standing


@pytest.mark.parametrize("gesture", GESTURES)
def test_a_gesture_leads_to_the_same_calls(world: World, gesture: Gesture) -> None:
    name = f"{gesture}.txt"
    now = of_gesture(world, gesture)
    if now != written(name):  # threads: once more, to tell a change from chance
        now = of_gesture(world, gesture)
    assert now == written(name)


@pytest.mark.parametrize("name", STILL)
def test_what_is_shown_and_written_down_is_the_same(name: str) -> None:
    assert STILL[name]() == written(name)


def test_every_trace_is_of_something() -> None:
    kept = {path.name for path in GOLDEN.iterdir()}
    assert kept == {f"{gesture}.txt" for gesture in GESTURES} | set(STILL)
