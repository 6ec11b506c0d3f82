"""Multipart uploads through the official client: sizes, ETags, order, and what is left of them."""

from typing import Any

import pytest
from qcloud_cos import CosS3Client, CosServiceError

from tests.local.cos.driving import BUCKET, Server, error_of

MB = 2**20
KEY = "results/a/pictures.zip"


class Upload:
    """One multipart upload of ``KEY``."""

    def __init__(self, client: CosS3Client) -> None:
        self._client = client
        begun = client.create_multipart_upload(
            Bucket=BUCKET, Key=KEY, ContentType="application/zip"
        )
        assert (begun["Bucket"], begun["Key"]) == (BUCKET, KEY)
        self.id: str = begun["UploadId"]

    def put(self, number: int, body: bytes, **other: Any) -> str:
        answer = self._client.upload_part(
            **{"Bucket": BUCKET, "Key": KEY, "UploadId": self.id, **other},
            Body=body,
            PartNumber=number,
            EnableMD5=True,
        )
        etag: str = answer["ETag"]
        return etag

    def complete(self, *parts: tuple[int, str]) -> dict[str, Any]:
        listed = [{"PartNumber": number, "ETag": etag} for number, etag in parts]
        answer: dict[str, Any] = self._client.complete_multipart_upload(
            Bucket=BUCKET, Key=KEY, UploadId=self.id, MultipartUpload={"Part": listed}
        )
        return answer

    def abort(self) -> None:
        self._client.abort_multipart_upload(Bucket=BUCKET, Key=KEY, UploadId=self.id)


@pytest.fixture
def upload(client: CosS3Client) -> Upload:
    return Upload(client)


def keys(client: CosS3Client) -> list[str]:
    return [row["Key"] for row in client.list_objects(Bucket=BUCKET).get("Contents", [])]


def unfinished(client: CosS3Client) -> list[str]:
    found = client.list_multipart_uploads(Bucket=BUCKET, Prefix="results/").get("Upload", [])
    return [row["UploadId"] for row in found]


def test_parts_become_one_object_once_they_are_completed(
    client: CosS3Client, upload: Upload
) -> None:
    second = upload.put(2, b"b")  # in whatever order they come; the last may be small
    first = upload.put(1, b"a" * MB)
    assert keys(client) == []
    assert unfinished(client) == [upload.id]
    done = upload.complete((1, first), (2, second))
    assert done["ETag"].strip('"').endswith("-2")
    stored = client.get_object(Bucket=BUCKET, Key=KEY)
    assert stored["Body"].get_raw_stream().read() == b"a" * MB + b"b"
    assert stored["Content-Type"] == "application/zip"
    assert stored["ETag"] == done["ETag"]
    assert unfinished(client) == []


def test_of_two_parts_with_one_number_the_later_counts(client: CosS3Client, upload: Upload) -> None:
    earlier = upload.put(1, b"1")
    later = upload.put(1, b"2")
    with pytest.raises(CosServiceError) as caught:
        upload.complete((1, earlier))
    assert error_of(caught) == (400, "InvalidPart")
    upload.complete((1, later))
    assert client.get_object(Bucket=BUCKET, Key=KEY)["Body"].get_raw_stream().read() == b"2"


def test_parts_are_listed(client: CosS3Client, upload: Upload) -> None:
    etags = [upload.put(number, b"x" * number) for number in (1, 2, 3)]
    page = client.list_parts(Bucket=BUCKET, Key=KEY, UploadId=upload.id, MaxParts=2)
    assert [(row["PartNumber"], row["ETag"], row["Size"]) for row in page["Part"]] == [
        ("1", etags[0], "1"),
        ("2", etags[1], "2"),
    ]
    assert (page["IsTruncated"], page["NextPartNumberMarker"]) == ("true", "2")
    rest = client.list_parts(Bucket=BUCKET, Key=KEY, UploadId=upload.id, PartNumberMarker=2)
    assert [row["PartNumber"] for row in rest["Part"]] == ["3"]


def test_an_aborted_upload_is_gone_with_its_parts(client: CosS3Client, upload: Upload) -> None:
    etag = upload.put(1, b"1")
    upload.abort()
    assert (unfinished(client), keys(client)) == ([], [])
    for late in (lambda: upload.put(1, b"1"), lambda: upload.complete((1, etag)), upload.abort):
        with pytest.raises(CosServiceError) as caught:
            late()
        assert error_of(caught) == (404, "NoSuchUpload")


def test_an_upload_is_of_one_key(upload: Upload) -> None:
    with pytest.raises(CosServiceError) as caught:
        upload.put(1, b"1", Key="results/b/pictures.zip")
    assert error_of(caught) == (404, "NoSuchUpload")


@pytest.mark.parametrize("number", [0, 10_001, -1])
def test_a_part_has_a_number_from_1_to_10000(upload: Upload, number: int) -> None:
    with pytest.raises(CosServiceError) as caught:
        upload.put(number, b"1")
    assert error_of(caught) == (400, "InvalidArgument")


def test_all_parts_but_the_last_have_a_megabyte(upload: Upload) -> None:
    first, second = upload.put(1, b"a" * (MB - 1)), upload.put(2, b"b" * MB)
    with pytest.raises(CosServiceError) as caught:
        upload.complete((1, first), (2, second))
    assert error_of(caught) == (400, "EntityTooSmall")


def test_parts_are_completed_in_order_and_without_a_gap(upload: Upload) -> None:
    etags = {number: upload.put(number, b"a" * MB) for number in (1, 2, 3)}
    refusals = {
        ((2, etags[2]), (1, etags[1])): "InvalidPartOrder",
        ((1, etags[1]), (1, etags[1])): "InvalidPartOrder",
        ((1, etags[1]), (3, etags[3])): "InvalidPart",
        ((2, etags[2]), (3, etags[3])): "InvalidPart",
        ((1, etags[1]), (2, '"0123"')): "InvalidPart",
        (): "MalformedXML",
    }
    for parts, code in refusals.items():
        with pytest.raises(CosServiceError) as caught:
            upload.complete(*parts)
        assert error_of(caught) == (400, code), parts


def test_an_upload_is_called_by_names_of_its_own(server: Server) -> None:
    upload = Upload(server.client())
    upload.complete((1, upload.put(1, b"1")))
    named = [(row["op"], row["target"]) for row in server.calls()]
    assert named == [("BEGIN_UPLOAD", KEY), ("PUT_PART", KEY), ("COMPLETE_UPLOAD", KEY)]
