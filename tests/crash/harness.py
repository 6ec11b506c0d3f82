"""Run a job in which one call fails, let retries and the timer finish it, and judge the end.

SQLite is tested so, by failing each I/O operation in turn: first a run without failures counts the
calls that a kind of job makes to each vendor, then each call is failed in each way. The platform's
pauses (retries, the timer) are shorter than in the cloud. Where a lease must run out, the harness
waits until its holder is dead or nothing runs any more, and then moves the lease's deadline into
the past.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from infra.local.http import call, read
from infra.local.polling import until
from infra.local.stack import Options, Stack, running
from tests.crash.cases import AIART_TIMEOUT_S, Case, Sort, counted_in, sort_of
from tests.crash.judging import Seen, broken_in
from tests.crash.kinds import KINDS, Kind, Scene
from tests.crash.people import Json, NotTaken, Person, Sender
from tests.crash.shop import Shop, shop
from tests.worker.conftest import photo_bytes

QUEUES = ("requests/", "callbacks/", "tombstones/")
ASKED_ONCE = "users.info"  # a bot's process calls it once per person, and remembers the language
PLACES_A_DAY = "50"
COUNTED_RUNS = 3
PREPARED_FOR_S = 240.0  # how long a prepared scene is used again
LOOK_EVERY_S = 0.2  # not more often, because each look costs a call
QUIET_S = 0.4  # how long nothing must run before leases are ended and the timer fires
LOST_S = 8.0  # how long to wait for jobs to end when nothing runs and nothing is left to do
END_LIMIT_S = 240.0


@dataclass(frozen=True)
class Run:
    """Hold how a case went. ``met``: whether its call was made; ``ends``: how its jobs ended."""

    case: Case
    broken: list[str]
    met: bool
    ends: list[str]
    seconds: float

    @property
    def verdict(self) -> str:
        """Sum the run up: what was broken, or whether its call was made and how its jobs ended."""
        if self.broken:
            return "BROKEN " + "; ".join(self.broken)
        return ("survived" if self.met else "never made") + f" ({', '.join(self.ends)})"


@dataclass
class CrashHarness:
    """Crash jobs in a stack, one after the other, each in a bucket that was reset before."""

    stack: Stack
    shop: Shop
    person: Person
    sender: Sender
    _vendors: dict[str, str] = field(default_factory=dict)
    _marks: dict[str, int] = field(default_factory=dict)
    _kept: dict[int, tuple[Scene, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        at = self.stack.addresses
        self._vendors = {
            "cos": at["cos"],
            "aiart": at["aiart"],
            "results": at["aiart-results"],
            "slack": at["slack"],
            "shop": self.shop.address,
        }

    def control(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """Call a stand-in's control endpoint, and return its JSON answer."""
        address = self._vendors.get(name) or self.stack.addresses[name]
        return call(method, f"http://{address}/_control/{path}", body)

    # --- runs

    def count_calls(self, kind: Kind, op: str = ASKED_ONCE) -> Counter[Sort]:
        """Count the calls of each sort that a job always makes when nothing goes wrong.

        The runs begin as a case does in which a call of ``op`` fails.
        """
        return counted_in([self._calls_of_one_run(kind, op) for _ in range(COUNTED_RUNS)])

    def _calls_of_one_run(self, kind: Kind, op: str) -> Counter[Sort]:
        scene = self._begin(kind, op)
        self._mark()
        kind.act(self, scene)
        self.settle(kind.least_jobs + len(scene.jobs))
        return Counter(sort_of(name, row) for name in self._vendors for row in self.calls(name))

    def crash(self, case: Case) -> Run:
        """Run a case: act out its kind of job while one call fails, and judge the end."""
        started = time.monotonic()
        kind = KINDS[case.kind]
        scene = self._begin(kind, case.sort.op)
        before = self.look()
        self._mark()
        self.control(case.sort.vendor, "POST", "faults", case.fault(self.shop.kill_url))
        try:
            kind.act(self, scene)
            self.settle(kind.least_jobs + len(scene.jobs))
        except (TimeoutError, NotTaken) as error:
            broken, ends = [f"{type(error).__name__}: {error}"], []
        else:
            after = self.look()
            broken = broken_in(kind, case, before, after, secret=self.stack.webhook_secret)
            ends = sorted(map(_end_of, after.new_since(before).values()))
        met = sum(map(case.sort.fits, self.calls(case.sort.vendor))) > case.nth
        return Run(case, broken, met, ends, time.monotonic() - started)

    def _begin(self, kind: Kind, op: str) -> Scene:
        """Prepare the kind's scene, or bring back the one prepared before.

        Where it matters, functions are killed so that the run meets one that remembers nothing.
        """
        kept = self._kept.get(id(kind))
        is_kept = kept is not None and time.monotonic() < kept[1] + PREPARED_FOR_S
        self._start_over(to=f"?to={id(kind)}" if is_kept else "")
        if is_kept and kept:
            scene = kept[0]
        else:
            scene = kind.prepare(self)
            self._kept[id(kind)] = scene, time.monotonic()
            for name in self._vendors:
                self.control(name, "POST", f"keep?name={id(kind)}")
        if kind.fresh_worker:
            self.control("scf", "POST", "kill/worker")
        if kind.fresh_bot and op == ASKED_ONCE:
            self.control("scf", "POST", "kill/bot")
            read(f"http://{self.stack.addresses['bot']}/healthz")
        return scene

    def _start_over(self, *, to: str) -> None:
        """End what is under way, and reset the stand-ins, ``to`` a kept state if it names one."""
        for name in self._vendors:
            self.control(name, "DELETE", "faults")
        with suppress(TimeoutError):
            until(self._is_idle, what="the functions to return", limit_s=20)
        self.kill_busy()
        for name in self._vendors:
            self.control(name, "POST", f"reset{to}")

    def kill_busy(self) -> None:
        """SIGKILL the functions' processes that are in the middle of something.

        The leases of a killed worker have no holder, so they are ended at once; not if the next
        worker has started meanwhile, because some might be its own.
        """
        before = self._functions()
        busy = [name for name, one in before.items() if one["invocations"].get("0")]
        for name in busy:
            self.control("scf", "POST", f"kill/{name}")
        if "worker" in busy:
            claims = self._claims()
            if self._functions()["worker"]["starts"] == before["worker"]["starts"]:
                self._let_run_out(claims)

    def _functions(self) -> dict[str, Json]:
        return {one["key"]: one for one in self.control("scf", "GET", "functions")}

    def _mark(self) -> None:
        """Mark where in each vendor's call log the job's calls begin."""
        for name in self._vendors:
            calls = self.control(name, "GET", "calls")
            self._marks[name] = int(calls[-1]["n"]) if calls else 0

    def calls(self, vendor: str) -> list[Json]:
        """List the calls to ``vendor`` since the job began, also those of Slack and aiart."""
        calls: list[Json] = self.control(vendor, "GET", f"calls?since={self._marks[vendor]}")
        return calls

    # --- time

    def settle(self, ended: int) -> None:
        """Let time pass until at least ``ended`` jobs are done and nothing is left to do.

        Raises ``TimeoutError``.
        """
        limit, quiet_since = time.monotonic() + END_LIMIT_S, 0.0
        while time.monotonic() < limit:
            time.sleep(LOOK_EVERY_S)
            if not self._is_idle():
                quiet_since = 0.0
                continue
            keys = self.sizes()
            is_open = any(key.startswith(QUEUES) for key in keys)
            if not is_open and sum(key.startswith("done/") for key in keys) >= ended:
                return
            now = time.monotonic()
            quiet_since = quiet_since or now
            if is_open and now > quiet_since + QUIET_S:
                self._let_run_out(self._claims())
                self._timer()
                quiet_since = 0.0
            elif now > quiet_since + LOST_S:
                break
        raise TimeoutError(json.dumps([key for key in self.sizes() if "results/" not in key]))

    def wait_for(self, condition: Callable[[], Any], what: str) -> None:
        """Let time pass until the condition is true. Raises ``TimeoutError``."""
        limit, quiet_since = time.monotonic() + END_LIMIT_S, 0.0
        while not condition():
            if time.monotonic() > limit:
                raise TimeoutError(what)
            time.sleep(LOOK_EVERY_S)
            if not self._is_idle():
                quiet_since = 0.0
                continue
            quiet_since = quiet_since or time.monotonic()
            if time.monotonic() > quiet_since + QUIET_S:
                self._let_run_out(self._claims())
                self._timer()
                quiet_since = 0.0

    def _timer(self) -> None:
        event = {"Type": "Timer", "TriggerName": "every-minute", "Time": "", "Message": "sweep"}
        url = f"http://{self.stack.addresses['scf']}/invoke/worker?async=1"
        call("POST", url, event)

    def _is_idle(self) -> bool:
        functions = self._functions().values()
        return not any(one["invocations"].get("0") or one["waiting"] for one in functions)

    def _claims(self) -> dict[str, Json]:
        """Read the leases that have not run out, whether their holders live or not, by key."""
        records = {key: self._record(key) for key in self.sizes() if key.startswith("steps/")}
        return {
            key: record
            for key, record in records.items()
            if "nonce" in record and record.get("deadline", 0.0) > time.time()
        }

    def _let_run_out(self, claims: dict[str, Json]) -> None:
        """End leases by moving their deadlines into the past."""
        for key, claim in claims.items():
            self.control("cos", "PUT", f"object?key={key}&quiet=1", {**claim, "deadline": 1.0})

    # --- looking

    def look(self) -> Seen:
        """Read everything that is judged: bucket, Slack, aiart's bill, the shop's callbacks."""
        sizes = self.sizes()
        return Seen(
            sizes=sizes,
            outcomes={_stem(key): self._record(key) for key in sizes if key.startswith("done/")},
            callbacks={
                key.split("/")[1]: self._record(key)
                for key in sizes
                if key.startswith("steps/") and key.endswith("/callback.json")
            },
            places={key: self._text(key) for key in sizes if key.startswith("quota/")},
            messages={one["ts"]: one for one in self.person.messages()},
            billed=sum(task["billed"] for task in self.control("aiart", "GET", "tasks")),
            heard=list(self.shop.heard),
        )

    def open_keys(self, prefix: str) -> set[str]:
        """Read the bucket's keys below a prefix."""
        return {key for key in self.sizes() if key.startswith(prefix)}

    def sizes(self) -> dict[str, int]:
        """Read the sizes of the bucket's objects, in bytes, by key."""
        return {row["key"]: row["size"] for row in self.control("cos", "GET", "objects?prefix=")}

    def _record(self, key: str) -> Json:
        with suppress(OSError, ValueError):  # it was deleted meanwhile, or is no JSON
            record = json.loads(self._text(key))
            return record if isinstance(record, dict) else {}
        return {}

    def _text(self, key: str) -> str:
        url = f"http://{self.stack.addresses['cos']}/_control/object?key={key}"
        return read(url).decode("utf-8", "replace")


def _stem(key: str) -> str:
    return key.rpartition("/")[2].removesuffix(".json")


def _end_of(outcome: Json) -> str:
    failed = outcome.get("failed") or {}
    return f"failed: {failed['code']}" if failed else str(outcome.get("state"))


@contextmanager
def yard() -> Iterator[CrashHarness]:
    """Run a quick stack with a harness: short times, and no timer but the harness's own."""
    options = Options(
        aiart_s=0.05,
        paint=False,
        minute_s=0.5,
        start_limit_s=300.0,
        timers=False,
        around="tests.crash.forking:quick_starts" if sys.platform == "linux" else "",
        environ={
            "AIART_TIMEOUT_S": str(AIART_TIMEOUT_S),
            "WORKER_LINGER_S": "0",
            "QUOTA_PER_USER_PER_DAY": PLACES_A_DAY,
            "QUOTA_PER_TEAM_PER_DAY": PLACES_A_DAY,
        },
    )
    photo = photo_bytes()
    with shop(photo) as the_shop, running(options) as stack:
        here = CrashHarness(stack, the_shop, Person(stack, photo), Sender(stack))
        the_shop.kill = here.kill_busy
        yield here
