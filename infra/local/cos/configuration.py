"""Answer the calls on the bucket's configuration: versioning, lifecycle, ACL, all in memory."""

from starlette.responses import Response

from infra.local.cos import markup
from infra.local.cos.bucket import Bucket
from infra.local.cos.errors import Refused
from infra.local.cos.incoming import Incoming

CANNED_ACLS = ("private", "public-read", "public-read-write", "authenticated-read")
_EVERYONE = "http://cam.qcloud.com/groups/global/AllUsers"
_OWNER = "qcs::cam::uin/100000000001:uin/100000000001"
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"


def _xml(body: bytes) -> Response:
    return Response(body, media_type="application/xml")


async def get_versioning(_: Incoming, bucket: Bucket) -> Response:
    """Answer GET Bucket versioning (436/19888), without a Status if it was never enabled."""
    status = markup.text("Status", bucket.versioning) if bucket.versioning else ""
    return _xml(markup.document("VersioningConfiguration", status))


async def put_versioning(incoming: Incoming, bucket: Bucket) -> Response:
    """Answer PUT Bucket versioning (436/19889); once enabled it can only be suspended.

    Raises ``Refused`` (MalformedXML).
    """
    root = markup.parsed(await incoming.body(), "VersioningConfiguration")
    status = root.findtext("Status") if root is not None else None
    if status not in ("Enabled", "Suspended"):
        raise Refused("MalformedXML")
    bucket.versioning = status
    return Response()


async def get_lifecycle(_: Incoming, bucket: Bucket) -> Response:
    """Answer GET Bucket lifecycle (436/8278). Raises ``Refused`` if none was put."""
    if not bucket.lifecycle:
        raise Refused("NoSuchLifecycleConfiguration")
    return _xml(bucket.lifecycle)


async def put_lifecycle(incoming: Incoming, bucket: Bucket) -> Response:
    """Answer PUT Bucket lifecycle (436/8280): store the rules, although nothing expires here.

    Content-MD5 is required. Raises ``Refused`` (InvalidRequest, MalformedXML).
    """
    if "content-md5" not in incoming.headers:
        raise Refused("InvalidRequest", "Missing required header for this request: Content-MD5")
    body = await incoming.body()
    root = markup.parsed(body, "LifecycleConfiguration")
    rules = root.findall("Rule") if root is not None else []
    if not rules or any(
        rule.findtext("Status") not in ("Enabled", "Disabled") or rule.find("Filter") is None
        for rule in rules
    ):
        raise Refused("MalformedXML")
    bucket.lifecycle = body
    return Response()


async def delete_lifecycle(_: Incoming, bucket: Bucket) -> Response:
    """Answer DELETE Bucket lifecycle (436/8284). Raises ``Refused`` if none was put."""
    if not bucket.lifecycle:
        raise Refused("NoSuchLifecycleConfiguration")
    bucket.lifecycle = b""
    return Response(status_code=204)


async def get_acl(_: Incoming, bucket: Bucket) -> Response:
    """Answer GET Bucket acl (436/7733) with the grants that the canned ACL stands for."""
    grants = [_grant("CanonicalUser", markup.text("ID", _OWNER), "FULL_CONTROL")]
    if bucket.acl.startswith("public-read"):
        grants.append(_grant("Group", markup.text("URI", _EVERYONE), "READ"))
    if bucket.acl == "public-read-write":
        grants.append(_grant("Group", markup.text("URI", _EVERYONE), "WRITE"))
    owner = markup.node("Owner", markup.text("ID", _OWNER), markup.text("DisplayName", _OWNER))
    return _xml(
        markup.document("AccessControlPolicy", owner, markup.node("AccessControlList", *grants))
    )


def _grant(kind: str, grantee: str, permission: str) -> str:
    return markup.node(
        "Grant",
        f'<Grantee xmlns:xsi="{_SCHEMA}" xsi:type="{kind}">{grantee}</Grantee>',
        markup.text("Permission", permission),
    )


async def put_acl(incoming: Incoming, bucket: Bucket) -> Response:
    """Answer PUT Bucket acl (436/7737); only a canned ACL in ``x-cos-acl`` is taken.

    Raises ``Refused`` (NotImplemented, InvalidArgument).
    """
    acl = incoming.header("x-cos-acl")
    if not acl:
        raise Refused("NotImplemented", "The stand-in takes canned ACLs only.")
    if acl not in CANNED_ACLS:
        raise Refused("InvalidArgument", "x-cos-acl is not a canned ACL.")
    bucket.acl = acl
    return Response()
