"""Keep the bucket private and unversioned, and let its objects expire when they are of no use."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from functions.config import SETTINGS_TOML, Choices
from functions.environment import ConfigError, chosen
from functions.jobs.bucket_layout import (
    CALLBACKS,
    DAYS,
    DOCTOR,
    DONE,
    LOGOS,
    PEOPLE,
    PHOTOS,
    QUOTA,
    REQUESTS,
    RESULTS,
    SCENES,
    SETTINGS,
    STATE,
    STEPS,
    SUMMARIES,
    THREADS,
    TOMBSTONES,
    UNMARKED,
    UPLOADS,
    WEBHOOKS,
)
from infra.deploy.changes import Change
from infra.deploy.cloud import Cloud, NotThere
from infra.dotenv import NotSet

OURS = "backdrop-"  # begins the ids of our lifecycle rules; others are left alone
DONE_LONGER = 30  # days beyond the pictures: an event delivered late must still find its job
ABORT = "AbortIncompleteMultipartUpload"  # 436/8280
UNFINISHED = "unfinished uploads"  # of zips: those that no worker has aborted
UNFINISHED_DAYS = 1  # packing takes minutes
FOREVER = {
    TOMBSTONES: "what was deleted stays deleted",
    SETTINGS: "what people chose stays chosen",
    SCENES: "what people saved stays until they delete it",
    LOGOS: "what scenes, and pictures that are asked for again, still need (infra.jobs logos)",
    STATE: "a few small objects, such as aiart's pace and the worker's sign of life",
}
Rule = dict[str, Any]


class Retention(NamedTuple):
    """Hold the days for which pictures are kept (0: for ever).

    ``unmarked_days`` is for the records of who got pictures without a visible mark.
    """

    days: int
    unmarked_days: int = Choices().unmarked_record_days


def retention(environ: Mapping[str, str]) -> Retention:
    """Read RETENTION_DAYS, 0 by default, and ``unmarked_record_days`` of settings.toml.

    Raises ``NotSet`` for anything that is not 0 or 7 to 3650, and for a file with a mistake.
    """
    given = environ.get("RETENTION_DAYS", "0")
    if not given.isdecimal() or not (int(given) == 0 or 7 <= int(given) <= 3650):
        raise NotSet("RETENTION_DAYS should be a whole number from 7 to 3650, or 0 for ever")
    try:
        choices = chosen(Choices, SETTINGS_TOML, environ)
    except ConfigError as error:
        raise NotSet(str(error)) from error
    return Retention(int(given), choices.unmarked_record_days)


def lifetimes(days: int, unmarked_days: int = Retention(0).unmarked_days) -> dict[str, int]:
    """Give the days until objects expire, by prefix; the arguments are those of a ``Retention``.

    Objects below a prefix of ``FOREVER`` never expire. With ``days`` 0, pictures and the records of
    their jobs do not either.
    """
    # These expire together: Again and Cut-out need all of them, and without the pictures a history
    # or a thread's newest picture is of no use.
    pictures = (
        PHOTOS,
        RESULTS,
        STEPS,
        PEOPLE,
        THREADS,
        WEBHOOKS,
    )
    return {
        **({**dict.fromkeys(pictures, days), DONE: days + DONE_LONGER} if days else {}),
        # A job ends within a day; what is older belongs to nothing that still runs.
        REQUESTS: 30,
        CALLBACKS: 30,
        UPLOADS: 7,  # written before its request: without one, nothing else deletes it
        # So that a whole month can be looked at; quotas only count on their own day.
        QUOTA: 40,
        DAYS: 40,
        SUMMARIES: 40,
        UNMARKED: unmarked_days,
        DOCTOR: 1,  # infra.doctor deletes its own objects, unless it is interrupted
    }


def changes(cloud: Cloud, kept: Retention) -> Iterator[Change]:
    """List the differences between the bucket and how it should be; create it if it is missing."""
    if not _exists(cloud):
        yield Change(
            what=f"bucket {cloud.bucket} in {cloud.region}",
            now="not there",
            wanted="there, private",
            make=lambda: cloud.cos("create_bucket", ACL="private"),
        )
        if not _exists(cloud):  # the change was only shown, not made
            return
    yield from _versioning(cloud)
    yield from _privacy(cloud)
    yield from _lifecycle(cloud, kept)


def _exists(cloud: Cloud) -> bool:
    """Say whether the bucket exists. It asks by GET, whose refusal says why; a HEAD's does not."""
    try:
        cloud.cos("get_bucket_versioning")
    except NotThere:
        return False
    return True


def _versioning(cloud: Cloud) -> Iterator[Change]:
    status = cloud.cos("get_bucket_versioning").get("Status", "")
    if status:
        yield Change(
            what="bucket versioning",
            now=status,
            wanted="never enabled",
            remedy=(
                "Create-only writes fail in a bucket whose versioning was ever on, and it cannot "
                "be undone: make a new bucket, set COS_BUCKET to it, and deploy again."
            ),
            stops=True,
        )


def _privacy(cloud: Cloud) -> Iterator[Change]:
    grants = cloud.cos("get_bucket_acl")["AccessControlList"]["Grant"]
    everybody = [
        one["Permission"] for one in grants if "AllUsers" in str(one["Grantee"].get("URI", ""))
    ]
    if everybody:
        yield Change(
            what="bucket access",
            now=f"everybody may {', '.join(everybody)}",
            wanted="private",
            make=lambda: cloud.cos("put_bucket_acl", ACL="private"),
        )


def _lifecycle(cloud: Cloud, kept: Retention) -> Iterator[Change]:
    found = _rules(cloud)
    others = [rule for rule in found if not str(rule.get("ID", "")).startswith(OURS)]
    now = {_subject(rule): _days(rule) for rule in found if rule not in others}
    wanted = {**lifetimes(*kept), UNFINISHED: UNFINISHED_DAYS}
    if now != wanted:
        rules = [*others, *(_rule(subject, days) for subject, days in wanted.items())]
        yield Change(
            what="bucket lifecycle",
            now=_spelled(now),
            wanted=_spelled(wanted),
            make=lambda: cloud.cos("put_bucket_lifecycle", LifecycleConfiguration={"Rule": rules}),
        )


def _rules(cloud: Cloud) -> list[Rule]:
    try:
        rules: list[Rule] = cloud.cos("get_bucket_lifecycle").get("Rule", [])
    except NotThere:
        return []
    return rules


def _subject(rule: Rule) -> str:
    """Name the subject of a rule: a prefix, or unfinished uploads."""
    prefix = str((rule.get("Filter") or {}).get("Prefix", ""))
    return UNFINISHED if ABORT in rule and prefix == RESULTS else prefix


def _days(rule: Rule) -> int:
    """Read a rule's days; 0 for a disabled one, so that it shows as a difference."""
    if rule.get("Status") != "Enabled":
        return 0
    if ABORT in rule:
        return int(rule[ABORT].get("DaysAfterInitiation", 0))
    return int((rule.get("Expiration") or {}).get("Days", 0))


def _rule(subject: str, days: int) -> Rule:
    if subject == UNFINISHED:
        return {
            "ID": f"{OURS}unfinished",
            "Filter": {"Prefix": RESULTS},
            "Status": "Enabled",
            ABORT: {"DaysAfterInitiation": days},
        }
    prefix = subject
    return {
        "ID": f"{OURS}{prefix.rstrip('/')}",
        "Filter": {"Prefix": prefix},
        "Status": "Enabled",
        "Expiration": {"Days": days},
    }


def _spelled(lifetimes_days: Mapping[str, int]) -> str:
    rows = (f"{prefix} {days} d" for prefix, days in sorted(lifetimes_days.items()))
    return ", ".join(rows) or "nothing expires"
