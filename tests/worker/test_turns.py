"""Whose turn it is."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from functions.worker.run.schedule import FairOrder


@dataclass(frozen=True)
class Asked:
    person: str
    asked_at: tuple[float, int]


def drained(jobs: list[Asked]) -> list[Asked]:
    """The order in which the jobs get their turns when nobody else comes."""
    turns, waiting, order = FairOrder(), list(jobs), []
    while waiting:
        job = turns.next(waiting)
        assert job is not None
        turns.taken(job)
        waiting.remove(job)
        order.append(job)
    return order


def test_nobody_waits_behind_anothers_whole_batch() -> None:
    batch = [Asked("batch", (1.0, n)) for n in range(150)]
    singles = [Asked(f"person {n}", (2.0 + n, 0)) for n in range(3)]
    order = drained([*batch, *singles])
    assert [order.index(job) for job in singles] == [1, 2, 3]


def test_one_persons_jobs_keep_their_order() -> None:
    batch = [Asked("batch", (1.0, n)) for n in range(10)]
    assert drained(batch[::-1]) == batch


def test_nobody_waiting_means_nobodys_turn() -> None:
    assert FairOrder().next([]) is None


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 20)), unique=True, max_size=25))
def test_the_shown_order_is_the_order_of_the_turns(rows: list[tuple[str, int]]) -> None:
    jobs = [Asked(person, (float(at), 0)) for person, at in rows]
    jobs = [job for n, job in enumerate(jobs) if job not in jobs[:n]]
    assert FairOrder().order(jobs) == drained(jobs)


def test_the_shown_order_knows_who_had_the_last_turn() -> None:
    turns = FairOrder()
    turns.taken(Asked("a", (0.0, 0)))
    waiting = [Asked("a", (1.0, 0)), Asked("b", (2.0, 0))]
    assert [job.person for job in turns.order(waiting)] == ["b", "a"]
