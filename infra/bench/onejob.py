"""One job while nothing else is going on: from the message in Slack to the picture in its thread.

It is compared with its own calls to the vendors, recorded and made again by a plain client, one
after the other over kept connections, in an emptied bucket. What the job does beyond that is to
deliver events, start threads, decode and encode pictures, and to wait; what it saves is that some
calls run side by side.
"""

import contextlib
import http.client
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.bench.drawn import photo_jpeg
from infra.bench.recording import AROUND, Recorded, Recording
from infra.bench.resting import wait_for_rest
from infra.bench.rows import Row, Spread, compared
from infra.local import trial
from infra.local.http import call
from infra.local.stack import Options, Stack, running

AIM = 1.3
JOBS_MOST = 12
VENDORS = ("cos", "aiart", "aiart-results", "slack")
OURS = ("bot", "worker")  # whose calls count; the gateway's are made by Slack's reading
TOLD = b"backdrop_told"
USER_AGENT = "Backdrop/"  # of what the worker fetches from a vendor's address


def one_job(runs: int) -> list[Row]:
    """As many jobs as ``runs``, a dozen at most; each is followed by its own calls."""
    options = Options(
        aiart_s=0, paint=False, timers=False, around=AROUND, environ={"WORKER_LINGER_S": "0"}
    )
    with running(options) as stack, TemporaryDirectory() as folder:
        photo = Path(folder) / "cup.jpg"
        photo.write_bytes(photo_jpeg(1200, 900))
        _job(stack, photo)  # the first finds the worker cold
        pairs = [_pair(stack, photo) for _ in range(min(runs, JOBS_MOST))]
    calls = Spread.of([len(pair.calls) for pair in pairs], "calls")
    return [
        compared(
            "one job, aiart at 0 s: from the message to its picture",
            Spread.of_s([pair.ours_s for pair in pairs]),
            "its calls alone, in a row",
            Spread.of_s([pair.bare_s for pair in pairs]),
            at_most=AIM,
            note=f"{calls.median:.0f} calls up to the picture's message",
        )
    ]


@dataclass(frozen=True)
class _Pair:
    """A job, its calls until it was told, and both times."""

    ours_s: float
    bare_s: float
    calls: Sequence[Recorded]


def _pair(stack: Stack, photo: Path) -> _Pair:
    ours_s, calls = _job(stack, photo)
    return _Pair(ours_s, _made_again_s(stack, calls), calls)


def _job(stack: Stack, photo: Path) -> tuple[float, list[Recorded]]:
    """Seconds from the message to the answer to the post of its picture, and the calls."""
    _cos(stack, "POST", "reset")
    recording = Recording([stack.addresses[name] for name in VENDORS])
    recording.start()
    ts = trial.ask(stack, trial.Wanted(photos=[photo], prompt="on a wooden table"))
    trial.wait_for_answers(stack, ts, 1, limit_s=60)
    wait_for_rest(stack)
    requests = recording.requests()
    began = next(one.began for one in requests if one.target == "/_client/messages")
    calls = [one for one in requests if _is_ours(one, _secret_ids(stack))]
    told = next(one for one in calls if TOLD in one.body or TOLD.decode() in one.target)
    return told.ended - began, [one for one in calls if one.began <= told.began]


def _is_ours(request: Recorded, secret_ids: Sequence[str]) -> bool:
    """Whether a function made it, and not a stand-in, a test or the page."""
    match request.server:
        case "cos":
            return any(one in request.header("authorization") for one in secret_ids)
        case "aiart":
            return request.header("authorization").startswith("TC3")
        case "aiart-results":
            return request.header("user-agent").startswith(USER_AGENT)
    return request.target.startswith(("/api/", "/files-pri/"))


def _secret_ids(stack: Stack) -> list[str]:
    functions = call("GET", f"http://{stack.addresses['scf']}/_control/functions")
    return [key for one in functions if one["key"] in OURS for key in one["secret_ids"]]


def _made_again_s(stack: Stack, calls: Sequence[Recorded]) -> float:
    """Seconds for all of them. The objects they write are written anew and wake nobody."""
    _cos(stack, "POST", "reset")
    _cos(stack, "PUT", "settings", {"trigger_copies": 0})
    with contextlib.ExitStack() as ends:
        connections = {
            name: ends.enter_context(
                contextlib.closing(http.client.HTTPConnection(stack.addresses[name], timeout=60))
            )
            for name in VENDORS
        }
        started = time.perf_counter()
        statuses = [one.make(connections[one.server]) for one in calls]
        taken_s = time.perf_counter() - started
    refused = [
        one.target for one, status in zip(calls, statuses, strict=True) if status in {400, 401, 403}
    ]
    if refused:
        raise RuntimeError(f"not taken again: {refused}")
    return taken_s


def _cos(stack: Stack, method: str, path: str, body: object = None) -> None:
    call(method, f"http://{stack.addresses['cos']}/_control/{path}", body)
