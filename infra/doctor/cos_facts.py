"""Find out by calls below ``doctor/`` how COS behaves where its documents say nothing."""

import secrets
from concurrent.futures import ThreadPoolExecutor

from functions.jobs.bucket import Bucket, KeyExists
from functions.jobs.bucket_layout import DOCTOR
from functions.self_check import Report
from infra.deploy.changes import CallFailed
from infra.deploy.cloud import NotThere, connect
from infra.doctor.finding import Environ
from infra.doctor.measured import AboutCos

AT_ONCE = 8


def about_cos(environ: Environ, bucket: Bucket, worker: Report) -> AboutCos:
    """Find out how the bucket behaves; ``worker`` is the worker's report of itself.

    Raises ``BucketUnavailable`` and ``KeysExpired``.
    """
    key = f"{DOCTOR}{secrets.token_hex(8)}"
    bucket.put(key, b"doctor", content_type="text/plain")
    try:
        return AboutCos(
            missing_key_status=_missing_status(worker),
            put_if_match=_refuses(environ, key, IfMatch='"not-its-etag"'),
            put_if_none_match=_refuses(environ, key, IfNoneMatch="*"),
            simultaneous_creates=(AT_ONCE, _created(bucket, f"{key}-race")),
            forces_download=_forces_download(environ, key),
        )
    finally:
        bucket.delete(key)


def _missing_status(report: Report) -> int | None:
    """Give the status of a GET for a missing key with the role's keys, which may not list there."""
    return {"missing": 404, "refused": 403}.get(report.bucket.get("get missing", ""))


def _refuses(environ: Environ, key: str, **condition: str) -> bool | None:
    """Say whether COS refuses a PUT whose condition does not hold; None if that is unclear."""
    try:
        connect(environ).cos("put_object", Key=key, Body=b"again", **condition)
    except CallFailed as error:
        return True if "PreconditionFailed" in str(error) else None
    except NotThere:
        return None
    return False


def _created(bucket: Bucket, key: str) -> int:
    """Count how many of several simultaneous create-only PUTs succeed: it should be one."""

    def put(number: int) -> bool:
        try:
            bucket.put(key, f"{number}".encode(), content_type="text/plain", create_only=True)
        except KeyExists:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = sum(pool.map(put, range(AT_ONCE)))
    bucket.delete(key)
    return done


def _forces_download(environ: Environ, key: str) -> bool | None:
    try:
        headers = connect(environ).cos("head_object", Key=key)
    except (CallFailed, NotThere):
        return None
    names = {str(name).lower() for name in headers}
    return "x-cos-force-download" in names
