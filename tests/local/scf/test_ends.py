"""How an event function ends: at its limits, by itself, by force; and how it is frozen."""

import os
import time
from pathlib import Path

from tests.local.scf.conftest import GATE, Deploy, Stack, alive, until, worker

STUBBORN = """
    import os, signal, subprocess, sys, time

    SLEEP = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"

    def main_handler(event, context):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        near = subprocess.Popen([sys.executable, "-c", SLEEP])
        far = subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True)
        print("pids", os.getpid(), near.pid, far.pid)
        if event == "exit":
            os._exit(0)
        while event == "hang":
            time.sleep(0.1)
"""


def printed_pids(stack: Stack) -> list[int]:
    line = until(lambda: [line for line in stack.log("worker") if line.startswith("pids")])[-1]
    return [int(pid) for pid in line.split()[1:]]


def test_a_timeout_kills_a_stubborn_handler_with_all_its_children(deploy: Deploy) -> None:
    stack = worker(deploy, STUBBORN, timeout=3)
    answer = stack.invoke("hang")
    assert answer["status"] == 433
    assert answer["error"] == "Invoking task timed out after 3 seconds"
    pids = printed_pids(stack)
    assert len(pids) == 3
    assert not any(map(alive, pids))


def test_an_exit_takes_the_children_along(deploy: Deploy) -> None:
    stack = worker(deploy, STUBBORN)
    assert stack.invoke("exit")["status"] == 439
    assert not any(map(alive, printed_pids(stack)))


def test_a_process_that_exits_in_the_middle_is_439_and_starts_afresh(deploy: Deploy) -> None:
    stack = worker(
        deploy,
        """
        import os, sys, threading, time

        def main_handler(event, context):
            if event == "exit":
                os._exit(7)
            if event == "sys.exit":
                threading.Thread(target=time.sleep, args=(60,)).start()
                sys.exit()
            return os.getpid()
        """,
    )
    first = stack.invoke("pid")["result"]
    assert stack.invoke("exit")["status"] == 439
    second = stack.invoke("pid")
    assert second["cold"] is True
    assert second["result"] != first
    assert stack.invoke("sys.exit")["status"] == 439


def test_more_memory_than_configured_is_434(deploy: Deploy) -> None:
    stack = worker(
        deploy,
        """
        import time

        def main_handler(event, context):
            size_mb, held_s = event
            kept = bytearray(size_mb * 1024 * 1024)
            kept[::4096] = b"x" * len(kept[::4096])  # every page is really used
            time.sleep(held_s)  # what is too much until it is looked at, on any machine
            return len(kept)
        """,
        timeout=90,
    )
    assert stack.invoke([60, 0.2])["status"] == 200
    assert stack.invoke([200, 60])["status"] == 434
    assert stack.invoke([60, 0.2])["status"] == 200
    # An operator's change holds for the instances that start after it.
    stack.control("PUT", "/functions/worker", {"memory_mb": 512})
    stack.control("POST", "/kill/worker")
    assert stack.invoke([200, 0.2])["status"] == 200


def test_nothing_runs_between_events(deploy: Deploy, tmp_path: Path) -> None:
    ticks = tmp_path / "ticks"
    stack = worker(
        deploy,
        f"""
        import pathlib, threading, time

        def tick():
            while True:
                with pathlib.Path({str(ticks)!r}).open("a") as file:
                    file.write("x")
                time.sleep(0.005)

        def main_handler(event, context):
            if event == "start":
                threading.Thread(target=tick, daemon=True).start()
            time.sleep(0.2)
        """,
    )
    stack.invoke("start")
    pid = stack.described("worker")["pids"][0]
    until(lambda: " T " in Path(f"/proc/{pid}/stat").read_text(), "the process stops")
    frozen = ticks.stat().st_size
    assert frozen > 0
    time.sleep(0.2)  # forty ticks, if anything ran
    assert ticks.stat().st_size == frozen
    stack.invoke("again")
    assert ticks.stat().st_size > frozen


def test_a_kill_in_the_middle_is_439(deploy: Deploy, tmp_path: Path) -> None:
    stack = worker(deploy, GATE, minute_s=60.0)
    stack.enqueue({"gate": str(tmp_path / "gate"), "wait": True, "name": "first"})
    [pid] = until(lambda: stack.described("worker")["pids"])
    until(lambda: stack.described("worker")["invocations"] == {"0": 1})
    stack.control("POST", "/kill/worker")
    until(lambda: stack.statuses() == [439])
    assert not alive(pid)
    assert stack.described("worker")["state"] == "cold"


def test_a_frozen_instance_that_died_is_replaced(deploy: Deploy) -> None:
    stack = worker(deploy, "import os\ndef main_handler(event, context):\n    return os.getpid()\n")
    pid = stack.invoke({})["result"]
    os.kill(pid, 9)
    until(lambda: not stack.described("worker")["pids"])
    answer = stack.invoke({})
    assert (answer["status"], answer["cold"]) == (200, True)
