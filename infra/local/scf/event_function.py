"""Run an event function: its instances, and the queue of asynchronous events with SCF's retries."""

import asyncio
import contextlib
import json
import uuid
from dataclasses import dataclass, replace
from typing import Annotated

import msgspec

from infra.local.control import Key
from infra.local.scf.cloud import PLATFORM, Cloud
from infra.local.scf.instance import MIB, Instance
from infra.local.scf.logs import Invocation
from infra.local.scf.statuses import Failure, Status
from infra.serverless_yml.deployment import Function

SYNC_LIMIT_BYTES = 6 * MIB  # 583/11637
ASYNC_LIMIT_BYTES = 128 * 1024
RETRY_AFTER_S = 60  # of the platform's seconds; 583/41138


class Settings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Hold settings that serverless.yml cannot have; at SCF, API calls set them after a deploy.

    ``instances``: how many may run at once (reserved concurrency). ``retries``: how often an
    asynchronous event that has failed is run again. ``retention_s``: how long after its arrival an
    event is run again at all, in the platform's seconds. ``memory_mb``: the memory limit of
    instances that start from now on; 0 stands for serverless.yml's value. ``cold_start_s``: real
    seconds before a new instance begins to start; in the cloud a cold start takes 2 to 10 s in all.
    """

    instances: Annotated[int, msgspec.Meta(ge=0)] = 1
    retries: Annotated[int, msgspec.Meta(ge=0, le=2)] = 2
    retention_s: Annotated[float, msgspec.Meta(gt=0, le=21_600)] = 21_600.0
    memory_mb: Annotated[int, msgspec.Meta(ge=0, le=3072)] = 0
    cold_start_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0


@dataclass(frozen=True)
class Outcome:
    """Hold the outcome of one attempt: what the handler returned, or the failure's text."""

    invocation: Invocation
    result: object = None
    error: str = ""


class EventFunction:
    """Run events in at most ``settings.instances`` instances, one event at a time in each."""

    def __init__(self, function: Function, cloud: Cloud) -> None:
        self.function = function
        self.settings = Settings()
        self.starts = 0
        self.dropped = 0  # events given up: retries used up, or too old
        self._cloud = cloud
        self._idle: list[Instance] = []
        self._busy: set[Instance] = set()
        self._in_use = 0  # instances that are busy or still starting
        self._queue: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Count the asynchronous events that are neither done nor given up."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """Count the instances that are up."""
        return sum(instance.alive for instance in {*self._idle, *self._busy})

    def pids(self) -> list[int]:
        """List the processes of all instances."""
        return [pid for instance in {*self._idle, *self._busy} for pid in instance.pids()]

    async def invoke(
        self, event: bytes, *, kind: str = "sync", request_id: str = "", attempt: int = 1
    ) -> Outcome:
        """Run the handler once on ``event`` (JSON). The outcome reports a failure, too."""
        request_id = request_id or str(uuid.uuid4())
        journal = self._cloud.journal
        invocation = journal.start(self.function.key, kind, request_id, attempt)
        status = Status.INTERNAL_ERROR
        try:
            result = await self._run(event, invocation)
            status = Status.SUCCESS
        except Failure as failure:
            status = failure.status
            self._cloud.note(self.function, failure)
            return Outcome(invocation, error=failure.text)
        else:
            return Outcome(invocation, result=result)
        finally:
            journal.finish(invocation, status)

    def enqueue(self, event: bytes) -> str:
        """Queue an event and give its request id.

        Raises ``Failure`` if it is larger than 128 KB or no JSON.
        """
        if len(event) > ASYNC_LIMIT_BYTES:
            raise Failure(Status.REQUEST_TOO_LARGE, "an asynchronous event may have 128 KB")
        _one_line(event)
        request_id = str(uuid.uuid4())
        task = asyncio.create_task(self._deliver(event, request_id))
        self._queue.add(task)
        task.add_done_callback(self._queue.discard)
        return request_id

    async def kill(self) -> None:
        """Kill all instances, even in the middle of an event."""
        instances = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(instance.kill() for instance in instances))

    async def close(self) -> None:
        """Cancel the queued events and kill all instances."""
        for task in list(self._queue):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.kill()

    async def _deliver(self, event: bytes, request_id: str) -> None:
        """Run an event until it succeeds, its retries are used up, or it is too old (583/41138)."""
        clock = self._cloud.clock
        accepted = clock.seconds()
        errors = 0
        attempt = 0
        while True:
            attempt += 1
            outcome = await self.invoke(event, kind="async", request_id=request_id, attempt=attempt)
            if outcome.invocation.status == Status.SUCCESS:
                return
            errors += outcome.invocation.status != Status.NO_CONCURRENCY
            again = clock.seconds() + RETRY_AFTER_S
            if errors > self.settings.retries or again > accepted + self.settings.retention_s:
                self.dropped += 1
                self._cloud.logs.add(self.function.key, PLATFORM, f"{request_id} is given up")
                return
            await clock.sleep_until(again)

    async def _run(self, event: bytes, invocation: Invocation) -> object:
        self._cloud.check_available()
        if len(event) > SYNC_LIMIT_BYTES:
            raise Failure(Status.REQUEST_TOO_LARGE, "an event may have 6 MB")
        line = _one_line(event)
        if self._in_use >= self.settings.instances:
            memory_mb = self.settings.instances * self.function.memory_mb
            raise Failure(
                Status.NO_CONCURRENCY,
                f"Function [{self.function.name}] concurrency exceeded reserved quota "
                f"{memory_mb} MB",
            )
        self._in_use += 1
        try:
            key = await self._cloud.key(self.function)
            context = self._cloud.context(self.function, invocation.request_id, key)
            return await self._on_an_instance(line, context, key, invocation)
        finally:
            self._in_use -= 1

    async def _on_an_instance(
        self, line: bytes, context: dict[str, object], key: Key | None, invocation: Invocation
    ) -> object:
        instance = await self._take_warm()
        if instance is None:
            invocation.cold = True
            self.starts += 1
            memory_mb = self.settings.memory_mb or self.function.memory_mb
            as_set = replace(self.function, memory_mb=memory_mb)
            await asyncio.sleep(self.settings.cold_start_s)
            instance = await Instance.start(as_set, self._cloud, key)
        self._busy.add(instance)
        try:
            return await instance.run(line, context, key)
        finally:
            self._busy.discard(instance)
            if instance.alive:
                self._idle.append(instance)

    async def _take_warm(self) -> Instance | None:
        while self._idle:
            instance = self._idle.pop()
            if instance.alive:
                return instance
            await instance.kill()  # its process has ended: this closes the channel
        return None


def _one_line(event: bytes) -> bytes:
    try:
        return json.dumps(json.loads(event)).encode()
    except ValueError as error:
        raise Failure(Status.NOT_JSON, "the event is not JSON") from error
