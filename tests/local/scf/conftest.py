"""Deploy small functions to the stand-in, and call it over HTTP."""

import contextlib
import json
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.scf import create
from infra.local.serving import address, listen, served
from tests.caller import call

LIMIT_S = 60.0
BOOTSTRAP = '#!/bin/bash\nexec "$LOCAL_PYTHON" -u server.py\n'
# A function that waits for a file, then writes its name beside it.
GATE = """
    import pathlib, time

    def main_handler(event, context):
        gate = pathlib.Path(event["gate"])
        while event.get("wait") and not gate.exists():
            time.sleep(0.01)
        with pathlib.Path(event["gate"] + ".log").open("a") as file:
            file.write(event["name"] + "\\n")
"""

FUNCTION = {"runtime": "Python3.10", "memorySize": 128, "timeout": 5}
EVENT = {**FUNCTION, "type": "event", "handler": "handler.main_handler"}
WEB = {
    **FUNCTION,
    "type": "web",
    "instanceConcurrencyConfig": {"enable": True, "maxConcurrency": 100},
}
URL = {
    "type": "http",
    "function": "web",
    "parameters": {"authType": "NONE", "netConfig": {"enableExtranet": True}},
}


def until(condition: Callable[[], Any], what: str = "", limit_s: float = LIMIT_S) -> Any:
    """Wait until ``condition`` is true, and return its value."""
    deadline = time.monotonic() + limit_s
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what or condition} did not come true within {limit_s} s")
        time.sleep(0.01)
    return found


@dataclass
class Stack:
    """Call a running stand-in; hold the keys and triggers that it sent to the other stand-ins."""

    addresses: Mapping[str, str]
    keys: list[dict[str, Any]] = field(default_factory=list)
    triggers: list[list[dict[str, Any]]] = field(default_factory=list)

    def url(self, name: str, path: str = "") -> str:
        return f"http://{self.addresses[name]}{path}"

    def control(self, method: str, path: str, body: Any = None) -> Any:
        return call(method, self.url("scf", f"/_control{path}"), body)

    def invoke(self, event: Any, function: str = "worker") -> dict[str, Any]:
        answer = requests.post(self.url("scf", f"/invoke/{function}"), json=event, timeout=30)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def enqueue(self, event: Any, function: str = "worker") -> str:
        url = self.url("scf", f"/invoke/{function}?async=1")
        answer = requests.post(url, json=event, timeout=10)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["request_id"])

    def statuses(self, function: str = "worker") -> list[int]:
        """List the status codes of the invocations that have ended."""
        rows = self.control("GET", "/invocations")
        return [row["status"] for row in rows if row["function"] == function and row["status"]]

    def described(self, function: str) -> dict[str, Any]:
        rows = self.control("GET", "/functions")
        found: dict[str, Any] = next(row for row in rows if row["key"] == function)
        return found

    def log(self, function: str = "") -> list[str]:
        return [line["text"] for line in self.control("GET", f"/logs?function={function}")]


Deploy = Callable[..., Stack]


@pytest.fixture
def deploy(tmp_path: Path) -> Iterator[Deploy]:
    """Give a function that deploys functions from their files' texts; they end with the test."""
    with contextlib.ExitStack() as running:

        def start(
            functions: Mapping[str, Any],
            files: Mapping[str, str],
            *,
            triggers: list[Any] | None = None,
            environ: Mapping[str, str] | None = None,
            **settings: Any,
        ) -> Stack:
            code_dir = write_code(tmp_path, files)
            yml = write_yml(tmp_path, functions, triggers or [])
            web = [key for key, one in functions.items() if one["type"] == "web"]
            sockets = {name: running.enter_context(listen()) for name in ["scf", "neighbour", *web]}
            stack = Stack({name: address(one) for name, one in sockets.items()})
            apps = create(
                stack.addresses,
                serverless_yml=str(yml),
                code_dir=str(code_dir),
                python=sys.executable,
                environ=environ or {},
                **{**_usual(stack.addresses["neighbour"]), **settings},
            )
            running.enter_context(served({**apps, "neighbour": _neighbour(stack)}, sockets))
            return stack

        yield start


def worker(deploy: Deploy, handler: str, **more: object) -> Stack:
    """Deploy one event function, "worker"; ``more`` are its settings and the stand-in's."""
    settings = {k: more.pop(k) for k in list(more) if k in EVENT}
    return deploy({"worker": {**EVENT, **settings}}, {"handler.py": handler}, **more)


def alive(pid: int) -> bool:
    """Say whether a process runs; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def write_code(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the package's folder; make a ``scf_bootstrap`` executable."""
    code_dir = folder / "code"
    code_dir.mkdir()
    for name, text in files.items():
        (code_dir / name).write_text(textwrap.dedent(text))
        if name == "scf_bootstrap":
            (code_dir / name).chmod(0o755)
    return code_dir


def write_yml(folder: Path, functions: Mapping[str, Any], triggers: list[Any]) -> Path:
    """Write a serverless.yml with these functions and triggers."""
    path = folder / "serverless.yml"
    inputs = {
        "src": {"src": "."},
        "region": "ap-guangzhou",
        "functions": dict(functions),
        "triggers": triggers,
    }
    document = {"app": "app", "component": "multi-scf", "name": "name", "inputs": inputs}
    path.write_text(yaml.safe_dump(json.loads(json.dumps(document))))
    return path


def _usual(neighbour: str) -> dict[str, Any]:
    return {"keys_urls": [neighbour], "cos": neighbour, "timers": False}


def _neighbour(stack: Stack) -> Starlette:
    """Build a server that takes role keys and COS triggers, as the other stand-ins do."""

    async def keys(request: Request) -> Response:
        stack.keys.append(await request.json())
        return JSONResponse({})

    async def triggers(request: Request) -> Response:
        stack.triggers.append(await request.json())
        return JSONResponse({})

    return Starlette(
        routes=[
            Route("/_control/keys", keys, methods=["PUT"]),
            Route("/_control/triggers", triggers, methods=["PUT"]),
        ]
    )
