"""What the threads of a run do for one job; ``drain`` decides when."""

from collections.abc import Callable

from functions.jobs.model import Job
from functions.jobs.steps import Generated, Staged
from functions.worker.cutting import cut
from functions.worker.ending import decide_failure, end, end_cancelled
from functions.worker.entry import Entry, Stage
from functions.worker.keeping import keep
from functions.worker.painting import Slot, paint
from functions.worker.results import Decided
from functions.worker.staging import repeat_a_failure, stage
from functions.worker.verdicts import Cancelled, JobFailed
from functions.worker.workshop import Workshop


class Work:
    """Each method takes an entry one stage further, or raises what keeps it from that."""

    def __init__(
        self,
        shop: Workshop,
        slot: Slot,
        *,
        begins: Callable[[Entry], None],
        told: Callable[[Job], None],
        painted_in: Callable[[float], None],
    ) -> None:
        """What is called when an entry has its place at aiart, when its asker has been told, and
        with the seconds that aiart took.
        """
        self._shop = shop
        self._slot = slot
        self._begins = begins
        self._told = told
        self._painted_in = painted_in

    def load(self, entry: Entry) -> None:
        """Read the job, if it is still open."""
        ledger = self._shop.ledger
        entry.job = ledger.job(entry.job_id)
        if entry.job is None:
            entry.stage = Stage.OVER
        elif ledger.outcome(entry.job_id):
            ledger.close(entry.job_id)  # a redelivery after the end
            entry.stage = Stage.OVER
        elif entry.job.gesture == "cutout":
            entry.stage = Stage.CUTTING
        else:
            entry.stage = Stage.LOADED

    def stage(self, entry: Entry) -> None:
        """Fetch and check its photo, unless an earlier run has."""
        repeat_a_failure(self._shop, entry.asked)
        if not self._was_staged(entry):
            entry.staged = stage(self._shop, entry.asked)
        entry.stage = Stage.GENERATED if entry.generated else Stage.STAGED

    def give_up(self, verdict: JobFailed | Cancelled, entry: Entry) -> None:
        """Let it go without a picture; unless an earlier run has had it painted, and paid."""
        if self._was_staged(entry) and entry.generated:
            entry.stage = Stage.GENERATED
        else:
            entry.give_up(verdict)

    def _was_staged(self, entry: Entry) -> bool:
        entry.staged = self._shop.ledger.step(entry.job_id, Staged)
        if entry.staged:
            entry.generated = self._shop.ledger.step(entry.job_id, Generated)
        return entry.staged is not None

    def paint(self, entry: Entry) -> None:
        """Wait for a place at aiart and have it painted."""
        if entry.staged:
            with self._shop.paid_calls.one():
                entry.generated = paint(
                    self._shop,
                    entry.asked,
                    entry.staged,
                    self._slot,
                    begins=lambda: self._begins(entry),
                )
            entry.stage = Stage.GENERATED

    def end(self, entry: Entry) -> None:
        """Decide what became of it and tell the asker; those told together only decide at first."""
        job, told = entry.asked, self._told
        if entry.stage is Stage.CANCELLED:
            end_cancelled(self._shop, job, told=told)
            entry.stage = Stage.OVER
            return
        if entry.decided is None:
            entry.decided = self._decide(entry)
            entry.stage = Stage.DECIDED
            if job.upload.together:
                return  # until the others are decided
        end(self._shop, job, entry.decided, entry.generated, told=told)
        entry.stage = Stage.OVER
        if entry.generated:
            self._painted_in(entry.generated.seconds)

    def _decide(self, entry: Entry) -> Decided:
        if entry.verdict:
            return decide_failure(self._shop, entry.asked, entry.verdict)
        if entry.stage is Stage.CUTTING:
            return cut(self._shop, entry.asked)
        if entry.staged is None or entry.generated is None:
            raise ValueError(f"{entry.job_id} has nothing to be kept")
        return keep(self._shop, entry.asked, entry.staged, entry.generated)
