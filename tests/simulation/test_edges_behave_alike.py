"""The simulation's edges answer as the strict stand-ins do through the product's own classes.

Each case is run twice: against a server over HTTP, and against what stands in its place in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import pytest

from functions.config import AiartConfig
from functions.jobs.bucket import (
    Bucket,
    BucketConfig,
    BucketUnavailable,
    KeyExists,
    KeyMissing,
    Keys,
    KeysExpired,
    ObjectRow,
)
from functions.jobs.errors import ErrorCode
from functions.jobs.wish import Wish
from functions.worker.aiart import Aiart, CallFailed, Painting, code_for
from functions.worker.safe_http import Deadline, HttpResult, UrlPolicy, UrlRefused, fetch, post
from infra.local.http import call
from tests.conftest import KEYS, REGION, Cos
from tests.simulation.edges.aiart import MemoryAiart
from tests.simulation.edges.calling import Fault
from tests.simulation.edges.cos import MemoryBucket
from tests.simulation.edges.web import memory_fetch, memory_post
from tests.simulation.installing import installed
from tests.simulation.plan import CODES
from tests.simulation.world import BUCKET, World, photo
from tests.worker.loopback import Server, answer

T = TypeVar("T")
TEXT, PART_BYTES = "text/plain", 1 << 20
LOST_AND_REFUSED: dict[str, dict[str, Any]] = {
    "request-lost": {"drop": "before"},
    "answer-lost": {"drop": "after"},
    "refused": {"error": "SlowDown", "status": 503},
}
GoesWrong = Callable[[str, str], None]  # the next call of an op does, in one of these ways


def in_world(work: Callable[[World], T]) -> T:
    """Have a task of a world of its own do it."""
    with installed():
        world, found = World(1), []
        scheduler = world.scheduler
        scheduler.begin(world.outside, lambda: found.append(work(world)), "case")
        try:
            scheduler.run(lambda: bool(found or scheduler.raised), lambda: None)
        finally:
            scheduler.end()
        if scheduler.raised:
            raise scheduler.raised[0][1]
        return found[0]


# --- the bucket


def _a_second_create_only_write_is_a_conflict(bucket: Bucket, _: GoesWrong) -> None:
    bucket.put("a", b"1", content_type=TEXT, create_only=True)
    with pytest.raises(KeyExists):
        bucket.put("a", b"2", content_type=TEXT, create_only=True)
    assert bucket.get("a") == b"1"
    bucket.put("a", b"3", content_type=TEXT)
    assert bucket.get("a") == b"3"
    bucket.delete("a")
    bucket.put("a", b"4", content_type=TEXT, create_only=True)
    assert bucket.get("a") == b"4"


def _what_is_missing_is_missing(bucket: Bucket, _: GoesWrong) -> None:
    bucket.put("a/b", b"", content_type=TEXT)
    for key in ("a", "a/", "a/b/c"):
        with pytest.raises(KeyMissing):
            bucket.get(key)
        assert not bucket.exists(key)
        bucket.delete(key)
    assert bucket.exists("a/b")
    assert bucket.get("a/b") == b""


def _a_list_comes_in_the_order_of_bytes_whatever_its_pages(bucket: Bucket, _: GoesWrong) -> None:
    keys = ["p/A", "p/a b+c&d", "p/a-1", "p/a/1", "p/a1", "p/~", "p/é", "p/图"]
    for key in reversed(["o", *keys, "p0", "q"]):
        bucket.put(key, key.encode(), content_type=TEXT)
    for at_once in (1, 3, len(keys), 1000):
        assert [row.key for row in bucket.list("p/", at_once=at_once)] == keys
    assert list(bucket.list("nobody/")) == []
    rows: list[ObjectRow] = list(bucket.list("p/"))
    assert [row.size_bytes for row in rows] == [len(key.encode()) for key in keys]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", one.modified) for one in rows)


def _a_list_goes_on_after_the_last_key_that_it_has_shown(bucket: Bucket, _: GoesWrong) -> None:
    for key in ("a1", "a2", "a3", "a4"):
        bucket.put(key, b"", content_type=TEXT)
    rows: Iterator[ObjectRow] = bucket.list("a", at_once=2)
    shown = [next(rows).key]
    bucket.delete("a3")
    for key in ("a0", "a5"):
        bucket.put(key, b"", content_type=TEXT)
    assert shown + [row.key for row in rows] == ["a1", "a2", "a4", "a5"]


def _the_time_of_an_answer_is_that_of_the_latest_get(bucket: Bucket, _: GoesWrong) -> None:
    assert bucket.answered_at is None
    bucket.put("a", b"", content_type=TEXT)
    bucket.get("a")
    assert bucket.answered_at
    assert bucket.answered_at == int(bucket.answered_at)
    assert bucket.exists("a")
    assert bucket.answered_at
    with pytest.raises(KeyMissing):
        bucket.get("b")
    assert bucket.answered_at is None


def _an_object_in_parts_is_there_when_it_is_complete(bucket: Bucket, _: GoesWrong) -> None:
    first, last = b"1" * PART_BYTES, b"2"
    upload = bucket.begin_upload("a", content_type=TEXT)
    etags = {
        number: bucket.put_part("a", upload, number, part)
        for number, part in ((2, last), (1, first))
    }
    assert not bucket.exists("a")
    bucket.complete_upload("a", upload, [etags[1], etags[2]])
    assert bucket.get("a") == first + last
    with pytest.raises(KeyMissing):
        bucket.put_part("a", upload, 3, last)


def _an_upload_that_was_aborted_is_gone(bucket: Bucket, _: GoesWrong) -> None:
    upload = bucket.begin_upload("a", content_type=TEXT)
    etag = bucket.put_part("a", upload, 1, b"1")
    for _again in range(2):
        bucket.abort_upload("a", upload)
    with pytest.raises(KeyMissing):
        bucket.put_part("a", upload, 2, b"2")
    with pytest.raises(KeyMissing):
        bucket.complete_upload("a", upload, [etag])
    assert not bucket.exists("a")


def _a_write_whose_answer_is_lost_is_done(bucket: Bucket, goes_wrong: GoesWrong) -> None:
    goes_wrong("PUT", "answer-lost")
    with pytest.raises(BucketUnavailable):
        bucket.put("a", b"1", content_type=TEXT, create_only=True)
    with pytest.raises(KeyExists):
        bucket.put("a", b"1", content_type=TEXT, create_only=True)


def _a_write_that_is_lost_or_refused_is_not_done(bucket: Bucket, goes_wrong: GoesWrong) -> None:
    for kind in ("request-lost", "refused"):
        goes_wrong("PUT", kind)
        with pytest.raises(BucketUnavailable):
            bucket.put(kind, b"1", content_type=TEXT, create_only=True)
        bucket.put(kind, b"2", content_type=TEXT, create_only=True)
        assert bucket.get(kind) == b"2"


def _every_look_may_meet_trouble(bucket: Bucket, goes_wrong: GoesWrong) -> None:
    bucket.put("a", b"1", content_type=TEXT)
    for kind in LOST_AND_REFUSED:
        goes_wrong("GET", kind)
        with pytest.raises(BucketUnavailable):
            bucket.get("a")
        goes_wrong("LIST", kind)
        with pytest.raises(BucketUnavailable):
            list(bucket.list(""))
        goes_wrong("DELETE", kind)
        with pytest.raises(BucketUnavailable):
            bucket.delete("b")
    assert bucket.get("a") == b"1"


BUCKET_CASES = (
    _a_second_create_only_write_is_a_conflict,
    _what_is_missing_is_missing,
    _a_list_comes_in_the_order_of_bytes_whatever_its_pages,
    _a_list_goes_on_after_the_last_key_that_it_has_shown,
    _the_time_of_an_answer_is_that_of_the_latest_get,
    _an_object_in_parts_is_there_when_it_is_complete,
    _an_upload_that_was_aborted_is_gone,
    _a_write_whose_answer_is_lost_is_done,
    _a_write_that_is_lost_or_refused_is_not_done,
    _every_look_may_meet_trouble,
)
OF_BUCKET = pytest.mark.parametrize("case", BUCKET_CASES, ids=lambda case: case.__name__[1:])
OF_MEMORY = msgspec.structs.replace(BUCKET, retries=0)


@OF_BUCKET
def test_the_bucket_of_the_strict_server(
    case: Callable[[Bucket, GoesWrong], None], bucket: Bucket, cos: Cos
) -> None:
    case(bucket, lambda op, kind: cos.fault(op=op, **LOST_AND_REFUSED[kind]))


@OF_BUCKET
def test_the_bucket_in_memory(case: Callable[[Bucket, GoesWrong], None]) -> None:
    def work(world: World) -> None:
        def goes_wrong(op: str, kind: str) -> None:
            world.faults.planned[:] = [Fault(vendor="cos", op=op, nth=0, kind=kind)]
            world.faults._counts.clear()

        case(MemoryBucket(OF_MEMORY, KEYS), goes_wrong)  # type: ignore[arg-type]

    in_world(work)


def _ended_in_every_call(bucket: Bucket) -> None:
    calls: tuple[Callable[[], object], ...] = (
        lambda: bucket.put("a", b"1", content_type=TEXT),
        lambda: bucket.put("a", b"1", content_type=TEXT, create_only=True),
        lambda: bucket.get("a"),
        lambda: bucket.exists("a"),
        lambda: bucket.delete("a"),
        lambda: list(bucket.list("")),
    )
    for one in calls:
        with pytest.raises(KeysExpired):
            one()


def test_keys_end_alike(place: BucketConfig, cos: Cos) -> None:
    key = {"secret_id": "AKIDtemporary", "secret_key": "temporary", "token": "a-token"}
    cos.accept_key(**key, expires_at=1.0)
    keys = Keys("AKIDtemporary", "temporary", "a-token")
    _ended_in_every_call(Bucket(place, keys))

    def work(world: World) -> None:
        world.objects.expiry["a-token"] = world.scheduler.now
        _ended_in_every_call(MemoryBucket(OF_MEMORY, keys))  # type: ignore[arg-type]

    in_world(work)


def test_the_sdks_own_retry_meets_what_its_first_try_has_written(
    place: BucketConfig, cos: Cos, monkeypatch: pytest.MonkeyPatch
) -> None:
    def case(bucket: Bucket) -> None:
        with pytest.raises(KeyExists):
            bucket.put("a", b"1", content_type=TEXT, create_only=True)
        assert bucket.get("a") == b"1"

    monkeypatch.setattr("qcloud_cos.cos_client.time.sleep", lambda _: None)
    cos.fault(op="PUT", drop="after")
    case(Bucket(msgspec.structs.replace(place, retries=1), KEYS))

    def work(world: World) -> None:
        world.faults.planned.append(Fault(vendor="cos", op="PUT", nth=0, kind="answer-lost"))
        case(MemoryBucket(msgspec.structs.replace(BUCKET, retries=1), KEYS))  # type: ignore[arg-type]

    in_world(work)


# --- aiart


@dataclass(frozen=True)
class Painter:
    """aiart as a case sees it. ``refuses`` with a code next, ``goes_wrong`` next, is ``busy``."""

    paint: Callable[[str], Painting]  # the photo in the bucket at that key
    read: Callable[[str], bytes]
    refuses: Callable[[str], None]
    goes_wrong: Callable[[str], None]
    busy: Callable[[bool], None]
    billed: Callable[[], int]


PHOTO = "photos/aaaaaaaaaaaaaaaaaaaa/product.jpg"


def _refused(painter: Painter, key: str = PHOTO) -> CallFailed:
    with pytest.raises(CallFailed) as failed:
        painter.paint(key)
    return failed.value


def _a_picture_is_painted_billed_and_can_be_fetched(painter: Painter) -> None:
    painting = painter.paint(PHOTO)
    assert painting.request_id
    assert painting.picture == b""
    assert painter.read(painting.picture_url)[:2] == b"\xff\xd8"
    assert painter.billed() == 1


def _each_refusal_has_its_code_and_costs_nothing(painter: Painter) -> None:
    for code in CODES:
        painter.refuses(code)
        failed = _refused(painter)
        assert (failed.code, failed.vendor_code) == (code_for(code), code)
        assert failed.request_id
    assert painter.billed() == 0
    assert painter.paint(PHOTO)


def _a_photo_that_is_not_there_is_not_downloaded(painter: Painter) -> None:
    missing = "photos/bbbbbbbbbbbbbbbbbbbb/product.jpg"
    assert _refused(painter, missing).vendor_code == "FailedOperation.ImageDownloadError"
    assert painter.billed() == 0


def _a_busy_account_takes_no_other_task(painter: Painter) -> None:
    painter.busy(True)
    failed = _refused(painter)
    assert failed.vendor_code == "RequestLimitExceeded.JobNumExceed"
    assert failed.code is ErrorCode.SLOT_BUSY
    painter.busy(False)
    assert painter.paint(PHOTO)
    assert painter.billed() == 1


def _a_lost_answer_is_billed_and_a_lost_request_is_not(painter: Painter) -> None:
    for kind, billed in (("request-lost", 0), ("answer-lost", 1)):
        painter.goes_wrong(kind)
        failed = _refused(painter)
        assert (failed.code, failed.vendor_code) == (ErrorCode.ANSWER_LOST, "ClientNetworkError")
        assert painter.billed() == billed


def _an_address_that_aiart_has_not_made_leads_nowhere(painter: Painter) -> None:
    url = painter.paint(PHOTO).picture_url.replace(".jpg", "-of-another.jpg")
    with pytest.raises(UrlRefused) as refused:
        painter.read(url)
    assert (refused.value.rule, refused.value.facts["status"]) == ("http-status", 403)


OF_AIART = pytest.mark.parametrize(
    "case",
    [
        _a_picture_is_painted_billed_and_can_be_fetched,
        _each_refusal_has_its_code_and_costs_nothing,
        _a_photo_that_is_not_there_is_not_downloaded,
        _a_busy_account_takes_no_other_task,
        _a_lost_answer_is_billed_and_a_lost_request_is_not,
        _an_address_that_aiart_has_not_made_leads_nowhere,
    ],
    ids=lambda case: case.__name__[1:],
)
WISH, MAX_BYTES = Wish(prompt="on warm sand"), 1 << 20
LOCAL = UrlPolicy(allow_loopback_http=True)


@OF_AIART
def test_aiart_of_the_strict_server(
    case: Callable[[Painter], None], bucket: Bucket, aiart_at: str
) -> None:
    aiart, at = Aiart(AiartConfig(REGION, aiart_at, 1, 20), KEYS), f"http://{aiart_at}/_control"
    bucket.put(PHOTO, photo(), content_type="image/jpeg")

    def fault(**how: str) -> None:
        call("POST", f"{at}/faults", {"op": "ReplaceBackground", **how})

    case(
        Painter(
            paint=lambda key: aiart.paint(WISH, photo_url=bucket.presigned_get(key, expires_s=60)),
            read=lambda url: fetch(url, rules=LOCAL, max_bytes=MAX_BYTES, deadline_s=20),
            refuses=lambda code: fault(error=code),
            goes_wrong=lambda kind: fault(drop={"request-lost": "before"}.get(kind, "after")),
            busy=lambda is_busy: _drop(
                call("PUT", f"{at}/settings", {"concurrency": 0 if is_busy else 1})
            ),
            billed=lambda: sum(task["billed"] for task in call("GET", f"{at}/tasks")),
        )
    )


def _drop(_: object) -> None:
    pass


@OF_AIART
def test_aiart_in_memory(case: Callable[[Painter], None]) -> None:
    def work(world: World) -> None:
        bucket, account = MemoryBucket(OF_MEMORY, KEYS), world.aiart
        bucket.put(PHOTO, photo(), content_type="image/jpeg")
        aiart = MemoryAiart(AiartConfig(REGION, "", 1, 20), KEYS)

        def goes_wrong(kind: str) -> None:
            world.faults.planned[:] = [Fault(vendor="aiart", nth=0, kind=kind)]
            world.faults._counts.clear()

        case(
            Painter(
                paint=lambda key: aiart.paint(
                    WISH, photo_url=bucket.presigned_get(key, expires_s=60)
                ),
                read=lambda url: memory_fetch(
                    url, rules=UrlPolicy(), max_bytes=MAX_BYTES, deadline_s=20
                ),
                refuses=account.refusals.append,
                goes_wrong=goes_wrong,
                busy=lambda is_busy: setattr(account, "places", 0 if is_busy else 1),
                billed=lambda: sum(one.billed for one in account.tasks),
            )
        )

    in_world(work)


# --- other people's servers


@dataclass(frozen=True)
class Host:
    """A server that has a photo, and one that is called back."""

    read: Callable[[int], bytes]  # so many bytes at the most
    post: Callable[[float], HttpResult]  # in so many seconds at the most
    heard: Callable[[], list[bytes]]


BODY, HEADERS = b'{"a": 1}', {"webhook-id": "a"}


@pytest.mark.parametrize("is_in_trouble", [False, True])
def test_hosts_answer_alike(is_in_trouble: bool) -> None:
    def case(host: Host) -> None:
        if is_in_trouble:
            with pytest.raises(UrlRefused) as refused:
                host.read(MAX_BYTES)
            assert refused.value.rule == "http-status"
            assert refused.value.facts["status"] == 503
            assert host.post(20).status == 503
            return
        assert host.read(MAX_BYTES) == photo()
        with pytest.raises(UrlRefused) as refused:
            host.read(len(photo()) - 1)
        assert refused.value.rule == "too-large"
        assert host.post(20).status == 200
        assert [BODY in one for one in host.heard()] == [True]

    gives = answer(b"", status="503 Busy") if is_in_trouble else answer(photo())
    takes = gives if is_in_trouble else answer(b"")
    with Server(gives) as server, Server(takes) as hook:
        case(
            Host(
                read=lambda most: fetch(server.url, rules=LOCAL, max_bytes=most, deadline_s=20),
                post=lambda seconds: post(
                    hook.url, body=BODY, headers=HEADERS, rules=LOCAL, deadline=Deadline(seconds)
                ),
                heard=lambda: hook.requests,
            )
        )

    def work(world: World) -> None:
        if is_in_trouble:
            world.faults.planned.append(Fault(vendor="web", nth=0, kind="refused", times=9))
        url, rules = "https://shop.example/cup.jpg", UrlPolicy()
        case(
            Host(
                read=lambda most: memory_fetch(url, rules=rules, max_bytes=most, deadline_s=20),
                post=lambda seconds: memory_post(
                    url, body=BODY, headers=HEADERS, rules=rules, deadline=Deadline(seconds)
                ),
                heard=lambda: [one.body for one in world.web.heard],
            )
        )

    in_world(work)


def test_a_host_that_says_nothing_is_too_slow_alike() -> None:
    def rule(posted: Callable[[Deadline], HttpResult], seconds: float) -> str:
        with pytest.raises(UrlRefused) as refused:
            posted(Deadline(seconds))
        return refused.value.rule

    with Server() as server:
        server.scripts = (server.silence,)
        strict = rule(
            lambda deadline: post(
                server.url, body=BODY, headers=HEADERS, rules=LOCAL, deadline=deadline
            ),
            0.2,
        )
        server.over.set()

    def work(world: World) -> str:
        world.web.silent = lambda _: True
        return rule(
            lambda deadline: memory_post(
                "https://shop.example/",
                body=BODY,
                headers=HEADERS,
                rules=UrlPolicy(),
                deadline=deadline,
            ),
            20.0,
        )

    assert strict == in_world(work) == "too-slow"
