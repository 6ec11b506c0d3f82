"""Runs one job with one failure, lets the retries and the timer do the rest, and checks the end.

As SQLite is tested by failing every I/O operation in turn: a first run counts the calls that a kind
of job makes to each vendor, then each call is failed in each way. What takes minutes in the cloud
is shortened where that is the platform's time (retries, the timer); where a claim's deadline must
pass, the harness waits until nothing runs any more and then moves the deadline into the past.
"""

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local import trial
from infra.local.http import call
from infra.local.stack import Options, Stack, running
from infra.local.waiting import until
from tests.worker.conftest import photo_bytes

VENDORS = ("cos", "aiart", "slack")
FUNCTIONS = ("bot", "gateway", "worker")
AIART_TIMEOUT_S = 2
ROUNDS = 14
ROUND_S = 4.0
IDLE_S = 45.0

# How a call goes wrong; the functions' processes are killed in the first two.
MODES: dict[str, dict[str, Any]] = {
    "killed before": {"drop": "before", "kill": True},
    "killed after": {"drop": "after", "kill": True},
    "answer lost": {"drop": "after"},
    "http 500": {"status": 500},
    "busy": {"status": 503, "retry_after_s": 1},
}


@dataclass(frozen=True)
class Case:
    """The ``nth`` call (from 0) to ``vendor`` goes wrong in one of the ``MODES``."""

    kind: str
    vendor: str
    nth: int
    mode: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.vendor} call {self.nth} {self.mode}"


KINDS = ("mention", "two photos")


def all_cases(kind: str, calls: Mapping[str, int]) -> list["Case"]:
    """Each of the calls, failed in each way."""
    return [
        Case(kind, vendor, nth, mode)
        for vendor, count in calls.items()
        for nth in range(count)
        for mode in MODES
    ]


@dataclass
class Yard:
    """A stack in which jobs are crashed, one after the other."""

    stack: Stack
    folder: Path
    count: int = 0

    def control(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """A stand-in's control endpoint."""
        return call(method, f"http://{self.stack.addresses[name]}/_control/{path}", body)

    def count_calls(self, kind: str) -> dict[str, int]:
        """How many calls to each vendor a job of that kind makes when nothing goes wrong."""
        before = {vendor: self._newest(vendor) for vendor in VENDORS}
        self._finish(self._ask(kind))
        return {vendor: self._newest(vendor) - before[vendor] for vendor in VENDORS}

    def crash(self, case: Case) -> list[str]:
        """Run the case. Gives what was broken, which should be nothing."""
        fault = dict(MODES[case.mode])
        if fault.pop("kill", False):
            scf = self.stack.addresses["scf"]
            fault["post"] = [f"http://{scf}/_control/kill/{name}" for name in FUNCTIONS]
        self.control(case.vendor, "POST", "faults", {**fault, "skip": case.nth})
        try:
            asked = self._ask(case.kind)
            self._finish(asked)
        except (TimeoutError, trial.NoPicture) as error:
            return [f"never ended: {error}"]
        finally:
            self.control(case.vendor, "DELETE", "faults")
        return self._broken(case, asked)

    # --- one job

    def _ask(self, kind: str) -> "Asked":
        self.count += 1
        words = f"{kind} number {self.count}"
        photos = []
        for n in range(2 if kind == "two photos" else 1):
            photo = self.folder / f"photo-{n}.jpg"
            photo.write_bytes(photo_bytes())
            photos.append(photo)
        wanted = trial.Wanted(photos=photos, prompt=words)
        ts = trial.ask(self.stack, wanted)
        return Asked(words=words, ts=ts, photos=len(photos))

    def _finish(self, asked: "Asked") -> None:
        """Let time pass until every job of the message is done."""
        for _ in range(ROUNDS):
            try:
                until(lambda: self._is_over(asked), what="the end", limit_s=ROUND_S)
            except TimeoutError:
                self._wait_until_idle()
                self._let_claims_run_out()
                self._timer()
            else:
                return
        raise TimeoutError(json.dumps(self._left(asked)))

    def _is_over(self, asked: "Asked") -> bool:
        done = [self._object(key) for key in self._keys("done/")]
        mine = [d for d in done if d.get("job", {}).get("wish", {}).get("prompt") == asked.words]
        return len(mine) == asked.photos and not self._keys("requests/") and not self._running()

    def _left(self, asked: "Asked") -> dict[str, Any]:
        requests = self._keys("requests/")
        jobs = {key.removeprefix("requests/").removesuffix(".json") for key in requests}
        steps = [key for key in self._keys("steps/") if key.split("/")[1] in jobs]
        return {"words": asked.words, "requests": requests, "steps": steps}

    def _timer(self) -> None:
        event = {"Type": "Timer", "TriggerName": "every-minute", "Time": "", "Message": "sweep"}
        url = f"http://{self.stack.addresses['scf']}/invoke/worker?async=1"
        call("POST", url, event)

    def _running(self) -> bool:
        functions = self.control("scf", "GET", "functions")
        worker = next(one for one in functions if one["key"] == "worker")
        return bool(worker["invocations"].get("0"))

    def _wait_until_idle(self) -> None:
        until(lambda: not self._running(), what="the worker to return", limit_s=IDLE_S)

    def _let_claims_run_out(self) -> None:
        """Time passes: what a dead process had claimed is free again."""
        for key in self._keys("steps/"):
            record = self._object(key)
            if "deadline" in record and "nonce" in record and record["deadline"] > time.time():
                record["deadline"] = 1.0
                self.control("cos", "PUT", f"object?key={key}&quiet=1", record)

    # --- what must hold

    def _broken(self, case: Case, asked: "Asked") -> list[str]:
        messages = trial.thread_of(self.stack, asked.ts)
        told = [m for m in messages if trial.kind_of(m) == "backdrop_told"]
        progress = [m for m in messages if trial.kind_of(m) == "backdrop_progress"]
        outcomes = [
            record
            for record in map(self._object, self._keys("done/"))
            if record.get("job", {}).get("wish", {}).get("prompt") == asked.words
        ]
        tasks = self.control("aiart", "GET", "tasks")
        billed = [task for task in tasks if task["prompt"] == asked.words and task["billed"]]
        return [
            *self._told_wrongly(told, asked.photos),
            *(["a progress message was left behind"] if progress else []),
            *self._billed_wrongly(case, billed, outcomes, asked.photos),
            *self._half_written(outcomes),
        ]

    def _told_wrongly(self, told: list[dict[str, Any]], photos: int) -> list[str]:
        about = [message["metadata"]["event_payload"]["about"] for message in told]
        if len(about) == len(set(about)) == photos:
            return []
        return [f"told {len(about)} times about {len(set(about))} of {photos} jobs"]

    def _billed_wrongly(
        self,
        case: Case,
        billed: list[dict[str, Any]],
        outcomes: list[dict[str, Any]],
        photos: int,
    ) -> list[str]:
        if len(billed) <= photos:
            return []
        said = [
            outcome
            for outcome in outcomes
            if (outcome.get("generated") or {}).get("perhaps_billed_twice")
            or (outcome.get("failed") or {}).get("perhaps_billed")
        ]
        lost_at_aiart = case.vendor == "aiart" or "killed" in case.mode
        if lost_at_aiart and len(billed) - photos <= len(said):
            return []
        return [f"billed {len(billed)} times for {photos} photos, {len(said)} outcomes say so"]

    def _half_written(self, outcomes: list[dict[str, Any]]) -> list[str]:
        keys = {row["key"]: row["size"] for row in self.control("cos", "GET", "objects?prefix=")}
        return [
            f"{picture['key']} is missing or cut"
            for outcome in outcomes
            for picture in outcome.get("pictures", [])
            if keys.get(picture["key"]) != picture["size_bytes"]
        ]

    # --- looking

    def _keys(self, prefix: str) -> list[str]:
        return [row["key"] for row in self.control("cos", "GET", f"objects?prefix={prefix}")]

    def _object(self, key: str) -> dict[str, Any]:
        try:
            record = self.control("cos", "GET", f"object?key={key}")
        except (OSError, ValueError):
            return {}  # gone in between, or a picture
        return record if isinstance(record, dict) else {}

    def _newest(self, vendor: str) -> int:
        calls = self.control(vendor, "GET", "calls")
        return int(calls[-1]["n"]) if calls else 0


@dataclass(frozen=True)
class Asked:
    """A message that was sent: its words (which nobody else uses), ts and photos."""

    words: str
    ts: str
    photos: int


@contextmanager
def yard() -> Iterator[Yard]:
    """A quick stack: no timer but the harness's own, short times."""
    options = Options(
        aiart_s=0.05,
        paint=False,
        minute_s=0.5,
        timers=False,
        environ={"AIART_TIMEOUT_S": str(AIART_TIMEOUT_S), "WORKER_LINGER_S": "0"},
    )
    with tempfile.TemporaryDirectory() as folder, running(options) as stack:
        yield Yard(stack, Path(folder))
