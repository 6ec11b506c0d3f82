"""The functions' own look at themselves: each is asked, and what it reports is judged here."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import requests

from functions.environment import ConfigError
from functions.jobs.bucket import BucketUnavailable, KeysExpired
from functions.jobs.bucket_layout import DOCTOR
from functions.self_check import EVENT, HEADER, PATH, Reached, Report, fingerprint, signed
from infra.deploy.changes import CallFailed
from infra.deploy.cloud import Cloud, NotThere, connect
from infra.doctor import aiart
from infra.doctor.cos import operator_bucket
from infra.doctor.finding import Environ, Finding, ok, skipped, wrong
from infra.doctor.platform import not_the_function
from infra.dotenv import SERVERLESS_YML, NotSet, python_runtime
from infra.serverless_yml import DeploymentError
from infra.serverless_yml import read as read_deployment

TIMEOUT_S = 15.0  # a cold start and the look itself
CLOCK_WARN_S = 60
BOT_WAITS_MS = 1500  # the bot's own limit for a call of Slack's
BUSY_STATUS = 432
URLS = {"bot": "BOT_URL", "gateway": "LINK_BASE_URL"}
DEPLOY = "make package, then scf deploy, then python -m infra.deploy apply."
APPLY = "python -m infra.deploy apply (the policy is infra/roles/{function}.json)."
INSIDE = {
    "put": "done",
    "put again": "taken",
    "get": "done",
    "get missing": "missing",
    "list": "done",
    "delete": "done",
}
OUTSIDE = ("put outside", "get outside", "list outside", "delete outside")


class NotAnswered(Exception):
    """There is no report; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.name)
        self.finding = finding


def check(environ: Environ) -> Iterator[Finding]:
    """Ask all three, and tidy up after them."""
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
    """A function's report. Raises ``NotAnswered``."""
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
    """The ``Result`` of invoking an event function and waiting. Raises as ``Cloud.scf`` does."""
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


# --- judging


def judge(report: Report, *, runtime: str) -> Iterator[Finding]:
    """A finding for each thing that the function has looked at."""
    function = report.function
    yield _runtime(report, runtime)
    yield _code(report)
    if report.trouble:
        do = "Set it in .env (or give the function its role), then scf deploy."
        yield wrong(f"{function}: start", report.trouble, do)
    yield from _keys(report)
    yield from _rights(report)
    yield from _outside(report)
    if report.heic is not None:
        yield _heic(report.heic)
    yield from _services(report)
    yield from _clock(report)


def _runtime(report: Report, wanted: str) -> Finding:
    name = f"{report.function}: runtime"
    if report.python.startswith(f"{wanted}."):
        return ok(name, f"Python {report.python}, {report.glibc or 'a C library without a name'}")
    return wrong(
        name,
        f"runs on Python {report.python}, the package is for {wanted}",
        "A deploy never changes the runtime of a function that exists: python -m infra.deploy "
        "apply does, or the console.",
    )


def _code(report: Report) -> Finding:
    name = f"{report.function}: package"
    if report.code == fingerprint():
        return ok(name, "is of the code in this folder")
    return wrong(name, "is not of the code in this folder: older, or another's", DEPLOY)


def _keys(report: Report) -> Iterator[Finding]:
    name = f"{report.function}: keys"
    over = next((said for said in report.bucket.values() if said.startswith("keys over")), "")
    if report.keys == "none":
        yield wrong(
            name,
            "none, neither with requests nor in the environment",
            f"Give {report.function} its role (python -m infra.deploy apply, then scf deploy).",
        )
    elif over:
        yield wrong(
            name,
            f"from its {report.keys}, and COS does not take them: {over}",
            f"Run the doctor again in a minute; if it stays, deploy backdrop-{report.function} "
            "again, and see that its clock is right (below).",
        )
    else:
        yield ok(name, f"from its {report.keys}")


def _rights(report: Report) -> Iterator[Finding]:
    name, said = f"{report.function}: bucket", report.bucket
    if "put" not in said and "inside" not in said:
        return
    off = {call: said[call] for call in INSIDE if call in said and said[call] != INSIDE[call]}
    if "inside" in said:
        yield wrong(name, f"no answer ({said['inside']})", "Look at the region's COS status.")
    elif not off:
        yield ok(name, "put, get, list and delete go through; a second put is refused")
    for call, came in off.items():
        if not came.startswith("keys over"):  # said above
            yield wrong(name, *_about_call(report, call, came))


def _about_call(report: Report, call: str, came: str) -> tuple[str, str]:
    function, apply = report.function, APPLY.format(function=report.function)
    if call == "put again" and came == "done":
        return (
            "a second put to a key went through: jobs would be doubled",
            "The bucket's versioning is or was on. Make a new bucket and set COS_BUCKET to it.",
        )
    if "NoSuchBucket" in came:
        do = "Check COS_BUCKET (NAME-APPID) and COS_REGION, then scf deploy."
        return "there is no such bucket in its region", do
    if call == "put" and "role of" in report.bucket:
        other = report.bucket["role of"]
        do = f"Set its role to Backdrop-{function.capitalize()}: scf deploy, or the console."
        return f"it has the role of the {other}", do
    if call == "get missing" and came == "refused":
        return "a key that is not there is refused instead of not found", apply
    if came == "refused":
        return f"its role may not {call} where it has to: the policy is old or missing", apply
    return f"{call}: {came}", "Look at the region's COS status; run the doctor again."


def _outside(report: Report) -> Iterator[Finding]:
    name = f"{report.function}: limits"
    tried = {call: report.bucket[call] for call in OUTSIDE if call in report.bucket}
    if not tried or any(said.startswith("keys over") for said in tried.values()):
        return
    may = [call.removesuffix(" outside") for call, said in tried.items() if _went_through(said)]
    odd = [f"{call}: {said}" for call, said in tried.items() if not _known(said)]
    if may:
        yield wrong(
            name,
            f"its role may {', '.join(may)} where it has no business",
            "Detach from the role in the CAM console what infra.deploy has not attached.",
        )
    elif odd:
        yield skipped(name, f"not to be told ({', '.join(odd)})", "Run the doctor again.")
    else:
        yield ok(name, "refused wherever the policy does not lead")


def _went_through(said: str) -> bool:
    return said in {"done", "missing", "taken"}


def _known(said: str) -> bool:
    return said == "refused"


def _heic(readable: bool) -> Finding:  # the one thing that it is about
    if readable:
        return ok("worker: HEIC", "can be read")
    return wrong(
        "worker: HEIC",
        "cannot be read: the C library is older than the decoder's",
        "Nothing to do for JPEG and PNG. People with an iPhone are asked for JPEG; see "
        "infra/README.md.",
    )


def _services(report: Report) -> Iterator[Finding]:
    function = report.function
    if report.cos:
        do = "The function has no way to COS: look at its network settings (VPC) in the console."
        yield _service(f"{function}: way to COS", report.cos, do)
    if report.slack and report.slack.said.islower() and report.slack.said != "ok":
        do = "Copy Bot User OAuth Token again into SLACK_BOT_TOKEN, then scf deploy."
        yield wrong(f"{function}: way to Slack", f"Slack says {report.slack.said}", do)
    elif report.slack:
        yield _to_slack(function, report.slack)
    if report.aiart:
        code, request_id = report.aiart.said, report.aiart.request_id
        name = f"{function}: way to aiart"
        yield aiart.meaning(code, request_id, name=name, whose="its role's")


def _to_slack(function: str, slack: Reached) -> Finding:
    name = f"{function}: way to Slack"
    whole_ms = slack.connect_ms + slack.call_ms
    if function == "bot" and slack.said == "ok" and whole_ms > BOT_WAITS_MS:
        return wrong(
            name,
            f"a call takes {whole_ms} ms; the bot waits {BOT_WAITS_MS} ms",
            "Choose a region nearer to Slack, see infra/README.md.",
        )
    do = (
        "Slack is blocked or out of reach from this region: choose another (ap-hongkong, "
        "ap-singapore), see infra/README.md; look at slack-status.com."
    )
    return _service(name, slack, do)


def _service(name: str, reached: Reached, do: str) -> Finding:
    if reached.said != "ok":
        return wrong(name, f"no answer ({reached.said})", do)
    return ok(name, f"connected in {reached.connect_ms} ms, answered in {reached.call_ms} ms")


def _clock(report: Report) -> Iterator[Finding]:
    off = {
        name: reached.clock_off_s
        for name, reached in (("COS", report.cos), ("Slack", report.slack))
        if reached and reached.clock_off_s is not None
    }
    name = f"{report.function}: clock"
    worst = max(off, key=lambda one: abs(off[one]), default="")
    if not worst:
        yield skipped(name, "nobody has told it the time", "Mend its ways to COS and Slack first.")
    elif abs(off[worst]) > CLOCK_WARN_S:
        way = "ahead of" if off[worst] > 0 else "behind"
        yield wrong(
            name,
            f"it is {abs(off[worst]):.0f} s {way} {worst}'s",
            "Signatures are refused at 300 s. Deploy again to get another machine; if it stays, "
            "ask Tencent's support.",
        )
    else:
        yield ok(name, "; ".join(f"{off[one]:+.1f} s against {one}'s" for one in off))


# --- afterwards


def _tidy(environ: Environ) -> Iterator[Finding]:
    """Take away what a function could not: one that ended in the middle, one that may too much."""
    try:
        bucket = operator_bucket(environ)
        left = [row.key for row in bucket.list(DOCTOR)]
        for key in left:
            bucket.delete(key)
    except (NotSet, ConfigError):
        return
    except (BucketUnavailable, KeysExpired) as error:
        yield skipped("self-checks", f"cannot see whether anything is left ({error})")
