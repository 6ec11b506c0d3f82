"""Run the worker in a thread of this process, one run after another as in its one instance."""

import threading
import time
from collections.abc import Callable
from typing import Any

from functions.log import log_crash
from functions.worker.handler import main_handler

LOOK_EVERY_S = 3.0
TIMER_EVERY_S = 60.0
LOOK: dict[str, Any] = {"Records": []}  # an event that names no job: look into the open queue
TIMER: dict[str, Any] = {"Type": "Timer", "TriggerName": "every-minute"}
CONTEXT = {"time_limit_in_ms": 900_000}


class Worker:
    """Run the worker every few seconds or when woken, and every minute with the timer's event.

    It reads its settings from the process's environment, as the function does. ``notice`` gets a
    line when jobs have ended. Leaving the block waits for the run under way.
    """

    def __init__(self, *, notice: Callable[[str], None]) -> None:
        self._notice = notice
        self._woken = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="worker", daemon=True)

    def __enter__(self) -> "Worker":
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._ending.set()
        self._woken.set()
        self._thread.join()

    def wake(self) -> None:
        """Start the next run at once, because a job may have been accepted."""
        self._woken.set()

    def _work(self) -> None:
        timer_at = 0.0
        while not self._ending.is_set():
            self._woken.clear()
            event = LOOK
            if time.monotonic() >= timer_at:
                event, timer_at = TIMER, time.monotonic() + TIMER_EVERY_S
            self._run(event)
            self._woken.wait(LOOK_EVERY_S)

    def _run(self, event: dict[str, Any]) -> None:
        started = time.monotonic()
        try:
            ended = main_handler(event, CONTEXT)["jobs"]
        except Exception as error:  # noqa: BLE001  # the cloud would start it afresh, too
            log_crash("the worker's run broke off", error)
            self._notice(f"the worker's run broke off ({type(error).__name__})")
            return
        if ended:
            jobs = "1 job" if ended == 1 else f"{ended} jobs"
            self._notice(f"worker: {jobs} ended ({time.monotonic() - started:.1f} s)")
