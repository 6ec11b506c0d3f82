"""Run the whole system with its account on stand-ins, for the doctor to examine."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra import dotenv
from infra.deploy import __main__ as deploy
from infra.deploy import functions
from infra.doctor import __main__ as doctor
from infra.doctor import variables
from infra.doctor.finding import Finding
from infra.dotenv import SERVERLESS_YML
from infra.local import cloudapi
from infra.local.cloudapi import scf_actions
from infra.local.polling import until
from infra.local.serving import address, listen
from infra.local.slack.world import DEFAULT_SCOPES
from infra.local.stack import BUCKET, REGION, Options, Stack, running
from tests.caller import call
from tests.serving import served

RUNTIME = "{}.{}".format(*sys.version_info)
LINK_SECRET = "the-operators-own-link-secret-0123"

# The stand-ins' settings that a test may change, as they are by default.
USUAL: dict[str, dict[str, Any]] = {
    "aiart": {"implicit_label": False, "product_stays": False, "mask_frame": "photo"},
    "cos": {"put_if_match": False, "missing_key_status": 404},
    "slack": {"image_failures": 0, "scopes": list(DEFAULT_SCOPES)},
    "scf": {},
    "scf-api": {},
    "cam-api": {},
}


@dataclass
class Patient:
    """Hold the running system and its operator's environment, and examine it by the doctor."""

    stack: Stack
    cloud: dict[str, str]
    environ: dict[str, str]

    def control(self, name: str, method: str, path: str, body: Any = None) -> Any:
        at = self.cloud.get(name) or self.stack.addresses[name]
        return call(method, f"http://{at}/_control/{path}", body)

    def paid(self) -> int:
        """Count the pictures that aiart would bill."""
        return sum(task["billed"] for task in self.control("aiart", "GET", "tasks"))

    def is_at_work(self) -> bool:
        """Say whether the worker runs."""
        runs = self.control("scf", "GET", "invocations")
        return any(one["function"] == "worker" and one["status"] == 0 for one in runs)

    def findings(self, *checks: str, **changed: str) -> list[Finding]:
        """Run these of the doctor's checks, or all, in a changed environment; give the findings."""
        environ = {**self.environ, **changed}
        wanted = {name: doctor.CHECKS[name] for name in checks or doctor.CHECKS}
        return list(doctor.examine({name: one for name, one in environ.items() if one}, wanted))

    def wrong(self, *checks: str, **changed: str) -> dict[str, str]:
        """Give the lines of the findings that are not ok, by name."""
        found = self.findings(*checks, **changed)
        return {one.name: one.line() for one in found if one.state != "ok"}


@contextmanager
def on_this_python() -> Iterator[None]:
    """Let the functions run on this Python, though it may be newer than the cloud's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(functions, "LOOK_EVERY_S", 0.001)
        patch.setattr(variables, "SETTINGS_TOML", Path(__file__).with_name("as_advised.toml"))
        patch.setattr(dotenv, "RUNTIMES", (*dotenv.RUNTIMES, RUNTIME))
        patch.setattr(scf_actions, "RUNTIMES", (*scf_actions.RUNTIMES, f"Python{RUNTIME}"))
        yield


def as_usual(patient: Patient) -> None:
    """Undo what a test has changed, and wait for the worker's run to end.

    Otherwise the next test would find the worker busy.
    """
    for name, settings in USUAL.items():
        patient.control(name, "DELETE", "faults")
        if settings:
            patient.control(name, "PUT", "settings", settings)
    until(lambda: not patient.is_at_work(), what="the worker's run to end")


@contextmanager
def well() -> Iterator[Patient]:
    """Run a whole deployment that is as it should be."""
    with ExitStack() as stack:
        started = stack.enter_context(
            running(
                Options(
                    aiart_s=0.1,
                    paint=False,
                    timers=False,
                    environ={"LINK_SECRETS": LINK_SECRET},
                )
            )
        )
        key = {"secret_id": started.secret_id, "secret_key": started.secret_key}
        sockets = {name: stack.enter_context(listen()) for name in ("scf-api", "cam-api")}
        cloud = {name: address(one) for name, one in sockets.items()}
        at = started.addresses
        apps = cloudapi.create({**cloud, "scf": at["scf"]}, keys=[key])
        stack.enter_context(served(apps, sockets))
        environ = {
            "TENCENT_SECRET_ID": started.secret_id,
            "TENCENT_SECRET_KEY": started.secret_key,
            "SLACK_BOT_TOKEN": started.slack_bot_token,
            "SLACK_SIGNING_SECRET": started.slack_signing_secret,
            "SLACK_API_URL": f"http://{at['slack']}/api",
            "COS_BUCKET": BUCKET,
            "COS_REGION": REGION,
            "COS_ENDPOINT": at["cos"],
            "AIART_REGION": REGION,
            "AIART_ENDPOINT": at["aiart"],
            "LINK_SECRETS": LINK_SECRET,
            "SPEND_CAP_PER_DAY": "200",
            "LINK_BASE_URL": f"http://{at['gateway']}",
            "BOT_URL": f"http://{at['bot']}",
            "PYTHON_RUNTIME": RUNTIME,
            "SCF_API_ENDPOINT": cloud["scf-api"],
            "CAM_API_ENDPOINT": cloud["cam-api"],
        }
        order = {"serverless_yml": str(SERVERLESS_YML), "environ": environ}
        call("PUT", f"http://{cloud['scf-api']}/_control/deployed", order)
        assert deploy.run("apply", environ) == deploy.OK
        yield Patient(started, cloud, environ)
