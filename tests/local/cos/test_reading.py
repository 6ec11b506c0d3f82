"""Ranges, conditions and response headers, through the official client."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qcloud_cos import CosS3Client, CosServiceError

from infra.local.cos import reading
from infra.local.cos.errors import Refused
from tests.local.cos.driving import BUCKET, Server, body_of, error_of, put


@pytest.mark.parametrize(
    ("asked", "part", "told"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-99", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_a_range_gets_its_part(client: CosS3Client, asked: str, part: bytes, told: str) -> None:
    put(client, "a", b"0123456789")
    got = client.get_object(Bucket=BUCKET, Key="a", Range=asked)
    assert got["Content-Range"] == told
    assert got["Body"].get_raw_stream().read() == part


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "bytes=-", "bytes=4-2", "lines=1-2"])
def test_what_is_no_single_range_gets_everything(client: CosS3Client, asked: str) -> None:
    put(client, "a", b"0123456789")
    assert body_of(client, "a", Range=asked) == b"0123456789"


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(client: CosS3Client, asked: str) -> None:
    put(client, "a", b"0123456789")
    with pytest.raises(CosServiceError) as caught:
        client.get_object(Bucket=BUCKET, Key="a", Range=asked)
    assert error_of(caught) == (416, "InvalidRange")


def test_a_copy_that_is_still_good_is_not_sent_again(server: Server) -> None:
    client = server.client()
    put(client, "a", b"0123456789")
    url = client.get_presigned_url(Bucket=BUCKET, Key="a", Method="GET")
    first = server.session.get(url, timeout=30)
    for name, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-None-Match", "*"),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        again = server.session.get(url, headers={name: value}, timeout=30)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize(
    "condition",
    [
        {"IfNoneMatch": '"other"'},
        {"IfModifiedSince": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"IfModifiedSince": "no date"},
        {"IfMatch": "*"},
        {"IfUnmodifiedSince": "Thu, 01 Jan 2099 00:00:00 GMT"},
    ],
)
def test_a_condition_that_holds_gets_the_object(
    client: CosS3Client, condition: dict[str, str]
) -> None:
    put(client, "a", b"0123456789")
    assert body_of(client, "a", **condition) == b"0123456789"


@pytest.mark.parametrize(
    "condition",
    [{"IfMatch": '"other"'}, {"IfUnmodifiedSince": "Thu, 01 Jan 1970 00:00:00 GMT"}],
)
def test_a_condition_that_fails_is_412(client: CosS3Client, condition: dict[str, str]) -> None:
    put(client, "a")
    with pytest.raises(CosServiceError) as caught:
        client.get_object(Bucket=BUCKET, Key="a", **condition)
    assert error_of(caught) == (412, "PreconditionFailed")


def test_response_headers_can_be_asked_for(server: Server) -> None:
    client = server.client()
    put(client, "a", ContentType="image/png")
    got = client.get_object(Bucket=BUCKET, Key="a", ResponseContentType="text/plain")
    assert got["Content-Type"] == "text/plain"


@given(first=st.integers(0, 12), last=st.integers(0, 12), size=st.integers(0, 10))
def test_a_part_is_what_slicing_gives(first: int, last: int, size: int) -> None:
    try:
        part = reading.part(f"bytes={first}-{last}", size)
    except Refused:
        assert first >= size
        return
    if part is None:
        assert last < first
    else:
        assert list(part) == list(range(size))[first : last + 1] != []


@given(st.text(max_size=30), st.integers(0, 10))
def test_any_range_header_is_read_or_refused(header: str, size: int) -> None:
    with contextlib.suppress(Refused):
        assert len(reading.part(header, size) or range(size)) <= size
