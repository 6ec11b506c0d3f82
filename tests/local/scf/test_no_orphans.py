"""No process outlives the stand-in, however it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.local.scf.conftest import (
    BOOTSTRAP,
    EVENT,
    URL,
    WEB,
    alive,
    until,
    write_code,
    write_yml,
)

STAND_IN = """
import json, signal, sys
from infra.local.signals import told_to_end
from infra.local.scf import create
from infra.local.serving import address, listen, served

settings = json.loads(sys.argv[1])
with told_to_end((signal.SIGTERM,)) as wait, listen() as scf, listen() as web:
    sockets = {"scf": scf, "web": web}
    addresses = {name: address(one) for name, one in sockets.items()}
    with served(create(addresses, **settings), sockets):
        print(json.dumps(addresses), flush=True)
        wait(None)
"""

HANDLER = """
    import os, signal, subprocess, sys, time

    def main_handler(event, context):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        child = subprocess.Popen(command, start_new_session=True)
        print(os.getpid(), child.pid, flush=True)
        time.sleep(event)
"""

SERVER = """
    import os
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(str(os.getpid()).encode())

    address = (os.environ["LOCAL_HOST"], int(os.environ["LOCAL_PORT"]))
    HTTPServer(address, Handler).serve_forever()
"""


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The stand-in in a process of its own."""
    files = {"handler.py": HANDLER, "server.py": SERVER, "scf_bootstrap": BOOTSTRAP}
    settings = {
        "serverless_yml": str(write_yml(tmp_path, {"worker": EVENT, "web": WEB}, [URL])),
        "code_dir": str(write_code(tmp_path, files)),
        "python": sys.executable,
        "environ": {},
        "keys_urls": [],
        "cos": "127.0.0.1:1",
        "timers": False,
    }
    command = [sys.executable, "-c", STAND_IN, json.dumps(settings)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # ours
        yield process
        process.kill()


def started(stand_in: "subprocess.Popen[str]", *, event: float) -> list[int]:
    """Start both functions; the pids of everything that runs then."""
    assert stand_in.stdout
    addresses = json.loads(stand_in.stdout.readline())
    web = int(requests.get(f"http://{addresses['web']}/", timeout=9).text)
    scf = f"http://{addresses['scf']}"
    assert requests.post(f"{scf}/invoke/worker?async=1", json=event, timeout=9).status_code == 202

    def printed() -> list[Any]:
        lines: list[Any] = requests.get(f"{scf}/_control/logs?function=worker", timeout=9).json()
        return lines

    worker = [int(pid) for pid in until(printed)[0]["text"].split()]
    if event == 0:
        until(lambda: " T " in Path(f"/proc/{worker[0]}/stat").read_text(), "the worker freezes")
    return [web, *worker]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("event", [600, 0])  # in the middle of an event, or frozen after it
def test_no_process_outlives_the_stand_in(
    stand_in: "subprocess.Popen[str]", end: signal.Signals, event: float
) -> None:
    pids = started(stand_in, event=event)
    assert all(map(alive, pids))
    os.kill(stand_in.pid, end)
    assert stand_in.wait(20) == (0 if end == signal.SIGTERM else -end)
    until(lambda: not any(map(alive, pids)), "every process ends")
