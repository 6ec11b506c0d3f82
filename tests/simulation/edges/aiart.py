"""Simulate aiart in memory: one slot, a bill, and the official SDK's errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from functions.config import AiartConfig
from functions.jobs.bucket import Keys
from functions.worker.aiart import Aiart
from tests.simulation.edges.calling import Call
from tests.simulation.stdlib import Event, here

RESULTS = "https://aiart-results.example/"
UNHEARD = "ClientNetworkError"
BUSY = "RequestLimitExceeded.JobNumExceed"


@dataclass
class Task:
    """Record a picture that was begun for a job's photo; it is ``billed`` once it is made."""

    job_id: str
    by: str
    started: float
    billed: bool = False
    address: str = ""
    is_answered: bool = False  # the answer has reached the caller


@dataclass
class Account:
    """Hold what Tencent keeps for an account: its slots, its tasks and its results.

    ``refusals`` are the codes with which the next tasks are refused.
    """

    picture: bytes
    seconds: Callable[[], float]
    tasks: list[Task] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    results: dict[str, float] = field(default_factory=dict)  # address: when it was made
    places: int = 1
    at_work: int = 0
    on_begun: list[Callable[[Task], None]] = field(default_factory=list)

    def begin(self, job_id: str, by: str) -> Task:
        """Begin a task in a free slot. Raises the SDK's exception if none is free."""
        if self.refusals:
            raise _no(self.refusals.pop(0))
        if self.at_work >= self.places:
            raise _no(BUSY)
        self.at_work += 1
        task = Task(job_id, by, here().now)
        self.tasks.append(task)
        for told in self.on_begun:
            told(task)
        return task

    def end(self, task: Task) -> None:
        """End a task: free its slot, put its picture on the bill and its result online."""
        self.at_work -= 1
        task.billed = True
        task.address = f"{RESULTS}{len(self.results)}-{task.job_id}.jpg"
        self.results[task.address] = here().now

    def billed(self, job_id: str) -> int:
        """Count the pictures of a job that are on the bill."""
        return sum(one.billed and one.job_id == job_id for one in self.tasks)


def _no(code: str) -> TencentCloudSDKException:
    return TencentCloudSDKException(code, "as the simulation has it", "a-request-id")


class MemoryAiart(Aiart):
    """Replace the SDK's client in ``functions.worker.aiart.Aiart`` by the world's account."""

    def __init__(self, config: AiartConfig, keys: Keys) -> None:
        self.timeout_s = float(config.timeout_s)
        self._client = _Client(self.timeout_s, keys.token)
        self._since = 0.0

    def open_ahead(self) -> None:
        """Do nothing: there is no connection to open."""


class _Client:
    def __init__(self, timeout_s: float, token: str) -> None:
        self._timeout_s = timeout_s
        self._token = token

    def ReplaceBackground(self, request: Any) -> Any:  # noqa: N802  # the SDK's name
        world: Any = here().world
        account: Account = world.aiart
        key = request.ProductUrl.partition(".myqcloud.com/")[2].partition("?")[0]
        job_id = key.split("/")[1]

        def act() -> Task:
            if world.objects.expiry.get(self._token, float("inf")) <= here().now:
                raise _no("AuthFailure.TokenFailure")
            if key not in world.objects.objects:
                raise _no("FailedOperation.ImageDownloadError")
            task, over = account.begin(job_id, world.caller), Event()

            def paint() -> None:  # to the end, even if the caller has given up
                here().pause(account.seconds())
                account.end(task)
                over.set()

            world.scheduler.begin(world.outside, paint, "aiart")
            if not over.wait(self._timeout_s):
                raise _unheard()
            return task

        call = Call("aiart", "ReplaceBackground", job_id, self._timeout_s, _unheard, _broken)
        try:
            task = call.make(act)
        except TencentCloudSDKException as error:
            if error.code == UNHEARD:
                world.unanswered.add(job_id)
            raise
        task.is_answered = True
        return SimpleNamespace(ResultImage=task.address, MaskImage=None, RequestId="a-request-id")


def _unheard() -> Exception:
    error: Exception = TencentCloudSDKException(UNHEARD, "Read timed out.")
    return error


def _broken() -> Exception:
    error: Exception = _no("FailedOperation.InnerError")
    return error
