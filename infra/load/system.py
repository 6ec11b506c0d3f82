"""Drive a running stack: ask for pictures as people do, and look at the jobs from outside."""

import io
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from PIL import Image, ImageDraw

from functions.jobs.job_ids import id_of_message
from functions.jobs.steps import Outcome
from infra.local.http import call
from infra.local.polling import until
from infra.local.slack.world import MERCHANDISER_ID, PRODUCT_PHOTOS_ID
from infra.local.stack import Options, Stack, running

TIMER = {"Type": "Timer", "TriggerName": "every-minute", "Time": "", "Message": "sweep"}
CLAIM = re.compile(r"/(staging|cutting|counting|calling|posting|showing)-\d+\.json$")
KEYS_LIVE_S = 21_600.0
TOLD, PROGRESS = "backdrop_told", "backdrop_progress"


@dataclass(frozen=True)
class Asked:
    """Hold a message with one photo: its sender, its ``ts``, its unique words, its job's id."""

    user: str
    ts: str
    words: str
    job_id: str
    message: Mapping[str, Any]


def small_photo(*, width: int = 640, height: int = 640) -> bytes:
    """Draw a product on a plain ground, as JPEG."""
    image = Image.new("RGB", (width, height), "#c8d2dc")
    box = (width * 0.3, height * 0.2, width * 0.7, height * 0.9)
    ImageDraw.Draw(image).ellipse(box, fill="#b04020")
    encoded = io.BytesIO()
    image.save(encoded, "JPEG")
    return encoded.getvalue()


@dataclass
class System:
    """Drive and examine a stack through its control endpoints."""

    stack: Stack
    folder: Path

    # --- asking

    def ask(
        self, words: str, *, user: str = MERCHANDISER_ID, photos: Mapping[str, bytes] | None = None
    ) -> Asked:
        """Send a message that mentions the bot. ``photos``: by name; the first is the photo."""
        slack = f"http://{self.stack.addresses['slack']}/_client"
        ids = [
            call("POST", f"{slack}/files?{urlencode({'user': user, 'name': name})}", data)[
                "file_id"
            ]
            for name, data in (photos or {"photo.jpg": small_photo()}).items()
        ]
        text, channel = f"@Backdrop {words}", PRODUCT_PHOTOS_ID
        written = {"user": user, "channel": channel, "text": text, "file_ids": ids}
        message = call("POST", f"{slack}/messages", written)
        ts = str(message["ts"])
        return Asked(user, ts, words, id_of_message(channel, ts, ids[0]), message)

    def wake_worker(self) -> None:
        """Invoke the worker as the timer does, once, now."""
        call("POST", f"http://{self.stack.addresses['scf']}/invoke/worker?async=1", TIMER)

    # --- looking

    def keys(self, prefix: str) -> list[str]:
        """List the bucket's keys below a prefix, without the lag of LIST."""
        return [row["key"] for row in self.stack.control("cos", "GET", f"objects?prefix={prefix}")]

    def wait_for_keys(self, prefix: str, count: int, *, limit_s: float) -> None:
        """Wait until there are so many keys below the prefix."""
        what = f"{count} keys below {prefix}"
        until(lambda: len(self.keys(prefix)) >= count, what=what, limit_s=limit_s)

    def wait_for_accepted(self, count: int, *, limit_s: float) -> None:
        """Wait until so many jobs are open or done."""

        def accepted() -> int:
            names = (
                key.rpartition("/")[2] for at in ("requests/", "done/") for key in self.keys(at)
            )
            return len(set(names))

        until(lambda: accepted() >= count, what=f"{count} accepted jobs", limit_s=limit_s)

    def wait_for_end(
        self, asked: Iterable[Asked], *, limit_s: float, claims_s: float = 0.0
    ) -> float:
        """Wait until all jobs have outcomes and none is open; return the seconds that it took.

        ``claims_s``: every so many seconds, the leases of dead processes are ended; 0: they run out
        by themselves.
        """
        started, wanted = time.monotonic(), {f"done/{one.job_id}.json" for one in asked}
        end_claims_at = started + claims_s

        def is_over() -> bool:
            nonlocal end_claims_at
            if claims_s and time.monotonic() > end_claims_at and not self._is_working():
                self._end_claims()
                end_claims_at = time.monotonic() + claims_s
            return wanted <= set(self.keys("done/")) and not self.keys("requests/")

        until(is_over, what=f"the end of {len(wanted)} jobs", limit_s=limit_s)
        return time.monotonic() - started

    def _end_claims(self) -> None:
        """End all leases, as if their time had run out."""
        for key in self.keys("steps/"):
            if CLAIM.search(key):
                claim = self.record(key)
                if claim and claim["deadline"] > time.time():
                    over = claim | {"deadline": 1.0}
                    self.stack.control("cos", "PUT", f"object?key={key}&quiet=1", over)

    def start_over(self) -> None:
        """Reset bucket, workspace, aiart's account and the keys' lifetime."""
        self.stack.control("scf", "PUT", "settings", {"key_lifetime_s": KEYS_LIVE_S})
        self.wait_until_idle()
        for name in ("cos", "aiart", "slack"):
            self.stack.control(name, "POST", "reset")

    def wait_until_idle(self, *, limit_s: float = 120.0) -> None:
        """Wait until no invocation of the worker runs."""
        until(lambda: not self._is_working(), what="rest", limit_s=limit_s)

    def _is_working(self) -> bool:
        return bool(self.worker()["invocations"].get("0"))

    def worker(self) -> dict[str, Any]:
        """Ask the platform stand-in for its view of the worker."""
        functions: list[dict[str, Any]] = self.stack.control("scf", "GET", "functions")
        return next(one for one in functions if one["key"] == "worker")

    def record(self, key: str) -> dict[str, Any] | None:
        """Read a record in the bucket; None where there is none."""
        try:
            record: dict[str, Any] = self.stack.control("cos", "GET", f"object?key={key}")
        except OSError:
            return None
        return record

    def outcome(self, job_id: str) -> Outcome | None:
        """Read a job's outcome; None while it has not ended."""
        record = self.record(f"done/{job_id}.json")
        return msgspec.convert(record, Outcome) if record else None

    def tasks(self) -> list[dict[str, Any]]:
        """List the tasks that aiart has painted and billed, in the order of their starts."""
        tasks = [task for task in self.stack.control("aiart", "GET", "tasks") if task["billed"]]
        return sorted(tasks, key=lambda task: float(task["started"]))

    def thread(self, asked: Asked, kind: str) -> list[dict[str, Any]]:
        """List the bot's messages of a kind in the thread."""
        where = {"channel": PRODUCT_PHOTOS_ID, "user": asked.user, "thread_ts": asked.ts}
        url = f"http://{self.stack.addresses['slack']}/_client/messages?{urlencode(where)}"
        messages: list[dict[str, Any]] = call("GET", url)["messages"]
        return [one for one in messages if (one.get("metadata") or {}).get("event_type") == kind]

    def newest_call(self, name: str) -> int:
        """Give the number of the last call that a stand-in has seen."""
        calls = self.stack.control(name, "GET", "calls")
        return int(calls[-1]["n"]) if calls else 0


@contextmanager
def system(options: Options, standing: System | None = None) -> Iterator[System]:
    """Run a stack for one scenario, with flat pictures to spare the machine.

    If ``standing`` is given, yield that instead. It has to be reset before, may be left in any
    state, and of ``options`` it takes only ``aiart_s``.
    """
    if standing:
        standing.stack.control("aiart", "PUT", "settings", {"duration_s": options.aiart_s})
        yield standing
        return
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "functions.log"
        with running(replace(options, paint=False, log_file=str(log))) as stack:
            yield System(stack, Path(folder))
