"""The short way to the tests' bucket ends as the way over a socket does, and is left in time."""

from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from typing import Any

import msgspec
import pytest
import requests
from qcloud_cos import CosServiceError
from requests.adapters import HTTPAdapter

from functions.jobs.bucket import Bucket, BucketConfig, BucketUnavailable, Keys
from tests.conftest import KEYS, ROLE_KEYS, Cos
from tests.jobs.driving import running_cos
from tests.near_cos import over_the_wire

Doing = Callable[[Bucket], object]
TEXT = "text/plain"
NAME = "a/b+c ü%25&d.txt"
VARIES = {"date", "ETag", "Last-Modified", "server", "x-cos-request-id"}


def put(bucket: Bucket, **more: Any) -> None:
    bucket.put(NAME, "ü".encode(), content_type=TEXT, **more)


def in_parts(bucket: Bucket) -> object:
    upload_id = bucket.begin_upload(NAME, content_type=TEXT)
    etag = bucket.put_part(NAME, upload_id, 1, b"part")
    bucket.complete_upload(NAME, upload_id, [etag])
    return etag, bucket.get(NAME)


def of_sdk(name: str, **arguments: Any) -> Doing:
    """A call of the SDK's own, and what it gives: the answer's headers."""

    def do(bucket: Bucket) -> object:
        answer = getattr(bucket._patient, name)(Bucket=bucket._name, **arguments)
        return {key: answer[key] for key in answer if key not in VARIES | {"Body"}}

    return do


def after_put(do: Doing) -> Doing:
    def do_both(bucket: Bucket) -> object:
        put(bucket)
        return do(bucket)

    return do_both


def two_pages(bucket: Bucket) -> object:
    bucket.put("b", b"", content_type=TEXT)
    return [(row.key, row.size_bytes) for row in bucket.list("", at_once=1)]


DONE: dict[str, Doing] = {
    "put": put,
    "put an empty one": lambda bucket: bucket.put("empty", b"", content_type=TEXT),
    "put anew": after_put(put),
    "put where it must be new": lambda bucket: put(bucket, create_only=True),
    "put where it is taken": after_put(lambda bucket: put(bucket, create_only=True)),
    "get": after_put(lambda bucket: bucket.get(NAME)),
    "get nothing": lambda bucket: bucket.get(NAME),
    "get, and what time it is": after_put(
        lambda bucket: (bucket.get(NAME), type(bucket.answered_at))
    ),
    "exists": after_put(lambda bucket: bucket.exists(NAME)),
    "does not exist": lambda bucket: bucket.exists(NAME),
    "delete": after_put(lambda bucket: bucket.delete(NAME)),
    "delete nothing": lambda bucket: bucket.delete(NAME),
    "list": after_put(lambda bucket: [row.key for row in bucket.list("a/")]),
    "list page by page": after_put(two_pages),
    "in parts": in_parts,
    "a part of nothing": lambda bucket: bucket.put_part(NAME, "none", 1, b"part"),
    "put's headers": of_sdk("put_object", Key=NAME, Body=b"1"),
    "get's headers": after_put(of_sdk("get_object", Key=NAME)),
    "a piece": after_put(of_sdk("get_object", Key=NAME, Range="bytes=0-0")),
    "head's headers": after_put(of_sdk("head_object", Key=NAME)),
    "what is not there": of_sdk("list_parts", Key=NAME, UploadId="none"),
}
WITH: dict[str, Keys] = {
    "the operator's": KEYS,
    "the gateway's": ROLE_KEYS["gateway"],
    "a wrong secret": msgspec.structs.replace(KEYS, secret_key="another"),
    "an unknown id": msgspec.structs.replace(KEYS, secret_id="AKIDnobody"),
    "a wrong token": msgspec.structs.replace(ROLE_KEYS["worker"], token="another"),
}


def end_of(do: Doing, bucket: Bucket) -> object:
    try:
        return do(bucket)
    except CosServiceError as error:
        return error.get_status_code(), error.get_error_code(), error.get_error_msg()
    except Exception as error:  # noqa: BLE001  # whatever it is, it must be the same
        return type(error), error.args


@pytest.mark.parametrize("keys", WITH.values(), ids=WITH)
@pytest.mark.parametrize("do", DONE.values(), ids=DONE)
def test_both_ways_end_alike_and_leave_the_same_behind(
    cos: Cos, place: BucketConfig, do: Doing, keys: Keys
) -> None:
    ends = []
    for way in (nullcontext(), over_the_wire()):
        with way:
            cos.reset()
            how = end_of(do, Bucket(place, keys))
        calls = [{**one, "at": 0, "ms": 0, "n": 0, "request_id": 0} for one in cos.calls()]
        ends.append((how, calls, {key: cos.read(key) for key in cos.listed()}))
    assert ends[0] == ends[1]
    assert ends[0][1]


def refuse(*_: object, **__: object) -> None:
    raise requests.ConnectionError("nobody may ask")


@pytest.fixture
def no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HTTPAdapter, "send", refuse)


@pytest.mark.usefixtures("no_connections")
def test_the_short_way_needs_no_connection(bucket: Bucket) -> None:
    put(bucket)
    assert bucket.get(NAME) == "ü".encode()


@pytest.mark.usefixtures("no_connections")
def test_each_stays_near_while_others_come_and_go(bucket: Bucket, place: BucketConfig) -> None:
    with ExitStack() as ends:
        with running_cos() as first:
            ends.enter_context(running_cos())
            put(bucket)
            put(Bucket(msgspec.structs.replace(place, endpoint=first.address), KEYS))
        assert bucket.get(NAME) == "ü".encode()


AMISS: dict[str, Callable[[Cos], None]] = {
    "a fault": lambda cos: cos.fault(op="GET", target="another"),
    "a setting": lambda cos: cos.settings(list_lag_s=1.0),
}


@pytest.mark.parametrize("disturb", AMISS.values(), ids=AMISS)
def test_it_is_left_where_something_is_to_go_wrong(
    bucket: Bucket, cos: Cos, disturb: Callable[[Cos], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bucket)
    disturb(cos)
    monkeypatch.setattr(HTTPAdapter, "send", refuse)
    with pytest.raises(BucketUnavailable):
        bucket.get(NAME)
