"""The queue of asynchronous events: concurrency, retries, retention."""

import itertools
from pathlib import Path

import requests

from tests.local.scf.conftest import GATE, Deploy, until, worker


def test_an_event_that_finds_no_instance_is_432_and_comes_back_a_minute_later(
    deploy: Deploy, tmp_path: Path
) -> None:
    stack = worker(deploy, GATE, minute_s=0.2)
    gate = tmp_path / "gate"
    stack.enqueue({"gate": str(gate), "wait": True, "name": "first"})
    until(lambda: stack.described("worker")["invocations"] == {"0": 1})
    assert stack.invoke({"gate": str(gate), "name": "refused"})["status"] == 432
    stack.enqueue({"gate": str(gate), "name": "second"})
    until(lambda: stack.statuses().count(432) >= 3)
    gate.touch()
    until(lambda: stack.described("worker")["waiting"] == 0)
    assert Path(f"{gate}.log").read_text().split() == ["first", "second"]
    rows = stack.control("GET", "/invocations")
    assert [row["attempt"] for row in rows if row["status"] == 200] == [1, rows[-1]["attempt"]]
    assert rows[-1]["attempt"] >= 3
    assert len({row["request_id"] for row in rows}) == 3  # a retry keeps its event's id


def test_two_instances_run_two_events_at_once(deploy: Deploy, tmp_path: Path) -> None:
    stack = worker(deploy, GATE)
    stack.control("PUT", "/functions/worker", {"instances": 2})
    gate = tmp_path / "gate"
    for name in ("first", "second"):
        stack.enqueue({"gate": str(gate), "wait": True, "name": name})
    until(lambda: len(stack.described("worker")["pids"]) == 2)
    gate.touch()
    until(lambda: stack.statuses() == [200, 200])


def test_an_error_is_tried_three_times_a_minute_apart(deploy: Deploy) -> None:
    stack = worker(deploy, "def main_handler(event, context):\n    raise KeyError\n", minute_s=0.3)
    stack.enqueue({})
    until(lambda: stack.described("worker")["dropped"] == 1)
    rows = stack.control("GET", "/invocations")
    assert [(row["status"], row["attempt"]) for row in rows] == [(430, 1), (430, 2), (430, 3)]
    gaps = [late["started"] - early["started"] for early, late in itertools.pairwise(rows)]
    assert all(gap > 0.25 for gap in gaps)


def test_without_retries_an_error_is_the_end(deploy: Deploy) -> None:
    stack = worker(deploy, "def main_handler(event, context):\n    raise KeyError\n", minute_s=0.05)
    stack.control("PUT", "/functions/worker", {"retries": 0, "retention_s": 300})
    stack.enqueue({})
    until(lambda: stack.described("worker")["dropped"] == 1)
    assert stack.statuses() == [430]


def test_an_event_older_than_its_retention_is_dropped(deploy: Deploy, tmp_path: Path) -> None:
    stack = worker(deploy, GATE, minute_s=0.1)
    stack.control("PUT", "/functions/worker", {"retention_s": 300})
    gate = tmp_path / "gate"
    stack.enqueue({"gate": str(gate), "wait": True, "name": "first"})
    until(lambda: stack.described("worker")["invocations"] == {"0": 1})
    stack.enqueue({"gate": str(gate), "name": "second"})
    until(lambda: stack.described("worker")["dropped"] == 1)
    gate.touch()
    until(lambda: stack.described("worker")["waiting"] == 0)
    assert Path(f"{gate}.log").read_text().split() == ["first"]
    assert 2 <= stack.statuses().count(432) <= 6  # at 0, 60, ... 300 s; fewer if waits were late


def test_a_faster_minute_wakes_those_who_wait(deploy: Deploy) -> None:
    stack = worker(deploy, "def main_handler(event, context):\n    raise KeyError\n")
    stack.enqueue({})
    until(lambda: stack.statuses() == [430])
    assert stack.control("PUT", "/settings", {"minute_s": 0.05})["minute_s"] == 0.05
    until(lambda: stack.statuses() == [430, 430, 430])


def test_what_settings_do_not_know_is_refused(deploy: Deploy) -> None:
    stack = worker(deploy, GATE)
    for path, body in [
        ("/functions/worker", {"instance": 1}),
        ("/functions/worker", {"retries": 3}),
        ("/settings", {"minute_s": 0}),
    ]:
        url = stack.url("scf", f"/_control{path}")
        assert requests.put(url, json=body, timeout=30).status_code == 422
