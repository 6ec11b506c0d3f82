"""What the steps of a job work with; put together once per invocation in ``handler``."""

import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec

from bot.slack import SLACK_TROUBLE
from bot.thread import ThreadView
from bot.workflow_steps import WorkflowSteps
from functions.jobs.errors import Refused
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.model import Job
from functions.log import warn
from functions.worker.aiart import Aiart
from functions.worker.counting import Counter
from functions.worker.errors import Cancelled, JobFailed
from functions.worker.outside import OutsideRules
from functions.worker.paid import PaidCalls
from functions.worker.sources import Sources
from functions.worker.warming import GatewayWarmth


class Workshop(msgspec.Struct, frozen=True):
    """``links`` is None until the operator has set LINK_BASE_URL.

    ``admin_channel`` may be empty.
    """

    ledger: Ledger
    sources: Sources
    aiart: Aiart
    aiart_timeout_s: float
    thread: ThreadView
    workflows: WorkflowSteps
    links: Links | None
    counter: Counter
    admin_channel: str
    vendor_rules: OutsideRules  # for aiart's own result addresses
    gateway: GatewayWarmth
    paid_calls: PaidCalls = msgspec.field(default_factory=PaidCalls)
    one_decoder: threading.Lock = msgspec.field(default_factory=threading.Lock)  # bounds the memory

    def stop_if_cancelled(self, job: Job) -> None:
        """Before anything is paid for: raises ``Cancelled`` for a job with a tombstone."""
        with ThreadPoolExecutor(1, "tombstone") as beside:
            cancelled = beside.submit(self.ledger.has_tombstone, job.id, "cancel")
            self.stop_if_deleted(job)
        if cancelled.result():
            raise Cancelled

    def stop_if_deleted(self, job: Job) -> None:
        """After that it is too late to cancel; raises ``Cancelled`` for what shall be deleted."""
        if self.ledger.has_tombstone(job.id, "delete"):
            raise Cancelled

    def tell_admins(self, line: str) -> bool:
        """One line for those who run this. False while Slack does not take it."""
        if not self.admin_channel:
            return True
        try:
            self.thread.tell_admins(self.admin_channel, line)
        except SLACK_TROUBLE as error:
            warn("could not tell the administrators", error=str(error))
            return False
        return True


def failed_by(refused: Refused) -> JobFailed:
    """The verdict for a photo or mask that cannot be helped."""
    problem = refused.problems[0]
    return JobFailed(problem.code, problem.facts)
