"""Run a web function behind its URL.

An instance answers several requests at once; each request carries the role's current keys.

Source: Tencent documents 583/96099 (function URL), 583/56126 (web functions), 583/11637 (limits).
"""

import asyncio
import uuid
from typing import Annotated

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from infra.local.control import Key
from infra.local.scf.cloud import APP_ID, NAMESPACE, UIN, VERSION, Cloud
from infra.local.scf.credentials import headers_of
from infra.local.scf.logs import Invocation
from infra.local.scf.statuses import Failure, Status
from infra.local.scf.upstream import Answer
from infra.local.scf.web_server import MIB, Gone, WebServer
from infra.serverless_yml.deployment import Function, UrlTrigger

REQUEST_LIMIT_BYTES = 6 * MIB  # 583/11637
HOP_BY_HOP = frozenset(  # RFC 9110 7.6.1
    b"connection keep-alive proxy-connection te trailer transfer-encoding upgrade expect".split()
)
# Headers of a request that only the platform sets.
NOT_PASSED_ON = HOP_BY_HOP | frozenset(
    b"content-length host x-forwarded-for x-real-ip x-api-requestid x-client-proto "
    b"x-client-proto-ver".split()
)
# Headers of an answer that are not passed back: the platform's own server writes date and server.
NOT_PASSED_BACK = HOP_BY_HOP | {b"date", b"server"}
INSIDE_HOST = "11.148.165.112:10217"  # the Host that every function sees
BODILESS = frozenset({204, 304})
START_TRIES = 3


class Settings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Hold the settings of a web function.

    ``instances``: how many may run at once. ``cold_start_s``: real seconds before a new instance
    begins to start; in the cloud a cold start takes 2 to 10 s in all.
    """

    instances: Annotated[int, msgspec.Meta(ge=0)] = 10
    cold_start_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class _Place:
    """Hold an instance that runs or is starting, and count the requests that are with it."""

    def __init__(self, starting: "asyncio.Task[WebServer]") -> None:
        self.starting = starting
        self.requests = 0
        self.retired = False  # it stopped listening and is about to exit

    @property
    def server(self) -> WebServer | None:
        started = self.starting.done() and not self.starting.cancelled()
        return self.starting.result() if started and not self.starting.exception() else None

    @property
    def over(self) -> bool:
        if not self.starting.done():
            return False
        return self.server is None or not self.server.alive


class WebFunction:
    """Answer requests by passing them on to the function's instances; start these as needed."""

    def __init__(self, function: Function, url: UrlTrigger | None, cloud: Cloud) -> None:
        self.function = function
        self.settings = Settings()
        self.starts = 0
        self._url = url
        self._cloud = cloud
        self._places: list[_Place] = []

    @property
    def running(self) -> int:
        """Count the instances that are up or starting."""
        return sum(not place.over for place in self._places)

    def pids(self) -> list[int]:
        """List the processes of all instances."""
        servers = [place.server for place in self._places]
        return [pid for server in servers if server for pid in server.pids()]

    async def answer(self, request: Request) -> Response:
        """Answer a request as the function URL does, or with an error of the platform."""
        if self._url is None or not self._url.extranet or self._url.auth != "NONE":
            return _refusal(self._url)
        request_id = str(uuid.uuid4())
        invocation = self._cloud.journal.start(self.function.key, "http", request_id)
        status = Status.INTERNAL_ERROR
        try:
            answer = await self._invoke(request, invocation)
            status = Status.SUCCESS
        except Failure as failure:
            status = failure.status
            self._cloud.note(self.function, failure)
            return _failed(failure, request_id)
        else:
            return _passed_back(answer, request_id)
        finally:
            self._cloud.journal.finish(invocation, status)

    async def kill(self) -> None:
        """Kill all instances, even in the middle of a request."""
        places, self._places = self._places, []
        for place in places:
            place.starting.cancel()
        await asyncio.gather(*(place.starting for place in places), return_exceptions=True)
        await asyncio.gather(*(place.server.kill() for place in places if place.server))

    async def close(self) -> None:
        """Kill all instances, because the platform closes."""
        await self.kill()

    async def _invoke(self, request: Request, invocation: Invocation) -> Answer:
        self._cloud.check_available()
        body = await _body(request)
        key = await self._cloud.key(self.function)
        brought = key if self._cloud.key_headers else None
        headers = [
            *_passed_on(request, body),
            *headers_of(brought),
            *_platforms_own(request, self.function, self._cloud, invocation.request_id),
        ]
        path, query = request.scope["raw_path"], request.scope["query_string"]
        target = path + b"?" + query if query else path
        for _ in range(START_TRIES):
            place = await self._place(key, invocation)
            place.requests += 1
            try:
                server = await asyncio.shield(place.starting)
                return await server.exchange(request.method, target, headers, body)
            except Gone:
                place.retired = True
            except asyncio.CancelledError:
                if place.starting.cancelled():
                    raise Failure(Status.PROCESS_EXITED, "killed while it started") from None
                raise
            finally:
                place.requests -= 1
        raise Failure(Status.CONTAINER_EXITED, "every server stopped listening")

    async def _place(self, key: Key | None, invocation: Invocation) -> _Place:
        """Find an instance with room for one more request; start a new one if need be.

        Raises ``Failure`` (NO_CONCURRENCY).
        """
        over = [place for place in self._places if place.over]
        self._places = [place for place in self._places if not place.over]
        await asyncio.gather(*(place.server.kill() for place in over if place.server))
        serving = [place for place in self._places if not place.retired]
        for place in serving:
            if place.requests < self.function.concurrency:
                return place
        if len(serving) >= self.settings.instances:
            raise Failure(
                Status.NO_CONCURRENCY, f"Function [{self.function.name}] concurrency exceeded"
            )
        invocation.cold = True
        self.starts += 1
        place = _Place(asyncio.create_task(self._start(key)))
        self._places.append(place)
        return place

    async def _start(self, key: Key | None) -> WebServer:
        await asyncio.sleep(self.settings.cold_start_s)
        return await WebServer.start(self.function, self._cloud, key)


async def _body(request: Request) -> bytes:
    """Read the request's body. Raises ``Failure`` as soon as it is known to be too large."""
    too_large = Failure(Status.REQUEST_TOO_LARGE, "a request may have 6 MB")
    if int(request.headers.get("content-length", "0")) > REQUEST_LIMIT_BYTES:
        raise too_large
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > REQUEST_LIMIT_BYTES:
                raise too_large
    except ClientDisconnect as error:
        raise Failure(Status.INTERNAL_ERROR, "the caller went away") from error
    return bytes(body)


def _passed_on(request: Request, body: bytes) -> list[tuple[bytes, bytes]]:
    """Pick the caller's headers, without those that only the platform may set."""
    kept = [
        (name, value)
        for name, value in request.headers.raw
        if name.lower() not in NOT_PASSED_ON and not name.lower().startswith(b"x-scf-")
    ]
    if body or request.method in {"POST", "PUT", "PATCH"}:
        kept.append((b"Content-Length", str(len(body)).encode()))
    return kept


def _platforms_own(
    request: Request, function: Function, cloud: Cloud, request_id: str
) -> list[tuple[bytes, bytes]]:
    """Make the headers that the platform adds to a request, as a real function has shown them.

    Those with the role's keys come from ``headers_of``.
    """
    caller = request.client.host if request.client else ""
    said = {
        "Host": INSIDE_HOST,
        "Connection": "close",
        "X-Forwarded-For": caller,
        "X-Real-Ip": caller,
        "X-Scf-Appid": APP_ID,
        "X-Scf-Memory": str(function.memory_mb),
        "X-Scf-Name": function.name,
        "X-Scf-Namespace": NAMESPACE,
        "X-Scf-Region": cloud.region,
        "X-Scf-Request-Id": request_id,
        "X-Scf-Timeout": str(function.timeout_s * 1000),
        "X-Scf-Uin": UIN,
        "X-Scf-Version": VERSION,
        "X-Api-Requestid": uuid.uuid4().hex,
        "X-Client-Proto": "https",
        "X-Client-Proto-Ver": "HTTP/1.1",
    }
    return [(name.encode(), value.encode()) for name, value in said.items()]


def _passed_back(answer: Answer, request_id: str) -> Response:
    response = Response(answer.body, answer.status)
    kept = [
        (name.lower(), value)
        for name, value in answer.headers
        if name.lower() not in NOT_PASSED_BACK
    ]
    if answer.status not in BODILESS and not any(name == b"content-length" for name, _ in kept):
        kept.append((b"content-length", str(len(answer.body)).encode()))
    response.raw_headers = [*kept, (b"x-scf-request-id", request_id.encode())]
    return response


def _failed(failure: Failure, request_id: str) -> Response:
    content = {
        "errorCode": 1 if failure.status == Status.UNAVAILABLE else -1,
        "errorMessage": failure.text,
        "requestId": request_id,
        "statusCode": int(failure.status),
    }
    return Response(
        msgspec.json.encode(content),
        failure.http_status,
        {"x-scf-request-id": request_id},
        media_type="application/json",
    )


def _refusal(url: UrlTrigger | None) -> Response:
    if url is None:
        text = "this function has no URL"
    elif not url.extranet:
        text = "this function URL is not open to the internet (enableExtranet)"
    else:
        text = "this function URL wants signed requests (authType)"
    return Response(msgspec.json.encode({"errorMessage": text}), 403, media_type="application/json")
