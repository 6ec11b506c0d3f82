"""Whole runs, hours long, in a moment: nothing is lost, told twice, probed, or left idle."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from functions.worker.run import lifecycle
from functions.worker.run.suspension import Seen
from tests.worker.virtual import LAST_S, TRY_AGAIN_S, World

LONG_QUEUE, SHORT_QUEUE = 300, 30
RUN = str(Path(lifecycle.__file__).parent)


@pytest.fixture
def no_job_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.worker.run.schedule.SLACK_JOB_LIMIT_S", 1e12)


@pytest.mark.parametrize("concurrency", [1, 3])
@pytest.mark.parametrize("seed", range(8))
def test_whatever_goes_wrong_every_job_is_told_once_and_painted_once(
    seed: int, concurrency: int, no_job_is_too_old: None
) -> None:
    """How many are at aiart, also while its account is in trouble, the world watches by itself."""
    world = World(seed, concurrency=concurrency)
    world.crowd(60)
    world.run_until_all_are_told()
    assert world.open == []
    assert set(world.told.values()) == {1}
    assert set(world.painted.values()) <= {1}


def test_after_a_refusal_nobody_calls_before_it_is_time_to_try_again(
    no_job_is_too_old: None,
) -> None:
    world = World(5, share=0.4)
    world.crowd(40)
    world.run_until_all_are_told()
    assert world.refused_at
    for at in world.refused_at:
        assert not [begin for begin, _, _ in world.calls if at < begin < at + TRY_AGAIN_S]


def test_the_slot_is_never_idle_while_jobs_wait(no_job_is_too_old: None) -> None:
    world = World(1, share=0.0, aiart_s=5.0)
    world.crowd(100)
    world.run()
    busy_s = sum(end - begin for begin, end, _ in world.calls)
    whole_s = world.calls[-1][1] - world.calls[0][0]
    assert busy_s / whole_s > 0.99


def test_a_call_begins_as_soon_as_its_first_message_is_not_waited_for_any_more() -> None:
    world = World(1, share=0.0)
    world.announce_s = {"/p0": 3.3}
    world.ask("p0")
    began = world.now
    world.run()
    assert 3.3 <= world.calls[0][0] - began < 3.5


def a_slow_slack(world: World) -> None:
    """Six uploads, each of whose first messages takes half a minute."""
    for n in range(6):
        world.ask(f"p{n % 2}")
    world.announce_s = dict.fromkeys(("/p0", "/p1"), 30.0)


def a_slack_that_hands_out_no_photos(world: World) -> None:
    for n in range(12):
        world.ask(f"p{n}")
    world.announce_s = world.fetch_s = {f"/p{n}": 30.0 for n in range(12)}


def a_slow_photo_host(world: World) -> None:
    """One program's whole catalogue lies there."""
    for _ in range(150):
        world.ask("other", gesture="webhook")
    world.fetch_s = {"client/other": 60.0}


def slow_photo_hosts_of_three_programs(world: World) -> None:
    for n in range(30):
        world.ask(f"other{n % 3}", gesture="webhook")
    world.fetch_s = {f"client/other{n}": 60.0 for n in range(3)}


def leases_of_a_run_that_died(world: World) -> None:
    for _ in range(10):
        world.ask("other", gesture="webhook")
    world.held_until = {"client/other": world.now + 150.0}


def a_slow_bucket_for_one_job(world: World) -> None:
    world.ask("other", gesture="webhook")
    world.look_s = {"client/other": 10.0}


def a_flood_of_one_program(world: World) -> None:
    for _ in range(150):
        world.ask("other", gesture="webhook")


def nothing_at_all(_: World) -> None:
    pass


TROUBLES: list[Callable[[World], None]] = [
    nothing_at_all,
    a_slow_slack,
    a_slack_that_hands_out_no_photos,
    a_slow_photo_host,
    slow_photo_hosts_of_three_programs,
    leases_of_a_run_that_died,
    a_slow_bucket_for_one_job,
    a_flood_of_one_program,
]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_program_waits_for_nobody_elses_trouble(trouble: Callable[[World], None]) -> None:
    """But for two pictures: the one that aiart has begun, and the one that is next in line.

    That 150 others are read before it takes 3 s, and a picture up to 7.5 s.
    """
    world = World(1, share=0.0, aiart_s=5.0)
    trouble(world)
    world.now += 1.0
    jobs = world.ask("shop", gesture="webhook")
    world.run(limit_s=240.0)
    waited_s = world.waited_s(jobs)
    print(f"{trouble.__name__}: {waited_s:.1f} s")
    pictures = 2 if trouble is a_flood_of_one_program else 0
    assert waited_s < 4.0 + 7.5 * pictures


@pytest.mark.parametrize("trouble", TROUBLES[:-1])
def test_aiart_is_not_idle_while_a_job_could_be_painted(trouble: Callable[[World], None]) -> None:
    world = World(1, share=0.0, aiart_s=5.0)
    trouble(world)
    jobs = {world.ask("shop", gesture="webhook")[0].id for _ in range(20)}
    world.run(limit_s=240.0)
    calls = [call for call in world.calls if call[2] in jobs]
    assert len(calls) == len(jobs)
    calls = [call for call in world.calls if call[0] <= calls[-1][0]]
    busy_s = sum(end - begin for begin, end, _ in calls)
    whole_s = calls[-1][1] - world.jobs[min(jobs)].created_at
    print(f"{trouble.__name__}: {busy_s / whole_s:.1%}")
    assert busy_s / whole_s > 0.95


@pytest.mark.parametrize(("is_uninstalled", "painted"), [(False, 0), (True, 1)])
def test_a_job_whose_channel_was_archived_ends_unpainted_but_none_ends_while_we_are_uninstalled(
    is_uninstalled: bool, painted: int
) -> None:
    """It is what Slack has told that ends it, before anybody meets the channel; and what is told
    while no place can be told may be over when we are installed again.
    """
    world = World(1, share=0.0)
    (job,) = world.ask("anna")
    archived = {job.place.channel: job.created_at + 1}
    world.suspension.seen = Seen(is_uninstalled=is_uninstalled, archived=archived)
    world.run()
    assert world.painted[job.id] == painted
    assert world.told[job.id] == 1


def test_turns_are_fair_in_a_whole_run() -> None:
    world = World(1, share=0.0)
    world.ask("batch", 60)
    singles = [world.ask(f"single {n}")[0].id for n in range(3)]
    world.run()
    order = [job_id for _, _, job_id in world.calls]
    assert max(order.index(job_id) for job_id in singles) < 10


def test_a_run_begins_no_call_that_could_outlive_it() -> None:
    world = World(1, share=0.0, aiart_s=3.0)
    world.crowd(200)
    began = world.now
    world.run(limit_s=300.0)
    assert world.open
    assert max(begin for begin, _, _ in world.calls) <= began + 300.0 - LAST_S


def test_a_long_queue_costs_no_more_for_each_job_than_a_short_one(no_job_is_too_old: None) -> None:
    short, long = lines_for_each_job(SHORT_QUEUE), lines_for_each_job(LONG_QUEUE)
    assert long <= 1.25 * short


def lines_for_each_job(jobs: int) -> float:
    """How many lines of the run's code each job takes: unlike seconds, the same every time."""
    lines = 0

    def count(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if RUN not in frame.f_code.co_filename:
            return None
        lines += event == "line"
        return count

    world = World(1, share=0.0, aiart_s=15.0)
    world.crowd(jobs, people=50)
    before = sys.gettrace()
    sys.settrace(count)
    try:
        world.run()
    finally:
        sys.settrace(before)
    assert len(world.told) == jobs
    return lines / jobs
