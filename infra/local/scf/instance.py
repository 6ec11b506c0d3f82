"""Run one warm instance of an event function: one event at a time, frozen in between."""

import asyncio
import json
import socket
from pathlib import Path

from infra.local.control import Key
from infra.local.scf.cloud import Cloud
from infra.local.scf.credentials import environment_of
from infra.local.scf.sandbox import Sandbox
from infra.local.scf.statuses import Failure, Status
from infra.serverless_yml.deployment import Function

CHILD = Path(__file__).with_name("child.py")
MIB = 1024 * 1024
RESPONSE_LIMIT_BYTES = 6 * MIB  # 583/11637
LINE_LIMIT_BYTES = RESPONSE_LIMIT_BYTES + len('{"result": }')


class Instance:
    """Hold a process with the function's module imported.

    The process survives an exception of the handler. Any other failure of an event kills it.
    """

    def __init__(
        self,
        function: Function,
        sandbox: Sandbox,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._function = function
        self._sandbox = sandbox
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls, function: Function, cloud: Cloud, key: Key | None) -> "Instance":
        """Start cold: run the process and import the handler's module.

        Raises ``Failure`` if the handler cannot be loaded in time.
        """
        ours, theirs = socket.socketpair()
        command = [str(cloud.python), "-u", str(CHILD), function.handler, str(theirs.fileno())]
        with theirs:
            try:
                sandbox = await cloud.start(
                    function,
                    command,
                    cloud.environment(function, key),
                    channel=theirs.fileno(),
                )
            except BaseException:
                ours.close()
                raise
        reader, writer = await asyncio.open_connection(sock=ours, limit=LINE_LIMIT_BYTES)
        instance = cls(function, sandbox, reader, writer)
        await instance._import()
        return instance

    @property
    def alive(self) -> bool:
        """Tell whether the instance can take another event."""
        return self._sandbox.alive and not self._reader.at_eof()

    def pids(self) -> list[int]:
        """List the instance's processes."""
        return self._sandbox.pids()

    async def run(self, event: bytes, context: dict[str, object], key: Key | None) -> object:
        """Run the handler on ``event``, JSON in one line, and give what it returned.

        Raises ``Failure``, either for an exception of the handler or after killing the instance.
        """
        self._sandbox.thaw()
        head = {"context": context, "environment": dict(environment_of(key))}
        self._writer.write(json.dumps(head)[:-1].encode() + b', "event": ' + event + b"}\n")
        try:
            answer = await self._answer(self._function.timeout_s, "task")
        except BaseException:
            await self.kill()
            raise
        self._sandbox.freeze()
        if "error" in answer:
            raise Failure(Status.USER_CODE_EXCEPTION, str(answer["error"]))
        return answer["result"]

    async def kill(self) -> None:
        """End the instance and everything that it started."""
        self._sandbox.kill()
        self._writer.transport.abort()
        await self._sandbox.ended()

    async def _import(self) -> None:
        try:
            _check_ready(await self._answer(self._function.init_timeout_s, "initialization"))
        except BaseException:
            await self.kill()
            raise

    async def _answer(self, limit_s: float, what: str) -> dict[str, object]:
        line = asyncio.ensure_future(self._reader.readline())
        memory = asyncio.ensure_future(self._sandbox.outgrows(self._function.memory_mb * MIB))
        try:
            await asyncio.wait({line, memory}, timeout=limit_s, return_when="FIRST_COMPLETED")
            if line.done():
                return _parse(line)
            if memory.done():
                limit_mb = self._function.memory_mb
                raise Failure(Status.MEMORY_LIMIT, f"Task memory exceeded {limit_mb} MB")
            raise Failure(Status.TIME_LIMIT, f"Invoking {what} timed out after {limit_s:g} seconds")
        finally:
            line.cancel()
            memory.cancel()


def _check_ready(answer: dict[str, object]) -> None:
    if "missing" in answer:
        raise Failure(Status.HANDLER_NOT_FOUND, str(answer["missing"]))
    if "error" in answer:
        raise Failure(Status.USER_CODE_EXCEPTION, str(answer["error"]))


def _parse(line: "asyncio.Future[bytes]") -> dict[str, object]:
    try:
        text = line.result()
    except ValueError as error:  # longer than the reader's limit
        raise Failure(Status.RESPONSE_TOO_LARGE, "the response exceeds 6 MB") from error
    except OSError:
        text = b""
    if not text.endswith(b"\n"):
        raise Failure(Status.PROCESS_EXITED, "User process exit when running")
    answer: dict[str, object] = json.loads(text)
    return answer
