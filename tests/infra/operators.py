"""Act as an operator who runs ``make deploy`` against the stand-ins, with a .env."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infra.deploy.rollout import Rollout
from infra.doctor.finding import Environ, Finding, ok
from infra.dotenv import ROOT, operator_environment
from tests.infra.account import Account

SCF_DEPLOY = f"{sys.executable} -m tests.infra.scf_deploy"
SETTINGS = {
    "AIART_REGION": "ap-guangzhou",
    "SLACK_BOT_TOKEN": "xoxb-0123456789",
    "SLACK_SIGNING_SECRET": "0" * 32,
    "LINK_SECRETS": "the-operators-own-link-secret-0123",
    "SPEND_CAP_PER_DAY": "200",
}


@dataclass
class Operator:
    """Run the deploy as an operator with a .env; ``said`` is what it said the last time."""

    account: Account
    env_file: Path
    health: list[Finding] = field(default_factory=lambda: [ok("everything", "well")])
    package: tuple[str, ...] = (sys.executable, "-c", "")
    said: list[str] = field(default_factory=list)
    last: dict[str, str] = field(default_factory=dict)

    def deploys(self, **changed: str) -> bool:
        self.said = []
        self.last = {**operator_environment(self.env_file, {}), **changed}
        return Rollout(
            self.last,
            self.said.append,
            env_file=self.env_file,
            package=self.package,
            examine=self.examine,
            folder=self.env_file.parent / "deploy",
        ).run()

    def examine(self, _: Environ) -> Iterator[Finding]:
        yield from self.health

    def begun(self) -> list[str]:
        """Name the steps that were begun."""
        return [line.partition("] ")[2].partition(".")[0] for line in self.said if line[0] == "["]

    def stopped(self) -> tuple[str, str]:
        """Give why it stopped, and what it says to do."""
        why, do = self.said[-2:]
        return why, do


@pytest.fixture
def operator(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    for name in [*SETTINGS, *account.environ, "LINK_BASE_URL", "BOT_URL", "PYTHON_RUNTIME"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    env_file = tmp_path / ".env"
    written = {**SETTINGS, **account.environ, "SCF_DEPLOY_COMMAND": SCF_DEPLOY}
    env_file.write_text("".join(f"{name}={value}\n" for name, value in written.items()))
    return Operator(account, env_file)
