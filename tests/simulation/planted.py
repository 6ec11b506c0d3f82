"""Plant one of ten bugs, to see whether the simulation finds it.

Each takes away one thing that the product relies on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from functions.jobs.bucket_layout import CALLING, attempt_name
from functions.jobs.leases import HeldElsewhere, LeaseStore
from functions.jobs.ledger import Ledger
from functions.jobs.steps import Lease, Posted
from functions.worker.quota_places import QuotaPlaces
from functions.worker.run.lifecycle import JobRun, State, StepResult
from functions.worker.run.process import JobSteps
from functions.worker.run.turns import FairOrder
from functions.worker.steps import generate, post

Bug = Callable[[], list[Any]]  # gives the patches that plant the bug


def _no_read_back() -> list[Any]:
    def taken(self: Any, *about: Any, reads_back: bool) -> Lease | HeldElsewhere:
        return TAKEN(self, *about, reads_back=False)

    return [patch.object(LeaseStore, "_taken", taken)]


def _lease_before_the_slot() -> list[Any]:
    leases: dict[tuple[str, int], Lease | HeldElsewhere] = {}

    def count(self: Any, job: Any, call: int = 1) -> None:
        COUNT(self, job, call)
        name = attempt_name(CALLING, call)
        leases[job.id, call] = self._ledger.acquire(
            job.id, name, seconds=120.0, clock_within_s=generate.CLOCK_WITHIN_S
        )

    def take_lease(_: Any, job: Any, attempt: Any) -> Lease:
        lease = leases[job.id, attempt.number]
        if isinstance(lease, Lease):
            return lease
        raise generate._BegunBefore(lease.until)

    return [
        patch.object(QuotaPlaces, "count", count),
        patch.object(generate, "_take_lease", take_lease),
    ]


def _no_posted_check() -> list[Any]:
    def read_step(self: Any, job_id: str, kind: Any) -> Any:
        return None if kind is Posted else READ_STEP(self, job_id, kind)

    return [patch.object(Ledger, "read_step", read_step)]


def _no_done_check() -> list[Any]:
    def load(self: JobSteps, run: JobRun) -> StepResult:
        job = self.context.ledger.job(run.job_id)
        if job is None:
            return StepResult(State.OVER)
        return StepResult(State.LOADED if job.is_painted else State.CUTTING, job=job)

    return [
        patch.object(JobSteps, "load", load),
        patch.object(JobSteps, "_stop_if_ended", lambda *_: None),
    ]


def _no_tombstone_check() -> list[Any]:
    return [patch.object(Ledger, "has_tombstone", lambda *_: False)]


def _no_fair_order() -> list[Any]:
    def order(_: Any, waiting: Iterable[JobRun]) -> list[JobRun]:
        return sorted(waiting, key=lambda run: run.asked_at)

    return [patch.object(FairOrder, "order", order)]


def _counted_before_it_is_sent() -> list[Any]:
    """Count an attempt although aiart did not take the call: its lease is not released."""

    def release(self: Any, job_id: str, what: str) -> None:
        if not what.startswith(CALLING):
            RELEASE(self, job_id, what)

    return [patch.object(Ledger, "release", release)]


def _list_trusted() -> list[Any]:
    def read_step(self: Any, job_id: str, kind: Any) -> Any:
        return READ_STEP(self, job_id, kind) if kind.name in self.step_names(job_id) else None

    return [patch.object(Ledger, "read_step", read_step)]


def _no_metadata_search() -> list[Any]:
    return [patch.object(post, "_find", lambda *_: None)]


def _released_twice() -> list[Any]:
    def release(self: Any, job_id: str, what: str) -> None:
        RELEASE(self, job_id, what)
        RELEASE(self, job_id, what)

    return [patch.object(Ledger, "release", release)]


TAKEN = LeaseStore._taken
COUNT, READ_STEP, RELEASE = QuotaPlaces.count, Ledger.read_step, Ledger.release
BUGS: dict[str, Bug] = {
    "no read-back of the lease": _no_read_back,
    "lease before the slot": _lease_before_the_slot,
    "no posted check": _no_posted_check,
    "no done check": _no_done_check,
    "no tombstone check": _no_tombstone_check,
    "no fair order": _no_fair_order,
    "a try counted before it is sent": _counted_before_it_is_sent,
    "LIST trusted": _list_trusted,
    "no metadata search after an unclear answer": _no_metadata_search,
    "a lease released twice": _released_twice,
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Give the product the bug ``name`` until the end of the block."""
    with ExitStack() as stack:
        for one in BUGS[name]():
            stack.enter_context(one)
        yield
