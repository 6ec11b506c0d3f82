"""The official Python client against the stand-in: objects put, got and deleted."""

import base64
import threading

import pytest
from qcloud_cos import CosS3Client, CosServiceError

from infra.local.cos.incoming import KEY_LIMIT_BYTES
from tests.local.cos.driving import (
    BUCKET,
    CREATE_ONLY,
    Server,
    body_of,
    error_of,
    keys_of,
    md5,
    put,
)


def test_what_was_put_is_got(client: CosS3Client) -> None:
    picture = bytes(range(256)) * 100
    etag = put(
        client,
        "results/1/picture.png",
        picture,
        ContentType="image/png",
        CacheControl="no-store",
        Metadata={"x-cos-meta-job": "1", "x-cos-meta-words": "毛巾"},
    )["ETag"]
    assert etag == f'"{md5(picture).hex()}"'
    got = client.get_object(Bucket=BUCKET, Key="results/1/picture.png")
    assert got["Body"].get_raw_stream().read() == picture
    assert got["ETag"] == etag
    assert got["Content-Type"] == "image/png"
    assert got["Content-Length"] == str(len(picture))
    assert got["Cache-Control"] == "no-store"
    assert got["x-cos-meta-job"] == "1"
    assert got["x-cos-meta-words"].encode("latin-1").decode() == "毛巾"
    assert got["x-cos-request-id"]
    assert got["Last-Modified"].endswith("GMT")


def test_head_tells_the_same_without_the_body(client: CosS3Client) -> None:
    put(client, "a", b"12345")
    head = client.head_object(Bucket=BUCKET, Key="a")
    assert head["Content-Length"] == "5"
    assert head["Content-Type"] == "application/octet-stream"
    assert head["ETag"] == put(client, "b", b"12345")["ETag"]


def test_a_missing_key_is_no_such_key(client: CosS3Client) -> None:
    with pytest.raises(CosServiceError) as caught:
        client.get_object(Bucket=BUCKET, Key="a")
    assert error_of(caught) == (404, "NoSuchKey")
    assert caught.value.get_resource_location().endswith("/a")


def test_head_of_a_missing_key_is_no_such_resource(client: CosS3Client) -> None:
    with pytest.raises(CosServiceError) as caught:
        client.head_object(Bucket=BUCKET, Key="a")
    assert error_of(caught) == (404, "NoSuchResource")
    assert not client.object_exists(Bucket=BUCKET, Key="a")


def test_a_deleted_key_is_gone_and_may_be_deleted_again(client: CosS3Client) -> None:
    put(client, "a")
    client.delete_object(Bucket=BUCKET, Key="a")
    client.delete_object(Bucket=BUCKET, Key="a")
    assert not client.object_exists(Bucket=BUCKET, Key="a")


def test_an_object_without_bytes_can_be_kept(client: CosS3Client) -> None:
    put(client, "tombstones/1", b"")
    assert body_of(client, "tombstones/1") == b""


def test_deleting_many_deletes_what_is_there(client: CosS3Client) -> None:
    for key in ("a", "b", "c & <d>"):
        put(client, key)
    named = {"Object": [{"Key": "a"}, {"Key": "c & <d>"}, {"Key": "never"}]}
    told = client.delete_objects(Bucket=BUCKET, Delete=named)
    assert [row["Key"] for row in told["Deleted"]] == ["a", "c & <d>", "never"]
    assert keys_of(client.list_objects(Bucket=BUCKET)) == ["b"]


def test_deleting_many_quietly_tells_nothing(client: CosS3Client) -> None:
    put(client, "a")
    told = client.delete_objects(Bucket=BUCKET, Delete={"Quiet": "true", "Object": [{"Key": "a"}]})
    assert told == {"DeleteResult": None}
    assert not client.object_exists(Bucket=BUCKET, Key="a")


def test_deleting_more_than_a_thousand_is_refused(client: CosS3Client) -> None:
    named = {"Object": [{"Key": str(number)} for number in range(1001)]}
    with pytest.raises(CosServiceError) as caught:
        client.delete_objects(Bucket=BUCKET, Delete=named)
    assert error_of(caught) == (400, "MalformedXML")


@pytest.mark.parametrize(
    ("key", "code"),
    [("k" * (KEY_LIMIT_BYTES + 1), "KeyTooLong"), ("a\x1bb", "InvalidObjectName")],
)
def test_a_key_against_the_naming_rules_is_refused(
    client: CosS3Client, key: str, code: str
) -> None:
    with pytest.raises(CosServiceError) as caught:
        put(client, key)
    assert error_of(caught) == (400, code)


def test_too_much_metadata_is_refused(client: CosS3Client) -> None:
    with pytest.raises(CosServiceError) as caught:
        put(client, "a", Metadata={"x-cos-meta-a": "x" * 2048})
    assert error_of(caught) == (400, "InvalidArgument")


def test_what_it_does_not_know_it_says(client: CosS3Client) -> None:
    with pytest.raises(CosServiceError) as caught:
        client.get_bucket_cors(Bucket=BUCKET)
    assert error_of(caught) == (501, "NotImplemented")
    with pytest.raises(CosServiceError) as caught:
        put(client, "a", Metadata={"x-cos-copy-source": "b"})
    assert error_of(caught) == (501, "NotImplemented")


def test_a_second_create_only_put_gets_409(client: CosS3Client) -> None:
    put(client, "requests/1.json", b"first", Metadata=CREATE_ONLY)
    with pytest.raises(CosServiceError) as caught:
        put(client, "requests/1.json", b"second", Metadata=CREATE_ONLY)
    assert error_of(caught) == (409, "FileAlreadyExists")
    assert body_of(client, "requests/1.json") == b"first"


def test_of_many_at_once_one_gets_through(server: Server) -> None:
    outcomes: list[int] = []

    def create() -> None:
        try:
            put(server.client(), "a", Metadata=CREATE_ONLY)
            outcomes.append(200)
        except CosServiceError as error:
            outcomes.append(error.get_status_code())

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(outcomes) == [200] + [409] * 7


def test_a_plain_put_overwrites(client: CosS3Client) -> None:
    put(client, "a", b"first", Metadata=CREATE_ONLY)
    put(client, "a", b"second")
    assert body_of(client, "a") == b"second"


def test_a_deleted_key_can_be_created_again(client: CosS3Client) -> None:
    put(client, "a", Metadata=CREATE_ONLY)
    client.delete_object(Bucket=BUCKET, Key="a")
    assert put(client, "a", Metadata=CREATE_ONLY)["ETag"]


@pytest.mark.parametrize("then", ["Enabled", "Suspended"])
def test_it_does_not_work_once_versioning_was_enabled(client: CosS3Client, then: str) -> None:
    client.put_bucket_versioning(Bucket=BUCKET, Status="Enabled")
    client.put_bucket_versioning(Bucket=BUCKET, Status=then)
    put(client, "a", b"first", Metadata=CREATE_ONLY)
    put(client, "a", b"second", Metadata=CREATE_ONLY)
    assert body_of(client, "a") == b"second"


def test_a_right_one_is_taken(client: CosS3Client) -> None:
    put(client, "a", b"x" * 2**21, EnableMD5=True)


@pytest.mark.parametrize(
    ("digest", "code"),
    [
        (base64.b64encode(md5(b"other")).decode(), "BadDigest"),
        ("AAAA", "InvalidDigest"),
        ("not base64", "InvalidDigest"),
    ],
)
def test_a_wrong_one_is_refused(client: CosS3Client, digest: str, code: str) -> None:
    with pytest.raises(CosServiceError) as caught:
        put(client, "a", ContentMD5=digest)
    assert error_of(caught) == (400, code)
    assert not client.object_exists(Bucket=BUCKET, Key="a")
