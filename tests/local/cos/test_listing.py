"""Listings, through the official client."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qcloud_cos import CosS3Client, CosServiceError

from infra.local.cos import listing, markup
from infra.local.cos.bucket import Bucket, StoredObject
from tests.local.cos.driving import BUCKET, Server, body_of, error_of, keys_of, put, wait_until


def test_pages_follow_each_other_to_the_end(client: CosS3Client) -> None:
    names = sorted(f"requests/{number:02}.json" for number in range(7))
    for key in ["other", *names]:
        put(client, key)
    found: list[str] = []
    marker, pages = "", 0
    while True:
        page = client.list_objects(Bucket=BUCKET, Prefix="requests/", Marker=marker, MaxKeys=3)
        found += keys_of(page)
        pages += 1
        if page["IsTruncated"] == "false":
            break
        marker = page["NextMarker"]
    assert (found, pages) == (names, 3)


def test_a_row_tells_size_etag_and_time(client: CosS3Client) -> None:
    etag = put(client, "a", b"12345")["ETag"]
    (row,) = client.list_objects(Bucket=BUCKET)["Contents"]
    assert (row["Key"], row["Size"], row["ETag"]) == ("a", "5", etag)
    assert row["LastModified"].endswith(".000Z")


def test_an_empty_bucket_has_no_rows(client: CosS3Client) -> None:
    page = client.list_objects(Bucket=BUCKET)
    assert keys_of(page) == []
    assert page["IsTruncated"] == "false"


def test_a_delimiter_groups_and_a_group_is_one_entry(client: CosS3Client) -> None:
    for key in ("p/a/1", "p/a/2", "p/b", "p/c/1", "p/d", "q"):
        put(client, key)
    first = client.list_objects(Bucket=BUCKET, Prefix="p/", Delimiter="/", MaxKeys=3)
    assert keys_of(first) == ["p/b"]
    assert [row["Prefix"] for row in first["CommonPrefixes"]] == ["p/a/", "p/c/"]
    assert first["NextMarker"] == "p/c/"
    rest = client.list_objects(Bucket=BUCKET, Prefix="p/", Delimiter="/", Marker="p/c/")
    assert (keys_of(rest), rest["IsTruncated"]) == (["p/d"], "false")
    assert "CommonPrefixes" not in rest


def test_more_than_a_thousand_keys_come_in_pages_of_a_thousand(server: Server) -> None:
    server.control("PUT", "objects", json={f"{number:04}": "" for number in range(1001)})
    page = server.client().list_objects(Bucket=BUCKET, MaxKeys=5000)
    assert (len(keys_of(page)), page["MaxKeys"]) == (1000, "1000")
    assert (page["IsTruncated"], page["NextMarker"]) == ("true", "0999")


def test_a_name_that_xml_cannot_hold_comes_url_encoded(client: CosS3Client) -> None:
    put(client, "a\x01 +%/ü")
    assert keys_of(client.list_objects(Bucket=BUCKET)) == ["a\x01 +%/ü"]
    plain = client.list_objects(Bucket=BUCKET, EncodingType="url")
    assert keys_of(plain) == ["a%01%20%2B%25/%C3%BC"]


@pytest.mark.parametrize("wrong", ["-1", "many"])
def test_a_wrong_number_of_keys_is_refused(client: CosS3Client, wrong: str) -> None:
    with pytest.raises(CosServiceError) as caught:
        client.list_objects(Bucket=BUCKET, MaxKeys=wrong)
    assert error_of(caught) == (400, "InvalidArgument")


def test_a_listing_can_lag_behind(server: Server) -> None:
    client = server.client()
    put(client, "old")
    assert keys_of(client.list_objects(Bucket=BUCKET)) == ["old"]
    server.put_settings(list_lag_s=60)
    put(client, "new")
    client.delete_object(Bucket=BUCKET, Key="old")
    assert keys_of(client.list_objects(Bucket=BUCKET)) == ["old"]
    assert body_of(client, "new") == b"1"
    assert not client.object_exists(Bucket=BUCKET, Key="old")
    server.put_settings(list_lag_s=0.02)
    wait_until(lambda: keys_of(client.list_objects(Bucket=BUCKET)) == ["new"])


def entries(bucket: Bucket, query: listing.Query) -> list[str]:
    """The names on one page, in order."""
    page = listing.page(bucket, query, lag_s=0)
    return sorted([*(stored.key for stored in page.objects), *page.common_prefixes])


@given(
    keys=st.sets(st.text("ab/", min_size=1, max_size=5)),
    prefix=st.text("ab/", max_size=2),
    delimiter=st.sampled_from(["", "/", "b", "ab"]),
    size=st.integers(1, 4),
)
def test_pages_of_any_size_hold_what_one_page_holds(
    keys: set[str], prefix: str, delimiter: str, size: int
) -> None:
    bucket = Bucket("a-1", "ap-guangzhou")
    for key in keys:
        bucket.put(StoredObject(key=key, body=b"", headers={}, etag="", modified_at=0))
    whole = entries(bucket, listing.Query(prefix=prefix, delimiter=delimiter))
    assert len(whole) == len(set(whole))
    assert {key for key in keys if key.startswith(prefix)} == {
        key for key in keys for name in whole if key == name or (delimiter and key.startswith(name))
    }
    found: list[str] = []
    marker = ""
    for _ in range(len(whole) + 1):
        query = listing.Query(prefix=prefix, delimiter=delimiter, max_keys=size, marker=marker)
        found += entries(bucket, query)
        marker = listing.page(bucket, query, lag_s=0).next_marker
        if not marker:
            break
    assert found == whole


@given(st.text(st.sampled_from("a/ &<>'\"\r\n\t\x00é夜"), max_size=8))
def test_any_name_is_read_in_an_answer_as_it_was_written(name: str) -> None:
    """But for what XML cannot hold."""
    read = ElementTree.fromstring(markup.text("Key", name)).text or ""  # noqa: S314  # our own
    assert read == name.replace("\x00", "\ufffd")
