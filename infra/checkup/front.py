"""The two web functions, from outside: their URLs, secrets, and how their keys reach them."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator, Mapping

import requests

from functions.jobs.bucket import Bucket, BucketTrouble, KeysExpired
from functions.jobs.ledger import TOMBSTONES, Ledger
from functions.jobs.links import Links
from functions.variables import ConfigError
from infra.checkup.cos import operator_bucket
from infra.checkup.finding import Environ, Finding, ok, skipped, wrong
from infra.operator import NotSet

TIMEOUT_S = 15.0  # a cold start included
SLACK_WAITS_S = 3.0
JOB_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # an id that no wish can have been hashed to
FORGED = {"X-Scf-Secret-Id": "AKIDforged", "X-Scf-Secret-Key": "forged"}


class NoAnswer(Exception):
    """Nothing came back."""


def check_bot(environ: Environ) -> Iterator[Finding]:
    """Slack's own first question, signed with our secret, and once more with another's."""
    url, secret = environ.get("BOT_URL", ""), environ.get("SLACK_SIGNING_SECRET", "")
    if not url or not secret:
        missing = "SLACK_SIGNING_SECRET" if url else "BOT_URL"
        yield skipped("bot", f"{missing} is not set (infra.deploy says it after the first deploy)")
        return
    try:
        requests.get(f"{url}/healthz", timeout=TIMEOUT_S)  # a cold start is not what is measured
        started = time.monotonic()
        signed, challenge = _challenge(url, secret)
        took_s = time.monotonic() - started
        forged, _ = _challenge(url, "0" * 32)
    except requests.RequestException as error:
        yield _unreachable("bot", "BOT_URL", error)
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
    """A link to a picture that we say was deleted: only a right signature gets that answer.

    The gateway must reach the bucket for it, so it also shows whether its role's keys work.
    """
    base, given = environ.get("LINK_BASE_URL", ""), environ.get("LINK_SECRETS", "")
    if not base or not given:
        missing = "LINK_SECRETS" if base else "LINK_BASE_URL"
        yield skipped("links", f"{missing} is not set (infra.deploy says it after a deploy)")
        return
    try:
        bucket = operator_bucket(environ)
    except (NotSet, ConfigError) as error:
        yield skipped("links", str(error))
        return
    job_id = "".join(secrets.choice(JOB_ID_LETTERS) for _ in range(20))
    ledger = Ledger(bucket)
    try:
        ledger.bury(job_id, why="delete", by="doctor")
    except (BucketTrouble, KeysExpired) as error:
        yield skipped("links", f"the bucket cannot be written to ({error})")
        return
    try:
        link = Links(base, [given.split(",")[0].strip()]).picture(job_id, "preview.jpg")
        yield from _round_trip(link)
    finally:
        _tidy(bucket, job_id)


def _tidy(bucket: Bucket, job_id: str) -> None:
    for row in list(bucket.list(f"{TOMBSTONES}{job_id}")):
        bucket.delete(row.key)


def _round_trip(link: str) -> Iterator[Finding]:
    try:
        plain, forged = _status(link, {}), _status(link, FORGED)
    except requests.RequestException as error:
        yield _unreachable("links", "LINK_BASE_URL", error)
        return
    yield _about_links(plain)
    if plain != 410:
        yield skipped("gateway's keys", "the link has to work first")
    elif forged == 410:
        yield ok("gateway's keys", "they work, and a caller's own X-Scf headers are ignored")
    else:
        yield wrong(
            "gateway's keys",
            f"a caller's own X-Scf headers reach the function (answered {forged})",
            "Harmless: they only spoil the caller's own request. But tell Tencent's support, and "
            "rely on nothing in those headers.",
        )


def _status(link: str, headers: Mapping[str, str]) -> int:
    answer = requests.get(link, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)
    return answer.status_code


def _about_links(status: int) -> Finding:
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


def _unreachable(name: str, variable: str, error: Exception) -> Finding:
    return wrong(
        name,
        f"no answer from {variable} ({type(error).__name__})",
        f"See that {variable} is the function URL, and that it is open to the internet.",
    )
