"""Check a function from inside, for ``python -m infra.doctor``.

A report says what cannot be seen from outside: which Python and C library the function runs on,
where its role's keys come from, what its role may really do, whether it reaches Slack, COS and
aiart, and whether its clock is right. It holds facts only, and nothing secret;
``infra.doctor.self_checks`` judges them. Objects written for a check lie below ``doctor/`` and are
deleted again. A web function is asked by HTTP (``functions.web.self_check``), the worker is invoked
with ``EVENT``.
"""

import hashlib
import json
import platform
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from functions.jobs.bucket import (
    Bucket,
    BucketConfig,
    BucketUnavailable,
    KeyExists,
    KeyMissing,
    Keys,
    KeysExpired,
)
from functions.jobs.bucket_layout import DOCTOR

ELSEWHERE = f"{DOCTOR}elsewhere/"
EVENT = {"Type": "SelfCheck"}  # what the worker is invoked with; a timer's has the Type "Timer"
# All of it has to fit into the bot's ten seconds, a cold start included.
LIMIT_S, CALL_S = 6.0, 2.0
CODE = Path(__file__).resolve().parents[1]
OWN = ("bot", "functions")
T = TypeVar("T")


class ServiceCall(msgspec.Struct, frozen=True):
    """Hold the result of calling a service: how long connecting and answering took, and its clock.

    ``said`` is ``ok``, Slack's error, the code with which aiart refused, or an exception's type.
    ``clock_off_s`` says how far our clock is ahead of the service's; None if that is unknown.
    """

    said: str
    connect_ms: int = 0
    call_ms: int = 0
    clock_off_s: float | None = None
    request_id: str = ""


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hold what one function found about itself; what it does not use stays None.

    ``code`` is ``fingerprint``'s. ``keys`` says where the role's keys came from: ``headers``,
    ``environment`` or ``none``. ``bucket`` has the outcome of each call (``came_of``) by its name.
    ``trouble`` says why nothing could be checked.
    """

    function: str
    python: str
    glibc: str
    code: str
    keys: str
    heic: bool | None = None
    bucket: Mapping[str, str] = {}
    cos: ServiceCall | None = None
    slack: ServiceCall | None = None
    aiart: ServiceCall | None = None
    took_ms: int = 0
    trouble: str = ""


class Parts(msgspec.Struct, frozen=True):
    """Hold what a function uses, to be checked. ``listed`` is a prefix that its role may list.

    ``slack``: the Web API's address and the bot's token. ``aiart`` makes a call that is refused for
    free, and gives the vendor's code and RequestId. ``heic`` says whether a HEIC photo can be read.
    """

    function: str
    bucket: BucketConfig
    listed: str
    slack: tuple[str, str] | None = None
    aiart: Callable[[Keys], tuple[str, str]] | None = None
    heic: Callable[[], bool] | None = None


def empty_report(function: str, *, keys: str, trouble: str = "") -> Report:
    """Make a report of what is known without calling any service."""
    return Report(
        function=function,
        python=platform.python_version(),
        glibc=" ".join(platform.libc_ver()),
        code=fingerprint(),
        keys=keys,
        trouble=trouble,
    )


def fingerprint(root: Path = CODE) -> str:
    """Hash the names and bytes of our source files, to tell one version from another."""
    digest = hashlib.sha256()
    for part in OWN:
        for file in sorted((root / part).rglob("*.py")):
            digest.update(f"{file.relative_to(root).as_posix()}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def look(parts: Parts, keys: Keys | None, *, way: str) -> Report:
    """Check all parts at once, within ``LIMIT_S``; without ``keys``, only those that need none.

    ``way`` says where the keys came from (``Report.keys``).
    """
    started = time.monotonic()
    tries: dict[str, Callable[[], object]] = {
        "cos": lambda: reach(f"{parts.bucket.scheme}://{parts.bucket.host}/")
    }
    if keys:
        bucket = Bucket(msgspec.structs.replace(parts.bucket, timeout_s=CALL_S, retries=0), keys)
        tries["inside"] = lambda: inside(bucket, parts)
        tries["outside"] = lambda: outside(bucket)
    if parts.slack:
        api_url, token = parts.slack
        tries["slack"] = lambda: reach(f"{api_url}auth.test", token=token)
    if parts.aiart and keys:
        call = parts.aiart
        tries["aiart"] = lambda: _refused_for_free(lambda: call(keys))
    if parts.heic:
        tries["heic"] = parts.heic
    found = _side_by_side(tries)
    return msgspec.structs.replace(
        empty_report(parts.function, keys=way),
        heic=_of_type(found.get("heic"), bool),
        bucket={**_bucket(found, "inside"), **_bucket(found, "outside")},
        took_ms=_ms_since(started),
        **{name: _reached(found[name]) for name in ("cos", "slack", "aiart") if name in found},
    )


def _side_by_side(tries: Mapping[str, Callable[[], object]]) -> dict[str, object]:
    """Call all at once. Give each one's result, its exception, or a ``TimeoutError``."""
    pool = ThreadPoolExecutor(len(tries), "self-check")
    futures = {name: pool.submit(one) for name, one in tries.items()}
    wait(futures.values(), timeout=LIMIT_S)
    pool.shutdown(wait=False, cancel_futures=True)
    return {name: _outcome(one) for name, one in futures.items()}


def _outcome(future: "Future[object]") -> object:
    if not future.done():
        return TimeoutError()
    return future.exception() or future.result()


def _of_type(value: object, kind: type[T]) -> T | None:
    return value if isinstance(value, kind) else None


def _reached(value: object) -> ServiceCall:
    return value if isinstance(value, ServiceCall) else ServiceCall(type(value).__name__)


def _bucket(found: Mapping[str, object], part: str) -> Mapping[str, str]:
    value = found.get(part)
    if isinstance(value, Mapping):
        return value
    return {part: type(value).__name__} if part in found else {}


# --- the bucket


def inside(bucket: Bucket, parts: Parts) -> dict[str, str]:
    """Try each call where the role may do it, give its outcome by name, and delete the object."""
    key = f"{DOCTOR}{parts.function}/{secrets.token_hex(8)}"
    said = {"put": came_of(lambda: _put(bucket, key))}
    if said["put"] != "done":
        return {**said, **_wrong_role(bucket, parts)}
    try:
        said["put again"] = came_of(lambda: _put(bucket, key))
        said["get"] = came_of(lambda: bucket.get(key))
        said["get missing"] = came_of(lambda: bucket.get(f"{key}-missing"))
        said["list"] = came_of(lambda: next(bucket.list(parts.listed), None))
    finally:
        said["delete"] = came_of(lambda: bucket.delete(key))
    return said


def _wrong_role(bucket: Bucket, parts: Parts) -> dict[str, str]:
    """Find out whose role this is, if it may write where another function's role may."""
    for other in ("bot", "gateway", "worker"):
        key = f"{DOCTOR}{other}/{secrets.token_hex(8)}"
        if other != parts.function and came_of(lambda key=key: _put(bucket, key)) == "done":  # type: ignore[misc]
            came_of(lambda key=key: bucket.delete(key))  # type: ignore[misc]
            return {"role of": other}
    return {}


def outside(bucket: Bucket) -> dict[str, str]:
    """Try each call where no function's role may do it, and give its outcome by name."""
    key = f"{ELSEWHERE}{secrets.token_hex(8)}"
    said = {
        "put outside": came_of(lambda: _put(bucket, key)),
        "get outside": came_of(lambda: bucket.get(key)),
        "list outside": came_of(lambda: next(bucket.list(ELSEWHERE), None)),
    }
    said["delete outside"] = came_of(lambda: bucket.delete(key))
    return said


def _put(bucket: Bucket, key: str) -> None:
    bucket.put(key, b"doctor", content_type="text/plain", create_only=True)


def came_of(call: Callable[[], object]) -> str:
    """Make the call and name its outcome.

    It is ``done``, ``missing``, ``taken`` (409), ``refused`` (403), ``keys over (<code>)``, or the
    text of ``BucketUnavailable``.
    """
    try:
        call()
    except KeyMissing:
        return "missing"
    except KeyExists:
        return "taken"
    except KeysExpired as error:
        return f"keys over ({error})"
    except BucketUnavailable as error:
        return "refused" if str(error) == "403 AccessDenied" else str(error)
    return "done"


# --- the services


def reach(url: str, *, token: str = "") -> ServiceCall:
    """Connect to ``url`` and ask once, with the connection and the answer timed.

    With a ``token`` it is a method of Slack's Web API, and ``said`` tells if Slack accepts it.
    """
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=CALL_S)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        started = time.monotonic()
        connection.connect()
        connect_ms, asked_at = _ms_since(started), time.time()
        started = time.monotonic()
        connection.request("POST" if token else "GET", parts.path, headers=headers)
        answer = connection.getresponse()
        body = answer.read(65_536)
        call_ms = _ms_since(started)
    except (OSError, HTTPException) as error:
        return ServiceCall(type(error).__name__)
    finally:
        connection.close()
    return ServiceCall(
        _slack_said(body) if token else "ok",
        connect_ms,
        call_ms,
        _clock_off_s(answer.getheader("date", ""), asked_at + call_ms / 2000),
    )


def _slack_said(body: bytes) -> str:
    try:
        answer = json.loads(body)
        return "ok" if answer["ok"] else str(answer["error"])[:80]
    except (ValueError, KeyError, TypeError):
        return "an answer that is not Slack's"


def _clock_off_s(date: str, now: float) -> float | None:
    """Give how far ``now`` is ahead of a Date header; None if that cannot be read.

    The header has whole seconds: half a second has passed since, on average.
    """
    try:
        return round(now - parsedate_to_datetime(date).timestamp() - 0.5, 1)
    except ValueError:
        return None


def _refused_for_free(call: Callable[[], tuple[str, str]]) -> ServiceCall:
    started = time.monotonic()
    code, request_id = call()
    return ServiceCall(code, call_ms=_ms_since(started), request_id=request_id)


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
