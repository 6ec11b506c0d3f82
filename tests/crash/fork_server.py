"""Fork the functions' processes off one process that has imported their code.

A cold start takes half a second of computing, nearly all of it imports, and a third of the crash
runs kill a process. A forked process is as fresh: its modules are imported, and nothing has run.
Shorter timeouts are set here as well, because the product waits longer for an answer than a run
needs to: 60 seconds for a photo.

Run as ``python -u -m tests.crash.fork_server SOCKET``. Each packet on the socket asks for one
process under a warden, as ``infra.local.scf.sandbox`` starts it; two packets answer it, first with
the warden's pid, then with its exit code.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

import msgspec
import uvicorn

from functions.gateway import app as gateway
from functions.worker import callback_tries, handler, photos, sources
from functions.worker.steps import store
from infra.local.scf import child, warden
from infra.local.scf.web_server import BOOTSTRAP
from tests.crash.cases import HOOK_PATIENCE_S, PATIENCE_S

PACKET_BYTES = 128 * 1024
FILES_MOST = 4  # orders, output, errors, and an event function's channel
APPS = {"bot": "bot.app:create_app", "gateway": "functions.gateway.app:create_app"}
IMPORTED = (
    "bot.app",
    *("uvicorn.protocols.http.httptools_impl", "uvicorn.lifespan.on", "uvicorn.loops.asyncio"),
)


def main(number: int) -> None:
    """Serve until the socket ends; ignore the signals that a warden ignores."""
    for one in warden.DEAF_TO:
        signal.signal(one, signal.SIG_IGN)
    with socket.socket(fileno=number) as asked:
        for name in IMPORTED:
            importlib.import_module(name)
        photos.load()  # imports what a run would import
        _shorten_patience()
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000)  # a run is short and its process small: collecting costs more
        if threading.active_count() > 1:
            raise RuntimeError("an import has started a thread: it would be missing after a fork")
        _serve(asked)


def _shorten_patience() -> None:
    """Set shorter timeouts for answers in place of the product's constants."""
    handler.SLACK_TIMEOUT_S = PATIENCE_S["slack"]
    store.DOWNLOAD_LIMIT_S = PATIENCE_S["results"]
    sources.FETCH_LIMIT_S = PATIENCE_S["shop"]
    callback_tries.TRY_LIMIT_S = HOOK_PATIENCE_S
    for module, name in ((handler, "worker_config"), (gateway, "gateway_config")):
        setattr(module, name, _with_quick_bucket(getattr(module, name)))


def _with_quick_bucket(read: Callable[..., Any]) -> Callable[..., Any]:
    def read_quick(*args: Any, **options: Any) -> Any:
        config = read(*args, **options)
        bucket = msgspec.structs.replace(config.bucket, timeout_s=PATIENCE_S["cos"])
        return msgspec.structs.replace(config, bucket=bucket)

    return read_quick


def _serve(asked: socket.socket) -> None:
    ends: dict[int, tuple[int, int]] = {}  # by a warden's pidfd: its order's number and its pid
    poll = select.poll()
    poll.register(asked, select.POLLIN)
    while True:
        for ready, _ in poll.poll():
            if ready in ends:
                poll.unregister(ready)
                number, pid = ends.pop(ready)
                os.close(ready)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                _say(asked, {"number": number, "code": code})
                continue
            packet, files, _, _ = socket.recv_fds(asked, PACKET_BYTES, FILES_MOST)
            if not packet:
                return
            order = json.loads(packet)
            pid = _fork(lambda: _ward(order, files), closing=(asked.fileno(), *ends))  # noqa: B023  # forked at once
            for one in files:
                os.close(one)
            end = os.pidfd_open(pid)
            ends[end] = (order["number"], pid)
            poll.register(end, select.POLLIN)
            _say(asked, {"number": order["number"], "pid": pid})


def _say(asked: socket.socket, message: dict[str, int]) -> None:
    with contextlib.suppress(OSError):  # the other side is gone: the next packet will be empty
        asked.send(json.dumps(message).encode())


def _fork(run: Callable[[], int], *, closing: tuple[int, ...] = ()) -> int:
    """Fork a process that runs ``run`` and exits with the code that it returns; give its pid."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        for one in closing:
            os.close(one)
        code = run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  # nothing of the parent's stack may go on here
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _ward(order: dict[str, Any], files: list[int]) -> int:
    """Run as the warden of the ordered process; return its exit code."""
    os.setsid()
    os.chdir(order["code_dir"])
    for place, one in enumerate(files[:3]):
        os.dup2(one, place)
        os.close(one)
    channel = files[3] if len(files) == FILES_MOST else -1
    os.environ.clear()
    os.environ.update(order["environment"])
    return warden.main(channel, lambda: _fork(lambda: _lead(order["command"], channel)))


def _lead(command: list[str], channel: int) -> int:
    """Run as the function: a web function's server, or an event function's runtime."""
    os.setpgid(0, 0)
    for name in warden.DEAF_TO:
        signal.signal(name, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if command[0] == BOOTSTRAP:
        uvicorn.run(
            APPS[os.environ["FRONT"]],
            factory=True,
            host=os.environ["LOCAL_HOST"],
            port=int(os.environ["LOCAL_PORT"]),
            access_log=False,
            log_level="warning",
        )
    else:
        child.main(command[-2], channel)
    return 0


if __name__ == "__main__":
    main(int(sys.argv[1]))
