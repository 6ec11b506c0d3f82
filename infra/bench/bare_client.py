"""Make only those of a job's calls that cannot be avoided, in their order: the baseline for times.

The bare client has no queue and no listener, because it knows in advance what comes. It does what
no implementation could avoid:

- A mention is answered by a function, so a request goes through the function's URL to its server,
  which answers by itself (its health check: no Bolt, no signature).
- Requests to COS are signed by the official client, unchanged.
- A post must not be repeated, so an invocation's first one uses a new connection, which is opened
  from the worker's start on (an earlier invocation's may be dead).
- Photo and picture are decoded, and the preview is made, with Pillow alone.

A job's other calls could run in parallel to these and would take no extra time. The worker is not
invoked: the time to the picture begins with the first call.
"""

import http.client
import io
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from PIL import Image
from qcloud_cos import CosConfig, CosS3Client, CosServiceError

from infra.bench.keep_alive import keep_open
from infra.bench.onejob import REFUSALS
from infra.bench.recording import Recorded

Kind = tuple[str, str, str]  # server, method, and what its path begins with

# Each rests on the one before.
ACCEPTED: tuple[Kind, ...] = (
    ("cos", "GET", "/settings/people/"),  # the asker's defaults go into the job
    ("cos", "PUT", "/requests/"),  # only what is kept may be accepted
)
ANSWER = (*ACCEPTED, ("slack", "POST", "/api/reactions.add"))  # and says so
# Then two beside each other: a thread that is closed shows before anything is paid for,
SHOWN: tuple[Kind, ...] = (("slack", "POST", "/api/chat.postMessage"),)
STAGED: tuple[Kind, ...] = (
    ("cos", "GET", "/requests/"),  # COS's event only names it
    ("slack", "GET", "/files-pri/"),
    ("cos", "PUT", r"/steps/\w+/staging-1"),  # counted, for decoding may end the process
    ("cos", "PUT", "/photos/"),  # aiart reads it there
    ("cos", "PUT", r"/steps/\w+/staged"),
)
PAINTED: tuple[Kind, ...] = (
    ("cos", "PUT", r"/steps/\w+/calling-1"),
    ("cos", "GET", r"/steps/\w+/calling-1"),  # never pay twice: read back
    ("aiart", "POST", "/"),
    ("cos", "PUT", r"/steps/\w+/generated"),  # paid for, and nowhere else
    ("aiart-results", "GET", r"/[^?]+\.jpg"),
)
TOLD: tuple[Kind, ...] = (
    ("cos", "PUT", r"/results/\w+/preview"),  # Slack reads it while the message is posted,
    ("cos", "PUT", r"/steps/\w+/stored"),  # once the record lists it
    ("cos", "PUT", r"/steps/\w+/posting-1"),  # posted once
    ("slack", "POST", "/api/chat.postMessage"),
)
PICTURE = (*ACCEPTED, *SHOWN, *STAGED, *PAINTED, *TOLD)
PREVIEW_PX, PREVIEW_QUALITY = 1280, 95  # as ours; see functions.worker.photos.pixels
CREATE_ONLY = "x-cos-forbid-overwrite"
HEALTH = "/healthz"

Open = Callable[[], http.client.HTTPConnection]


class Cos:
    """Send signed requests with the official client, which finds the bucket at ``host:port``."""

    def __init__(self, address: str, bucket: str, region: str, key: tuple[str, str]) -> None:
        config = CosConfig(
            Region=region, SecretId=key[0], SecretKey=key[1], Domain=address, Scheme="http"
        )
        self._client = CosS3Client(config, retry=0)
        self._bucket = bucket

    def answer(self, call: Recorded) -> tuple[int, bytes]:
        """Repeat a call; return its status and body, which is empty if COS refuses it."""
        where = {"Bucket": self._bucket, "Key": unquote(urlsplit(call.target).path[1:])}
        try:
            if call.method == "GET":
                found = self._client.get_object(**where)
                return 200, found["Body"].get_raw_stream().read()
            create_only = {CREATE_ONLY: "true"} if call.header(CREATE_ONLY) else {}
            kind = call.header("content-type")
            self._client.put_object(**where, Body=call.body, ContentType=kind, Metadata=create_only)
        except CosServiceError as refused:
            return refused.get_status_code(), b""
        return 200, b""


@dataclass(frozen=True)
class BareClient:
    """Repeat calls that a job has made, in the bucket that still holds the objects they need.

    ``ways`` has a function for each server that opens a connection; "bot" is the function's URL.
    """

    cos: Cos
    ways: Mapping[str, Open]

    def answer_s(self, made: Sequence[Recorded]) -> float:
        """Measure the seconds in which a mention could be answered."""
        calls = _found(made, ANSWER)
        with ExitStack() as ends:
            making = self._connected(calls, ends)
            delivered = ends.enter_context(closing(self.ways["bot"]()))
            keep_open(delivered, HEALTH)
            started = time.perf_counter()
            keep_open(delivered, HEALTH)
            for call in calls:
                making.make(call)
            return time.perf_counter() - started

    def picture_s(self, made: Sequence[Recorded]) -> float:
        """Measure the seconds from the worker's first call until its picture could be posted."""
        shown = next(one for one in made if _is_kind(one, SHOWN[0]))  # the first post of two
        accepted, staged, painted, told = (
            _found(made, kinds) for kinds in (ACCEPTED, STAGED, PAINTED, TOLD)
        )
        with ExitStack() as ends:
            making = self._connected([*accepted, *staged, *painted], ends)
            beside = ends.enter_context(ThreadPoolExecutor(1))
            started = time.perf_counter()
            for call in accepted:
                making.make(call)
            posting = beside.submit(self._first_post, shown, ends)
            for call in staged:
                body = making.make(call)
                if call.server == "slack":
                    _decode(body)
            posts = posting.result()
            for call in painted:
                body = making.make(call)
            _preview(body)
            for call in told[:-1]:
                making.make(call)
            posts.make(told[-1])
            return time.perf_counter() - started

    def _first_post(self, shown: Recorded, ends: ExitStack) -> "_Making":
        """Post over a new connection; return what makes further calls over it."""
        connection = ends.enter_context(closing(self.ways["slack"]()))
        making = _Making(self.cos, {"slack": connection})
        making.make(shown)
        return making

    def _connected(self, calls: Sequence[Recorded], ends: ExitStack) -> "_Making":
        """Open and warm up a connection to each server that the calls go to."""
        self.cos.answer(next(one for one in calls if one.method == "GET" and one.server == "cos"))
        connections = {
            server: ends.enter_context(closing(self.ways[server]()))
            for server in sorted({call.server for call in calls} - {"cos"})
        }
        for connection in connections.values():
            keep_open(connection, "/_control/health")
        return _Making(self.cos, connections)


@dataclass(frozen=True)
class _Making:
    cos: Cos
    connections: Mapping[str, http.client.HTTPConnection]

    def make(self, call: Recorded) -> bytes:
        """Repeat a call; return the answer's body.

        Raises ``RuntimeError`` if it is refused, or posts no message: it would then take less time.
        """
        answer = self.cos.answer if call.server == "cos" else self._answer
        status, body = answer(call)
        is_post = call.target.endswith("chat.postMessage")
        if status in REFUSALS or (is_post and b'"ok":true' not in body.replace(b" ", b"")):
            raise RuntimeError(f"not taken again: {call.target}")
        return body

    def _answer(self, call: Recorded) -> tuple[int, bytes]:
        return call.answer(self.connections[call.server])


def _found(made: Sequence[Recorded], kinds: Sequence[Kind]) -> list[Recorded]:
    return [_latest(made, kind) for kind in kinds]


def _latest(made: Sequence[Recorded], kind: Kind) -> Recorded:
    """Find the last call of a kind: of posts, the result's comes after the progress message's."""
    found = [one for one in made if _is_kind(one, kind)]
    if not found:
        raise RuntimeError(f"no job makes this call any more: {' '.join(kind)}")
    return found[-1]


def _is_kind(call: Recorded, kind: Kind) -> bool:
    server, method, path = kind
    return (call.server, call.method) == (server, method) and bool(re.match(path, call.target))


def _decode(photo: bytes) -> None:
    with Image.open(io.BytesIO(photo)) as image:
        image.load()


def _preview(picture: bytes) -> bytes:
    with Image.open(io.BytesIO(picture)) as image:
        image.thumbnail((PREVIEW_PX, PREVIEW_PX))
        made = io.BytesIO()
        image.save(made, "JPEG", quality=PREVIEW_QUALITY, subsampling="4:4:4")
    return made.getvalue()
