"""One job's states: what leads where, and what follows when a step has failed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack_api.client import OutcomeUnknown, RateLimited
from functions.jobs.bucket import BucketUnavailable
from functions.jobs.errors import ErrorCode
from functions.jobs.leases import LeaseHeld
from functions.jobs.records import Unreadable
from functions.worker.errors import (
    AiartUnavailable,
    BadPicture,
    Cancelled,
    JobFailed,
    RetryAt,
)
from functions.worker.run.lifecycle import (
    AIART_TROUBLES,
    BAD_PICTURES,
    CLOSING,
    CRASHES,
    CUT_SHORT,
    LIFE,
    LONGEST_PAUSE_S,
    WAITING,
    JobRun,
    State,
    StepResult,
    given_up,
)
from functions.worker.run.pools import StepPools
from functions.worker.run.process import JobSteps, _until_too_old
from functions.worker.run.schedule import too_old_at
from tests.jobs.making import a_job

NOW = 1000.0
PASSING = (
    BucketUnavailable("x"),
    OutcomeUnknown("x"),
    RateLimited(3.0),
    RetryAt(NOW + 5),
    LeaseHeld(NOW + 5),
)
states = st.sampled_from([state for state in State if state is not State.OVER])


def a_run(state: State) -> JobRun:
    return JobRun("a", state=state, job=None if state is State.NEW else a_job())


def test_every_state_has_its_line_in_the_table_and_every_step_is_done_by_somebody() -> None:
    assert set(LIFE) == set(State)
    steps = {step for step, _ in LIFE.values() if step}
    assert all(callable(getattr(JobSteps, step)) for step in steps)
    with StepPools(painters=1, stagers=1) as pools:
        assert steps == set(pools._pools)


def test_from_every_state_a_job_can_come_to_its_end() -> None:
    ends = {State.OVER}
    for _ in State:
        ends |= {state for state, (_, leads_to) in LIFE.items() if leads_to & ends}
    assert ends == set(State)


@given(states, st.sampled_from(State))
def test_only_what_the_table_says_is_reached_or_that_a_job_is_cut_short(
    before: State, after: State
) -> None:
    run = a_run(before)
    if after in LIFE[before][1] | CUT_SHORT:
        run.advance(StepResult(after))
        assert run.state is after
    else:
        with pytest.raises(ValueError, match="leads to"):
            run.advance(StepResult(after))


def test_what_is_over_stays_over() -> None:
    for state in State:
        with pytest.raises(ValueError, match="over"):
            JobRun("a", state=State.OVER).advance(StepResult(state))


@given(states, st.sampled_from(PASSING), st.integers(1, 20))
def test_what_passes_is_waited_for_however_often(
    state: State, error: Exception, times: int
) -> None:
    run = a_run(state)
    for _ in range(times):
        run.handle_error(error, now=NOW)
        assert run.state is state
        assert NOW < run.not_before <= NOW + 1.25 * LONGEST_PAUSE_S


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (AiartUnavailable(ErrorCode.AIART_TROUBLE), AIART_TROUBLES),
        (BadPicture(ErrorCode.PICTURE_BROKEN), BAD_PICTURES),
        (RuntimeError("ours"), CRASHES),
        (JobFailed(ErrorCode.WORDS_ILLEGAL), 1),
    ],
)
def test_what_does_not_pass_fails_the_job_after_its_number_of_times(
    error: Exception, times: int
) -> None:
    run = a_run(State.STAGED)
    for _ in range(times - 1):
        run.handle_error(error, now=NOW)
        assert run.state is State.STAGED
    run.handle_error(error, now=NOW)
    assert run.state is State.FAILED
    assert run.failure is not None
    assert run.not_before == 0.0


@given(st.sampled_from([*CLOSING, State.NEW]))
def test_a_mistake_of_ours_in_telling_is_left_to_the_next_run(state: State) -> None:
    run = a_run(state)
    for _ in range(CRASHES):
        run.handle_error(RuntimeError("ours"), now=NOW)
    assert run.state is State.OVER


@given(states.filter(lambda state: state not in WAITING))
def test_a_record_that_cannot_be_read_ends_the_job_for_this_run(state: State) -> None:
    run = a_run(state)
    run.handle_error(Unreadable("a record"), now=NOW)
    assert run.state is State.OVER


@given(st.sampled_from(sorted(WAITING, key=str)))
def test_a_waiting_job_with_a_record_that_cannot_be_read_waits_until_it_is_too_old(
    state: State,
) -> None:
    run = a_run(state)
    run.handle_error(Unreadable("a record"), now=NOW)
    assert run.state is state
    assert run.not_before > NOW


@given(states)
def test_what_was_taken_back_is_closed_at_once(state: State) -> None:
    run = a_run(state)
    run.not_before = NOW + 60
    run.handle_error(Cancelled(), now=NOW)
    assert (run.state, run.not_before) == (State.CANCELLED, 0.0)


def test_what_fails_after_it_was_decided_is_decided_anew() -> None:
    """A picture whose message cannot be made is told as a failure, not as a picture."""
    run = a_run(State.DECIDED)
    run.advance(given_up(JobFailed(ErrorCode.INTERNAL)))
    assert (run.state, run.decided) == (State.FAILED, None)


@pytest.mark.parametrize(
    ("gesture", "waited_s", "waits"),
    [("packshot", -1.0, True), ("packshot", 1.0, False), ("fit", 1.0, True), ("fit", 901.0, False)],
)
@pytest.mark.parametrize("later", [RetryAt(NOW), OutcomeUnknown("x"), RateLimited(3.0)])
def test_what_needs_no_call_waits_as_long_as_what_does(
    gesture: str, waited_s: float, waits: bool, later: Exception
) -> None:
    """And what is fitted a little longer: its picture may be begun at the last moment."""
    job = a_job(gesture=gesture)
    kind = type(later) if waits else JobFailed
    with pytest.raises(kind) as raised, _until_too_old(job, lambda: too_old_at(job) + waited_s):
        raise later
    if isinstance(raised.value, JobFailed):
        assert raised.value.code is ErrorCode.TOO_OLD
