"""What an operator sees and does, over jobs that the worker has really done."""

from functools import partial
from pathlib import Path

import pytest

from functions.jobs.model import Job
from functions.jobs.quota import day_of
from functions.jobs.wish import Wish
from infra.deploy.cloud import KEY_NAMES
from infra.dotenv import operator_environment
from infra.jobs import __main__ as command
from infra.jobs.__main__ import main
from tests.conftest import KEYS
from tests.worker.conftest import WorkerHarness, standing_environ, worker
from tests.worker.test_fitted import two_sizes

__all__ = ["standing_environ", "worker"]

OPERATORS_KEYS = {
    "TENCENTCLOUD_SECRETID": KEYS.secret_id,
    "TENCENTCLOUD_SECRETKEY": KEYS.secret_key,
    "TENCENTCLOUD_SESSIONTOKEN": "",
}


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command looks for ``.env``, in place of beside serverless.yml. It is not there."""
    file = tmp_path / ".env"
    monkeypatch.setattr(command, "operator_environment", partial(operator_environment, file))
    return file


@pytest.fixture
def operator(
    worker: WorkerHarness, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> WorkerHarness:
    for name, value in {**worker.environ, **OPERATORS_KEYS}.items():
        monkeypatch.setenv(name, value)
    return worker


@pytest.fixture
def as_the_readme_says(
    worker: WorkerHarness, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> WorkerHarness:
    """Everything is in ``.env``, under the README's names, and nothing in the environment."""
    for name in [*worker.environ, *(name for names in KEY_NAMES for name in names)]:
        monkeypatch.delenv(name, raising=False)
    names = ("COS_BUCKET", "COS_REGION", "COS_ENDPOINT", "AIART_REGION")
    written = {
        "TENCENT_SECRET_ID": KEYS.secret_id,
        "TENCENT_SECRET_KEY": KEYS.secret_key,
        **{name: worker.environ[name] for name in names},
    }
    lines = (f"# as in infra/README.md\n{name}={value}\n" for name, value in written.items())
    env_file.write_text("".join(lines), "utf-8")
    return worker


def test_the_list_shows_who_waits_and_for_how_long(
    operator: WorkerHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    (job,) = operator.ask(Wish(prompt="on a wooden table"))
    assert main(["list"]) == 0
    printed = capsys.readouterr().out
    assert job.id in printed
    assert "accepted" in printed
    assert "1 open, the oldest for" in printed


def test_a_jobs_report_has_its_steps_and_the_call_for_support_without_secrets(
    operator: WorkerHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    (job,) = operator.ask(Wish(prompt="it's on sand", product="vase"))
    operator.run()
    assert main(["show", job.id]) == 0
    printed = capsys.readouterr().out
    for word in ("generated", "posted", "RequestId", "tccli aiart ReplaceBackground"):
        assert word in printed
    assert "--Product vase" in printed
    assert "q-sign" not in printed


@pytest.mark.parametrize("command", ["list", "show"])
def test_the_terminal_gets_no_controls_of_direction(
    operator: WorkerHarness, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (job,) = operator.ask(Wish(prompt="on a be\u202ehca\u2066"))
    assert main([command, *([job.id] if command == "show" else [])]) == 0
    printed = capsys.readouterr().out
    assert "on a behca" in printed
    assert not {"\u202e", "\u2066"} & set(printed)


def retried(operator: WorkerHarness, job: Job, capsys: pytest.CaptureFixture[str]) -> str:
    """How the job ends that the operator's command makes of an ended one."""
    capsys.readouterr()
    assert main(["retry", job.id]) == 0
    new_id = capsys.readouterr().out.split()[0]
    operator.run()
    outcome = operator.ledger.outcome(new_id)
    assert outcome is not None
    return outcome.state


def test_a_failed_job_can_be_asked_for_again(
    operator: WorkerHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    (job,) = operator.ask()
    code = "OperationDenied.TextIllegalDetected"
    operator.fault("aiart", op="ReplaceBackground", error=code)
    operator.run()
    assert retried(operator, job, capsys) == "succeeded"


def test_what_is_made_of_a_picture_is_made_of_it_again(
    operator: WorkerHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    painted, small = two_sizes(operator)
    operator.run()
    (cut,) = operator.press(painted, "cutout")
    operator.run()
    for job in (small, cut):
        assert retried(operator, job, capsys) == "succeeded"
    assert len(operator.tasks()) == 1


def test_an_open_job_can_be_cancelled(operator: WorkerHarness) -> None:
    (job,) = operator.ask()
    assert main(["cancel", job.id]) == 0
    operator.run()
    outcome = operator.ledger.outcome(job.id)
    assert outcome is not None
    assert outcome.state == "cancelled"
    assert main(["cancel", job.id]) == 1


def test_the_day_in_one_line(operator: WorkerHarness, capsys: pytest.CaptureFixture[str]) -> None:
    operator.ask(photos=2)
    operator.ask(data=b"%PDF-")
    operator.run()
    assert main(["summary", "--day", day_of(operator.ledger.clock())]) == 0
    line = capsys.readouterr().out
    assert "3 ended" in line
    assert "2 succeeded" in line
    assert "photo_not_an_image: 1" in line


def test_a_missing_variable_is_named(
    operator: WorkerHarness, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COS_BUCKET")
    assert main(["list"]) == 1
    assert "COS_BUCKET" in capsys.readouterr().err


@pytest.mark.parametrize("asked", ["list", "show", "summary", "erase"])
def test_everything_may_stand_in_the_env_file_under_the_readmes_names(
    as_the_readme_says: WorkerHarness, capsys: pytest.CaptureFixture[str], asked: str
) -> None:
    (job,) = as_the_readme_says.ask()
    about = {"show": [job.id], "erase": [f"{job.asker.team_id}/{job.asker.user_id}"]}
    code = main([asked, *about.get(asked, [])])
    assert (code, capsys.readouterr().err) == (0, "")


def test_without_keys_it_is_said_where_they_belong(
    operator: WorkerHarness, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (name for names in KEY_NAMES for name in names):
        monkeypatch.delenv(name, raising=False)
    assert main(["list"]) == 1
    said = capsys.readouterr().err
    assert "your own keys" in said
    assert "Set it in .env or in the environment." in said
