"""Measure how much of the time aiart's one slot is busy while jobs wait for it.

The figure is computed from the aiart stand-in's log of tasks, from the first one's start to the
last one's end. A task takes a second; meanwhile photos are staged, and results stored and posted.
In a second benchmark the slot stays taken for a while after each task, as was seen with a similar
Tencent product. That one measures how soon the slot is found free.
"""

import itertools
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.bench.report_rows import Row, Spread, attained, limited
from infra.bench.sample_photos import photo_jpeg
from infra.bench.wait_idle import wait_for_rest
from infra.local import one_job
from infra.local.polling import until
from infra.local.stack import Options, Stack, running

AIM_PERCENT = 97
TASK_S = 1.0
PHOTOS_EACH = 5  # in one message
MESSAGES_MOST = 10
PATIENCE_S = 60.0  # beyond the tasks' own time
LAG_S = 30.0  # so long a sister product's slot stays taken
FOUND_WITHIN_MS = 4000  # a question each 3 to 3.75 s, and the way to it
BUSY = "RequestLimitExceeded.JobNumExceed"
WIDTH_PX, HEIGHT_PX = 1200, 900


def busy_slot(runs: int) -> list[Row]:
    """Measure fifty jobs in one run; fewer if ``runs`` is below ten."""
    messages = min(runs, MESSAGES_MOST)
    jobs = messages * PHOTOS_EACH
    with running(Options(aiart_s=TASK_S, paint=False)) as stack:
        tasks = _painted(stack, messages, limit_s=jobs * TASK_S + PATIENCE_S)
        wait_for_rest(stack)
    pauses_ms = [1000 * (b["started"] - a["ended"]) for a, b in itertools.pairwise(tasks)]
    return [
        attained(
            f"aiart's slot busy while {jobs} jobs wait",
            Spread.of([_busy_percent(tasks)], "%"),
            at_least=AIM_PERCENT,
            note=f"pauses between two tasks: median {statistics.median(pauses_ms):.0f} ms, "
            f"longest {max(pauses_ms):.0f} ms",
        )
    ]


def lagging_slot(_runs: int) -> list[Row]:
    """Measure five jobs in one run, each waiting for the slot of the one before it."""
    with running(Options(aiart_s=TASK_S, paint=False)) as stack:
        stack.control("aiart", "PUT", "settings", {"slot_lag_s": LAG_S})
        tasks = _painted(stack, 1, limit_s=PHOTOS_EACH * (TASK_S + LAG_S) + PATIENCE_S)
        refused = [call for call in stack.control("aiart", "GET", "calls") if call["error"]]
        wait_for_rest(stack)
    idle_s = [b["started"] - a["ended"] - LAG_S for a, b in itertools.pairwise(tasks)]
    apart_s = [b["at"] - a["at"] for a, b in itertools.pairwise(refused)]
    others = sum(call["error"] != BUSY for call in refused)
    return [
        limited(
            f"aiart's slot found free that stays taken for {LAG_S:.0f} s",
            Spread.of_s(idle_s),
            at_most=FOUND_WITHIN_MS,
            note=f"questions for each of {len(tasks)} pictures: {len(refused) / len(idle_s):.0f}, "
            f"at least {min(apart_s):.1f} s apart; refused for another reason: {others}",
        )
    ]


def _painted(stack: Stack, messages: int, *, limit_s: float) -> list[dict[str, Any]]:
    """Post so many messages with photos, and list the tasks that come of them."""
    with TemporaryDirectory() as folder:
        photo = Path(folder) / "cup.jpg"
        photo.write_bytes(photo_jpeg(WIDTH_PX, HEIGHT_PX))
        for message in range(messages):
            wanted = one_job.Wanted(photos=[photo] * PHOTOS_EACH, prompt=f"on a table {message}")
            one_job.ask(stack, wanted)
        return _tasks(stack, messages * PHOTOS_EACH, limit_s=limit_s)


def _tasks(stack: Stack, jobs: int, *, limit_s: float) -> list[dict[str, Any]]:
    """Wait until so many pictures are painted, then list all tasks by their start."""

    def painted() -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = stack.control("aiart", "GET", "tasks")
        return tasks if sum(task["billed"] for task in tasks) >= jobs else []

    tasks = until(painted, what=f"{jobs} pictures", limit_s=limit_s)
    return sorted(tasks, key=lambda task: float(task["started"]))


def _busy_percent(tasks: list[dict[str, Any]]) -> float:
    busy_s = sum(task["ended"] - task["started"] for task in tasks)
    return 100 * float(busy_s) / float(tasks[-1]["ended"] - tasks[0]["started"])
