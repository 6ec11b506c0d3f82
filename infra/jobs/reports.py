"""Report on jobs for a person at a terminal. Nothing is changed here."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from functions.jobs.bucket_layout import DONE, steps_prefix
from functions.jobs.daily_stats import Percentiles, stats_of, summary_of
from functions.jobs.ledger import Ledger
from functions.jobs.model import Job
from functions.jobs.report import Deleted, JobReport, report_of
from functions.jobs.steps import Outcome
from functions.jobs.wish import TEMPLATE_SWITCH, Wish

WORDS_SHOWN = 40


@dataclass(frozen=True)
class Row:
    """Hold one job of a list. ``age_s`` counts from when it was asked for.

    ``step`` is the last step finished; of an ended job, its state or error code.
    """

    job_id: str
    age_s: float
    who: str
    gesture: str
    step: str
    words: str

    def line(self) -> str:
        """Format the row for the terminal."""
        age = f"{self.age_s:8.0f} s"
        return f"{self.job_id}  {age}  {self.step:<12} {self.gesture:<10} {self.who}  {self.words}"


def open_rows(ledger: Ledger) -> list[Row]:
    """List the open queue, the oldest job first."""
    jobs = [ledger.job(row.job_id) for row in ledger.open_jobs()]
    rows = [_row(ledger, job, _last_step(ledger, job.id)) for job in jobs if job]
    return sorted(rows, key=lambda row: -row.age_s)


def done_rows(ledger: Ledger, count: int) -> list[Row]:
    """List the jobs that ended last, the newest first."""
    listed = sorted(ledger.bucket.list(DONE), key=lambda row: row.modified, reverse=True)
    ids = [row.key.removeprefix(DONE).removesuffix(".json") for row in listed[:count]]
    found = ((job_id, report_of(job_id, ledger, with_steps=False)) for job_id in ids)
    return [
        Row(job_id, ledger.clock() - one.finished_at, "", "", "deleted", "")
        if isinstance(one, Deleted)
        else _row(ledger, one.job, one.failed.code.value if one.failed else one.state)
        for job_id, one in found
        if one
    ]


def _row(ledger: Ledger, job: Job, step: str) -> Row:
    words = job.wish.prompt or job.wish.template
    return Row(
        job_id=job.id,
        age_s=ledger.clock() - job.created_at,
        who=job.asker.name,
        gesture=job.gesture,
        step=step,
        words=words if len(words) <= WORDS_SHOWN else words[: WORDS_SHOWN - 1] + "…",
    )


def _last_step(ledger: Ledger, job_id: str) -> str:
    written = sorted(ledger.bucket.list(steps_prefix(job_id)), key=lambda row: row.modified)
    return written[-1].key.rpartition("/")[2].removesuffix(".json") if written else "accepted"


def report(ledger: Ledger, job_id: str, *, region: str) -> Iterator[str]:
    """Report everything about one job, line by line, without any signed URL."""
    found = report_of(job_id, ledger, with_steps=False)
    if not isinstance(found, JobReport):
        yield "deleted: only that it ended is still known" if found else "no such job"
        return
    job = found.job
    yield f"job        {job.id} ({job.gesture}), upload {job.upload.id}"
    yield f"asked by   {job.asker.name}, {ledger.clock() - job.created_at:.0f} s ago"
    if job.thread:
        yield f"shown in   {job.thread.channel} {job.thread.thread_ts}"
    for row in sorted(ledger.bucket.list(steps_prefix(job_id)), key=lambda row: row.modified):
        yield f"step       {row.modified}  {row.key.rpartition('/')[2].removesuffix('.json')}"
    yield from _ending(job, found.outcome)
    yield f"the call   {tccli_line(job, region=region)}"


def _ending(job: Job, outcome: Outcome | None) -> Iterator[str]:
    if outcome is None:
        yield "state      open"
        return
    yield f"state      {outcome.state} after {outcome.finished_at - job.created_at:.0f} s"
    if outcome.generated:
        billed = ", perhaps billed twice" if outcome.generated.perhaps_billed_twice else ""
        seconds = outcome.generated.seconds
        yield f"painted    in {seconds} s, RequestId {outcome.generated.request_id}{billed}"
    if outcome.failed:
        vendor = f" ({outcome.failed.vendor_code})" if outcome.failed.vendor_code else ""
        yield f"failed     {outcome.failed.code.value}{vendor} {outcome.failed.request_id}"
    if outcome.posted:
        yield f"told       {outcome.posted.where} {outcome.posted.channel} {outcome.posted.ts}"
    for picture in outcome.pictures:
        yield f"picture    {picture.key} {picture.width}x{picture.height}"


def tccli_line(job: Job, *, region: str) -> str:
    """Write a job's call to aiart as a ``tccli`` command for Tencent's support.

    The addresses of photo, mask and logo are left as placeholders.
    """
    wish = job.wish
    values = {
        "ProductUrl": "<the photo's presigned URL>",
        "Prompt": TEMPLATE_SWITCH if wish.template else wish.prompt,
        "BackgroundTemplate": wish.template,
        "NegativePrompt": wish.avoid,
        "Product": wish.product,
        "MaskUrl": "<the mask's presigned URL>" if job.mask else "",
        "Resolution": str(wish.resolution),
        "LogoAdd": "1" if wish.watermark else "0",
        "LogoParam": _logo_param(wish),
        "RspImgType": wish.answer_as,
    }
    given = " ".join(f"--{name} {shlex.quote(value)}" for name, value in values.items() if value)
    return f"tccli aiart ReplaceBackground --region {region} {given}"


def _logo_param(wish: Wish) -> str:
    if not (wish.logo and wish.watermark):
        return ""
    place = wish.logo.rect_in(wish.resolution)
    rect = {"X": place.x, "Y": place.y, "Width": place.width, "Height": place.height}
    return json.dumps({"LogoUrl": "<the logo's presigned URL>", "LogoRect": rect})


def summary(ledger: Ledger, day: str) -> str:
    """Sum up in a line the jobs that ended on a UTC day: states, wait, painting, error codes."""
    found = summary_of(day, stats_of(ledger.bucket, day))
    parts = [
        day,
        f"{found.ended} ended",
        *(f"{count} {state}" for state, count in found.states.items()),
        f"wait p50/p95 {_spelled(found.wait)}",
        f"painting p50/p95 {_spelled(found.painting)}",
        *(f"{code}: {count}" for code, count in found.codes.items()),
    ]
    return ", ".join(parts)


def _spelled(spread: Percentiles | None) -> str:
    return f"{spread.p50_s:.0f}/{spread.p95_s:.0f} s" if spread else "-"
