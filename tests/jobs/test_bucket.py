"""The bucket through the official SDK, and COS's refusals turned into ours."""

import logging
import time
from collections.abc import Callable

import msgspec
import pytest
import requests

from functions.jobs.bucket import (
    Bucket,
    BucketConfig,
    BucketUnavailable,
    KeyExists,
    KeyMissing,
    Keys,
    KeysExpired,
)
from functions.jobs.file_names import disposition
from infra.local.cos.listing import PAGE_LIMIT
from tests.jobs.driving import Cos, answering

TEXT = "text/plain"
Call = Callable[[Bucket], object]
CALLS: dict[str, Call] = {
    "put": lambda bucket: bucket.put("a", b"1", content_type=TEXT),
    "create": lambda bucket: bucket.put("a", b"1", content_type=TEXT, create_only=True),
    "get": lambda bucket: bucket.get("a"),
    "exists": lambda bucket: bucket.exists("a"),
    "delete": lambda bucket: bucket.delete("a"),
    "list": lambda bucket: list(bucket.list("")),
}
pytestmark = pytest.mark.usefixtures("over_the_wire")
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def test_what_was_put_is_read_back(bucket: Bucket) -> None:
    bucket.put("a/b.bin", bytes(range(256)), content_type="application/octet-stream")
    assert bucket.get("a/b.bin") == bytes(range(256))
    assert bucket.exists("a/b.bin")


def test_an_empty_object_is_an_object(bucket: Bucket) -> None:
    bucket.put("empty", b"", content_type=TEXT)
    assert bucket.get("empty") == b""
    assert bucket.exists("empty")


def test_a_plain_put_overwrites(bucket: Bucket) -> None:
    bucket.put("a", b"1", content_type=TEXT)
    bucket.put("a", b"2", content_type=TEXT)
    assert bucket.get("a") == b"2"


def test_a_second_create_only_put_finds_the_key_taken(bucket: Bucket) -> None:
    bucket.put("a", b"1", content_type=TEXT, create_only=True)
    with pytest.raises(KeyExists):
        bucket.put("a", b"2", content_type=TEXT, create_only=True)
    assert bucket.get("a") == b"1"


def test_a_missing_key_is_missing_and_nothing_to_delete(bucket: Bucket) -> None:
    with pytest.raises(KeyMissing):
        bucket.get("a")
    assert not bucket.exists("a")
    bucket.delete("a")


@pytest.mark.parametrize(("at_once", "calls"), [({"at_once": 10}, 3), ({}, 1)])
def test_a_listing_goes_on_past_its_first_page(
    at_once: dict[str, int], calls: int, bucket: Bucket, cos: Cos
) -> None:
    for n in range(22):
        cos.write(f"many/{n:04d}", b"")
    cos.write("other", b"")
    rows = list(bucket.list("many/", **at_once))
    assert [row.key for row in rows] == [f"many/{n:04d}" for n in range(22)]
    assert len(cos.calls("LIST")) == calls
    assert (Bucket.list.__kwdefaults__ or {})["at_once"] == PAGE_LIMIT, "as many as COS gives"


def test_a_listing_says_how_large_and_since_when(bucket: Bucket) -> None:
    bucket.put("a", b"12345", content_type=TEXT)
    (row,) = bucket.list("")
    assert row.size_bytes == 5
    assert row.modified.startswith(time.strftime("%Y-", time.gmtime()))
    assert list(bucket.list("nothing/")) == []


@every_call
def test_trouble_of_cos_is_trouble(call: Call, bucket: Bucket, cos: Cos) -> None:
    cos.fault(op="*", target="*", error="ServiceUnavailable", status=503)
    with pytest.raises(BucketUnavailable):
        call(bucket)
    assert len(cos.calls()) == 1  # no retry of the SDK's unless it was asked for


@every_call
def test_a_dropped_connection_is_trouble(call: Call, bucket: Bucket, cos: Cos) -> None:
    cos.fault(drop="before")
    with pytest.raises(BucketUnavailable):
        call(bucket)


@every_call
def test_an_answer_that_does_not_come_in_time_is_trouble(
    call: Call, place: BucketConfig, keys: Keys, cos: Cos
) -> None:
    cos.fault(delay_s=0.5)
    with pytest.raises(BucketUnavailable):
        call(Bucket(msgspec.structs.replace(place, timeout_s=0.1), keys))


@every_call
@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidAccessKeyId", "RequestTimeTooSkewed"])
def test_keys_that_are_over_are_told_from_trouble(
    code: str, call: Call, bucket: Bucket, cos: Cos
) -> None:
    cos.fault(error=code, times=2)
    with pytest.raises(KeysExpired):
        call(bucket)


@every_call
def test_a_refusal_for_another_reason_is_trouble(call: Call, bucket: Bucket, cos: Cos) -> None:
    cos.fault(error="AccessDenied", times=2)
    with pytest.raises(BucketUnavailable):
        call(bucket)


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"exists"}))  # a HEAD cannot say which
def test_a_bucket_that_is_not_there_is_no_missing_object(
    name: str, bucket: Bucket, cos: Cos
) -> None:
    """A wrong COS_BUCKET must not look like an empty queue."""
    cos.fault(error="NoSuchBucket")
    with pytest.raises(BucketUnavailable):
        CALLS[name](bucket)


def test_temporary_keys_end(place: BucketConfig, cos: Cos) -> None:
    key = {"secret_id": "AKIDtemporary", "secret_key": "temporary", "token": "a-token"}
    cos.accept_key(**key, expires_at=time.time() + 60)
    keys = Keys("AKIDtemporary", "temporary", "a-token")
    Bucket(place, keys).put("a", b"1", content_type=TEXT)
    cos.accept_key(**key, expires_at=time.time() - 1)
    with pytest.raises(KeysExpired):
        Bucket(place, keys).get("a")
    with pytest.raises(KeysExpired):
        Bucket(place, keys).exists("a")


def test_a_body_that_breaks_off_is_trouble_and_not_a_shorter_object(keys: Keys) -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: text/plain\r\n\r\nonly this"
    with answering(lambda _: cut) as at:
        place = BucketConfig(
            name="shop-1250000000", region="ap-guangzhou", endpoint=at, timeout_s=5
        )
        with pytest.raises(BucketUnavailable):
            Bucket(place, keys).get("a")


HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def hello(heard: list[bytes]) -> Callable[[bytes], bytes]:
    def answer(request: bytes) -> bytes:
        heard.append(request)
        return HELLO

    return answer


def at(endpoint: str) -> BucketConfig:
    return BucketConfig("shop-1250000000", "ap-guangzhou", endpoint=endpoint, timeout_s=5)


def test_a_redirect_is_trouble_and_nobody_else_sees_the_token() -> None:
    heard: list[bytes] = []
    keys = Keys("AKIDtemporary", "temporary", "a-token")
    with answering(hello(heard)) as elsewhere:
        away = f"HTTP/1.1 307 Away\r\nLocation: http://{elsewhere}/a\r\nContent-Length: 0\r\n\r\n"
        with answering(lambda _: away.encode()) as cos, pytest.raises(BucketUnavailable):
            Bucket(at(cos), keys).get("a")
    assert heard == []


def test_a_call_goes_through_the_environments_proxy(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    with answering(hello(heard)) as proxy:
        monkeypatch.setenv("http_proxy", f"http://{proxy}")
        monkeypatch.setenv("no_proxy", "")
        assert Bucket(at("127.0.0.9:81"), keys).get("a") == b"hello"
    assert heard[0].startswith(b"GET http://127.0.0.9:81/a ")


ROW = (
    "<Contents><Key>many/{n}%2Bx</Key><LastModified>2026-11-27T20:00:0{n}.000Z</LastModified>"
    '<ETag>"0"</ETag><Size>{n}</Size><Owner><ID>1</ID></Owner></Contents>'
)
LISTING = "<ListBucketResult xmlns='a'>{}<IsTruncated>false</IsTruncated></ListBucketResult>"
OTHERWISE = {
    "as COS does": ROW,
    "on lines of their own": ROW.replace("><", ">\n  <"),
    "in another order": ROW.replace('<ETag>"0"</ETag>', "").replace("<Owner>", "<ETag/><Owner>"),
}


@pytest.mark.parametrize("row", OTHERWISE.values(), ids=OTHERWISE)
def test_rows_are_read_however_they_are_written(row: str, bucket: Bucket, cos: Cos) -> None:
    rows = "".join(row.replace("{n}", str(n)) for n in range(3))
    cos.fault(op="LIST", status=200, body=LISTING.format(rows))
    found = [(one.key, one.size_bytes, one.modified) for one in bucket.list("")]
    assert found == [(f"many/{n}+x", n, f"2026-11-27T20:00:0{n}.000Z") for n in range(3)]


NO_LISTINGS = {
    "broken off": LISTING.partition("<IsTruncated>")[0].format(ROW),
    "within a row": LISTING.partition("{}")[0] + ROW[:80],
    "nothing": "",
    "a page": "<html><p>sorry",
    "a whole page": "<html></html>",
    "JSON": "{}",
    "no way on": "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
}


@pytest.mark.parametrize("body", NO_LISTINGS.values(), ids=NO_LISTINGS)
def test_a_listing_that_is_no_listing_is_trouble(body: str, bucket: Bucket, cos: Cos) -> None:
    cos.fault(op="LIST", status=200, body=body)
    with pytest.raises(BucketUnavailable):
        list(bucket.list(""))
    assert len(cos.calls("LIST")) == 1


def test_nobody_listening_is_trouble(keys: Keys) -> None:
    place = BucketConfig(
        name="shop-1250000000", region="ap-guangzhou", endpoint="127.0.0.1:9", timeout_s=2
    )
    with pytest.raises(BucketUnavailable):
        Bucket(place, keys).exists("a")


def test_trouble_says_its_kind_and_never_a_url(bucket: Bucket, cos: Cos) -> None:
    cos.fault(drop="before")
    with pytest.raises(BucketUnavailable) as trouble:
        bucket.get("secret/key")
    assert str(trouble.value) == "CosClientError"


def test_the_sdk_logs_nothing_of_what_it_sends(
    bucket: Bucket, cos: Cos, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    cos.fault(op="GET", error="AccessDenied")
    with pytest.raises(BucketUnavailable):
        bucket.get("a")
    assert not [one for one in caplog.records if one.name.startswith("qcloud_cos")]


# --- presigned URLs


def test_a_presigned_url_reads_its_object_and_no_other(bucket: Bucket) -> None:
    bucket.put("a b/图.txt", b"1", content_type=TEXT)
    bucket.put("other", b"2", content_type=TEXT)
    url = bucket.presigned_get("a b/图.txt", expires_s=60)
    assert requests.get(url, timeout=30).content == b"1"
    other = bucket.presigned_get("other", expires_s=60).partition("?")[0]
    assert requests.get(f"{other}?{url.partition('?')[2]}", timeout=30).status_code == 403


def test_a_presigned_url_works_with_temporary_keys(place: BucketConfig, cos: Cos) -> None:
    cos.accept_key(secret_id="AKIDshort", secret_key="short", token="a/token+with=signs")
    bucket = Bucket(place, Keys("AKIDshort", "short", "a/token+with=signs"))
    bucket.put("a", b"1", content_type=TEXT)
    assert requests.get(bucket.presigned_get("a", expires_s=60), timeout=30).content == b"1"


def test_a_presigned_url_gives_the_object_a_name(bucket: Bucket) -> None:
    bucket.put("a", b"1", content_type=TEXT)
    named = disposition(bucket.presents, "杯子.png")
    url = bucket.presigned_get("a", expires_s=60, disposition=named)
    assert requests.get(url, timeout=30).headers["content-disposition"] == named
    assert "+" not in url.partition("response-content-disposition")[2]  # a space, or a plus?


def test_what_a_default_domain_sends_is_saved_in_any_case(place: BucketConfig) -> None:
    assert Bucket(place, Keys("AKIDa", "b")).presents == "inline"
    on_default_domain = msgspec.structs.replace(place, endpoint="")
    assert Bucket(on_default_domain, Keys("AKIDa", "b")).presents == "attachment"


def test_a_presigned_url_ends(bucket: Bucket, cos: Cos) -> None:
    bucket.put("a", b"1", content_type=TEXT)
    url = bucket.presigned_get("a", expires_s=300)
    cos.settings(clock_skew_s=400)
    assert requests.get(url, timeout=30).status_code == 403


# --- how it is spoken to


@pytest.mark.parametrize(
    ("endpoint", "scheme"),
    [
        ("", "https"),
        ("127.0.0.1:9000", "http"),
        ("127.0.0.1", "http"),
        ("localhost:9000", "http"),
        ("cos.example.com", "https"),
        ("localhost.example.com", "https"),
        ("127.example.com", "https"),
    ],
)
def test_plain_http_is_for_this_machine_only(endpoint: str, scheme: str) -> None:
    assert BucketConfig(name="b-1", region="r", endpoint=endpoint).scheme == scheme


def test_keys_do_not_show_when_printed() -> None:
    shown = repr(Keys("AKIDshown", "hidden-key", "hidden-token"))
    assert "AKIDshown" in shown
    assert "hidden" not in shown
