"""What a role's key may do: CAM's policies, held against every call, signed in whichever way."""

from collections.abc import Iterator

import pytest
from qcloud_cos import CosConfig, CosS3Auth, CosS3Client, CosServiceError

from infra.local import cos
from infra.local.cos import markup
from infra.local.serving import address, listen
from infra.serverless_yml.policies import policy
from tests.local.cos.driving import (
    BUCKET,
    PERMANENT,
    REGION,
    Server,
    body_of,
    error_of,
    keys_of,
    put,
)
from tests.serving import served

RESOURCE = f"qcs::cos:{REGION}:uid/1250000000:{BUCKET}"
ROLE = {"secret_id": "AKIDrole", "secret_key": "a role's secret", "token": "a-roles-token"}
NOBODY = {"secret_id": "AKIDnobody", "secret_key": "another secret", "token": "another-token"}
POLICY = {
    "version": "2.0",
    "statement": [
        {
            "effect": "allow",
            "action": ["name/cos:GetBucket"],
            "resource": [f"{RESOURCE}/*"],
            "condition": {"string_like": {"cos:prefix": ["open%2F*"]}},
        },
        {
            "effect": "allow",
            "action": [
                "name/cos:GetObject",
                "name/cos:HeadObject",
                "name/cos:PutObject",
                "name/cos:DeleteObject",
                "name/cos:DeleteMultipleObjects",
            ],
            "resource": [f"{RESOURCE}/open/*"],
        },
        {
            "effect": "deny",
            "action": ["name/cos:DeleteObject"],
            "resource": [f"{RESOURCE}/open/kept"],
        },
    ],
}
DENIED = (403, "AccessDenied")
ONE_PART = {"Part": [{"PartNumber": 1, "ETag": "1"}]}
# Tags and their order in an AccessDenied that somebody recorded from the real COS.
RECORDED_TAGS = ["Code", "Message", "Resource", "ServerTime", "RequestId", "TraceId"]


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    with listen() as listening:
        at = address(listening)
        keys = [PERMANENT, {**ROLE, "role": "some"}, {**NOBODY, "role": "without-a-policy"}]
        policies = {"some": POLICY}
        apps = cos.create({"cos": at}, bucket=BUCKET, region=REGION, keys=keys, policies=policies)
        with served(apps, {"cos": listening}):
            server = Server(at, at, [])
            yield server
            server.session.close()


@pytest.fixture
def server(guarded: Server) -> Server:
    guarded.control("POST", "reset")
    for key in ("open/a", "open/kept", "closed/a"):
        put(guarded.client(), key, b"there")
    return guarded


@pytest.fixture(params=["custom endpoint", "virtual host"])
def role(server: Server, request: pytest.FixtureRequest) -> CosS3Client:
    """The official client with the role's keys, by either address."""
    return server.client(ROLE, virtual=request.param == "virtual host")


def test_a_role_does_what_its_policy_allows(role: CosS3Client) -> None:
    put(role, "open/b", b"new")
    assert body_of(role, "open/b") == b"new"
    role.head_object(Bucket=BUCKET, Key="open/b")
    role.delete_object(Bucket=BUCKET, Key="open/b")


@pytest.mark.parametrize("key", ["closed/a", "open", "opener/a", "a/open/a"])
@pytest.mark.parametrize("method", ["get_object", "delete_object", "put_object"])
def test_a_role_is_denied_what_lies_elsewhere(server: Server, method: str, key: str) -> None:
    more = {"Body": b"1"} if method == "put_object" else {}
    with pytest.raises(CosServiceError) as caught:
        getattr(server.client(ROLE), method)(Bucket=BUCKET, Key=key, **more)
    assert error_of(caught) == DENIED
    assert body_of(server.client(), "closed/a") == b"there"


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("create_multipart_upload", {}),
        ("upload_part", {"Body": b"1", "PartNumber": 1, "UploadId": "1"}),
        ("complete_multipart_upload", {"UploadId": "1", "MultipartUpload": ONE_PART}),
        ("abort_multipart_upload", {"UploadId": "1"}),
        ("list_parts", {"UploadId": "1"}),
    ],
)
def test_each_call_of_an_upload_in_parts_is_a_right_of_its_own(
    role: CosS3Client, method: str, arguments: dict[str, object]
) -> None:
    """Whoever may put an object may not therefore put it in parts."""
    with pytest.raises(CosServiceError) as caught:
        getattr(role, method)(Bucket=BUCKET, Key="open/b", **arguments)
    assert error_of(caught) == DENIED


def test_a_denied_head_has_no_body_that_says_why(role: CosS3Client) -> None:
    with pytest.raises(CosServiceError) as caught:
        role.head_object(Bucket=BUCKET, Key="closed/a")
    assert error_of(caught)[0] == 403


def test_a_deny_wins(role: CosS3Client) -> None:
    with pytest.raises(CosServiceError) as caught:
        role.delete_object(Bucket=BUCKET, Key="open/kept")
    assert error_of(caught) == DENIED


@pytest.mark.parametrize("prefix", ["open/", "open/a", "open/none"])
def test_a_role_lists_below_the_prefix_that_its_policy_names_encoded(
    role: CosS3Client, prefix: str
) -> None:
    role.list_objects(Bucket=BUCKET, Prefix=prefix, Marker="", MaxKeys=10)


@pytest.mark.parametrize("prefix", ["", "open", "closed/", "ope", "/open/"])
def test_a_role_may_not_list_anything_else(role: CosS3Client, prefix: str) -> None:
    with pytest.raises(CosServiceError) as caught:
        role.list_objects(Bucket=BUCKET, Prefix=prefix)
    assert error_of(caught) == DENIED


@pytest.mark.parametrize(
    ("query", "status"), [("?prefix=open%2F", 200), ("?prefix=open/", 403), ("", 403)]
)
def test_the_prefix_is_compared_as_it_is_sent(server: Server, query: str, status: int) -> None:
    conf = CosConfig(Region=REGION, SecretId=ROLE["secret_id"], SecretKey=ROLE["secret_key"])
    signed = CosS3Auth(conf, "", {"prefix": "open/"} if query else {})
    answer = server.session.get(
        f"http://{server.address}/{query}",
        headers={"x-cos-security-token": ROLE["token"]},
        auth=signed,
        timeout=30,
    )
    assert answer.status_code == status, answer.text


def test_the_page_after_the_first_one_is_allowed_like_the_first(role: CosS3Client) -> None:
    first = role.list_objects(Bucket=BUCKET, Prefix="open/", MaxKeys=1)
    more = {"Marker": first["NextMarker"], "MaxKeys": 1}
    second = role.list_objects(Bucket=BUCKET, Prefix="open/", **more)
    assert keys_of(first) + keys_of(second) == ["open/a", "open/kept"]


@pytest.mark.parametrize(("key", "status"), [("open/a", 200), ("closed/a", 403)])
def test_a_presigned_url_has_the_rights_of_its_signer(
    server: Server, key: str, status: int
) -> None:
    params = {"x-cos-security-token": ROLE["token"], "response-content-type": "image/png"}
    url = server.client(ROLE).get_presigned_url(Bucket=BUCKET, Key=key, Method="GET", Params=params)
    answer = server.session.get(url, timeout=30)
    assert answer.status_code == status
    assert answer.headers["content-type"] == ("image/png" if status == 200 else "application/xml")


def test_of_many_keys_only_those_that_the_policy_covers_are_deleted(role: CosS3Client) -> None:
    keys = ["open/a", "closed/a", "open/none"]
    answer = role.delete_objects(
        Bucket=BUCKET, Delete={"Object": [{"Key": key} for key in keys], "Quiet": "false"}
    )
    assert [row["Key"] for row in answer["Deleted"]] == ["open/a", "open/none"]
    assert [(row["Key"], row["Code"]) for row in answer["Error"]] == [("closed/a", "AccessDenied")]


def test_what_was_not_deleted_is_on_the_disk_still(server: Server) -> None:
    objects = {"Object": [{"Key": "closed/a"}], "Quiet": "true"}
    answer = server.client(ROLE).delete_objects(Bucket=BUCKET, Delete=objects)
    assert [row["Key"] for row in answer["Error"]] == ["closed/a"]
    assert body_of(server.client(), "closed/a") == b"there"


def test_a_missing_key_within_its_rights_is_missing_and_elsewhere_denied(role: CosS3Client) -> None:
    for key, refusal in (("open/none", (404, "NoSuchKey")), ("closed/none", DENIED)):
        with pytest.raises(CosServiceError) as caught:
            role.get_object(Bucket=BUCKET, Key=key)
        assert error_of(caught) == refusal


def test_a_missing_key_is_missing_for_a_role_that_may_not_list_there(server: Server) -> None:
    bot = {"secret_id": "AKIDbot", "secret_key": "k", "token": "t", "role": "some"}
    server.control("PUT", "keys", json=bot)
    with pytest.raises(CosServiceError) as caught:
        server.client(bot).head_object(Bucket=BUCKET, Key="open/none")
    assert error_of(caught) == (404, "NoSuchResource")


@pytest.mark.parametrize("method", ["get_bucket_lifecycle", "get_bucket_acl", "head_bucket"])
def test_a_role_is_denied_the_buckets_own_settings(role: CosS3Client, method: str) -> None:
    with pytest.raises(CosServiceError) as caught:
        getattr(role, method)(Bucket=BUCKET)
    assert error_of(caught)[0] == 403


def test_a_role_without_a_policy_may_do_nothing(server: Server) -> None:
    with pytest.raises(CosServiceError) as caught:
        server.client(NOBODY).get_object(Bucket=BUCKET, Key="open/a")
    assert error_of(caught) == DENIED


def test_the_operators_key_keeps_all_rights(server: Server) -> None:
    assert body_of(server.client(), "closed/a") == b"there"
    assert keys_of(server.client().list_objects(Bucket=BUCKET)) == [
        "closed/a",
        "open/a",
        "open/kept",
    ]


def test_a_denied_body_is_not_kept(server: Server) -> None:
    with pytest.raises(CosServiceError):
        put(server.client(ROLE), "closed/a", b"changed")
    assert body_of(server.client(), "closed/a") == b"there"
    assert server.calls()[-2]["error"] == "AccessDenied"


def test_a_denial_looks_as_recorded(server: Server) -> None:
    url = server.client(ROLE).get_presigned_url(
        Bucket=BUCKET,
        Key="closed/a",
        Method="GET",
        Params={"x-cos-security-token": ROLE["token"]},
    )
    error = markup.parsed(server.session.get(url, timeout=30).content, "Error")
    assert error is not None
    assert [child.tag for child in error] == RECORDED_TAGS
    assert error.findtext("Message") == "Access Denied."
    assert error.findtext("Resource") == "/closed/a"


def test_every_policy_of_the_product_is_understood() -> None:
    policies = {name: policy(name, bucket=BUCKET, region=REGION) for name in ("bot", "worker")}
    cos.create({}, bucket=BUCKET, region=REGION, keys=[], policies=policies)
