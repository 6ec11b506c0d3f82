"""Whose turn it is."""

from hypothesis import given
from hypothesis import strategies as st

from functions.jobs.model import Asker, Upload
from functions.worker.run.lifecycle import JobRun
from functions.worker.run.turns import FairOrder
from tests.jobs.making import a_job


def asked(person: str, at: float, place: int = 0) -> JobRun:
    """A job that was asked for then, so many places behind the first of its upload."""
    ids = tuple(f"{person}-{at}-{n}" for n in range(place + 1))
    upload, asker = Upload(id=f"{person}-{at}", jobs=ids), Asker(user_id=person)
    return JobRun(ids[-1], job=a_job(ids[-1], created_at=at, asker=asker, upload=upload))


def drained(jobs: list[JobRun]) -> list[JobRun]:
    """The order in which the jobs get their turns, one after the other, when nobody else comes."""
    turns, waiting, order = FairOrder(), list(jobs), []
    while waiting:
        job = turns.order(waiting)[0]
        turns.taken(job)
        waiting.remove(job)
        order.append(job)
    return order


def test_nobody_waits_behind_anothers_whole_batch() -> None:
    batch = [asked("batch", 1.0, n) for n in range(50)]
    singles = [asked(f"person {n}", 2.0 + n) for n in range(3)]
    order = drained([*batch, *singles])
    assert [order.index(job) for job in singles] == [1, 2, 3]


def test_one_persons_jobs_keep_their_order() -> None:
    batch = [asked("batch", 1.0, n) for n in range(10)]
    assert drained(batch[::-1]) == batch


def test_nobody_waiting_means_nobodys_turn() -> None:
    assert FairOrder().order([]) == []


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 20)), unique=True, max_size=25))
def test_the_shown_order_is_the_order_of_the_turns(rows: list[tuple[str, int]]) -> None:
    jobs = [asked(person, float(at)) for person, at in rows]
    assert FairOrder().order(jobs) == drained(jobs)


def test_the_shown_order_knows_who_had_the_last_turn() -> None:
    turns = FairOrder()
    turns.taken(asked("a", 0.0))
    waiting = [asked("a", 1.0), asked("b", 2.0)]
    assert turns.order(waiting) == waiting[::-1]
