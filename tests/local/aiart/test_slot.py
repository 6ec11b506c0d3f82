"""aiart does one task at a time, or as many as were bought: so does the stand-in."""

from concurrent.futures import ThreadPoolExecutor

from tests.local.aiart.conftest import PATIENCE_S, StandIn, until


def is_being_painted(quick: StandIn) -> bool:
    """Whether the first call has the slot: its request was found good and is on record."""
    calls = quick.calls()
    return bool(calls) and "prompt_length" in calls[0]["detail"]


def test_a_second_task_at_once_is_refused_until_the_first_has_ended(quick: StandIn) -> None:
    quick.change(duration_s=4)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(quick.replace)
        until(lambda: is_being_painted(quick))
        assert quick.refusal() == "RequestLimitExceeded.JobNumExceed"
        assert not first.done()
        assert first.result(PATIENCE_S).ResultImage
    quick.change(duration_s=0)
    assert quick.replace().ResultImage
    assert [task["billed"] for task in quick.tasks()] == [True, True]


def test_with_a_higher_concurrency_as_many_run_at_once(quick: StandIn) -> None:
    quick.change(duration_s=3, concurrency=3)
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: quick.replace(), range(3)))
    assert all(answer.ResultImage for answer in answers)
    tasks = quick.tasks()
    assert max(task["started"] for task in tasks) < min(task["ended"] for task in tasks)


def test_a_task_takes_its_duration(quick: StandIn) -> None:
    quick.change(duration_s=0.8)
    quick.replace()
    (task,) = quick.tasks()
    assert task["ended"] - task["started"] >= 0.8


def test_who_hangs_up_does_not_free_the_slot_and_is_billed(quick: StandIn) -> None:
    quick.change(duration_s=4)
    assert quick.refusal(quick.client(timeout_s=0.5)) == "ClientNetworkError"
    until(lambda: is_being_painted(quick))
    assert quick.refusal() == "RequestLimitExceeded.JobNumExceed"
    (task,) = until(quick.tasks)
    assert task["billed"]
    quick.change(duration_s=0)
    assert quick.replace().ResultImage


def test_kept_settings_come_back_as_often_as_they_are_asked_for(quick: StandIn) -> None:
    quick.change(concurrency=0)
    quick.control("POST", "/keep?name=busy")
    for _ in range(2):
        quick.control("POST", "/reset?to=busy")
        assert quick.refusal() == "RequestLimitExceeded.JobNumExceed"
        quick.control("POST", "/reset")
        assert quick.replace().ResultImage
