"""List the files and functions that one job runs through (``python -m tests.path_of_a_job``).

One mention is acted out against the stand-ins, then the worker runs once. A profile hook records
each function of ``bot`` and ``functions`` that is entered: by the bot, by the worker, and meanwhile
by the web functions, from which Slack fetches the preview. Comprehensions, lambdas and imports are
left out.
"""

import inspect
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType

from functions.worker.handler import main_handler
from tests.traces.gestures import ACTS, a_world

ROOT = Path(__file__).parents[1]
PRODUCT = tuple(f"{ROOT / folder}/" for folder in ("bot", "functions"))
BOT, WORKER, MEANWHILE = "bot", "worker", "gateway and bot, meanwhile"
WEB_THREADS = "request"  # how names of a web function's threads begin (``functions.web.asgi``)


class Trail:
    """Record the functions that each part of the product has entered."""

    def __init__(self) -> None:
        self.entered: dict[str, set[CodeType]] = {BOT: set(), WORKER: set(), MEANWHILE: set()}
        self._driver = threading.get_ident()
        self._of_others: set[int | None] = set()
        self._is_worker_on = False

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Record this thread and all threads that are started within the block."""
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def forget(self) -> None:
        """Drop what was recorded so far, while the world was set up."""
        for codes in self.entered.values():
            codes.clear()

    def _note(self, frame: FrameType, event: str, _arg: object) -> None:
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(PRODUCT):
            return
        if code is main_handler.__code__:
            self._of_others = {thread.ident for thread in threading.enumerate()} - {self._driver}
            self._is_worker_on = True
        if code.co_flags & inspect.CO_OPTIMIZED and not code.co_name.startswith("<"):
            part = self._part()
            if part:
                self.entered[part].add(code)

    def _part(self) -> str:
        """Name the part of the product that the present thread belongs to.

        Empty for the first thread until the worker runs: it only acts out the gesture.
        """
        thread = threading.current_thread()
        if not self._is_worker_on:
            return "" if thread.ident == self._driver else BOT
        is_web = thread.ident in self._of_others or thread.name.startswith(WEB_THREADS)
        return MEANWHILE if is_web else WORKER


def followed() -> dict[str, set[CodeType]]:
    """Act out one mention; give the functions that it runs through, by the part of the product."""
    trail = Trail()
    with trail.noting(), a_world() as world, world.as_new():
        prepare, mention = ACTS["mention"]
        before = prepare(world)
        trail.forget()
        mention(world, before)
        world.stage.wait_for_jobs(1)
        world.settle()
        world.work()
    return trail.entered


def main() -> None:
    """Print each part's files with the functions entered there, then the counts."""
    entered = followed()
    for part, codes in entered.items():
        print(f"{part}: {_counts(codes)}")
        for file in _files(codes):
            names = sorted(code.co_name for code in codes if _file(code) == file)
            print(f"    {file} ({len(names)}): {', '.join(names)}")
    job = entered[BOT] | entered[WORKER]
    print(f"the job, from the mention to the message (bot and worker): {_counts(job)}")
    print(f"with what Slack asks meanwhile: {_counts(job | entered[MEANWHILE])}")


def _counts(codes: set[CodeType]) -> str:
    return f"{len(_files(codes))} files, {len(codes)} functions"


def _files(codes: set[CodeType]) -> list[str]:
    return sorted({_file(code) for code in codes})


def _file(code: CodeType) -> str:
    return str(Path(code.co_filename).relative_to(ROOT))


if __name__ == "__main__":
    main()
