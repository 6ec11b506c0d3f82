"""Check the bucket by using it as the product does, and check its settings."""

import secrets
from collections.abc import Iterator

from functions.environment import ConfigError
from functions.jobs.bucket import Bucket, BucketConfig, BucketUnavailable, KeyExists, KeysExpired
from functions.jobs.bucket_layout import DOCTOR
from infra.deploy import bucket as wanted
from infra.deploy.changes import CallFailed
from infra.deploy.cloud import Cloud, NotThere, connect, operator_keys, operator_place
from infra.doctor.finding import Environ, Finding, ok, skipped, wrong
from infra.dotenv import NotSet

TIMEOUT_S = 10.0


def check(environ: Environ) -> Iterator[Finding]:
    """Write, write again, read and delete; then check versioning, access and lifecycle."""
    try:
        own, cloud = operator_bucket(environ), connect(environ)
        kept = wanted.retention(environ)
    except (NotSet, ConfigError) as error:
        yield skipped("bucket", str(error))
        return
    key = f"{DOCTOR}{secrets.token_hex(8)}"
    try:
        own.put(key, b"doctor", content_type="text/plain", create_only=True)
    except (BucketUnavailable, KeysExpired) as error:
        yield wrong(
            "bucket",
            f"cannot be written to ({error})",
            "Check COS_BUCKET (NAME-APPID), COS_REGION and that your keys may write there.",
        )
        return
    yield ok("bucket", f"{cloud.bucket} can be written to")
    try:
        yield from _create_only(own, key)
        yield from _configuration(cloud, kept)
    finally:
        own.delete(key)


def operator_bucket(environ: Environ) -> Bucket:
    """Open the bucket with the operator's keys. Raises ``NotSet``."""
    keys, (name, region) = operator_keys(environ), operator_place(environ)
    place = BucketConfig(
        name=name,
        region=region,
        endpoint=environ.get("COS_ENDPOINT", ""),
        timeout_s=TIMEOUT_S,
    )
    return Bucket(place, keys)


def _create_only(own: Bucket, key: str) -> Iterator[Finding]:
    try:
        own.put(key, b"again", content_type="text/plain", create_only=True)
    except KeyExists:
        yield ok("create-only", "a second write to a key is refused")
        return
    except BucketUnavailable as error:
        yield wrong("create-only", f"the second write failed otherwise ({error})", "Run it again.")
        return
    yield wrong(
        "create-only",
        "a second write to a key went through: jobs would be doubled",
        "The bucket's versioning is or was on. Make a new bucket and set COS_BUCKET to it.",
    )


def _configuration(cloud: Cloud, kept: wanted.Retention) -> Iterator[Finding]:
    try:
        differences = list(wanted.changes(cloud, kept))
    except (CallFailed, NotThere) as error:
        do = error.remedy if isinstance(error, CallFailed) else "Check COS_BUCKET."
        yield wrong("bucket settings", str(error), do)
        return
    for one in differences:
        do = one.remedy or "python -m infra.deploy apply"
        yield wrong("bucket settings", f"{one.what}: {one.now}, should be {one.wanted}", do)
    if not differences:
        yield ok("bucket settings", "private, never versioned, with its lifecycle")
