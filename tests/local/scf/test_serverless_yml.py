"""The project's own serverless.yml and scf_bootstrap."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from functions.web.connections import BACKLOG
from infra.serverless_yml import Deployment, read
from infra.serverless_yml.deployment import ENVIRONMENT_LIMIT_BYTES

ROOT = Path(__file__).parents[3]
ENVIRON = {"COS_BUCKET": "backdrop-1250000000", "COS_REGION": "ap-guangzhou"}

BUCKET = {"COS_BUCKET", "COS_REGION", "COS_ENDPOINT"}
SLACK = {"SLACK_BOT_TOKEN", "SLACK_API_URL"}
LINKS = {"LINK_SECRETS", "LINK_BASE_URL"}
NEEDED = {
    "bot": {"FRONT", "SLACK_SIGNING_SECRET", "LOG_LEVEL", "ALLOWED_CHANNELS", "WATERMARK_OPTIONAL"}
    | {"QUOTA_PER_USER_PER_DAY", "QUOTA_PER_TEAM_PER_DAY", "ADMIN_CHANNEL"}
    | SLACK
    | BUCKET
    | LINKS,
    "gateway": {"FRONT", "LOG_LEVEL", "WEBHOOK_CLIENTS", "WATERMARK_OPTIONAL"} | BUCKET | LINKS,
    "worker": {"AIART_REGION", "AIART_ENDPOINT", "AIART_CONCURRENCY", "AIART_TIMEOUT_S"}
    | {"BOT_URL", "ADMIN_CHANNEL", "PAUSED", "SPEND_CAP_PER_DAY", "LOG_LEVEL"}
    | {"QUOTA_PER_USER_PER_DAY", "QUOTA_PER_TEAM_PER_DAY"}
    | {"WORKER_LINGER_S", "WORKER_TIMEOUT_S", "WEBHOOK_CLIENTS"}
    | SLACK
    | BUCKET
    | LINKS,
}


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return read(ROOT / "serverless.yml", ENVIRON)


def test_there_are_three_functions_with_roles_of_their_own(deployment: Deployment) -> None:
    functions = deployment.functions
    assert {key: (one.kind, one.memory_mb, one.timeout_s) for key, one in functions.items()} == {
        "bot": ("web", 256, 10),
        "gateway": ("web", 256, 60),
        "worker": ("event", 1536, 900),
    }
    assert functions["worker"].handler == "functions.worker.handler.main_handler"
    assert {one.role for one in functions.values()} == {
        "Backdrop-Bot",
        "Backdrop-Gateway",
        "Backdrop-Worker",
    }
    assert functions["bot"].concurrency == functions["gateway"].concurrency == 100
    assert deployment.region == "ap-guangzhou"


@pytest.mark.parametrize("key", NEEDED)
def test_a_function_gets_the_variables_that_it_needs_and_no_others(
    deployment: Deployment, key: str
) -> None:
    environment = deployment.functions[key].environment
    assert set(environment) == NEEDED[key]
    assert environment["COS_BUCKET"] == "backdrop-1250000000"
    assert environment["COS_ENDPOINT"] == "undefined"  # optional, and not set
    assert environment.get("FRONT", key) == key
    # Room for real values: half of the 4 KB.
    assert sum(len(name) for name in environment) < ENVIRONMENT_LIMIT_BYTES / 2


def test_the_worker_knows_its_own_timeout(deployment: Deployment) -> None:
    worker = deployment.functions["worker"]
    assert worker.environment["WORKER_TIMEOUT_S"] == str(worker.timeout_s)


def test_the_triggers_are_open_and_enabled(deployment: Deployment) -> None:
    assert {key: (url.auth, url.extranet) for key, url in deployment.urls.items()} == {
        "bot": ("NONE", True),
        "gateway": ("NONE", True),
    }
    [created] = deployment.objects
    assert (created.function, created.bucket) == ("worker", "backdrop-1250000000")
    assert (created.prefix, created.suffix, created.enabled) == ("requests/", ".json", True)
    assert created.events == "cos:ObjectCreated:*"
    [minute] = deployment.timers
    assert (minute.function, minute.enabled) == ("worker", True)
    assert minute.cron.seconds == {0}
    assert len(minute.cron.minutes) == 60


def test_scf_bootstrap_can_be_run_by_the_platform() -> None:
    path = ROOT / "scf_bootstrap"
    text = path.read_bytes()
    assert text.startswith(b"#!/bin/bash\n")
    assert b"\r" not in text
    assert path.stat().st_mode & 0o777 == 0o755
    assert b"/var/lang/python310/bin/python3.10" in text


@pytest.mark.parametrize(
    ("front", "app"),
    [("bot", "bot.app:create_app"), ("gateway", "functions.gateway.app:create_app")],
)
def test_scf_bootstrap_starts_the_server_that_front_names(
    tmp_path: Path, front: str, app: str
) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/bash\necho "$@"\n')
    python.chmod(0o755)
    said = bootstrap(FRONT=front, LOCAL_PYTHON=str(python))
    assert said.stdout.startswith(
        f"-u -m uvicorn --factory {app} --host 0.0.0.0 --port 9000 --no-access-log"
    )
    assert " --http functions.web.connections:BoundedConnection " in said.stdout
    assert f" --backlog {BACKLOG} " in said.stdout
    there = bootstrap(
        FRONT=front, LOCAL_PYTHON=str(python), LOCAL_HOST="127.0.0.1", LOCAL_PORT="8123"
    )
    assert re.search(r"--host 127\.0\.0\.1 --port 8123 ", there.stdout)


@pytest.mark.parametrize("front", ["", "worker", "undefined"])
def test_scf_bootstrap_refuses_a_front_that_it_does_not_know(front: str) -> None:
    said = bootstrap(FRONT=front, LOCAL_PYTHON=sys.executable)
    assert said.returncode == 1
    assert f"FRONT must be bot or gateway, not '{front}'" in said.stderr


def bootstrap(**environment: str) -> "subprocess.CompletedProcess[str]":
    path = os.environ.get("PATH", os.defpath)
    return subprocess.run(  # the project's own script
        [ROOT / "scf_bootstrap"],
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
