"""Keep in a file what a whole run has found so far, so that an interrupted run can go on."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

import msgspec

from tests.crash.cases import MODES, Sort
from tests.crash.harness import Run
from tests.crash.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "crash"
OK, BROKEN, NEVER_MADE, NOT_ALWAYS = COLUMNS = ("ok", "broken", "never made", "not always made")
BAD = (BROKEN, NEVER_MADE)


class Finished(msgspec.Struct, frozen=True, tag=True):
    """Record a finished case by its first broken run, or else by its last run.

    ``runs`` is how often it was run in all, ``broken_runs`` how often it was broken.
    """

    case: str
    kind: str
    mode: str
    column: str
    broken: tuple[str, ...]
    ends: tuple[str, ...]
    seconds: float
    runs: int
    broken_runs: int = 0


class Counted(msgspec.Struct, frozen=True, tag=True):
    """Record the calls that each job of a kind makes: (vendor, operation, target, how many)."""

    kind: str
    calls: tuple[tuple[str, str, str, int], ...]


def finished(run: Run, *, runs: int, broken_runs: int = 0, is_always_made: bool = True) -> Finished:
    """Make the record of a case that is finished with ``run``."""
    not_made = NEVER_MADE if is_always_made else NOT_ALWAYS
    return Finished(
        case=str(run.case),
        kind=run.case.kind,
        mode=run.case.mode,
        column=BROKEN if run.broken else OK if run.met else not_made,
        broken=tuple(run.broken),
        ends=tuple(run.ends),
        seconds=round(run.seconds, 2),
        runs=runs,
        broken_runs=broken_runs,
    )


class Records:
    """Read and append to the file for one state of the code; with ``fresh``, empty it first."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self.path = path
        self.finished: dict[str, Finished] = {}
        self._counted: dict[str, Counter[Sort]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not fresh:
            self._read()
        self._file: IO[bytes] = path.open("wb" if fresh else "ab")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def counted(self, kind: str) -> Counter[Sort] | None:
        """Give the calls of a kind; None if they have not been counted."""
        return self._counted.get(kind)

    def count(self, kind: str, made: Mapping[Sort, int]) -> None:
        """Record the calls of a kind."""
        rows = [(one.vendor, one.op, one.target, count) for one, count in made.items()]
        self._append(Counted(kind, tuple(rows)))

    def finish(self, case: Finished) -> None:
        """Record a finished case."""
        self._append(case)

    def _append(self, record: Finished | Counted) -> None:
        self._file.write(msgspec.json.encode(record) + b"\n")
        self._file.flush()
        self._take(record)

    def _read(self) -> None:
        whole = self.path.read_bytes()
        end = whole.rfind(b"\n") + 1  # a line that was cut off is no record
        if end < len(whole):
            with self.path.open("r+b") as file:
                file.truncate(end)
        for line in whole[:end].splitlines():
            self._take(msgspec.json.decode(line, type=Finished | Counted))

    def _take(self, record: Finished | Counted) -> None:
        if isinstance(record, Finished):
            self.finished[record.case] = record
        else:
            calls = {Sort(*row[:3]): row[3] for row in record.calls}
            self._counted[record.kind] = Counter(calls)


def code_digest() -> str:
    """Compute a digest of the code that is run: the product, the stand-ins and the crash tests."""
    digest = hashlib.sha256()
    for folder in ("bot", "functions", "infra/local", "tests/crash"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def table(cases: Iterable[Finished]) -> str:
    """Write a table of the results by kind and mode, then how to run each bad case alone."""
    cases, columns = list(cases), (*MODES, "all")
    count = Counter(
        (kind, mode, one.column)
        for one in cases
        for kind in (one.kind, "all")
        for mode in (one.mode, "all")
    )
    lines = [f"{'ok/' + '/'.join(BAD):<26}" + "".join(f"{mode:>19}" for mode in columns)]
    for kind in (kind for kind in (*KINDS, "all") if any(row[0] == kind for row in count)):
        cells = (
            "/".join(str(count[kind, mode, column]) for column in (OK, *BAD)) for mode in columns
        )
        lines.append(f"{kind:<26}" + "".join(f"{cell:>19}" for cell in cells))
    left_out = [f"left out, {NOT_ALWAYS}: {one.case}" for one in cases if one.column == NOT_ALWAYS]
    return "\n".join([*lines, *left_out, *(told(one) for one in cases if one.column in BAD)])


def told(case: Finished) -> str:
    """Say what became of a bad case, and how to run it alone."""
    why = "; ".join(case.broken) or "the call was not made"
    times = f"{case.broken_runs} of " if case.broken_runs else ""
    command = f'.venv/bin/python -m tests.crash --case "{case.case}"'
    return f"{case.column.upper()} in {times}{case.runs} runs: {why}\n  {command}"
