"""Start, freeze, thaw, measure and kill one instance's processes.

They run under ``warden.py``, which kills them when this process closes its pipe or dies.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

WARDEN = Path(__file__).with_name("warden.py")
SAMPLE_S = 0.05
SAMPLES_PER_LISTING = 10
DRAIN_LIMIT_S = 2.0
LINE_LIMIT_BYTES = 64 * 1024
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

Log = Callable[[str, str], None]  # stream, text


class Process(Protocol):
    """Describe what is used of a running warden's ``asyncio.subprocess.Process``."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    @property
    def stdout(self) -> asyncio.StreamReader | None: ...

    @property
    def stderr(self) -> asyncio.StreamReader | None: ...

    async def wait(self) -> int: ...


async def run_warden(
    command: Sequence[str],
    *,
    code_dir: Path,
    environment: Mapping[str, str],
    orders: int,
    channel: int | None,
) -> Process:
    """Start a warden for ``command``. It reads its orders from ``orders``, the end of a pipe."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(WARDEN)),
        *(str(-1 if channel is None else channel), *command),
        cwd=code_dir,
        env=dict(environment),
        stdin=orders,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C at the terminal is for the platform only
        pass_fds=() if channel is None else (channel,),
    )


class Sandbox:
    """Hold a running command with everything that it started."""

    def __init__(self, process: Process, lifeline: int, log: Log) -> None:
        self._process = process
        self._lifeline = lifeline
        streams = [("stdout", process.stdout), ("stderr", process.stderr)]
        self._logs = [
            asyncio.create_task(_pump(stream, name, log)) for name, stream in streams if stream
        ]

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        code_dir: Path,
        environment: Mapping[str, str],
        log: Log,
        channel: int | None = None,
    ) -> "Sandbox":
        """Start ``command`` in ``code_dir`` with exactly this environment.

        ``channel`` is a file descriptor that the command inherits. What the command prints goes
        to ``log``, line by line. A command that cannot be started ends at once and logs why.
        """
        orders, lifeline = os.pipe()
        try:
            process = await run_warden(
                command,
                code_dir=code_dir,
                environment=environment,
                orders=orders,
                channel=channel,
            )
        except BaseException:
            os.close(lifeline)
            raise
        finally:
            os.close(orders)
        return cls(process, lifeline, log)

    @property
    def alive(self) -> bool:
        """Tell whether the command still runs."""
        return self._lifeline >= 0 and self._process.returncode is None

    def pids(self) -> list[int]:
        """List the processes without the warden (on Linux; elsewhere the list is empty)."""
        return list(_descendants(self._process.pid)) if self.alive else []

    def freeze(self) -> None:
        """Stop every process with all its threads, as SCF freezes an instance."""
        self._order(b"S")

    def thaw(self) -> None:
        """Let every stopped process continue."""
        self._order(b"C")

    def kill(self) -> None:
        """Kill every process, frozen or not, even those that ignore signals."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    async def ended(self) -> int:
        """Wait until everything has ended; give the command's exit code (128 + signal number)."""
        code = await self._process.wait()
        self.kill()  # nothing is left to kill: this closes the pipe
        _, late = await asyncio.wait(self._logs, timeout=DRAIN_LIMIT_S)
        for task in late:
            task.cancel()
        return code

    async def outgrows(self, limit_bytes: int) -> None:
        """Wait until the processes' resident memory exceeds ``limit_bytes``.

        It is read from /proc every 50 ms; without /proc, this waits for ever. New child processes
        are looked for only every half second, because that costs more than reading their memory.
        """
        while True:
            pids = self.pids()
            for _ in range(SAMPLES_PER_LISTING):
                if sum(map(_resident_bytes, pids)) > limit_bytes:
                    return
                await asyncio.sleep(SAMPLE_S)

    def _order(self, order: bytes) -> None:
        if self._lifeline >= 0:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._lifeline, order)


async def _pump(stream: asyncio.StreamReader, name: str, log: Log) -> None:
    rest = b""
    while chunk := await stream.read(LINE_LIMIT_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > LINE_LIMIT_BYTES:
            lines, rest = [*lines, rest], b""
        for line in lines:
            log(name, line.decode(errors="replace"))
    if rest:
        log(name, rest.decode(errors="replace"))


def _descendants(pid: int) -> Iterator[int]:
    waiting = [pid]
    while waiting:
        # A process may end while it is being read.
        with contextlib.suppress(OSError):
            for listed in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
                children = [int(child) for child in listed.read_text().split()]
                waiting.extend(children)
                yield from children


def _resident_bytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    return 0
