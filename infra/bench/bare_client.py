"""A bare client that makes of a job's calls only those that cannot be avoided, in their order.

It has no queue and no listener: it knows beforehand what comes. What it cannot avoid either, it
does as well: a mention is answered by a function, so a request goes by the function's URL to its
server and back, which answers by itself (its health check: no Bolt, no signature); COS's requests
are signed by the official client, as it comes; a post is not repeatable, so an invocation's first
one goes over a connection of its own, opened from the worker's start on (an earlier invocation's
may be dead); photo and picture are decoded, and the preview is made, with nothing but Pillow.
Whatever else a job asks for may go beside these, and costs no time then. The worker is not invoked:
its bare picture begins where the first call does.
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
        """Make a call again: status and body, which is empty for what COS does not give."""
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
    """Make calls again that a job has made, in the bucket that still holds what they rest on.

    ``ways`` open a connection, by server; "bot" is the function's URL.
    """

    cos: Cos
    ways: Mapping[str, Open]

    def answer_s(self, made: Sequence[Recorded]) -> float:
        """Give the seconds until a mention could be answered."""
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
        """Give the seconds from the worker's first call until its picture could be told."""
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
        """Post over a new connection. Give the means to make further calls over it."""
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
        """Make it again. One that is refused for its form, or a post without its picture, would
        cost less: raises ``RuntimeError``.
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
    """Find the last call of that kind: a message is posted after its progress."""
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
