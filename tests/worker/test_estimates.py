"""How long a whole batch is said to take, against how long it takes: runs in virtual time."""

import statistics
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from bot.job_messages import Progress
from functions.jobs.model import Job
from functions.worker.run.paint_times import GenerationTimes
from functions.worker.run.progress import ProgressReporter
from tests.worker.virtual import World

PHOTOS, BATCHES = 15, 20
WITHIN = 0.25
Shown = list[tuple[float, Progress]]


class Inline:
    """Does at once what the real pool does beside."""

    is_busy = False

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, task: Callable[[], None]) -> None:
        task()


class Message:
    """Notes what would be shown, and when."""

    def __init__(self, world: World, shown: Shown) -> None:
        self._world, self._shown = world, shown

    def show(self, _: Job, progress_now: Callable[[], Progress]) -> None:
        self._shown.append((self._world.now, progress_now()))

    def end(self, *_: object) -> None:
        pass


class NoRecords:
    """A bucket in which nothing is known of earlier runs."""

    def __init__(self, _: object) -> None:
        pass

    def read(self, *_: object) -> None:
        return None

    def write(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def batches() -> list[tuple[World, Shown]]:
    return [batch(seed) for seed in range(BATCHES)]


def batch(seed: int) -> tuple[World, Shown]:
    """A batch, aiart at random 4 to 12 s, with the real reporter and estimate: what it shows."""
    world = World(seed, share=0.0, aiart_s=8.0)
    shown: Shown = []
    clock = SimpleNamespace(monotonic=lambda: world.now)

    def reporter(_: object, *others: Any, **named: Any) -> ProgressReporter:
        ledger = SimpleNamespace(
            outcome=lambda _: None, job=lambda _: None, clock=lambda: world.now
        )
        context: Any = SimpleNamespace(ledger=ledger, links=None)
        return ProgressReporter(context, *others, **named)

    world.reporter, world.times = reporter, GenerationTimes
    with ExitStack() as stack:
        for name, stand_in in {
            "functions.worker.run.progress.time": clock,
            "functions.worker.run.progress.BoundedPool": Inline,
            "functions.worker.run.progress.ProgressMessage": lambda _: Message(world, shown),
            "functions.worker.run.progress.post_summary": lambda *_: (),
            "functions.worker.run.paint_times.time": clock,
            "functions.worker.run.paint_times.Records": NoRecords,
        }.items():
            stack.enter_context(patch(name, stand_in))
        world.ask("merchandiser", PHOTOS, together=False)
        world.run()
    return world, shown


def errors(world: World, shown: Shown) -> list[float]:
    """How far each estimate from the third picture on was off, as a share of what it took."""
    end = max(world.told_at.values())
    return [
        abs(progress.estimate_s - (end - at)) / (end - at)
        for at, progress in shown
        if progress.estimate_s is not None and 3 <= progress.done < PHOTOS and end > at
    ]


def test_from_the_third_picture_on_a_batchs_estimate_is_right_within_a_quarter(
    batches: list[tuple[World, Shown]],
) -> None:
    """The median of 20 batches, of each batch the median of all that it has shown."""
    found = [errors(*one) for one in batches]
    assert all(len(one) >= PHOTOS - 4 for one in found)
    assert statistics.median(statistics.median(one) for one in found) <= WITHIN


@pytest.mark.parametrize("ready", range(3, PHOTOS - 1))
def test_it_is_so_however_many_are_ready(ready: int, batches: list[tuple[World, Shown]]) -> None:
    found: list[float] = []
    for world, shown in batches:
        found += errors(world, [one for one in shown if one[1].done == ready][:1])
    assert len(found) == BATCHES
    assert statistics.median(found) <= WITHIN
