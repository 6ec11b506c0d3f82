"""Find out which call a request makes, and carry it out."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.responses import Response

from infra.local.cos import configuration, listing, multipart, objects, triggers
from infra.local.cos.access import ANONYMOUS, Caller
from infra.local.cos.bucket import Bucket
from infra.local.cos.errors import Refused
from infra.local.cos.incoming import Incoming, flag
from infra.local.cos.reading import OVERRIDES, has_etag
from infra.local.cos.standin import Standin

DELETE_MANY = "name/cos:DeleteMultipleObjects"
Act = Callable[[Standin, Incoming, Caller], Awaitable[Response]]

# A parameter with one of these names makes the request a different call, known here or not.
SUBRESOURCES = frozenset(
    {
        *("accelerate", "acl", "append", "cors", "delete", "domain", "encryption"),
        *("intelligenttiering", "inventory", "legal-hold", "lifecycle", "location", "logging"),
        *("object-lock", "origin", "policy", "referer", "replication", "restore", "retention"),
        *("select", "tagging", "torrent", "uploadid", "uploads"),
        *("versionid", "versioning", "versions", "website"),
    }
)


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a call: its name in the call log and in faults, its function, CAM's action for it.

    Without an action, only the account's owner may try it.
    """

    name: str
    act: Act
    action: str = ""
    each_key: bool = False  # the right is needed for each key in the body, not for the bucket
    public: bool = False  # anybody may do it where the bucket is public-read

    def target(self, incoming: Incoming) -> str:
        """Give what the call acts on: the key, or the prefix of a listing."""
        return incoming.params.get("prefix", "") if self.name == "LIST" else incoming.key

    def detail(self, incoming: Incoming) -> dict[str, Any]:
        """Give what the call log records beside the target."""
        if self.name == "LIST":
            return {
                "prefix": incoming.params.get("prefix", ""),
                "raw_prefix": incoming.raw_params.get("prefix", ""),
            }
        create_only = flag(incoming.headers, objects.CREATE_ONLY)
        return {"create_only": True} if create_only else {}

    def check_rights(self, standin: Standin, incoming: Incoming, caller: Caller) -> None:
        """Refuse (AccessDenied) a call that the policy of the caller's role does not allow."""
        values = incoming.condition_values
        if not self.each_key and not standin.may(caller.key, self.action, incoming.key, values):
            raise Refused("AccessDenied")

    def open_to_everyone(self, acl: str) -> bool:
        """Say whether the call needs no signature under the bucket's canned ACL."""
        return self.public and acl.startswith("public-read")


def find(incoming: Incoming) -> Operation:
    """Find the call that a request makes; an unknown one refuses with NotImplemented."""
    sub = next((name for name in incoming.params if name in SUBRESOURCES), "")
    known = OBJECT_CALLS if incoming.key else BUCKET_CALLS
    operation = known.get((incoming.method, sub))
    if operation is not None:
        return operation
    return Operation(name=f"{incoming.method}_{sub}".upper().rstrip("_"), act=_unknown)


async def _unknown(_standin: Standin, _incoming: Incoming, _caller: Caller) -> Response:
    raise Refused("NotImplemented")


def _check_conditions(standin: Standin, incoming: Incoming) -> None:
    """Check a PUT's If-Match and If-None-Match, where the settings say that COS heeds them."""
    stored, settings = standin.bucket.objects.get(incoming.key), standin.settings
    wanted, unwanted = incoming.header("if-match"), incoming.header("if-none-match")
    if settings.put_if_match and wanted and (stored is None or not has_etag(wanted, stored)):
        raise Refused("PreconditionFailed")
    if settings.put_if_none_match and unwanted and stored and has_etag(unwanted, stored):
        raise Refused("PreconditionFailed")


async def _put(standin: Standin, incoming: Incoming, _caller: Caller) -> Response:
    _check_conditions(standin, incoming)
    stored = await objects.put(incoming, standin.bucket, now=standin.now())
    standin.fire(triggers.CREATED, stored, cause=incoming)
    return Response(headers={"etag": stored.etag})


async def _get(standin: Standin, incoming: Incoming, caller: Caller) -> Response:
    if standin.settings.missing_key_status == 403 and incoming.key not in standin.bucket.objects:
        raise Refused("AccessDenied")
    if caller is ANONYMOUS and OVERRIDES.keys() & incoming.params.keys():
        raise Refused("InvalidRequest", "response-* parameters need a signature.")  # 436/7753
    return objects.get(incoming, standin.bucket, caller)


async def _delete(standin: Standin, incoming: Incoming, _caller: Caller) -> Response:
    standin.delete(incoming.key, incoming)
    return Response(status_code=204)


async def _begin_upload(standin: Standin, incoming: Incoming, _caller: Caller) -> Response:
    return multipart.begin(incoming, standin.bucket, now=standin.now())


async def _complete_upload(standin: Standin, incoming: Incoming, _caller: Caller) -> Response:
    stored = await multipart.complete(incoming, standin.bucket, now=standin.now())
    standin.fire(triggers.COMPLETED, stored, cause=incoming)
    return multipart.completed_answer(stored, standin.bucket)


async def _put_part(standin: Standin, incoming: Incoming, _caller: Caller) -> Response:
    return await multipart.put_part(incoming, standin.bucket)


async def _abort_upload(standin: Standin, incoming: Incoming, _caller: Caller) -> Response:
    return multipart.abort(incoming, standin.bucket)


async def _list_parts(standin: Standin, incoming: Incoming, _caller: Caller) -> Response:
    return multipart.list_parts(incoming, standin.bucket)


async def _list_uploads(standin: Standin, incoming: Incoming, _caller: Caller) -> Response:
    return multipart.list_uploads(incoming, standin.bucket)


async def _delete_many(standin: Standin, incoming: Incoming, caller: Caller) -> Response:
    keys, quiet = await objects.keys_to_delete(incoming)
    values = incoming.condition_values
    deleted, refused = [], []
    for key in keys:
        if standin.may(caller.key, DELETE_MANY, key, values):
            standin.delete(key, incoming)
            deleted.append(key)
        else:
            refused.append(key)
    return objects.deleted_answer(deleted, refused, quiet=quiet)


async def _list(standin: Standin, incoming: Incoming, _caller: Caller) -> Response:
    asked = listing.query(incoming.params)
    found = listing.page(standin.bucket, asked, lag_s=standin.settings.list_lag_s)
    return listing.answer(standin.bucket, asked, found)


async def _head_bucket(standin: Standin, _incoming: Incoming, _caller: Caller) -> Response:
    return Response(headers={"x-cos-bucket-region": standin.bucket.region})


def _configuring(act: Callable[[Incoming, Bucket], Awaitable[Response]]) -> Act:
    async def on_bucket(standin: Standin, incoming: Incoming, _caller: Caller) -> Response:
        return await act(incoming, standin.bucket)

    return on_bucket


# The actions are those of 436/30580.
OBJECT_CALLS = {
    ("PUT", ""): Operation(name="PUT", act=_put, action="name/cos:PutObject"),
    ("GET", ""): Operation(name="GET", act=_get, action="name/cos:GetObject", public=True),
    ("HEAD", ""): Operation(name="HEAD", act=_get, action="name/cos:HeadObject", public=True),
    ("DELETE", ""): Operation(name="DELETE", act=_delete, action="name/cos:DeleteObject"),
    **{
        (method, sub): Operation(name=name, act=act, action=f"name/cos:{action}")
        for method, sub, name, act, action in (
            ("POST", "uploads", "BEGIN_UPLOAD", _begin_upload, "InitiateMultipartUpload"),
            ("PUT", "uploadid", "PUT_PART", _put_part, "UploadPart"),
            ("POST", "uploadid", "COMPLETE_UPLOAD", _complete_upload, "CompleteMultipartUpload"),
            ("DELETE", "uploadid", "ABORT_UPLOAD", _abort_upload, "AbortMultipartUpload"),
            ("GET", "uploadid", "LIST_PARTS", _list_parts, "ListParts"),
        )
    },
}

BUCKET_CALLS = {
    ("GET", ""): Operation(name="LIST", act=_list, action="name/cos:GetBucket", public=True),
    ("HEAD", ""): Operation(
        name="HEAD_BUCKET", act=_head_bucket, action="name/cos:HeadBucket", public=True
    ),
    ("GET", "uploads"): Operation(
        name="LIST_UPLOADS", act=_list_uploads, action="name/cos:ListMultipartUploads"
    ),
    ("POST", "delete"): Operation(
        name="DELETE_MANY", act=_delete_many, action=DELETE_MANY, each_key=True
    ),
    **{
        (method, name.lower()): Operation(
            name=f"{method}_{name}".upper(),
            act=_configuring(act),
            action=f"name/cos:{method.title()}Bucket{name}",
        )
        for method, name, act in (
            ("GET", "Versioning", configuration.get_versioning),
            ("PUT", "Versioning", configuration.put_versioning),
            ("GET", "Lifecycle", configuration.get_lifecycle),
            ("PUT", "Lifecycle", configuration.put_lifecycle),
            ("DELETE", "Lifecycle", configuration.delete_lifecycle),
            ("GET", "ACL", configuration.get_acl),
            ("PUT", "ACL", configuration.put_acl),
        )
    },
}
