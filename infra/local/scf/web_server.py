"""Run one instance of a web function: the server that ``scf_bootstrap`` starts, on its own port.

On the platform it listens on 0.0.0.0:9000 of its own machine. Here ``LOCAL_HOST``, ``LOCAL_PORT``
and ``LOCAL_PYTHON`` tell the same script where to listen and which Python to use.
"""

import asyncio
import time

from infra.local.control import Key
from infra.local.scf import upstream
from infra.local.scf.cloud import Cloud
from infra.local.scf.sandbox import Sandbox
from infra.local.scf.statuses import Failure, Status
from infra.local.scf.upstream import Answer, Headers, Upstream
from infra.local.serving import free_port
from infra.serverless_yml.deployment import Function

BOOTSTRAP = "./scf_bootstrap"
POLL_S = 0.01
MIB = 1024 * 1024
RESPONSE_LIMIT_BYTES = 6 * MIB  # 583/11637
RESPONSE_HEADERS_LIMIT_BYTES = 4096  # all names and values (583/37895)


class Gone(Exception):
    """Say that the server does not listen any more, so the request was not sent."""


class WebServer:
    """Hold a running server. Its environment variables stay as they were at its start."""

    def __init__(self, function: Function, sandbox: Sandbox, address: str) -> None:
        self._function = function
        self._sandbox = sandbox
        self._upstream = Upstream(address, answer_limit_bytes=RESPONSE_LIMIT_BYTES)
        self._verdict: Failure | None = None
        self._watch = asyncio.create_task(self._watch_memory())

    @classmethod
    async def start(cls, function: Function, cloud: Cloud, key: Key | None) -> "WebServer":
        """Start cold: run ``scf_bootstrap`` and wait until its server listens.

        Raises ``Failure`` if that takes too long or the process ends first.
        """
        address = f"127.0.0.1:{free_port()}"
        host, _, port = address.partition(":")
        environment = {
            **cloud.environment(function, key),
            "LOCAL_HOST": host,
            "LOCAL_PORT": port,
            "LOCAL_PYTHON": str(cloud.python),
        }
        sandbox = await cloud.start(function, [BOOTSTRAP], environment)
        try:
            await _listening(sandbox, address, function.init_timeout_s)
        except BaseException:
            sandbox.kill()
            await sandbox.ended()
            raise
        return cls(function, sandbox, address)

    @property
    def alive(self) -> bool:
        """Tell whether the server can take another request."""
        return self._sandbox.alive

    def pids(self) -> list[int]:
        """List the server's processes."""
        return self._sandbox.pids()

    async def exchange(self, method: str, target: bytes, headers: Headers, body: bytes) -> Answer:
        """Send one request and read the answer.

        Raises ``Gone`` if the server does not listen any more, ``Failure`` for every other error.
        """
        try:
            answer = await asyncio.wait_for(
                self._upstream.exchange(method, target, headers, body), self._function.timeout_s
            )
        except upstream.Unreachable as error:
            raise Gone from error
        except upstream.TooLarge as error:
            raise Failure(Status.RESPONSE_TOO_LARGE, "the response exceeds 6 MB") from error
        except ValueError as error:
            raise Failure(Status.NOT_JSON, f"no valid request: {error}") from error
        except upstream.Broken as error:
            ended = Failure(Status.PROCESS_EXITED, f"User process exit when running: {error}")
            raise self._verdict or ended from error
        except asyncio.TimeoutError as error:
            # The platform ends an invocation that takes too long; the other requests of the
            # same process end with it.
            await self.kill()
            limit_s = self._function.timeout_s
            raise Failure(
                Status.TIME_LIMIT, f"Invoking task timed out after {limit_s} seconds"
            ) from error
        if sum(len(name) + len(value) for name, value in answer.headers) > (
            RESPONSE_HEADERS_LIMIT_BYTES
        ):
            raise Failure(Status.RESPONSE_TOO_LARGE, "the response's headers exceed 4 KB")
        return answer

    async def kill(self) -> None:
        """End the server and everything that it started."""
        self._watch.cancel()
        self._sandbox.kill()
        await self._sandbox.ended()

    async def _watch_memory(self) -> None:
        await self._sandbox.outgrows(self._function.memory_mb * MIB)
        limit_mb = self._function.memory_mb
        self._verdict = Failure(Status.MEMORY_LIMIT, f"Task memory exceeded {limit_mb} MB")
        self._sandbox.kill()


async def _listening(sandbox: Sandbox, address: str, limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while not await upstream.listens(address):
        if not sandbox.alive:
            code = await sandbox.ended()
            raise Failure(
                Status.CONTAINER_EXITED, f"{BOOTSTRAP} exited with {code} before it listened"
            )
        if time.monotonic() > deadline:
            raise Failure(Status.PORT_BINDING_FAILED, f"nobody listened within {limit_s:g} seconds")
        await asyncio.sleep(POLL_S)
