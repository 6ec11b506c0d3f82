"""Run the whole system in processes of its own, as ``make demo`` does, only quicker."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.local import one_job
from infra.local.polling import until
from infra.local.stack import Options, Stack, running
from tests.infra.permissions import beyond_the_policies
from tests.worker.conftest import photo_bytes

LIMIT_S = 60.0
MINUTE_S = 4.0  # how long a minute of SCF's and Slack's clocks takes


@dataclass
class System:
    """Ask a running stack for pictures, and read what came of it."""

    stack: Stack
    log: Path

    def ask(self, folder: Path, *names: str, prompt: str = "on a wooden table") -> str:
        """Send newly drawn photos under these names; give the message's ts."""
        photos = []
        for name in names:
            path = folder / name
            path.write_bytes(b"%PDF-1.7" if name.endswith(".pdf") else photo_bytes())
            photos.append(path)
        return one_job.ask(self.stack, one_job.Wanted(photos=photos, prompt=prompt))

    def answers(self, ts: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until ``count`` results are told in the thread; give their messages."""
        messages = one_job.wait_for_answers(self.stack, ts, count, limit_s=LIMIT_S)
        return [m for m in messages if one_job.kind_of(m) == "backdrop_told"]

    def billed(self, prompt: str) -> list[dict[str, Any]]:
        """List the tasks that aiart has billed for these words."""
        tasks = self.stack.control("aiart", "GET", "tasks")
        return [task for task in tasks if task["prompt"] == prompt and task["billed"]]

    def keys(self, prefix: str) -> list[str]:
        """List the bucket's keys below a prefix."""
        return [row["key"] for row in self.stack.control("cos", "GET", f"objects?prefix={prefix}")]

    def all_done(self) -> None:
        """Wait until the open queue is empty."""
        until(lambda: not self.keys("requests/"), what="the open queue to be empty")

    def log_lines(self) -> list[dict[str, Any]]:
        """Read the functions' own log lines."""
        lines = [line.partition(": ")[2] for line in self.log.read_text("utf-8").splitlines()]
        return [json.loads(line) for line in lines if line.startswith("{")]


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run one stack for all tests of the folder; each test uses words of its own."""
    log = tmp_path_factory.mktemp("log") / "functions.log"
    options = Options(
        aiart_s=0.3,
        paint=False,
        minute_s=MINUTE_S,
        log_file=str(log),
        environ={"AIART_TIMEOUT_S": "4"},
    )
    with running(options) as stack:
        # Slack's three seconds for opening a form may be too short on a busy machine.
        stack.control("slack", "PUT", "settings", {"trigger_s": 60})
        yield System(stack, log)
        # Everything that the functions did in the tests, the cloud would have allowed.
        # tests/infra/test_roles.py checks the reverse: no policy allows more.
        assert beyond_the_policies(stack) == []


@pytest.fixture(autouse=True)
def _no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "system" in request.fixturenames:
        system: System = request.getfixturevalue("system")
        for name in ("cos", "aiart", "slack"):
            system.stack.control(name, "DELETE", "faults")
