"""Answer the calls on objects: PUT, GET, HEAD, DELETE, and the deletion of many."""

from xml.etree import ElementTree as ET

from starlette.responses import Response

from infra.local.cos import markup, reading
from infra.local.cos.access import Caller
from infra.local.cos.bucket import META, Bucket, StoredObject
from infra.local.cos.errors import MESSAGES, Refused
from infra.local.cos.incoming import Incoming, check_key, flag, md5_hex

DEFAULT_TYPE = "application/octet-stream"
META_LIMIT_BYTES = 2048  # 436/7749
DELETE_MANY_LIMIT = 1000  # 436/8289
KEPT_HEADERS = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)
CREATE_ONLY = "x-cos-forbid-overwrite"


async def put(incoming: Incoming, bucket: Bucket, *, now: float) -> StoredObject:
    """Carry out PUT Object (436/7749) and return the stored object. Raises ``Refused``."""
    check_key(incoming.key)
    if "x-cos-copy-source" in incoming.headers:
        raise Refused("NotImplemented", "The stand-in does not copy objects.")
    headers = kept_headers(incoming)
    body = await incoming.body()
    stored = await stored_object(incoming.key, body, headers=headers, now=now)
    # Nothing awaits between this check and the put, so two create-only puts cannot both succeed.
    # The header works only where versioning was never enabled (436/7749).
    create_only = flag(incoming.headers, CREATE_ONLY) and not bucket.versioning
    if create_only and stored.key in bucket.objects:
        raise Refused("FileAlreadyExists")
    bucket.put(stored)
    return stored


async def stored_object(
    key: str, body: bytes, *, headers: dict[str, str], now: float
) -> StoredObject:
    """Make an object modified at ``now`` (Unix seconds), with its ETag."""
    etag = f'"{await md5_hex(body)}"'
    return StoredObject(
        key=key,
        body=body,
        headers={"content-type": DEFAULT_TYPE, **headers},
        etag=etag,
        modified_at=now,
    )


def kept_headers(incoming: Incoming) -> dict[str, str]:
    """Pick the headers to store with an object. Raises ``Refused`` (InvalidArgument)."""
    headers = {
        name: incoming.header(name)
        for name in incoming.headers
        if name in KEPT_HEADERS or name.startswith(META)
    }
    metadata = [pair for pair in headers.items() if pair[0].startswith(META)]
    if sum(len(name) + len(value) for name, value in metadata) > META_LIMIT_BYTES:
        raise Refused("InvalidArgument", "The x-cos-meta- headers exceed 2 KB.")
    return headers


def get(incoming: Incoming, bucket: Bucket, caller: Caller) -> Response:
    """Answer GET Object and HEAD Object (436/7753, 436/7745). Raises ``Refused``."""
    stored = bucket.objects.get(incoming.key)
    if stored is None:
        raise Refused("NoSuchKey")
    headers = reading.answered_headers(
        stored,
        {name: value for name, value in incoming.params.items() if name in caller.signed_params},
        forced_download=incoming.on_default_domain,
    )
    if reading.unmodified(stored, {name: incoming.header(name) for name in incoming.headers}):
        return Response(status_code=304, headers=headers)
    size = len(stored.body)
    wanted = reading.part(incoming.header("range"), size)
    if wanted is None:
        return Response(stored.body, headers=headers)
    headers["content-range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    return Response(stored.body[wanted.start : wanted.stop], 206, headers)


async def keys_to_delete(incoming: Incoming) -> tuple[list[str], bool]:
    """Read DELETE Multiple Objects (436/8289): the keys, and whether to answer quietly.

    Raises ``Refused`` (InvalidRequest, MalformedXML).
    """
    if "content-md5" not in incoming.headers:
        raise Refused("InvalidRequest", "Missing required header for this request: Content-MD5")
    root = markup.parsed(await incoming.body(), "Delete")
    if root is None:
        raise Refused("MalformedXML")
    keys = [_key_of(item) for item in root.findall("Object")]
    if not 0 < len(keys) <= DELETE_MANY_LIMIT:
        raise Refused("MalformedXML", "Name 1 to 1000 objects.")
    return keys, (root.findtext("Quiet") or "").strip().lower() == "true"


def _key_of(item: ET.Element) -> str:
    key = item.findtext("Key")
    if not key:
        raise Refused("MalformedXML")
    return key


def deleted_answer(keys: list[str], refused: list[str], *, quiet: bool) -> Response:
    """Answer a deletion of ``keys``; a key that did not exist counts as deleted.

    A ``quiet`` answer names only the ``refused`` keys.
    """
    rows = [markup.node("Deleted", markup.text("Key", key)) for key in keys]
    denied = (markup.text("Code", "AccessDenied"), markup.text("Message", MESSAGES["AccessDenied"]))
    errors = [markup.node("Error", markup.text("Key", key), *denied) for key in refused]
    body = markup.document("DeleteResult", *([] if quiet else rows), *errors)
    return Response(body, media_type="application/xml")
