"""Read and write the COS bucket through the official SDK; only this module uses ``qcloud_cos``.

Facts used here: create-only is the header ``x-cos-forbid-overwrite`` and answers 409 (it needs a
bucket whose versioning was never enabled); ``get_presigned_url`` leaves the session token out;
a HEAD or GET of a missing key is a 404 (cos-python-sdk-v5 1.9.44).
"""

# ruff: noqa: PLC0415  # the SDK is imported late: see load_sdk

import contextlib
import logging
import math
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Literal, TypeVar
from urllib.parse import unquote

import msgspec

from functions.jobs.recent_reads import RecentReads
from functions.jobs.url_policy import scheme_of

EXPIRED_CODES = {"ExpiredToken", "InvalidToken", "RequestTimeTooSkewed", "InvalidAccessKeyId"}
HURRY_S, HURRIED_TIMEOUT_S = 45.0, 4.0
DEFAULT_DOMAINS = (".myqcloud.com", ".tencentcos.cn")
CONNECTIONS = 100  # kept, of each host: as many as there are threads
UNKNOWN = "Unknown"  # the SDK's word for an answer without a readable code
# A row as COS writes it: key, when it was modified, size.
_ROW = re.compile(
    rb"<Contents>\s*<Key>([^<]*)</Key>\s*<LastModified>([^<]*)</LastModified>\s*"
    rb"<ETag>[^<]*</ETag>\s*<Size>(\d+)</Size>.*?</Contents>",
    re.DOTALL,
)
T = TypeVar("T")


class KeyMissing(Exception):
    """Say that there is no object with that key."""


class KeyExists(Exception):
    """Say that a create-only write has met an object."""


class KeysExpired(Exception):
    """Say that the role's temporary keys have expired; the next invocation has new ones."""


class BucketUnavailable(Exception):
    """Say that COS did not answer, or gave no valid answer; the same call may work later."""


class UnexplainedError(BucketUnavailable):
    """Say that COS refused without a reason, as it does every HEAD: its answer has no body."""


class Keys(msgspec.Struct, frozen=True):
    """Hold keys for COS: temporary ones of a role with a ``token``, permanent ones without."""

    secret_id: str
    secret_key: str
    token: str = ""

    def __repr__(self) -> str:
        return f"<Keys {self.secret_id}>"


class BucketConfig(msgspec.Struct, frozen=True):
    """Say which bucket to use, with which timeout and how many retries.

    ``endpoint`` is ``host:port`` of something other than the region's default, or empty; plain
    http is spoken to loopback only.
    """

    name: str
    region: str
    endpoint: str = ""
    timeout_s: float = 10.0
    retries: int = 0  # the SDK sleeps 1, 2, 3... s between them

    @property
    def scheme(self) -> str:
        """Give http for a stand-in on this machine, https for everything else."""
        return scheme_of(self.endpoint)

    @property
    def is_local(self) -> bool:
        """Say whether the bucket is a stand-in on this machine, where photos may come by http."""
        return self.scheme == "http"

    @property
    def host(self) -> str:
        """Give the host that answers for the bucket."""
        return self.endpoint or f"{self.name}.cos.{self.region}.myqcloud.com"


class ObjectRow(msgspec.Struct, frozen=True):
    """Hold one row of a LIST. ``modified`` is COS's ISO 8601 text, which sorts by time."""

    key: str
    size_bytes: int
    modified: str


class _Sdk(msgspec.Struct, frozen=True):
    """Hold the SDK's classes, and what its calls raise."""

    config: Callable[..., Any]
    client: Callable[..., Any]
    sign: Callable[..., Any]
    refusal: type[Any]
    no_answer: tuple[type[Exception], ...]
    session: Any


@lru_cache(maxsize=1)
def load_sdk() -> _Sdk:
    """Import the SDK once, and ``requests`` with it: half of the time that all of Bolt takes.

    A web function does this in the background once it listens; a request that needs the bucket
    earlier waits until it is done.
    """
    from xml.etree.ElementTree import ParseError  # the exception only; the SDK parses

    import requests
    import urllib3
    from qcloud_cos import CosConfig, CosS3Auth, CosS3Client
    from qcloud_cos.cos_exception import CosClientError, CosServiceError

    # It logs every 4xx at ERROR, and request headers with keys at DEBUG.
    logging.getLogger("qcloud_cos").setLevel(logging.CRITICAL + 1)
    no_answer = (
        CosClientError,
        requests.RequestException,
        urllib3.exceptions.HTTPError,  # the body broke off
        ParseError,  # a listing that is no XML
        OSError,
    )
    return _Sdk(CosConfig, CosS3Client, CosS3Auth, CosServiceError, no_answer, _session())


def _session() -> Any:
    """Make the session that sends the SDK's requests, over connections that all clients share.

    A session of ``requests`` asks the environment for proxies and netrc before each call, keeps
    cookies, and guesses a refusal's charset: half of a call's work (2.34.2). This one asks once for
    each host. It follows no redirect: COS sends none, and no other host may get a signed request.
    """
    import requests
    from requests.adapters import HTTPAdapter

    class Session(requests.Session):
        def __init__(self) -> None:
            super().__init__()
            self._ways: dict[str, Any] = {}
            for scheme in ("http://", "https://"):
                self.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS))

        def request(  # type: ignore[override]  # the SDK gives no others
            self, method: str, url: str, *, stream: bool = False, timeout: float, **asked: Any
        ) -> Any:
            prepared = requests.PreparedRequest()
            parts = {name: asked.get(name) for name in ("headers", "data", "params", "auth")}
            prepared.prepare(method, url, **parts)
            way = self._way(url)
            answer = self.get_adapter(url).send(prepared, stream=stream, timeout=timeout, **way)
            if answer.is_redirect:
                raise requests.TooManyRedirects("there is none for us")
            answer.encoding = "utf-8"
            if not stream:
                _ = answer.content  # reads it, and gives the connection back
            return answer

        def _way(self, url: str) -> Any:
            host = "/".join(url.split("/", 3)[:3])
            if host not in self._ways:
                way = self.merge_environment_settings(url, {}, None, None, None)
                self._ways[host] = {name: way[name] for name in ("proxies", "verify", "cert")}
            return self._ways[host]

    return Session()


class Bucket:
    """Read and write one bucket with one set of keys. Cheap to build: connections are shared.

    Every call to COS may raise ``BucketUnavailable`` and ``KeysExpired``.
    """

    def __init__(
        self,
        bucket: BucketConfig,
        keys: Keys,
        *,
        time_left: Callable[[], float] = lambda: math.inf,
        recent: RecentReads | None = None,
    ) -> None:
        """Prepare the clients. ``time_left`` gives the seconds that the invocation still has.

        ``recent`` holds what a warm instance has read lately; it outlives this object.
        """
        self.recent = recent or RecentReads()
        self._sdk = load_sdk()
        self._time_left = time_left
        self._patient = self._client_of(bucket, keys)
        hurried = msgspec.structs.replace(bucket, timeout_s=HURRIED_TIMEOUT_S, retries=0)
        self._hurried = self._client_of(hurried, keys)
        self._name = bucket.name
        self._token = keys.token
        # Browsers save files from a default domain (436/57456): as attachments, under their names.
        self.presents: Literal["inline", "attachment"] = (
            "attachment" if bucket.host.endswith(DEFAULT_DOMAINS) else "inline"
        )
        self._here = threading.local()

    def _client_of(self, bucket: BucketConfig, keys: Keys) -> Any:
        where = {"Domain": bucket.endpoint} if bucket.endpoint else {}
        config = self._sdk.config(
            Region=bucket.region,
            SecretId=keys.secret_id,
            SecretKey=keys.secret_key,
            Token=keys.token or None,
            Scheme=bucket.scheme,
            Timeout=bucket.timeout_s,
            **where,
        )
        return self._sdk.client(config, retry=bucket.retries, session=self._sdk.session)

    @property
    def _client(self) -> Any:
        """Give the SDK's client; near the end, the one that waits only briefly and tries once."""
        return self._hurried if self._time_left() < HURRY_S else self._patient

    @property
    def answered_at(self) -> float | None:
        """Give the Date (whole Unix seconds) of COS's answer to this thread's latest ``get``."""
        found: float | None = getattr(self._here, "answered_at", None)
        return found

    def put(self, key: str, data: bytes, *, content_type: str, create_only: bool = False) -> None:
        """Write an object. Raises ``KeyExists`` with ``create_only`` when the key is taken."""
        headers = {"x-cos-forbid-overwrite": "true"} if create_only else {}
        self._call(
            self._client.put_object,
            Key=key,
            Body=data,
            ContentType=content_type,
            Metadata=headers,
        )

    def get(self, key: str) -> bytes:
        """Read an object's bytes. Raises ``KeyMissing``."""

        def read(**arguments: Any) -> bytes:
            self._here.answered_at = None
            answer = self._client.get_object(**arguments)
            self._here.answered_at = _date(answer)
            data: bytes = answer["Body"].get_raw_stream().read()
            return data

        return self._call(read, Key=key)

    def exists(self, key: str) -> bool:
        """Say whether there is an object with that key."""
        try:
            self._call(self._client.head_object, Key=key)
        except KeyMissing:
            return False
        except UnexplainedError:
            return self._is_there(key)
        return True

    def _is_there(self, key: str) -> bool:
        """Say the same by GET: unlike a HEAD's, its refusal has a reason, such as expired keys."""
        try:
            self.get(key)
        except KeyMissing:
            return False
        return True

    def begin_upload(self, key: str, *, content_type: str) -> str:
        """Begin to write an object in parts, and give the upload's id."""
        begun = self._call(self._client.create_multipart_upload, Key=key, ContentType=content_type)
        return str(begun["UploadId"])

    def put_part(self, key: str, upload_id: str, number: int, data: bytes) -> str:
        """Write a part (at least 1 MB, except for the last) and give its ETag.

        ``number`` counts from 1. Raises ``KeyMissing`` for an upload that was aborted.
        """
        where = {"Key": key, "UploadId": upload_id, "PartNumber": number}
        return str(self._call(self._client.upload_part, Body=data, EnableMD5=True, **where)["ETag"])

    def complete_upload(self, key: str, upload_id: str, etags: Sequence[str]) -> None:
        """Join the parts, in order, to the object. Raises ``KeyMissing`` as ``put_part`` does."""
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, start=1)]
        self._call(
            self._client.complete_multipart_upload,
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Part": parts},
        )

    def abort_upload(self, key: str, upload_id: str) -> None:
        """Drop an upload and its parts, unless it is over already."""
        with contextlib.suppress(KeyMissing):
            self._call(self._client.abort_multipart_upload, Key=key, UploadId=upload_id)

    def delete(self, key: str, *, once: bool = False) -> None:
        """Remove an object, if there is one.

        ``once`` keeps the SDK from repeating the call after a lost answer, for keys that somebody
        else may write anew as soon as they are free.
        """
        client = self._hurried if once else self._client
        self._call(client.delete_object, Key=key)

    def list(self, prefix: str, *, at_once: int = 1000) -> Iterator[ObjectRow]:
        """List the objects below ``prefix`` by key, ``at_once`` per call. May lag behind writes."""
        marker, is_truncated = "", True
        while is_truncated:
            asked = {"prefix": prefix, "marker": marker, "max-keys": str(at_once)}
            rows, marker, is_truncated = _page_of(self._call(self._list, asked=asked))
            yield from rows

    def _list(self, *, Bucket: str, asked: Mapping[str, str]) -> bytes:  # noqa: N803  # the SDK's
        """Read a page as raw XML: the SDK needs a tenth of a second to parse one into dicts."""
        client, params = self._client, {**asked, "delimiter": "", "encoding-type": "url"}
        conf = client.get_conf()
        answer = client.send_request(
            method="GET",
            url=conf.uri(bucket=Bucket),
            bucket=Bucket,
            params=params,
            headers={},
            auth=self._sdk.sign(conf, params=params),
        )
        page: bytes = answer.content
        return page

    def presigned_get(self, key: str, *, expires_s: int, disposition: str = "") -> str:
        """Make a URL that reads one object for a while, at most as long as the keys live.

        ``disposition``, if given, is the answer's Content-Disposition.
        """
        params = {"x-cos-security-token": self._token} if self._token else {}
        if disposition:
            params["response-content-disposition"] = disposition
        url: str = self._client.get_presigned_url(
            Bucket=self._name, Key=key, Method="GET", Expired=expires_s, Params=params
        )
        return url

    def _call(self, method: Callable[..., T], **arguments: Any) -> T:
        try:
            return method(Bucket=self._name, **arguments)
        except self._sdk.refusal as error:
            raise _ours(error) from error
        except self._sdk.no_answer as error:
            # Its text may hold a signed URL: name only its type.
            raise BucketUnavailable(type(error).__name__) from error


def _page_of(xml: bytes) -> tuple[list[ObjectRow], str, bool]:
    """Read a page of a LIST: its rows, the next one's marker, and whether there is a next one.

    The rows are cut out first: parsing a thousand of them as XML would take five times as long.
    Raises ``BucketUnavailable``.
    """
    from xml.etree import ElementTree

    cut = _ROW.split(xml)
    rest, keys, modified, sizes = (cut[n::4] for n in range(4))
    try:
        rows = [
            ObjectRow(unquote(key.decode()), int(size), since.decode())
            for key, since, size in zip(keys, modified, sizes, strict=True)
        ]
        page = ElementTree.fromstring(b"".join(rest))  # noqa: S314  # COS's own answer, over TLS
        found = [(_tag(node), node) for node in page]
        rows += (_row_of(node) for tag, node in found if tag == "Contents")  # _ROW missed them
        said = {tag: node.text or "" for tag, node in found}
        is_truncated = said["IsTruncated"] == "true"  # which a page that is no listing lacks
        # Without its marker, the next page would be this one again, for ever.
        return rows, unquote(said["NextMarker"]) if is_truncated else "", is_truncated
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise BucketUnavailable(type(error).__name__) from error


def _row_of(node: Any) -> ObjectRow:
    said = {_tag(part): part.text or "" for part in node}
    return ObjectRow(unquote(said["Key"]), int(said["Size"]), said["LastModified"])


def _tag(node: Any) -> str:
    """Give an element's tag without its namespace."""
    return str(node.tag).rpartition("}")[2]


def _date(headers: Mapping[str, Any]) -> float | None:
    """Read an answer's Date; None if it has no readable one."""
    found = next((value for name, value in headers.items() if name.lower() == "date"), None)
    try:
        return parsedate_to_datetime(str(found)).timestamp()
    except (TypeError, ValueError):
        return None


def _ours(error: Any) -> Exception:
    status, code = error.get_status_code(), error.get_error_code()
    if status == 404 and code != "NoSuchBucket":  # which means a wrong COS_BUCKET
        return KeyMissing(code)
    if status == 409:
        return KeyExists(code)
    if code in EXPIRED_CODES:
        return KeysExpired(code)
    if code == UNKNOWN and status < 500:
        return UnexplainedError(f"{status}")
    return BucketUnavailable(f"{status} {code}")
