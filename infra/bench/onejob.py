"""Measure one job alone: from Slack's event to the picture in its thread.

It is compared with its own calls to the vendors, which are recorded and repeated by a plain client,
one after the other over kept connections, in an emptied bucket. The job's own work comes on top:
the vendors' clients take two thirds of a millisecond per call, the result is decoded and encoded
once, its mask is decoded, and functions are started. It saves time by running calls in parallel,
which shows as soon as the vendors take any time at all.
"""

import contextlib
import http.client
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.bench.recording import AROUND, Recorded, Recording
from infra.bench.report_rows import Row, Spread, compared
from infra.bench.sample_photos import photo_jpeg
from infra.bench.vendors import COS_S, SLACK_S, answer_after
from infra.bench.wait_idle import wait_for_rest
from infra.local import one_job
from infra.local.polling import until
from infra.local.stack import Options, Stack, running

AIM = 1.3
JOBS_MOST, SLOW_JOBS_MOST = 12, 5
WIDTH_PX, HEIGHT_PX = 1200, 900
LIMIT_S = 60.0
REFUSALS = {400, 401, 403, 500, 503}  # not 404 and 409, which a job meets as well
VENDORS = ("cos", "aiart", "aiart-results", "slack")
OURS = ("bot", "worker")  # whose calls count; the gateway's are made by Slack's reading
TOLD, MENTION = b"backdrop_told", b"app_mention"
USER_AGENT = "Backdrop/"  # of what the worker fetches from a vendor's address


def one_job_rows(runs: int) -> list[Row]:
    """Compare ``runs`` jobs, a dozen at most, with their own calls; again with slow vendors."""
    options = Options(
        aiart_s=0, paint=False, timers=False, around=AROUND, environ={"WORKER_LINGER_S": "0"}
    )
    what = "one job, aiart at 0 s, from event to picture"
    with running(options) as stack, TemporaryDirectory() as folder:
        photo = Path(folder) / "cup.jpg"
        photo.write_bytes(photo_jpeg(WIDTH_PX, HEIGHT_PX))
        at_once, slow = JobBench(stack, photo), JobBench(stack, photo, cos_s=COS_S, slack_s=SLACK_S)
        at_once.job()  # the first finds the worker cold
        return [
            at_once.row(what, jobs=min(runs, JOBS_MOST)),
            slow.row(f"{what}, COS at 20 ms, Slack at 100 ms", jobs=min(runs, SLOW_JOBS_MOST)),
        ]


@dataclass(frozen=True)
class MeasuredJob:
    """Hold the time from a job's event until its picture's post is answered, and the calls so far.

    ``slack_calls``: of the whole job, to its end.
    """

    taken_s: float
    slack_calls: int
    calls: Sequence[Recorded]


@dataclass(frozen=True)
class JobBench:
    """Run jobs with one photo, while COS and Slack take so many seconds for each answer."""

    stack: Stack
    photo: Path
    cos_s: float = 0.0
    slack_s: float = 0.0

    def row(self, what: str, *, jobs: int) -> Row:
        """Run each job and then only its calls, and compare the two."""
        ours = [self.job()]
        theirs = [self.made_again_s(ours[-1].calls)]
        while len(ours) < jobs:
            ours.append(self.job())
            theirs.append(self.made_again_s(ours[-1].calls))
        calls = statistics.median(len(one.calls) for one in ours)
        return compared(
            what,
            Spread.of_s([one.taken_s for one in ours]),
            "its calls alone, in a row",
            Spread.of_s(theirs),
            at_most=AIM,
            note=f"{calls:.0f} calls; ours by the vendors' clients, with pictures decoded between",
        )

    def job(self) -> MeasuredJob:
        """Run a job in an empty bucket until it has ended."""
        self._empty(wakes_worker=True)
        recording = Recording([self.stack.addresses[name] for name in (*VENDORS, "bot")])
        recording.start()
        self._ask()
        # Polled seldom, because reading Slack's messages takes CPU time from what is measured.
        until(self._has_ended, what="the job to end", limit_s=LIMIT_S)
        wait_for_rest(self.stack)
        requests = recording.requests()
        event = next(one for one in requests if one.server == "bot")
        ids = _secret_ids(self.stack)
        calls = [one for one in requests if _is_ours(one, ids)]
        told = next(one for one in calls if TOLD in one.body)
        return MeasuredJob(
            taken_s=told.ended - event.began,
            slack_calls=sum(one.server == "slack" for one in calls),
            calls=[one for one in calls if one.began <= told.began],
        )

    def answered_s(self) -> float:
        """Measure the seconds until a mention is answered, without the worker running meanwhile.

        In the cloud the worker has a machine of its own. Here it would take CPU time from the bot,
        and the bare client's calls start no worker either.
        """
        self._empty(wakes_worker=False)
        recording = Recording([self.stack.addresses["bot"]])
        recording.start()
        self._ask()
        heard = until(lambda: _mentions(recording), what="the answer", limit_s=LIMIT_S)
        return heard[0].ended - heard[0].began

    def _ask(self) -> None:
        one_job.ask(self.stack, one_job.Wanted([self.photo], prompt="on a wooden table"))

    def made_again_s(self, calls: Sequence[Recorded]) -> float:
        """Measure the seconds of the calls alone, in an emptied bucket that wakes no worker."""
        self._empty(wakes_worker=False)
        with contextlib.ExitStack() as ends:
            connections = {
                name: ends.enter_context(contextlib.closing(_connection(self.stack, name)))
                for name in VENDORS
            }
            started = time.perf_counter()
            statuses = [one.make(connections[one.server]) for one in calls]
            taken_s = time.perf_counter() - started
        _check(calls, statuses)
        return taken_s

    def _has_ended(self) -> bool:
        return bool(self.stack.control("cos", "GET", "objects?prefix=done/"))

    def _empty(self, *, wakes_worker: bool) -> None:
        self.stack.control("cos", "POST", "reset")
        self.stack.control("cos", "PUT", "settings", {"trigger_copies": int(wakes_worker)})
        answer_after(self.stack.addresses["cos"], self.cos_s)
        answer_after(self.stack.addresses["slack"], self.slack_s)


def _mentions(recording: Recording) -> list[Recorded]:
    """List the mentions that have been answered."""
    return [one for one in recording.requests() if MENTION in one.body]


def _is_ours(request: Recorded, secret_ids: Sequence[str]) -> bool:
    """Tell whether a function made the request, and not a stand-in, a test or the page."""
    match request.server:
        case "cos":
            return any(one in request.header("authorization") for one in secret_ids)
        case "aiart":
            return request.header("authorization").startswith("TC3")
        case "aiart-results":
            return request.header("user-agent").startswith(USER_AGENT)
    return request.target.startswith(("/api/", "/files-pri/"))


def _secret_ids(stack: Stack) -> list[str]:
    functions = stack.control("scf", "GET", "functions")
    return [key for one in functions if one["key"] in OURS for key in one["secret_ids"]]


def _connection(stack: Stack, name: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(stack.addresses[name], timeout=LIMIT_S)


def _check(calls: Sequence[Recorded], statuses: Sequence[int]) -> None:
    """Raise ``RuntimeError`` for calls refused for form or signature: these take less time."""
    both = zip(calls, statuses, strict=True)
    refused = [one.target for one, status in both if status in REFUSALS]
    if refused:
        raise RuntimeError(f"not taken again: {refused}")
