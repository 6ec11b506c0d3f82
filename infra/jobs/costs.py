"""Sum up what a month's calls to aiart cost, by person, channel, client and kind of job.

Nothing is counted in advance: the records below ``done/`` hold what each ended job is billed for,
those below ``steps/`` what open jobs are. So a month takes a LIST call for each 1000 jobs that ever
ended, and a GET for each job that ended since the month began. Memory holds a row for each group,
not for each job.

The records of deleted pictures and of erased persons no longer say whose they were: their calls are
summed up as ``(deleted)``.
"""

import csv
import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import islice
from typing import TypeVar

import msgspec

from functions.jobs.bucket import ObjectRow
from functions.jobs.bucket_layout import DONE
from functions.jobs.ledger import Ledger
from functions.jobs.model import Job
from functions.jobs.records import Unreadable
from functions.jobs.steps import CALLS, Billed, Failed, Generated

READERS = 16
READ_AT_ONCE = 1000
MONTHS_ARE_OF = timezone(timedelta(hours=8))  # Beijing time, as on Tencent's bills
CLOCKS_DIFFER = timedelta(hours=1)  # at most: COS's clock, which dates records, and ours
DELETED, UNREADABLE, NONE = "(deleted)", "(unreadable)", "-"

T = TypeVar("T")
Row = TypeVar("Row")


class Group(msgspec.Struct, frozen=True, order=True):
    """Name who asked for jobs, the channel, the client, and the gesture (``kind``)."""

    person: str
    channel: str
    client: str
    kind: str


class Price(msgspec.Struct, frozen=True):
    """Hold the price of one call; 0 if it is not set."""

    per_call: Decimal
    currency: str

    def of(self, calls: int) -> str:
        """Give the cost of so many calls; empty if the price is not set."""
        return f"{self.per_call * calls:f}" if self.per_call else ""


class Sum(msgspec.Struct):
    """Count jobs, and the calls that they are billed for: at least ``least``, at most ``most``."""

    jobs: int = 0
    least: int = 0
    most: int = 0

    def add(self, other: "Sum") -> None:
        """Add another sum to this one."""
        self.jobs += other.jobs
        self.least += other.least
        self.most += other.most


Sums = dict[Group, Sum]


class Entry(msgspec.Struct, frozen=True):
    """Hold one job's part of the bill."""

    job_id: str
    group: Group
    billed: Billed


def month_of(text: str) -> tuple[datetime, datetime]:
    """Parse a month such as ``2026-11``; give its beginning and the next month's.

    Raises ``ValueError``.
    """
    if not re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII):
        raise ValueError("a month is written like 2026-11")
    begins = datetime(int(text[:4]), int(text[5:]), 1, tzinfo=MONTHS_ARE_OF)
    return begins, (begins + timedelta(days=31)).replace(day=1)


def costs_of(ledger: Ledger, month: str) -> Sums:
    """Sum up the jobs of a month: those whose last call to aiart, or else whose end, is in it.

    Writes its progress to standard error, for each 1000 records.
    """
    begins, ends = (moment.timestamp() for moment in month_of(month))
    sums: Sums = {}
    for entry in _entries(ledger, month):
        if begins <= entry.billed.at < ends:
            ours = Sum(1, entry.billed.least, entry.billed.most)
            sums.setdefault(entry.group, Sum()).add(ours)
    return sums


def _entries(ledger: Ledger, month: str) -> Iterator[Entry]:
    """Yield the open jobs, then those that have ended since the month began, each once."""
    counted: set[str] = set()
    open_ids = (row.job_id for row in ledger.open_jobs())
    for entry in _read(lambda job_id: _of_open(ledger, job_id), open_ids):
        counted.add(entry.job_id)
        yield entry
    earliest = month_of(month)[0] - CLOCKS_DIFFER
    since = earliest.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    ended = (row for row in ledger.bucket.list(DONE) if row.modified >= since)
    for entry in _read(lambda row: _of_ended(ledger, row), ended):
        if entry.job_id not in counted:
            yield entry


def _read(read: Callable[[Row], T | None], rows: Iterable[Row]) -> Iterator[T]:
    """Read records in parallel, and hold no more than ``READ_AT_ONCE`` at a time."""
    rows, count = iter(rows), 0
    with ThreadPoolExecutor(READERS, "costs") as readers:
        while some := list(islice(rows, READ_AT_ONCE)):
            yield from (found for found in readers.map(read, some) if found is not None)
            count += len(some)
            if len(some) == READ_AT_ONCE:
                sys.stderr.write(f"{count} records read\n")


def _of_open(ledger: Ledger, job_id: str) -> Entry | None:
    """Count an open job as it stands; None if it has ended and only has to be closed."""
    job = ledger.job(job_id)
    if job is None or ledger.outcome(job_id):
        return None
    try:
        generated, failed = ledger.read_step(job_id, Generated), ledger.read_step(job_id, Failed)
        billed = ledger.billed(job_id, generated, failed)
    except Unreadable:
        billed = Billed(at=ledger.clock(), most=CALLS)
    return Entry(job_id, _group(job), billed)


def _of_ended(ledger: Ledger, row: ObjectRow) -> Entry | None:
    """Count a job that has ended; None if its record has gone meanwhile."""
    job_id = row.key.removeprefix(DONE).removesuffix(".json")
    outcome = ledger.outcome(job_id)
    if outcome is None:
        return None
    written_at = datetime.strptime(row.modified[:19] + "+0000", "%Y-%m-%dT%H:%M:%S%z").timestamp()
    ended_at = outcome.finished_at or written_at
    billed = outcome.billed
    if billed is None and outcome.job is None:  # deleted before deletion kept the bill
        billed = Billed(at=ended_at, most=CALLS)
    elif billed is None:
        billed = ledger.billed(job_id, outcome.generated, outcome.failed)
        billed = billed if billed.least else msgspec.structs.replace(billed, at=ended_at)
    if outcome.job is None:
        word = DELETED if outcome.state == "deleted" else UNREADABLE
        return Entry(job_id, Group(word, word, word, word), billed)
    return Entry(job_id, _group(outcome.job), billed)


def _group(job: Job) -> Group:
    return Group(
        person="" if job.asker.client else job.asker.name,
        channel=job.thread.channel if job.thread else "",
        client=job.asker.client,
        kind=job.gesture,
    )


# --- output


def table(sums: Sums, month: str, price: Price) -> Iterator[str]:
    """Yield the month in lines for a person: the whole, then by each field of ``Group``."""
    whole = Sum()
    for one in sums.values():
        whole.add(one)
    yield f"{month} (Beijing time)  {_said(whole, price)}"
    for name in Group.__struct_fields__:
        yield f"by {name}"
        found: dict[str, Sum] = {}
        for group, one in sums.items():
            found.setdefault(getattr(group, name) or NONE, Sum()).add(one)
        for value, one in sorted(found.items(), key=lambda row: (-row[1].most, row[0])):
            yield f"  {value:<28} {_said(one, price)}"


def _said(one: Sum, price: Price) -> str:
    calls = _range(str(one.least), str(one.most))
    cost = _range(price.of(one.least), price.of(one.most))
    money = f"  {cost} {price.currency}" if cost else ""
    return f"{one.jobs:>6} jobs  {calls:>9} calls{money}"


def _range(least: str, most: str) -> str:
    return least if least == most else f"{least}..{most}"


def as_csv(sums: Sums, month: str, price: Price) -> Iterator[str]:
    """Yield the month as CSV with a line for each group, so that a column adds up to the whole."""
    counts = ("jobs", "calls_least", "calls_most", "cost_least", "cost_most", "currency")
    currency = price.currency if price.per_call else ""
    yield _line("month", *Group.__struct_fields__, *counts)
    for group, one in sorted(sums.items()):
        cost = (price.of(one.least), price.of(one.most), currency)
        yield _line(month, *msgspec.structs.astuple(group), one.jobs, one.least, one.most, *cost)


def _line(*cells: str | int) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()
