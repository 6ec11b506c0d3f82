"""``python -m infra.dev`` with real keys never works in the deployment's bucket."""

import os
from functools import partial
from pathlib import Path

import pytest

from infra.dev import __main__ as dev
from infra.dev import environment as around
from infra.dev.environment import surroundings
from infra.dotenv import NotSet, operator_environment
from infra.local.stack import BUCKET

DEPLOYED = "our-shop-1250000000"
REAL_KEYS = {"TENCENTCLOUD_SECRETID": "AKIDmine", "TENCENTCLOUD_SECRETKEY": "mine"}


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The deployment's ``.env``."""
    file = tmp_path / ".env"
    monkeypatch.setattr(around, "operator_environment", partial(operator_environment, file))
    file.write_text(f"# ours\nTENCENT_SECRET_ID=AKIDdeploy\nCOS_BUCKET={DEPLOYED}\n", "utf-8")
    return file


def bucket_of(**given: str) -> str:
    """The bucket that the worker here would work in."""
    with surroundings(given, gateway_at="127.0.0.1:9000", aiart_s=0.1) as environ:
        return environ.get("COS_BUCKET", "")


@pytest.mark.parametrize("given", [DEPLOYED, f" {DEPLOYED} "])
def test_with_real_keys_the_deployments_bucket_is_refused(env_file: Path, given: str) -> None:
    with pytest.raises(NotSet, match=f"COS_BUCKET is {DEPLOYED}, the deployment's") as refused:
        bucket_of(**REAL_KEYS, COS_BUCKET=given)
    assert "Set COS_BUCKET to a bucket of its own, or leave out" in str(refused.value)


def test_the_command_says_so_and_does_not_start(
    env_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    slack = {"SLACK_APP_TOKEN": "xapp-1-for-development", "SLACK_BOT_TOKEN": ""}
    for name, value in {**REAL_KEYS, **slack, "COS_BUCKET": DEPLOYED}.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    assert dev.main(["--port", "0"]) == 2
    assert f"COS_BUCKET is {DEPLOYED}, the deployment's" in capsys.readouterr().err
    assert dict(os.environ) == before, "the worker reads the process's environment"


def test_a_bucket_of_its_own_is_taken(env_file: Path) -> None:
    own = "our-shop-dev-1250000000"
    assert bucket_of(**REAL_KEYS, COS_BUCKET=own) == own


def test_what_is_in_the_environment_is_not_taken_for_the_deployments(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COS_BUCKET", "our-shop-dev-1250000000")
    own = os.environ["COS_BUCKET"]
    assert bucket_of(**REAL_KEYS, COS_BUCKET=own) == own


@pytest.mark.parametrize("written", [None, "", "COS_BUCKET=\n"])
def test_without_a_deployment_any_bucket_is_taken(env_file: Path, written: str | None) -> None:
    env_file.unlink()
    if written is not None:
        env_file.write_text(written, "utf-8")
    assert bucket_of(**REAL_KEYS, COS_BUCKET=DEPLOYED) == DEPLOYED
    assert bucket_of(**REAL_KEYS) == ""


def test_without_keys_it_does_not_matter_what_is_set(env_file: Path) -> None:
    assert bucket_of(COS_BUCKET=DEPLOYED) == BUCKET
