"""Run a web function's server in a process of its own, started as scf_bootstrap starts it."""

import contextlib
import http.client
import subprocess
import sys
from collections.abc import Iterator, Mapping

from infra.dotenv import ROOT
from infra.local.polling import until
from infra.local.serving import free_port

LIMIT_S = 30.0


@contextlib.contextmanager
def front(app: str, environ: Mapping[str, str]) -> Iterator[http.client.HTTPConnection]:
    """Run ``app`` (``module:factory``), and yield an open connection once it is warm."""
    host, port = "127.0.0.1", str(free_port())
    quiet = ["--no-access-log", "--log-level", "warning"]
    served = ["-m", "uvicorn", "--factory", app, "--host", host, "--port", port, *quiet]
    server = subprocess.Popen(  # noqa: S603  # our own
        [sys.executable, "-u", *served], cwd=ROOT, env=dict(environ)
    )
    with server:
        try:
            until(lambda: _is_warm(host, port), what=app, limit_s=LIMIT_S)
            with contextlib.closing(http.client.HTTPConnection(host, int(port), LIMIT_S)) as one:
                yield one
        finally:
            server.terminate()


def _is_warm(host: str, port: str) -> bool:
    try:
        connection = http.client.HTTPConnection(host, int(port), timeout=LIMIT_S)
        with contextlib.closing(connection):
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
    except OSError:
        return False
