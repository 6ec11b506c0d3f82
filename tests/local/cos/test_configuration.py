"""The bucket's configuration, through the official client."""

import pytest
from qcloud_cos import CosS3Client, CosServiceError

from tests.local.cos.driving import BUCKET, error_of


def test_the_bucket_can_be_seen(client: CosS3Client) -> None:
    assert client.head_bucket(Bucket=BUCKET)["x-cos-bucket-region"] == "ap-guangzhou"


def test_versioning_starts_as_never_enabled(client: CosS3Client) -> None:
    assert "Status" not in client.get_bucket_versioning(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, Status="Enabled")
    assert client.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"


def test_lifecycle_rules_are_kept_until_deleted(client: CosS3Client) -> None:
    rule = {
        "ID": "uploads",
        "Filter": {"Prefix": "uploads/"},
        "Status": "Enabled",
        "Expiration": {"Days": "3"},
    }
    client.put_bucket_lifecycle(Bucket=BUCKET, LifecycleConfiguration={"Rule": [rule]})
    assert client.get_bucket_lifecycle(Bucket=BUCKET)["Rule"] == [rule]
    client.delete_bucket_lifecycle(Bucket=BUCKET)
    with pytest.raises(CosServiceError) as caught:
        client.get_bucket_lifecycle(Bucket=BUCKET)
    assert error_of(caught) == (404, "NoSuchLifecycleConfiguration")


def test_a_lifecycle_without_a_status_is_refused(client: CosS3Client) -> None:
    with pytest.raises(CosServiceError) as caught:
        client.put_bucket_lifecycle(
            Bucket=BUCKET, LifecycleConfiguration={"Rule": [{"Filter": {"Prefix": ""}}]}
        )
    assert error_of(caught) == (400, "MalformedXML")


@pytest.mark.parametrize("acl", ["private", "public-read", "public-read-write"])
def test_the_acl_is_kept(client: CosS3Client, acl: str) -> None:
    assert client.get_bucket_acl(Bucket=BUCKET)["CannedACL"] == "private"
    client.put_bucket_acl(Bucket=BUCKET, ACL=acl)
    assert client.get_bucket_acl(Bucket=BUCKET)["CannedACL"] == acl
