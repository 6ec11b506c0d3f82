"""aiart's slot: how often it is asked for while it is taken, how soon it is found, what is said.

A sister product's stays taken for some 30 s after each task. Here a second stands for ten of them,
so that the pauses between two questions (3 s) are 0.3 s.
"""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from bot import job_messages
from bot.job_messages import Progress
from bot.slack_api.content import Message
from bot.texts import Language
from functions.jobs.bucket import Bucket
from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.worker.aiart import Aiart, CallFailed, Painting
from functions.worker.errors import AiartBusy
from functions.worker.run import progress, progress_message, runner
from functions.worker.run.lifecycle import JobRun
from functions.worker.run.paint_times import GenerationTimes
from functions.worker.run.progress import ProgressReporter
from functions.worker.steps import aiart_slot
from functions.worker.steps.aiart_slot import AiartSlot
from infra.local.polling import until
from tests.worker.conftest import OTHER_PERSON, WorkerHarness

SCALE = 10
LAG_S = 30.0 / SCALE
PAUSE_S = aiart_slot.BUSY_PAUSE_S / SCALE


def a_slot(waits: list[float | None]) -> AiartSlot:
    return AiartSlot(1, has_time=lambda: True, waited=waits.append)


def is_painted(slot: AiartSlot, takes: Callable[[], None] = lambda: None) -> bool:
    """Whether aiart was asked, and has painted."""
    try:
        with slot.turn():
            takes()
    except AiartBusy:
        return False
    return True


def say_busy() -> None:
    raise CallFailed(ErrorCode.SLOT_BUSY)


def is_refused(slot: AiartSlot) -> bool:
    """Whether aiart was asked, and has said that it is busy."""
    try:
        with slot.turn():
            say_busy()
    except CallFailed:
        return True
    except AiartBusy:
        pass
    return False


def apart(calls: list[dict[str, Any]]) -> list[float]:
    return [b["at"] - a["at"] for a, b in itertools.pairwise(calls)]


# --- the questions


def test_a_slot_that_stays_taken_is_found_soon_and_not_hammered(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aiart_slot, "BUSY_PAUSE_S", PAUSE_S)
    worker.aiart_settings(slot_lag_s=LAG_S, duration_s=0.5)
    jobs = [*worker.ask(photos=2), *worker.ask(user=OTHER_PERSON)]
    worker.run()
    outcomes = [worker.outcome(job) for job in jobs]
    assert [outcome.state for outcome in outcomes] == ["succeeded"] * 3
    assert {o.generated.call for o in outcomes if o.generated} == {1}
    calls = worker.calls("aiart", "ReplaceBackground")
    refused = [call for call in calls if call["error"]]
    assert {call["error"] for call in refused} == {"RequestLimitExceeded.JobNumExceed"}
    assert min(apart(refused)) >= PAUSE_S
    assert len(refused) <= 2 * (LAG_S / PAUSE_S + 1)
    tasks = worker.tasks()
    found_after_s = [b["started"] - a["ended"] - LAG_S for a, b in itertools.pairwise(tasks)]
    assert max(found_after_s) < 1.25 * PAUSE_S + 1.0  # a second for this machine


def test_who_waited_for_a_place_while_another_was_refused_does_not_ask() -> None:
    slot = a_slot([])
    assert is_refused(slot)
    assert not is_refused(slot)
    assert not is_painted(slot)


def test_two_questions_are_three_seconds_apart_or_a_quarter_more(clock: list[float]) -> None:
    slot = a_slot([])
    for _ in range(50):
        assert is_refused(slot)
        assert 3.0 <= slot.free_at - clock[0] <= 3.75
        clock[0] = slot.free_at


# --- how long the slot was waited for


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the slot takes for the time: one number, to be changed."""
    now = [1000.0]
    monkeypatch.setattr("functions.worker.steps.aiart_slot.time.monotonic", lambda: now[0])
    return now


def test_a_wait_lasts_from_the_first_refusal_to_the_call_that_was_taken(clock: list[float]) -> None:
    waits: list[float | None] = []
    slot = a_slot(waits)
    for refused_at in (1000.0, 1004.0, 1008.0):
        clock[0] = refused_at
        assert is_refused(slot)
    clock[0] = 1012.0
    assert is_painted(slot, takes=lambda: clock.__setitem__(0, 1022.0))
    assert is_painted(slot)  # the next one, which was in line
    clock[0] = 2000.0
    assert is_painted(slot)  # long after: nothing was in line
    assert waits == [12.0, 0.0, None]


def test_the_estimate_has_the_waits_of_those_ahead_in_it(bucket: Bucket) -> None:
    pace = GenerationTimes(bucket, at_once=1)
    for waited_s in (28.0, 32.0):
        pace.waited(waited_s)
        pace.add(10.0)
    again = GenerationTimes(bucket, at_once=1)  # as the next run reads it
    assert again.estimate_s(0) == 10
    assert again.estimate_s(2) == 10 + 2 * (30 + 10)
    assert GenerationTimes(bucket, at_once=2).estimate_s(2) == 10 + 30 + 10


def test_who_comes_next_waits_too_while_the_slot_is_still_taken(bucket: Bucket) -> None:
    pace = GenerationTimes(bucket, at_once=1)
    pace.waited(30.0)
    pace.add(10.0)
    assert pace.estimate_s(0) == 40


def test_where_nothing_was_in_line_nothing_is_known_about_a_wait(bucket: Bucket) -> None:
    pace = GenerationTimes(bucket, at_once=1)
    pace.waited(None)
    pace.add(10.0)
    assert pace.estimate_s(5) == 60


def test_those_who_wait_are_told_of_the_time_that_the_slot_stays_taken(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aiart_slot, "BUSY_PAUSE_S", PAUSE_S)
    pace = GenerationTimes(worker.ledger.bucket, at_once=1)
    pace.waited(170.0)
    pace.add(10.0)
    for _ in range(2):
        worker.ask()
    worker.run()
    said = [
        str(row["detail"].get("text"))
        for op in ("chat.postMessage", "chat.update")
        for row in worker.calls("slack", op)
    ]
    assert any("about 10 s to go" in line for line in said)
    assert any("about 3 min to go" in line for line in said)


def test_who_waits_for_a_busy_slot_is_shown_as_waiting_until_a_call_lasts(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown as being painted has no Cancel, and a try every three seconds no news."""
    monkeypatch.setattr(aiart_slot, "BUSY_PAUSE_S", PAUSE_S)
    monkeypatch.setattr(progress, "TRIED_S", 1.0)
    shown: list[Progress] = []
    paint, draw = Aiart.paint, job_messages.progress_message

    def drawn(job: Job, now: Progress, language: Language) -> Message:
        shown.append(now)
        return draw(job, now, language)

    heard: list[str] = []

    class Hearing(ProgressReporter):
        def show_painting(self, run: JobRun) -> None:
            heard.append("painting")
            super().show_painting(run)

        def trying(self, run: JobRun) -> None:
            heard.append("trying")
            super().trying(run)

    calls: list[bool] = []  # whether it is shown as being painted before the call ends

    def asked(aiart: Aiart, *wish: Any, **urls: Any) -> Painting:
        calls.append(is_painting := len(calls) in (0, 3))
        until(
            lambda: len(heard) >= len(calls) and shown[-1].painting is is_painting,
            what="the progress",
        )
        if len(calls) <= 3:
            raise CallFailed(ErrorCode.SLOT_BUSY)
        return paint(aiart, *wish, **urls)

    monkeypatch.setattr(runner, "ProgressReporter", Hearing)
    monkeypatch.setattr(progress_message, "progress_message", drawn)
    monkeypatch.setattr(Aiart, "paint", asked)
    (job,) = worker.ask()
    worker.run()
    assert worker.outcome(job).state == "succeeded"
    assert heard == ["painting", *["trying"] * 3, "painting"]
    assert [now.painting for now in shown] == [False, True, False, True]
    assert shown[2].can_be_cancelled
