"""Work out the answer to GET or HEAD of an object: conditions, ranges, headers.

Source: Tencent documents 436/7753 and 436/7745.
"""

import re
from collections.abc import Mapping
from datetime import timezone
from email.utils import formatdate, parsedate_to_datetime

from infra.local.cos.bucket import StoredObject
from infra.local.cos.errors import Refused

OVERRIDES = {
    f"response-{name}": name
    for name in (
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
    )
}
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def unmodified(stored: StoredObject, headers: Mapping[str, str]) -> bool:
    """Say whether the caller's copy is current (304). Raises ``Refused`` (PreconditionFailed)."""
    wanted, since = headers.get("if-match"), _seconds(headers.get("if-unmodified-since"))
    if wanted is not None:
        if not has_etag(wanted, stored):
            raise Refused("PreconditionFailed")
    elif since is not None and int(stored.modified_at) > since:
        raise Refused("PreconditionFailed")
    owned, since = headers.get("if-none-match"), _seconds(headers.get("if-modified-since"))
    if owned is not None:
        return has_etag(owned, stored)
    return since is not None and int(stored.modified_at) <= since


def has_etag(listed: str, stored: StoredObject) -> bool:
    """Say whether the ETags that a condition lists include the object's; ``*`` stands for any."""
    etags = {etag.strip().strip('"') for etag in listed.split(",")}
    return "*" in etags or stored.etag.strip('"') in etags


def _seconds(date: str | None) -> float | None:
    if date is None:
        return None
    try:
        parsed = parsedate_to_datetime(date)
    except ValueError:
        return None  # RFC 9110: a date that cannot be read is ignored
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)).timestamp()


def part(header: str, size: int) -> range | None:
    """Give the bytes that a Range header asks for; None for all of them.

    More than one range, or a malformed one, counts as no range (RFC 9110). Raises ``Refused``
    (InvalidRange).
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise Refused("InvalidRange")
    return range(start, stop)


def answered_headers(
    stored: StoredObject, params: Mapping[str, str], *, forced_download: bool
) -> dict[str, str]:
    """Make the headers of the answer to GET or HEAD. ``params`` are the signed ones only.

    With ``forced_download`` the picture cannot be shown inline, as on the default domain of a
    bucket created since 2024 (436/57456). Raises ``Refused`` (InvalidArgument).
    """
    headers = dict(stored.headers)
    for param, name in OVERRIDES.items():
        if param in params:
            headers[name] = _header_value(param, params[param])
    if forced_download:
        headers["x-cos-force-download"] = "true"
        if not headers.get("content-disposition", "").lower().startswith("attachment"):
            headers["content-disposition"] = "attachment"
    return {
        **headers,
        "etag": stored.etag,
        "last-modified": formatdate(stored.modified_at, usegmt=True),
        "accept-ranges": "bytes",
    }


def _header_value(param: str, value: str) -> str:
    if not value.isprintable():
        raise Refused("InvalidArgument", f"{param} has a character that no header can have")
    return value.encode().decode("latin-1")  # as UTF-8 on the wire
