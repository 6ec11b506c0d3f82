"""Answer the calls of multipart uploads: parts become one object on completion (436/14112)."""

import hashlib
import re
import secrets
from xml.etree import ElementTree as ET

from starlette.responses import Response

from infra.local.cos import markup, objects
from infra.local.cos.bucket import Bucket, Part, StoredObject, Unfinished
from infra.local.cos.errors import Refused
from infra.local.cos.incoming import Incoming, check_key, md5_hex

PARTS_LIMIT = 10_000  # 436/7750, which also has the sizes
PART_MIN_BYTES = 2**20  # but for the last part
LISTED_LIMIT = 1000
_NUMBER = re.compile("[0-9]{1,5}")


def begin(incoming: Incoming, bucket: Bucket, *, now: float) -> Response:
    """Answer Initiate Multipart Upload (436/7746): the object's headers are given here.

    Raises ``Refused``.
    """
    check_key(incoming.key)
    upload_id = f"{int(now)}{secrets.token_hex(32)}"
    headers = objects.kept_headers(incoming)
    bucket.uploads[upload_id] = Unfinished(key=incoming.key, headers=headers, begun_at=now)
    return _answer(
        "InitiateMultipartUploadResult",
        markup.text("Bucket", bucket.name),
        markup.text("Key", incoming.key),
        markup.text("UploadId", upload_id),
    )


async def put_part(incoming: Incoming, bucket: Bucket) -> Response:
    """Answer Upload Part (436/7750): keep the part in place of an earlier one of its number.

    Its size is checked on completion. Raises ``Refused`` (InvalidArgument, NoSuchUpload).
    """
    number = incoming.params.get("partnumber", "")
    if not _NUMBER.fullmatch(number) or not 1 <= int(number) <= PARTS_LIMIT:
        raise Refused("InvalidArgument", "partNumber must be from 1 to 10000.")
    _found(incoming, bucket)
    body = await incoming.body()
    part = Part(body, f'"{await md5_hex(body)}"')
    _found(incoming, bucket).parts[int(number)] = part  # it may have been aborted meanwhile
    return Response(headers={"etag": part.etag})


async def complete(incoming: Incoming, bucket: Bucket, *, now: float) -> StoredObject:
    """Answer Complete Multipart Upload (436/7742): join parts 1, 2, 3… named by their ETags.

    Raises ``Refused``: MalformedXML, NoSuchUpload, InvalidPartOrder, InvalidPart, EntityTooSmall.
    """
    listed = _listed(await incoming.body())
    upload = _found(incoming, bucket)
    numbers = [number for number, _ in listed]
    if numbers != sorted(set(numbers)):
        raise Refused("InvalidPartOrder")
    if numbers != list(range(1, len(numbers) + 1)):
        raise Refused("InvalidPart", "The part numbers are not consecutive.")
    parts = [_part(upload, number, etag) for number, etag in listed]
    if any(len(part.body) < PART_MIN_BYTES for part in parts[:-1]):
        raise Refused("EntityTooSmall")
    digests = b"".join(bytes.fromhex(part.etag.strip('"')) for part in parts)
    etag = f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"'
    stored = StoredObject(
        key=upload.key,
        body=b"".join(part.body for part in parts),
        headers={"content-type": objects.DEFAULT_TYPE, **upload.headers},
        etag=etag,
        modified_at=now,
    )
    del bucket.uploads[incoming.params["uploadid"]]
    bucket.put(stored)
    return stored


def completed_answer(stored: StoredObject, bucket: Bucket) -> Response:
    """Answer a completion: only the body tells its success, as COS sends the status before it."""
    return _answer(
        "CompleteMultipartUploadResult",
        markup.text("Location", f"http://{bucket.domain}/{stored.key}"),
        markup.text("Bucket", bucket.name),
        markup.text("Key", stored.key),
        markup.text("ETag", stored.etag),
    )


def abort(incoming: Incoming, bucket: Bucket) -> Response:
    """Answer Abort Multipart Upload (436/7740): drop the upload and its parts.

    Raises ``Refused`` (NoSuchUpload).
    """
    _found(incoming, bucket)
    del bucket.uploads[incoming.params["uploadid"]]
    return Response(status_code=204)


def list_parts(incoming: Incoming, bucket: Bucket) -> Response:
    """Answer List Parts (436/7747), at most 1000 to a page. Raises ``Refused``."""
    upload = _found(incoming, bucket)
    marker = _count(incoming, "part-number-marker", 0)
    most = min(_count(incoming, "max-parts", LISTED_LIMIT), LISTED_LIMIT)
    numbers = [number for number in sorted(upload.parts) if number > marker]
    shown = numbers[:most]
    is_truncated = len(shown) < len(numbers)
    return _answer(
        "ListPartsResult",
        markup.text("Bucket", bucket.name),
        markup.text("Key", upload.key),
        markup.text("UploadId", incoming.params["uploadid"]),
        markup.text("PartNumberMarker", str(marker)),
        markup.text("NextPartNumberMarker", str(shown[-1])) if is_truncated else "",
        markup.text("MaxParts", str(most)),
        markup.text("IsTruncated", str(is_truncated).lower()),
        *(
            markup.node(
                "Part",
                markup.text("PartNumber", str(number)),
                markup.text("ETag", upload.parts[number].etag),
                markup.text("Size", str(len(upload.parts[number].body))),
            )
            for number in shown
        ),
    )


def list_uploads(incoming: Incoming, bucket: Bucket) -> Response:
    """Answer List Multipart Uploads (436/7736) with all under ``prefix``.

    Raises ``Refused`` (NotImplemented) for more than one page, or with a delimiter.
    """
    prefix = incoming.params.get("prefix", "")
    rows = sorted(
        (one.key, upload_id)
        for upload_id, one in bucket.uploads.items()
        if one.key.startswith(prefix)
    )
    if len(rows) > LISTED_LIMIT or incoming.params.get("delimiter"):
        raise Refused("NotImplemented", "The stand-in lists one page of uploads, undivided.")
    return _answer(
        "ListMultipartUploadsResult",
        markup.text("Bucket", bucket.name),
        markup.text("Prefix", prefix),
        markup.text("IsTruncated", "false"),
        *(
            markup.node("Upload", markup.text("Key", key), markup.text("UploadId", upload_id))
            for key, upload_id in rows
        ),
    )


def _found(incoming: Incoming, bucket: Bucket) -> Unfinished:
    upload = bucket.uploads.get(incoming.params["uploadid"])
    if upload is None or upload.key != incoming.key:
        raise Refused("NoSuchUpload")
    return upload


def _listed(body: bytes) -> list[tuple[int, str]]:
    """Read the part numbers and ETags that a completion names."""
    root = markup.parsed(body, "CompleteMultipartUpload")
    if root is None:
        raise Refused("MalformedXML")
    parts = [_numbered(item) for item in root.findall("Part")]
    if not 0 < len(parts) <= PARTS_LIMIT:
        raise Refused("MalformedXML")
    return parts


def _numbered(item: ET.Element) -> tuple[int, str]:
    number, etag = item.findtext("PartNumber") or "", item.findtext("ETag") or ""
    if not _NUMBER.fullmatch(number) or not etag:
        raise Refused("MalformedXML")
    return int(number), etag


def _part(upload: Unfinished, number: int, etag: str) -> Part:
    part = upload.parts.get(number)
    if part is None or part.etag.strip('"') != etag.strip('"'):
        raise Refused("InvalidPart")
    return part


def _count(incoming: Incoming, name: str, default: int) -> int:
    given = incoming.params.get(name) or str(default)
    if not given.isdecimal():
        raise Refused("InvalidArgument", f"{name} must be a number.")
    return int(given)


def _answer(root: str, *children: str) -> Response:
    return Response(markup.document(root, *children), media_type="application/xml")
