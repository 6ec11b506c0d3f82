"""Check the two web functions from outside: their URLs, and whether their secrets are ours."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import requests

from functions.environment import ConfigError
from functions.gateway.picture_links import DELETED, NOT_OURS
from functions.jobs.bucket import Bucket, BucketUnavailable, KeysExpired
from functions.jobs.bucket_layout import TOMBSTONES
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from infra.doctor.cos import operator_bucket
from infra.doctor.finding import Environ, Finding, ok, skipped, warning, wrong
from infra.doctor.platform import not_the_function
from infra.dotenv import NotSet

TIMEOUT_S = 15.0  # a cold start included
SLACK_WAITS_S = 3.0
JOB_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # of a random id, which no job has
FUNCTION_URLS = (".tencentscf.com",)
FORGED = {"X-Scf-Secret-Id": "AKIDforged", "X-Scf-Secret-Key": "forged"}


def check_bot(environ: Environ) -> Iterator[Finding]:
    """Send the bot Slack's URL verification, signed with our secret and then with a wrong one."""
    url, secret = environ.get("BOT_URL", ""), environ.get("SLACK_SIGNING_SECRET", "")
    if not url or not secret:
        missing = "SLACK_SIGNING_SECRET" if url else "BOT_URL"
        yield skipped("bot", f"{missing} is not set (infra.deploy says it after the first deploy)")
        return
    try:
        requests.get(f"{url}/healthz", timeout=TIMEOUT_S)  # so that no cold start is measured
        started = time.monotonic()
        signed, challenge = _challenge(url, secret)
        took_s = time.monotonic() - started
        forged, _ = _challenge(url, "0" * 32)
    except requests.RequestException as error:
        yield _unreachable("bot", "BOT_URL", error)
        return
    if found := list(not_the_function("bot", "bot", signed)):
        yield from found
        return
    if signed.status_code == 401:
        yield wrong(
            "bot",
            "refuses our signature: it was deployed with another SLACK_SIGNING_SECRET",
            "Run `scf deploy` with the secret that Slack shows now.",
        )
    elif signed.status_code != 200 or challenge not in signed.text:
        yield wrong("bot", f"answered {signed.status_code}", "Read the log of backdrop-bot.")
    elif forged.status_code != 401:
        yield wrong("bot", "takes what Slack has not signed", "Deploy the current package.")
    elif took_s > SLACK_WAITS_S:
        yield wrong(
            "bot",
            f"answered after {took_s:.1f} s; Slack waits {SLACK_WAITS_S:.0f} s",
            "Choose a region nearer to Slack, see infra/README.md.",
        )
    else:
        yield ok("bot", f"answers what Slack signs, and only that, in {took_s:.2f} s")


def _challenge(url: str, secret: str) -> tuple[requests.Response, str]:
    word, now = secrets.token_hex(8), str(int(time.time()))
    body = json.dumps({"type": "url_verification", "challenge": word})
    signed = hmac.new(secret.encode(), f"v0:{now}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": f"v0={signed}",
    }
    return requests.post(f"{url}/slack/events", body, headers=headers, timeout=TIMEOUT_S), word


def check_links(environ: Environ) -> Iterator[Finding]:
    """Follow a link to a picture with a tombstone: only with a right signature is it "deleted".

    The gateway has to read the bucket to answer so, which shows that its role's keys work.
    """
    base, given = environ.get("LINK_BASE_URL", ""), environ.get("LINK_SECRETS", "")
    if not base or not given:
        missing = "LINK_SECRETS" if base else "LINK_BASE_URL"
        yield skipped("links", f"{missing} is not set (infra.deploy says it after a deploy)")
        return
    yield from _lasting(base)
    try:
        bucket = operator_bucket(environ)
    except (NotSet, ConfigError) as error:
        yield skipped("links", str(error))
        return
    job_id = "".join(secrets.choice(JOB_ID_LETTERS) for _ in range(20))
    ledger = Ledger(bucket)
    try:
        ledger.add_tombstone(job_id, why="delete", by="doctor")
    except (BucketUnavailable, KeysExpired) as error:
        yield skipped("links", f"the bucket cannot be written to ({error})")
        return
    try:
        link = Links(base, [given.split(",")[0].strip()]).picture(job_id, "preview.jpg")
        another = Links(base, [secrets.token_hex(16)]).picture(job_id, "preview.jpg")
        yield from _round_trip(link, another)
    finally:
        _tidy(bucket, job_id)


def _lasting(base: str) -> Iterator[Finding]:
    """Warn of links to a function URL: they all break when the function or region changes."""
    if (urlsplit(base).hostname or "").endswith(FUNCTION_URLS):
        yield warning(
            "links' address",
            "LINK_BASE_URL is a function URL: every link in every thread dies with that function",
            "Put it on a domain of your own before people rely on links: see infra/README.md.",
        )


def _tidy(bucket: Bucket, job_id: str) -> None:
    for row in list(bucket.list(f"{TOMBSTONES}{job_id}")):
        bucket.delete(row.key)


def _round_trip(link: str, forged_link: str) -> Iterator[Finding]:
    """Follow the link, one with a wrong signature, and the link with forged keys in headers."""
    try:
        plain, control, forged = _got(link), _got(forged_link), _got(link, FORGED)
    except requests.RequestException as error:
        yield _unreachable("links", "LINK_BASE_URL", error)
        return
    found = list(_about_links(plain, control))
    yield from found
    if any(one.state != "ok" for one in found):
        yield skipped("gateway's keys", "the link has to work first")
    elif (forged.status_code, forged.text) == (410, DELETED):
        yield ok("gateway's keys", "they work, and a caller's own X-Scf headers are ignored")
    else:
        yield wrong(
            "gateway's keys",
            f"a caller's own X-Scf headers reach the function (answered {forged.status_code})",
            "Harmless: they only spoil the caller's own request. But tell Tencent's support, and "
            "rely on nothing in those headers.",
        )


def _got(link: str, headers: Mapping[str, str] | None = None) -> requests.Response:
    return requests.get(link, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)


def _about_links(plain: requests.Response, control: requests.Response) -> Iterator[Finding]:
    """Judge the answers to the link (``plain``) and to the wrongly signed one (``control``).

    The text counts, not only the status: SCF answers 410, too, for an account in arrears.
    """
    if found := list(not_the_function("links", "gateway", plain)):
        yield from found
    elif plain.status_code == 410 and plain.text != DELETED:
        yield _stranger(plain)
    elif plain.status_code == 410 and (control.status_code, control.text) != (404, NOT_OURS):
        yield wrong(
            "links",
            f"a link with a wrong signature is answered {control.status_code} and not 404",
            "See that LINK_BASE_URL is the gateway's, and deploy the current package.",
        )
    else:
        yield _by_status(plain.status_code)


def _by_status(status: int) -> Finding:
    if status == 410:
        return ok("links", "a signed link reaches the gateway, and the gateway the bucket")
    if status == 404:
        return wrong(
            "links",
            "the gateway does not know our signature, or this is not the gateway",
            "Deploy with the LINK_SECRETS that you have here; see that LINK_BASE_URL is the "
            "gateway's function URL and not the bot's.",
        )
    if status in {500, 503}:
        return wrong(
            "links",
            f"the gateway does not reach the bucket (answered {status})",
            "Give it its role and policy: python -m infra.deploy apply; then read its log.",
        )
    return wrong("links", f"answered {status}", "Read the log of backdrop-gateway.")


def _stranger(answer: requests.Response) -> Finding:
    return wrong(
        "links",
        f"somebody else answers {answer.status_code} at LINK_BASE_URL",
        "See that it is the gateway's function URL, or your own domain in front of it.",
    )


def _unreachable(name: str, variable: str, error: Exception) -> Finding:
    return wrong(
        name,
        f"no answer from {variable} ({type(error).__name__})",
        f"See that {variable} is the function URL, and that it is open to the internet.",
    )
