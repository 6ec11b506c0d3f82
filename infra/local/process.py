"""Run one stand-in in a process of its own, on sockets that it inherits.

It reads one line of JSON from standard input: the package, all stand-ins' addresses, its settings,
the file descriptors to serve on, and a function that wraps its apps, if any. It ends on SIGTERM,
and when the process that started it is gone.
"""

import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
from typing import Any

from starlette.types import ASGIApp

from infra.local.serving import served
from infra.local.signals import told_to_end

PARENT_CHECK_S = 0.5


def main() -> None:
    """Serve until SIGTERM, or until the parent process is gone."""
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent process
    sockets = {name: socket.socket(fileno=fd) for name, fd in order["sockets"].items()}
    create = importlib.import_module(order["package"]).create
    parent = os.getppid()
    apps: dict[str, ASGIApp] = create(order["addresses"], **order["settings"])
    if order["around"]:
        around = pkgutil.resolve_name(order["around"])
        apps = {name: around(name, app) for name, app in apps.items()}
    with told_to_end((signal.SIGTERM,)) as wait, served(apps, sockets):
        while not wait(PARENT_CHECK_S) and os.getppid() == parent:
            pass


if __name__ == "__main__":
    main()
