"""Define a job's life in one run, and what follows when one of its steps fails.

Nothing here waits, calls, or knows of threads. The runner's deciding thread alone changes a
``JobRun``; a step returns what it has reached, or raises.
"""

import enum
from dataclasses import dataclass
from functools import cached_property

from bot.slack_api.client import ChannelClosed, OutcomeUnknown, RateLimited, TokenRevoked
from functions.jobs.bucket import BucketUnavailable
from functions.jobs.errors import ErrorCode
from functions.jobs.leases import LeaseHeld
from functions.jobs.model import Job
from functions.jobs.records import Unreadable
from functions.jobs.steps import Decided, Generated, Staged
from functions.log import log, log_crash, warn
from functions.worker.errors import (
    AiartUnavailable,
    BadPicture,
    Cancelled,
    JobFailed,
    RetryAt,
    jittered,
)


class State(enum.Enum):
    """Name what a job has reached in this run. ``LIFE`` has the step that comes next."""

    NEW = "new"
    LOADED = "loaded"
    STAGED = "staged"
    CUTTING = "cutting"  # a cut-out or a packshot: aiart has no part in it
    PACKING = "packing"  # a zip: likewise
    GENERATED = "generated"
    FAILED = "failed"
    DECIDED = "decided"
    CANCELLED = "cancelled"
    OVER = "over"  # nothing left to do in this run


# The whole life: in a state, the step that comes next, and what that step can reach.
LIFE: dict[State, tuple[str, frozenset[State]]] = {
    State.NEW: ("load", frozenset({State.LOADED, State.CUTTING, State.PACKING, State.OVER})),
    State.LOADED: ("stage", frozenset({State.STAGED, State.GENERATED})),
    State.STAGED: ("generate", frozenset({State.GENERATED})),
    State.GENERATED: ("decide", frozenset({State.DECIDED})),  # its picture is stored
    State.CUTTING: ("cut", frozenset({State.DECIDED})),  # its product alone is stored
    State.PACKING: ("pack", frozenset({State.DECIDED})),  # its zip is stored
    State.FAILED: ("decide", frozenset({State.DECIDED})),  # the reason is written down
    State.DECIDED: ("finish", frozenset({State.OVER})),  # the asker sees the outcome
    State.CANCELLED: ("finish", frozenset({State.OVER})),  # nothing is shown
    State.OVER: ("", frozenset()),
}
# Besides, any step may find that the job fails, is cancelled, or was ended by another worker.
GIVEN_UP = frozenset({State.FAILED, State.CANCELLED})
CUT_SHORT = GIVEN_UP | {State.OVER}

WAITING = frozenset({State.LOADED, State.STAGED})  # for aiart, which has few places
ENDING = frozenset(LIFE) - WAITING - {State.NEW, State.OVER}  # nobody's turn is waited for
CLOSING = frozenset({State.FAILED, State.DECIDED, State.CANCELLED})  # no picture is made any more

# A job fails after this many errors of a kind in one run.
AIART_TROUBLES, BAD_PICTURES, CRASHES = 3, 3, 3
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


@dataclass(frozen=True)
class StepResult:
    """Hold the state that a step leads to, and what the step has found or made for it.

    ``is_new``: this run has made it just now, so no record of a later step can be there yet.
    ``open_at``: a time at which the job had certainly not ended (Unix seconds); 0 if unknown.
    """

    state: State
    is_new: bool = False
    open_at: float = 0.0
    job: Job | None = None
    staged: Staged | None = None
    generated: Generated | None = None
    decided: Decided | None = None
    failure: JobFailed | None = None


def given_up(why: JobFailed | Cancelled) -> StepResult:
    """Give the job up: as failed, which its asker will see, or as cancelled, which nobody will."""
    if isinstance(why, JobFailed):
        return StepResult(State.FAILED, failure=why)
    return StepResult(State.CANCELLED)


@dataclass(eq=False)
class JobRun:
    """Hold what this run knows of a job.

    ``number``: how many jobs this run heard of before. ``busy``: a thread works on the job.
    ``has_place``: it has one of aiart's places. ``not_before`` (Unix seconds): nothing is done for
    it earlier. ``is_new`` is the last ``StepResult``'s, until something goes wrong, and ``open_at``
    the last known one. ``is_far``: its turn comes so late that the check whether it has ended is
    made then, not when it is read. The counters count this run's errors of each kind.
    """

    job_id: str
    state: State = State.NEW
    busy: bool = False
    has_place: bool = False
    not_before: float = 0.0
    job: Job | None = None
    staged: Staged | None = None
    generated: Generated | None = None
    decided: Decided | None = None
    failure: JobFailed | None = None
    is_new: bool = False
    open_at: float = 0.0
    number: int = 0
    is_far: bool = False
    troubles: int = 0
    aiart_troubles: int = 0
    bad_pictures: int = 0
    crashes: int = 0

    @property
    def step(self) -> str:
        """Give the name of the step that comes next; empty when there is none."""
        return LIFE[self.state][0]

    @property
    def asked(self) -> Job:
        """Give the job, which is known in every state after NEW. Raises ``ValueError`` before."""
        if self.job is None:
            raise ValueError(f"{self.job_id} is not loaded")
        return self.job

    @cached_property
    def person(self) -> str:
        """Name the person or program that asked; turns are shared out by that name."""
        return self.asked.asker.name

    @property
    def is_of_program(self) -> bool:
        """Say whether a program asked for the job, not a person in Slack."""
        return bool(self.asked.asker.client)

    @cached_property
    def asked_at(self) -> tuple[float, int, str]:
        """Give what jobs are sorted by: time (Unix seconds), then place in the upload."""
        jobs = self.asked.upload.jobs
        place = jobs.index(self.job_id) if self.job_id in jobs else 0
        return self.asked.created_at, place, self.job_id

    @property
    def _reads_photos(self) -> bool:
        """Say whether the next step reads photos, so that Slack may answer that they are gone."""
        return self.state is State.CUTTING or self.state not in ENDING

    def may_go_on(self, now: float) -> bool:
        """Say whether work on the job may go on at ``now`` (Unix seconds)."""
        return not self.busy and self.not_before <= now

    @property
    def is_in_line(self) -> bool:
        """Say whether the job waits for a place at aiart, as far as is known."""
        waits = self.state in WAITING or (self.state is State.NEW and self.job is not None)
        return waits and not self.is_at_aiart

    @property
    def is_at_aiart(self) -> bool:
        """Say whether the job has a place at aiart, or is the next to get one."""
        return self.state is State.STAGED and self.busy

    @property
    def is_being_painted(self) -> bool:
        """Say whether aiart is painting the job, or its painted picture is not stored yet."""
        return self.has_place or self.state is State.GENERATED

    # --- transitions

    def advance(self, result: StepResult) -> None:
        """Move to the state that a step leads to. Raises ``ValueError`` if ``LIFE`` forbids it."""
        if self.state is State.OVER or result.state not in LIFE[self.state][1] | CUT_SHORT:
            raise ValueError(f"{self.job_id}: {self.state.value} leads to {result.state.value}?")
        self.state, self.is_new = result.state, result.is_new
        self.open_at = result.open_at or self.open_at
        self.job = result.job or self.job
        self.staged = result.staged or self.staged
        self.generated = result.generated or self.generated
        self.decided = result.decided or self.decided
        if result.state is State.FAILED:
            self.failure, self.decided = result.failure, None
        if result.state in GIVEN_UP:
            self.not_before = 0.0

    def handle_error(self, error: BaseException, *, now: float) -> None:
        """Wait, fail or cancel the job after a step's error. ``now`` is in Unix seconds."""
        self.is_new = False
        match error:
            case RetryAt(until=until) | LeaseHeld(until=until):
                self.not_before = until
            case AiartUnavailable():
                self.aiart_troubles += 1
                self._wait_or_fail(error, self.aiart_troubles, AIART_TROUBLES, now=now)
            case Cancelled() | JobFailed():
                self.advance(given_up(error))
            case BadPicture(code=code):
                self.bad_pictures += 1
                failure = JobFailed(code, perhaps_billed=True)
                self._wait_or_fail(failure, self.bad_pictures, BAD_PICTURES, now=now)
            case TokenRevoked(code=code) | ChannelClosed(code=code) if self._reads_photos:
                self.advance(given_up(JobFailed(code)))
            case BucketUnavailable() | OutcomeUnknown():
                self.troubles += 1
                self.not_before = now + pause_s(self.troubles)
                log("trouble", job=self.job_id, stage=self.state.value, error=str(error))
            case RateLimited(retry_after_s=wait_s):
                self.not_before = now + wait_s
            case Unreadable():
                what = "a record cannot be read; left for a person to look at"
                warn(what, job=self.job_id, record=str(error))
                if self.state in WAITING:  # until it is too old
                    self.not_before = now + LONGEST_PAUSE_S
                else:
                    self.state = State.OVER
            case _:
                self._crashed(error, now=now)

    def _wait_or_fail(self, failure: JobFailed, count: int, limit: int, *, now: float) -> None:
        if count >= limit:
            self.advance(given_up(failure))
        else:
            self.not_before = now + pause_s(count)

    def _crashed(self, error: BaseException, *, now: float) -> None:
        """Try again a few times after a bug of ours; then fail, or leave it to the next run."""
        self.crashes += 1
        log_crash("crash", error, job=self.job_id, stage=self.state.value)
        if self.crashes < CRASHES:
            self.not_before = now + pause_s(self.crashes)
        elif self.state in CLOSING or self.job is None:
            self.state = State.OVER
        else:
            perhaps_billed = self.generated is not None
            self.advance(given_up(JobFailed(ErrorCode.INTERNAL, perhaps_billed=perhaps_billed)))
            self.crashes = 0


def pause_s(count: int) -> float:
    """Give the pause (seconds) after the ``count``th error: doubling, capped, with jitter."""
    pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (count - 1))
    return jittered(pause)
