"""Keep the lines that functions have printed, and a record of every invocation."""

import time
from collections import deque
from pathlib import Path
from typing import TextIO

import msgspec

KEPT_LINES = 50_000
KEPT_INVOCATIONS = 100_000


class Line(msgspec.Struct, kw_only=True):
    """Hold one line of a function's output. ``at`` is Unix seconds, ``n`` counts all lines."""

    n: int
    at: float
    function: str
    stream: str  # "stdout" | "stderr" | "platform"
    text: str


class Invocation(msgspec.Struct, kw_only=True):
    """Record one attempt to run a function.

    ``started`` is Unix seconds; ``status`` is SCF's status code (``statuses``), 0 while it runs.
    """

    n: int
    function: str
    kind: str  # "sync" | "async" | "http"
    request_id: str
    started: float
    ms: float = 0.0
    status: int = 0
    cold: bool = False
    attempt: int = 1  # of the same asynchronous event


class Logs:
    """Keep the newest lines of all functions, and append them to a file if one is named."""

    def __init__(self, log_file: str = "") -> None:
        self._lines: deque[Line] = deque(maxlen=KEPT_LINES)
        self._count = 0
        self._file: TextIO | None = None
        if log_file:
            self._file = Path(log_file).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115  # close() does

    def add(self, function: str, stream: str, text: str) -> None:
        """Keep one line."""
        self._count += 1
        self._lines.append(
            Line(n=self._count, at=time.time(), function=function, stream=stream, text=text)
        )
        if self._file:
            self._file.write(f"{function}: {text}\n")

    def since(self, n: int, function: str = "") -> list[Line]:
        """List the lines after number ``n``, of one function or of all."""
        return [line for line in self._lines if line.n > n and function in {"", line.function}]

    def close(self) -> None:
        """Close the file; later lines are kept in memory only."""
        if self._file:
            self._file.close()
            self._file = None


class Journal:
    """Keep the newest invocations of all functions."""

    def __init__(self) -> None:
        self._kept: deque[Invocation] = deque(maxlen=KEPT_INVOCATIONS)
        self._count = 0

    def start(self, function: str, kind: str, request_id: str, attempt: int = 1) -> Invocation:
        """Note that a function is about to run; ``finish`` completes the record."""
        self._count += 1
        invocation = Invocation(
            n=self._count,
            function=function,
            kind=kind,
            request_id=request_id,
            started=time.time(),
            attempt=attempt,
        )
        self._kept.append(invocation)
        return invocation

    @staticmethod
    def finish(invocation: Invocation, status: int) -> None:
        """Note an invocation's status and its duration."""
        invocation.status = status
        invocation.ms = round((time.time() - invocation.started) * 1000, 2)

    def since(self, n: int) -> list[Invocation]:
        """List the invocations after number ``n``."""
        return [invocation for invocation in self._kept if invocation.n > n]

    def counts(self, function: str) -> dict[str, int]:
        """Count a function's invocations by their final status code ("0": still running)."""
        found: dict[str, int] = {}
        for invocation in self._kept:
            if invocation.function == function:
                key = str(invocation.status)
                found[key] = found.get(key, 0) + 1
        return found

    def clear(self) -> None:
        """Forget all invocations. New ones go on counting from the last number."""
        self._kept.clear()
