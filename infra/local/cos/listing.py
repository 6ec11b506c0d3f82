"""Answer GET Bucket (List Objects), Tencent document 436/7734."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from itertools import chain, islice
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from infra.local.cos import markup
from infra.local.cos.bucket import Bucket, StoredObject
from infra.local.cos.errors import Refused

PAGE_LIMIT = 1000
_NUMBER = re.compile("[0-9]{1,9}")


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a listing's parameters."""

    prefix: str = ""
    delimiter: str = ""
    marker: str = ""
    max_keys: int = PAGE_LIMIT
    encoding: str = ""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one page of a listing. ``next_marker`` is empty on the last page."""

    objects: list[StoredObject]
    common_prefixes: list[str]
    next_marker: str


def query(params: Mapping[str, str]) -> Query:
    """Read a listing's parameters. Raises ``Refused`` (InvalidArgument)."""
    max_keys = params.get("max-keys") or str(PAGE_LIMIT)
    if not _NUMBER.fullmatch(max_keys):
        raise Refused("InvalidArgument", "max-keys must be a number from 0 to 1000")
    encoding = params.get("encoding-type", "")
    if encoding not in ("", "url"):
        raise Refused("InvalidArgument", "encoding-type can only be url")
    return Query(
        prefix=params.get("prefix", ""),
        delimiter=params.get("delimiter", ""),
        marker=params.get("marker", ""),
        max_keys=min(int(max_keys), PAGE_LIMIT),
        encoding=encoding,
    )


def page(bucket: Bucket, asked: Query, *, lag_s: float) -> Page:
    """Collect the first ``max_keys`` entries after the marker; a common prefix counts as one."""
    entries = _entries(bucket, asked, lag_s)
    found = list(islice(entries, asked.max_keys))
    more = bool(found) and next(entries, None) is not None
    return Page(
        objects=[entry for entry in found if isinstance(entry, StoredObject)],
        common_prefixes=[entry for entry in found if isinstance(entry, str)],
        next_marker=_name(found[-1]) if more else "",
    )


def _entries(bucket: Bucket, asked: Query, lag_s: float) -> Iterator[StoredObject | str]:
    inclusive = asked.prefix > asked.marker
    start = max(asked.prefix, asked.marker)
    last_group = asked.marker  # a page that ended with a common prefix has this for its marker
    for stored in bucket.index.after(start, lag_s=lag_s, inclusive=inclusive):
        if not stored.key.startswith(asked.prefix):
            return
        group = _group(stored.key, asked)
        if not group:
            yield stored
        elif group != last_group:
            last_group = group
            yield group


def _group(key: str, asked: Query) -> str:
    """Give the common prefix that ``key`` is listed under; empty if it is listed by itself."""
    if not asked.delimiter:
        return ""
    head, found, _ = key[len(asked.prefix) :].partition(asked.delimiter)
    return f"{asked.prefix}{head}{found}" if found else ""


def _name(entry: StoredObject | str) -> str:
    return entry.key if isinstance(entry, StoredObject) else entry


def answer(bucket: Bucket, asked: Query, found: Page) -> Response:
    """Write a page in COS's XML."""

    def name(tag: str, value: str) -> str:
        return markup.text(tag, quote(value, safe="/-_.~") if asked.encoding else value)

    def contents(stored: StoredObject) -> str:
        owner = bucket.name.rpartition("-")[2]
        return markup.node(
            "Contents",
            name("Key", stored.key),
            markup.text("LastModified", _iso(int(stored.modified_at))),
            markup.text("ETag", stored.etag),
            markup.text("Size", str(len(stored.body))),
            markup.node("Owner", markup.text("ID", owner), markup.text("DisplayName", owner)),
            markup.text("StorageClass", "STANDARD"),
        )

    body = markup.document(
        "ListBucketResult",
        markup.text("Name", bucket.name),
        markup.text("EncodingType", asked.encoding) if asked.encoding else "",
        name("Prefix", asked.prefix),
        name("Marker", asked.marker),
        markup.text("MaxKeys", str(asked.max_keys)),
        name("Delimiter", asked.delimiter) if asked.delimiter else "",
        markup.text("IsTruncated", "true" if found.next_marker else "false"),
        name("NextMarker", found.next_marker) if found.next_marker else "",
        *chain(
            map(contents, found.objects),
            (
                markup.node("CommonPrefixes", name("Prefix", prefix))
                for prefix in found.common_prefixes
            ),
        ),
    )
    return Response(body, media_type="application/xml")


@lru_cache(maxsize=1000)  # each listing formats the same times again
def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
