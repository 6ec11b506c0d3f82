"""Ask each function to check itself, judge the reports, and delete what is left in the bucket."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import requests

from functions.environment import ConfigError
from functions.jobs.bucket import BucketUnavailable, KeysExpired
from functions.jobs.bucket_layout import DOCTOR
from functions.self_check import EVENT, Report
from functions.web.self_check import HEADER, PATH, signed
from infra.deploy.changes import CallFailed
from infra.deploy.cloud import Cloud, NotThere, connect
from infra.doctor.cos import operator_bucket
from infra.doctor.finding import Environ, Finding, skipped, wrong
from infra.doctor.platform import not_the_function
from infra.doctor.self_check_findings import DEPLOY, judge
from infra.dotenv import SERVERLESS_YML, NotSet, python_runtime
from infra.serverless_yml import DeploymentError
from infra.serverless_yml import read as read_deployment

TIMEOUT_S = 15.0  # a cold start and the self-check
BUSY_STATUS = 432
URLS = {"bot": "BOT_URL", "gateway": "LINK_BASE_URL"}


class NotAnswered(Exception):
    """Report that a function gave no report; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.name)
        self.finding = finding


def check(environ: Environ) -> Iterator[Finding]:
    """Ask all three functions, then delete what their checks have left in the bucket."""
    try:
        runtime = python_runtime(environ)
    except NotSet as error:
        yield wrong("self-checks", str(error), "Set it in .env, or leave it out.")
        return
    for function in ("bot", "gateway", "worker"):
        try:
            report = ask(function, environ)
        except NotAnswered as why:
            yield why.finding
        else:
            yield from judge(report, runtime=runtime)
    yield from _tidy(environ)


def ask(function: str, environ: Environ) -> Report:
    """Ask a function for its report. Raises ``NotAnswered``."""
    return _ask_worker(environ) if function == "worker" else _ask_web(function, environ)


# --- asking


def _ask_web(function: str, environ: Environ) -> Report:
    variable, name = URLS[function], f"{function}: self-check"
    url, given = environ.get(variable, ""), environ.get("LINK_SECRETS", "")
    if not url or not given:
        missing = "LINK_SECRETS" if url else variable
        raise NotAnswered(skipped(name, f"{missing} is not set", "python -m infra.deploy apply"))
    header = signed(given.split(",")[0].strip(), function, now=time.time())
    try:
        answer = requests.get(
            f"{url}{PATH}", headers={HEADER: header}, timeout=TIMEOUT_S, allow_redirects=False
        )
    except requests.RequestException as error:
        said = f"no answer from {variable} ({type(error).__name__})"
        do = f"See that {variable} is the function URL, and that it is open to the internet."
        raise NotAnswered(wrong(name, said, do)) from None
    for finding in not_the_function(name, function, answer):
        raise NotAnswered(finding)
    if answer.status_code == 404:
        said = "it does not know our signature, is older than this doctor, or not the " + function
        do = f"Deploy with the LINK_SECRETS that you have here: {DEPLOY}"
        raise NotAnswered(wrong(name, said, do))
    if answer.status_code == 429:
        raise NotAnswered(skipped(name, "somebody else asks it just now", "Run it again."))
    return _read(answer.content, name, function)


def _ask_worker(environ: Environ) -> Report:
    name = "worker: self-check"
    try:
        cloud, deployed = connect(environ), read_deployment(SERVERLESS_YML, environ)
        result = invoked(cloud, deployed.functions["worker"].name)
    except (NotSet, DeploymentError) as error:
        raise NotAnswered(skipped(name, str(error))) from None
    except CallFailed as error:
        raise NotAnswered(wrong(name, str(error), error.remedy)) from None
    except NotThere as error:
        raise NotAnswered(wrong(name, f"it is not there ({error})", DEPLOY)) from None
    if result.get("InvokeResult") == BUSY_STATUS:
        busy = skipped(name, "it is at work, and there is one of it", "Run the doctor again later.")
        raise NotAnswered(busy)
    if result.get("ErrMsg"):
        # The last line of a traceback names the error; a ConfigError's names the variable.
        said = str(result["ErrMsg"]).strip().splitlines()[-1][:200]
        do = "Read the log of backdrop-worker."
        raise NotAnswered(wrong(name, f"it could not answer: {said}", do))
    return _read(str(result.get("RetMsg") or "").encode(), name, "worker")


def invoked(cloud: Cloud, name: str) -> Mapping[str, Any]:
    """Invoke an event function, wait, and return its ``Result``. Raises as ``Cloud.scf`` does."""
    answer = cloud.scf(
        "Invoke",
        FunctionName=name,
        InvocationType="RequestResponse",
        ClientContext=json.dumps(EVENT),
    )
    result: Mapping[str, Any] = answer.get("Result") or {}
    return result


def _read(body: bytes, name: str, function: str) -> Report:
    try:
        report = msgspec.json.decode(body, type=Report)
    except msgspec.MsgspecError:
        said = "it answers something else: the package in the cloud is older than this doctor"
        raise NotAnswered(wrong(name, said, DEPLOY)) from None
    if report.function != function:
        said = f"{report.function} answers in its place"
        raise NotAnswered(wrong(name, said, f"See that {URLS.get(function)} is its URL."))
    return report


# --- afterwards


def _tidy(environ: Environ) -> Iterator[Finding]:
    """Delete what is left below ``doctor/``: by a check that broke off, or with too many rights."""
    try:
        bucket = operator_bucket(environ)
        left = [row.key for row in bucket.list(DOCTOR)]
        for key in left:
            bucket.delete(key)
    except (NotSet, ConfigError):
        return
    except (BucketUnavailable, KeysExpired) as error:
        yield skipped("self-checks", f"cannot see whether anything is left ({error})")
