"""Keeps the askers informed while their jobs wait and are painted."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from msgspec.structs import replace

from bot.slack import SlackClosed, SlackRevoked
from bot.views.progress import Progress
from functions.jobs.model import Job
from functions.jobs.steps import Posted
from functions.log import log_crash
from functions.worker.entry import WAITING, Entry, Stage
from functions.worker.line import Line
from functions.worker.progress import ProgressKeeper
from functions.worker.turns import Turns
from functions.worker.verdicts import JobFailed
from functions.worker.workshop import Workshop

REFRESH_AFTER_S = 15.0  # a place in line that was shown longer ago is shown anew
KEPT_UPLOADS = 20  # so many are told at once that their jobs are kept; Slack takes one a second


class Talk:
    """Shows each upload's progress, from a thread of its own so that nothing waits for Slack.

    An upload is announced before its first photo is painted: if Slack says that its thread is
    closed, nothing is spent on it.
    """

    NAP_S = 0.02

    def __init__(
        self,
        shop: Workshop,
        line: Line,
        turns: Turns,
        *,
        is_held: Callable[[], bool],
        estimate_s: Callable[[int], int | None],
    ) -> None:
        """``is_held``: whether nothing is painted at the moment, for whatever reason.

        ``estimate_s``: how long a job with so many others before it will take; it may block.
        """
        self._shop = shop
        self._is_held = is_held
        self._estimate_s = estimate_s
        self._line = line
        self._turns = turns
        self._keeper = ProgressKeeper(shop)
        self._pool = ThreadPoolExecutor(3, "talk")
        self._pending: set[Future[None]] = set()
        self._shown_at: dict[str, float] = {}
        self._announced: set[str] = set()
        self._closed: dict[str, JobFailed] = {}
        self._told: set[str] = set()

    def __enter__(self) -> "Talk":
        return self

    def __exit__(self, *_raised: object) -> None:
        self._pool.shutdown()

    @property
    def is_behind(self) -> bool:
        """Whether something is still being shown."""
        self._pending = {future for future in self._pending if not future.done()}
        return bool(self._pending)

    def has_announced(self, job: Job) -> bool:
        """Whether Slack has taken (or could not take just now) the upload's first message."""
        return job.upload.id in self._announced

    def verdict_on(self, job: Job) -> JobFailed | None:
        """Why nothing can be told in the job's thread, if that is so."""
        return self._closed.get(job.upload.id)

    # --- called by the deciding thread

    def about(self, entries: Iterable[Entry]) -> None:
        """Announce each upload when the first of its jobs is known; in the order of their turns,
        for Slack takes its time and nothing is painted before it is announced.
        """
        waiting = (entry for entry in entries if entry.stage in WAITING)
        unknown = [entry for entry in waiting if entry.asked.upload.id not in self._shown_at]
        for entry in self._turns.order(unknown):
            if entry.asked.upload.id not in self._shown_at:
                self._show(entry.asked)

    def painting(self, entry: Entry) -> None:
        """The job is being painted: say so, and tell one of those who wait how far they are."""
        self._show(entry.asked)
        now = time.monotonic()
        waiting = [e.asked for e in self._line if e.stage in WAITING and not e.busy]
        old = [
            job for job in waiting if self._shown_at.get(job.upload.id, now) + REFRESH_AFTER_S < now
        ]
        if old:
            self._show(min(old, key=lambda job: self._shown_at[job.upload.id]))

    def kept(self) -> None:
        """Nothing is painted for now: tell those who wait that their jobs are kept."""
        uploads = {e.asked.upload.id: e.asked for e in self._line if e.stage in WAITING}
        for job in list(uploads.values())[:KEPT_UPLOADS]:
            self._show(job)

    # --- called by the thread that has told the asker

    def told(self, job: Job) -> None:
        """One of the upload's jobs is told: count it, or take the message away after the last.

        Raises ``Later`` while Slack cannot take it away.
        """
        if job.gesture == "cutout":  # it is made at once, so no progress is shown
            return
        self._told.add(job.id)
        if all(self._is_told(job_id) for job_id in job.upload.jobs):
            self._keeper.remove(job)
            return
        try:
            self._keeper.show(job, partial(self._progress, job))
        except (SlackClosed, SlackRevoked) as closed:  # of no matter for what was just told
            self._closed[job.upload.id] = JobFailed(closed.code)

    # --- how

    def _show(self, job: Job) -> None:
        upload = job.upload.id
        self._shown_at[upload] = time.monotonic()

        def show() -> None:
            try:
                self._count_those_of_earlier_runs(job)
                self._keeper.show(job, partial(self._progress, job))
            except (SlackClosed, SlackRevoked) as closed:
                self._closed[upload] = JobFailed(closed.code)
            except Exception as error:  # noqa: BLE001  # progress is a courtesy
                log_crash("progress left out", error, job=job.id)
            finally:
                self._announced.add(upload)

        self._pending.add(self._pool.submit(show))

    def _count_those_of_earlier_runs(self, job: Job) -> None:
        """What has ended is not in the open queue any more; looked up when first shown."""
        if job.upload.id in self._announced:
            return
        missing = [job_id for job_id in job.upload.jobs if self._line.find(job_id) is None]
        self._told.update(job_id for job_id in missing if self._shop.ledger.outcome(job_id))

    def _progress(self, job: Job) -> Progress:
        line = self._in_order()
        places = [place for place, other in enumerate(line) if other.job_id in job.upload.jobs]
        painting = any(entry.is_being_painted for entry in self._line.of_upload(job))
        ahead = places[0] + self._line.unread_before(job) if places and not painting else 0
        progress = Progress(
            total=len(job.upload.jobs),
            done=sum(self._is_done(job_id) for job_id in job.upload.jobs),
            painting=painting,
            ahead=ahead,
            kept=not painting and self._is_held(),
        )
        if progress.kept:
            return progress
        return replace(progress, estimate_s=self._estimate_s(progress.ahead))

    def _is_done(self, job_id: str) -> bool:
        """Told, now or by an earlier run, or only waiting to be told together with others."""
        entry = self._line.find(job_id)
        is_over = entry is not None and entry.stage in {Stage.DECIDED, Stage.OVER}
        return job_id in self._told or is_over

    def _in_order(self) -> list[Entry]:
        """Those being painted, those next in line, then the others in the order of their turns."""
        waiting = [entry for entry in self._line if entry.stage in WAITING]
        ahead = sorted(
            (entry for entry in waiting if entry.is_at_aiart), key=lambda entry: not entry.has_place
        )
        return [*ahead, *self._turns.order(e for e in waiting if not e.is_at_aiart)]

    def _is_told(self, job_id: str) -> bool:
        """Whether that job needs the progress message no more: told, ended, or never accepted.

        One that is not read yet may have ended long ago, and be asked for once more.
        """
        if job_id in self._told:
            return True
        entry = self._line.find(job_id)
        if entry and entry.stage not in {Stage.NEW, Stage.OVER}:
            return False
        ledger = self._shop.ledger
        return (
            ledger.job(job_id) is None
            or ledger.step(job_id, Posted) is not None
            or ledger.outcome(job_id) is not None
        )
