"""Let the SCF stand-in fork its instances (``fork_server``) instead of starting a Python each."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.types import ASGIApp

from infra.local.scf import sandbox

ROOT = Path(__file__).resolve().parents[2]
PACKET_BYTES = 4096
MEMORY_SAMPLE_S = 1.0  # no run is about memory, and 20 samples a second would cost time


def quick_starts(name: str, app: ASGIApp) -> ASGIApp:
    """Replace how the SCF stand-in starts instances (for ``infra.local.stack.Options.around``)."""
    if name == "scf":
        sandbox.SAMPLE_S = MEMORY_SAMPLE_S
        sandbox.run_warden = ForkServer().run_warden
    return app


class Forked:
    """Hold a forked warden's process, in the form of ``infra.local.scf.sandbox.Process``."""

    def __init__(
        self, pid: int, end: "asyncio.Future[int]", output: Sequence[asyncio.StreamReader]
    ) -> None:
        self.pid = pid
        self.stdout, self.stderr = output
        self._end = end

    @property
    def returncode(self) -> int | None:
        return self._end.result() if self._end.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._end)


class ForkServer:
    """Start the fork server's process, and ask it for wardens. It ends with this process."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            number = theirs.fileno()
            subprocess.Popen(
                [sys.executable, "-u", "-m", "tests.crash.fork_server", str(number)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                pass_fds=[number],
            )
        self._count = 0
        self._pids: dict[int, asyncio.Future[int]] = {}
        self._ends: dict[int, asyncio.Future[int]] = {}

    async def run_warden(
        self,
        command: Sequence[str],
        *,
        code_dir: Path,
        environment: Mapping[str, str],
        orders: int,
        channel: int | None,
    ) -> Forked:
        """Have the fork server fork a warden that runs ``command``."""
        loop = asyncio.get_running_loop()
        if not self._count:
            loop.add_reader(self._socket, self._hear)
        self._count += 1
        number = self._count
        pid = self._pids[number] = loop.create_future()
        end = self._ends[number] = loop.create_future()
        order = {
            "number": number,
            "command": list(command),
            "code_dir": str(code_dir),
            "environment": dict(environment),
        }
        readers, writers = zip(os.pipe(), os.pipe(), strict=True)
        files = [orders, *writers, *(() if channel is None else (channel,))]
        try:
            socket.send_fds(self._socket, [json.dumps(order).encode()], files)
        finally:
            for one in writers:
                os.close(one)
        output = [await _reader(one) for one in readers]
        return Forked(await pid, end, output)

    def _hear(self) -> None:
        packet = self._socket.recv(PACKET_BYTES)
        if not packet:
            asyncio.get_running_loop().remove_reader(self._socket)
            for one in (*self._pids.values(), *self._ends.values()):
                one.set_exception(RuntimeError("the fork server has ended"))
            return
        said = json.loads(packet)
        if "pid" in said:
            self._pids.pop(said["number"]).set_result(said["pid"])
        else:
            self._ends.pop(said["number"]).set_result(said["code"])


async def _reader(number: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(number, "rb", 0)
    )
    return reader
