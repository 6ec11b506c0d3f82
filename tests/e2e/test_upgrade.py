"""A deployment of the last release becomes one of this code and goes back, in the middle of work.

The bucket, the workspace and aiart stay; only the functions are others. Jobs are left open in every
state that a run may die in, links and buttons are those of the other version.
"""

import base64
import os
import subprocess
import tarfile
import threading
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local import one_job
from infra.local.http import call
from infra.local.polling import until
from infra.local.slack.world import MERCHANDISER_ID, PRODUCT_PHOTOS_ID
from infra.local.stack import ROOT, Options, Stack, deployed
from tests.gateway.program import Program
from tests.worker.conftest import photo_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

LAST_RELEASE = "5b9f69f63070dd24e0184fb1ae54e91dca725a6a"
LIMIT_S = 120.0
STATES = ("waiting", "staged", "generated", "posted", "calling")
LONG_S = 15.0  # aiart paints until the function is ended, and its slot is taken as long
ENV = {"LINK_SECRETS": "of-an-operators-env-file-0001", "AIART_TIMEOUT_S": "20"}


@pytest.fixture(scope="module")
def last_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its files, as git has them."""
    folder = tmp_path_factory.mktemp("release")
    packed = folder / "release.tar"
    command = ["git", "archive", "--output", str(packed), LAST_RELEASE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        missing = f"the last release, {LAST_RELEASE}, is not in this clone: git fetch --unshallow"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    code = folder / "code"
    with tarfile.open(packed) as archive:
        archive.extractall(code, filter="data")
    return code


@dataclass
class Shop:
    """A program's own server: it is down at first, and counts what it has taken."""

    is_open: threading.Event = field(default_factory=threading.Event)
    refused: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    url: str = ""


@contextmanager
def open_shop() -> Iterator[Shop]:
    shop = Shop()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            if shop.is_open.is_set():
                shop.taken[str(self.headers["webhook-id"])] += 1
            else:
                shop.refused += 1
            self.send_response(200 if shop.is_open.is_set() else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    shop.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Left:
    """What one version has left to the other: open jobs by their state, a finished one's message,
    and the program's job whose callback is open.
    """

    jobs: dict[str, str]
    finished: Mapping[str, Any]
    called_back: str
    asked: dict[str, str]  # by job, the ts of the message that asked


@dataclass
class System:
    """The stack, and what people do with it."""

    stack: Stack
    folder: Path
    shop: Shop

    def control(self, name: str, method: str, path: str, body: object = None) -> Any:
        return self.stack.control(name, method, path, body)

    def keys(self, prefix: str) -> list[str]:
        return [row["key"] for row in self.control("cos", "GET", f"objects?prefix={prefix}")]

    def record(self, key: str) -> Any:
        return self.control("cos", "GET", f"object?key={urllib.parse.quote(key)}")

    def ask(self, prompt: str) -> str:
        photo = self.folder / "vase.jpg"
        photo.write_bytes(photo_bytes())
        return one_job.ask(self.stack, one_job.Wanted(photos=[photo], prompt=prompt))

    def told(self, ts: str) -> list[dict[str, Any]]:
        messages = one_job.thread_of(self.stack, ts)
        return [m for m in messages if one_job.kind_of(m) == "backdrop_told"]

    def ask_and_wait(self, prompt: str) -> dict[str, Any]:
        ts = self.ask(prompt)
        until(lambda: self.told(ts), what=f"{prompt} to be told", limit_s=LIMIT_S)
        return self.told(ts)[0]

    def is_working(self) -> bool:
        invocations = self.control("scf", "GET", "invocations")
        return any(one["function"] == "worker" and one["status"] == 0 for one in invocations)

    def leave_open(self, version: str) -> Left:
        """Have a job of each state, and end the functions' processes in the middle of it all."""
        finished = self.ask_and_wait(f"finished by {version}")
        self.control("scf", "PUT", "functions/worker", {"instances": 0})
        until(lambda: not self.is_working(), what="the run to end", limit_s=LIMIT_S)
        ts_of = {state: self.ask(f"{state} under {version}") for state in STATES[:-1]}
        called_back = self._ask_by_program(version)
        until(lambda: len(self.keys("requests/")) == len(STATES), what="the jobs to be accepted")
        jobs = self._by_state(version)
        for op, key in (
            ("GET", f"requests/{jobs['waiting']}.json"),
            ("PUT", f"steps/{jobs['staged']}/calling-1.json"),
            ("PUT", f"results/{jobs['generated']}/*"),
            ("PUT", f"done/{jobs['posted']}.json"),
        ):
            fault = {"op": op, "target": key, "error": "SlowDown", "status": 503, "times": -1}
            self.control("cos", "POST", "faults", fault)
        self.control("scf", "PUT", "functions/worker", {"instances": 1})
        for key in (
            f"steps/{jobs['staged']}/staged.json",
            f"steps/{jobs['generated']}/generated.json",
            f"steps/{jobs['posted']}/posted.json",
            f"done/{called_back}.json",
        ):
            self._wait_for(key)
        until(lambda: self.shop.refused, what="the callback to be refused", limit_s=LIMIT_S)
        self.control("aiart", "PUT", "settings", {"duration_s": LONG_S, "concurrency": 1})
        ts_of["calling"] = self.ask(f"calling under {version}")
        until(lambda: self._by_state(version).get("calling"), what="it to be accepted")
        jobs = self._by_state(version)
        self._wait_for(f"steps/{jobs['calling']}/calling-1.json")
        return Left(jobs, finished, called_back, {jobs[state]: ts for state, ts in ts_of.items()})

    def is_as_left(self, left: Left) -> dict[str, bool]:
        """Whether each job was really left in its state."""
        steps, done = set(self.keys("steps/")), set(self.keys("done/"))

        def has(state: str, step: str) -> bool:
            return f"steps/{left.jobs[state]}/{step}.json" in steps

        return {
            "waiting": not any(left.jobs["waiting"] in key for key in steps),
            "staged": has("staged", "staged") and not has("staged", "calling-1"),
            "calling": has("calling", "calling-1") and not has("calling", "generated"),
            "generated": has("generated", "generated") and not has("generated", "stored"),
            "posted": has("posted", "posted") and f"done/{left.jobs['posted']}.json" not in done,
            "callback": any(left.called_back in key for key in self.keys("callbacks/")),
        }

    def mend(self, left: Left) -> None:
        """Everything works again; the dead run's lease has run out, the callback's gap is over, and
        what the dead run's call takes of aiart's places is one of two.
        """
        self.control("cos", "DELETE", "faults")
        self.control("aiart", "PUT", "settings", {"duration_s": 0.2, "concurrency": 2})
        key = f"steps/{left.jobs['calling']}/calling-1.json"
        lease = {**self.record(key), "deadline": 1.0}
        self.control("cos", "PUT", f"object?quiet=1&key={key}", lease)
        key = f"steps/{left.called_back}/callback.json"
        callback = {**self.record(key), "next_at": 1.0}
        self.control("cos", "PUT", f"object?quiet=1&key={key}", callback)
        due = f"callbacks/{1:012d}-{left.called_back}"
        self.control("cos", "PUT", f"object?quiet=1&key={due}", {})
        self.shop.is_open.set()

    def _ask_by_program(self, version: str) -> str:
        program = Program(self.stack.addresses["gateway"], self.stack.webhook_secret)
        wish = {
            "image": base64.b64encode(photo_bytes()).decode(),
            "prompt": f"asked by a program under {version}",
            "deliver": {"callback_url": self.shop.url},
        }
        answer = program.send(wish)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def _by_state(self, version: str) -> dict[str, str]:
        found = {}
        for key in self.keys("requests/"):
            job = self.record(key)
            state, _, whose = str(job["wish"]["prompt"]).partition(" under ")
            if whose == version:
                found[state] = job["id"]
        return found

    def _wait_for(self, key: str) -> None:
        until(lambda: self.keys(key), what=key, limit_s=LIMIT_S)


@pytest.fixture
def upgrading(
    last_release: Path, tmp_path: Path
) -> Iterator[tuple[System, Callable[[Path], None]]]:
    """The last release, deployed; and what deploys other code in its place."""
    settings: dict[str, Any] = {"aiart_s": 0.2, "paint": False, "minute_s": 3.0, "environ": ENV}
    settings["client_agrees"] = False  # the last release does not know the word
    options = Options(code_dir=last_release, **settings)
    with open_shop() as shop, deployed(options) as (stack, deploy):
        stack.control("slack", "PUT", "settings", {"trigger_s": 60})
        yield (
            System(stack, tmp_path, shop),
            lambda code: deploy(Options(code_dir=code, **settings)),
        )


def test_an_upgrade_and_the_way_back_lose_nothing_and_tell_nothing_twice(
    upgrading: tuple[System, Callable[[Path], None]], last_release: Path
) -> None:
    shop, deploy = upgrading
    for version, other in (("the last release", ROOT), ("this code", last_release)):
        shop.shop.is_open.clear()
        left = shop.leave_open(version)
        picture = requests.get(one_job.full_size_link(left.finished), timeout=30).content
        deploy(other)
        as_left = shop.is_as_left(left)
        assert all(as_left.values()), as_left
        shop.mend(left)
        until(
            lambda: not shop.keys("requests/") and not shop.keys("callbacks/"),
            what=f"what {version} left to end",
            limit_s=LIMIT_S,
        )
        check(shop, left)
        assert requests.get(one_job.full_size_link(left.finished), timeout=30).content == picture
        press_again(shop, left.finished)
        shop.ask_and_wait(f"new after {version}")


def check(system: System, left: Left) -> None:
    """Each job has ended well, was told once, and is paid once; whose answer was lost, twice."""
    ends = {job: system.record(f"done/{job}.json")["state"] for job in left.jobs.values()}
    assert set(ends.values()) == {"succeeded"}, ends
    for state, job in left.jobs.items():
        if job not in left.asked:
            continue
        (message,) = system.told(left.asked[job])
        link = one_job.full_size_link(message)
        assert requests.get(link, timeout=30).status_code == 200
        prompt = system.record(f"done/{job}.json")["job"]["wish"]["prompt"]
        tasks = system.control("aiart", "GET", "tasks")
        billed = sum(task["billed"] and task["prompt"] == prompt for task in tasks)
        assert billed == 1 or (state == "calling" and billed <= 2), (state, billed)
        assert ("billed twice" in one_job.words_of(message)) == (state == "calling")
    assert system.shop.taken[left.called_back] == 1


def press_again(system: System, told: Mapping[str, Any]) -> None:
    """A button under the other version's message works."""
    where = {"user": MERCHANDISER_ID, "channel": PRODUCT_PHOTOS_ID}
    block_id = next(
        block["block_id"]
        for block in told["blocks"]
        if "again" in {one.get("action_id") for one in block.get("elements", [])}
    )
    press = {**where, "message_ts": told["ts"], "block_id": block_id, "action_id": "again"}
    url = f"http://{system.stack.addresses['slack']}/_client/actions"
    call("POST", url, press)
    ts = str(told["thread_ts"])
    until(lambda: len(system.told(ts)) == 2, what="Again to be told", limit_s=LIMIT_S)
