"""Judge a function's report of itself: its runtime, package, keys, rights, network and clock."""

from collections.abc import Iterator

from functions.self_check import Report, ServiceCall, fingerprint
from infra.doctor import aiart
from infra.doctor.finding import Finding, ok, skipped, wrong

CLOCK_WARN_S = 60
BOT_WAITS_MS = 1500  # the bot's own limit for a call of Slack's
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


def judge(report: Report, *, runtime: str) -> Iterator[Finding]:
    """Give a finding for each thing that the function has checked.

    ``runtime`` is the Python that it should have, such as 3.10.
    """
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


def _to_slack(function: str, slack: ServiceCall) -> Finding:
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


def _service(name: str, reached: ServiceCall, do: str) -> Finding:
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
