"""Replace the standard library and the edge classes by those of the simulation.

Every name in a module of the product (or of Slack's stand-in) that stands for one of them stands
for the simulation's until the end of the block. The product is not changed for it.
"""

from __future__ import annotations

import concurrent.futures
import logging
import queue
import random
import secrets
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import msgspec
from standardwebhooks import webhooks

from bot import app as bot_app
from bot.request_context import AcceptedMessages
from bot.slack_api.client import web_client
from bot.slack_api.files import SlackFiles
from bot.slack_api.users import UserDirectory
from functions import log as product_log
from functions.gateway import app as gateway_app
from functions.jobs.bucket import Bucket
from functions.jobs.ledger import Ledger
from functions.jobs.recent_reads import RecentReads
from functions.worker import callback_tries, handler
from functions.worker.aiart import Aiart
from functions.worker.context import WorkerContext
from functions.worker.maintenance import DaysSummedUp
from functions.worker.safe_http import fetch, post
from infra.local.slack.methods import chat
from tests.simulation import stdlib
from tests.simulation.edges.aiart import MemoryAiart
from tests.simulation.edges.cos import MemoryBucket
from tests.simulation.edges.slack import MemoryFiles, memory_client
from tests.simulation.edges.web import memory_fetch, memory_post

WHERE = ("functions.", "bot.", "infra.local.slack.")
BUT = ("functions.worker.photos", "infra.local.slack.delivery", "infra.local.slack.app")


class OfProcess:
    """Give each process an object of its own, such as a cache; it is made at its first use."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def _own(self) -> Any:
        task = stdlib.here().current
        if task is None:
            raise RuntimeError("nobody but a task is in a process")
        memory = task.process.memory
        if self not in memory:
            memory[self] = self._make()
        return memory[self]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own(), name)


class DictOfProcess(OfProcess, MutableMapping[Any, Any]):
    """Give each process a dictionary of its own."""

    def __init__(self) -> None:
        super().__init__(dict)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __getitem__(self, key: Any) -> Any:
        return self._own()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._own()[key] = value

    def __delitem__(self, key: Any) -> None:
        del self._own()[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._own())

    def __len__(self) -> int:
        return len(self._own())

    def pop(self, key: Any, *default: Any) -> Any:
        return self._own().pop(key, *default)


def _log(what: str, **fields: Any) -> None:
    stdlib.here().world.logged(what, fields)


def _log_crash(what: str, error: BaseException, **fields: Any) -> None:
    stdlib.here().world.crashed(what, error, fields)


def _worker_config(_: object) -> Any:
    return stdlib.here().world.worker_config()


async def _check_pictures(_: object, blocks: list[dict[str, Any]], **__: Any) -> None:
    stdlib.here().world.look_at_pictures(blocks)


def _context_of(*arguments: Any, **named: Any) -> WorkerContext:
    """Make the worker's context with the simulation's locks in place of the real ones."""
    made = CONTEXT_OF(*arguments, **named)
    locks = [one for one in made.__struct_fields__ if isinstance(getattr(made, one), LOCK)]
    return msgspec.structs.replace(made, **{name: stdlib.Semaphore() for name in locks})


def _quiet_gateway(_: str) -> Any:
    """Replace the call that keeps the gateway warm: no job depends on it."""
    return SimpleNamespace(ask=lambda: None, wait=lambda: None)


CONTEXT_OF, LOCK = handler.context_of, type(threading.Lock())
REPLACED: tuple[tuple[Any, Any], ...] = (
    (time, SimpleNamespace(**vars(stdlib.time), time_ns=lambda: int(stdlib.now() * 1e9))),
    (random, stdlib.random),
    (secrets, SimpleNamespace(**vars(stdlib.secrets), choice=stdlib.choice)),
    (uuid, SimpleNamespace(uuid4=lambda: stdlib.here().rng.randbytes(16).hex())),
    (threading, stdlib.threading),
    (queue, stdlib.queue),
    (concurrent.futures.ThreadPoolExecutor, stdlib.ThreadPoolExecutor),
    (concurrent.futures.Future, stdlib.Future),
    (concurrent.futures.wait, stdlib.wait),
    (product_log.log, _log),
    (product_log.warn, _log),
    (product_log.log_crash, _log_crash),
    (Bucket, MemoryBucket),
    (web_client, memory_client),
    (SlackFiles, MemoryFiles),
    (Aiart, MemoryAiart),
    (fetch, memory_fetch),
    (post, memory_post),
)
PATCHED: tuple[tuple[Any, str, Any], ...] = (
    (handler, "worker_config", _worker_config),
    (handler, "context_of", _context_of),
    (handler, "_start_logging", lambda _: None),
    (handler, "gateway_at", _quiet_gateway),
    (handler, "UNUSED_LEASES", DictOfProcess()),
    (handler, "CALLBACK_HOSTS", DictOfProcess()),
    (handler, "DAYS_SUMMED_UP", OfProcess(DaysSummedUp)),
    (handler, "RECENT", OfProcess(RecentReads)),
    (callback_tries, "datetime", stdlib.datetime),
    (webhooks, "datetime", stdlib.datetime),
    (chat, "check_pictures", _check_pictures),
)


def _modules() -> Iterator[ModuleType]:
    for name, module in sorted(sys.modules.items()):
        if name.startswith(WHERE) and not name.startswith(BUT):
            yield module


@contextmanager
def installed() -> Iterator[None]:
    """Have the product use the simulation's classes and functions until the end of the block."""
    by_id = {id(real): ours for real, ours in REPLACED}
    undo: list[tuple[ModuleType, str, Any]] = []
    level = logging.root.manager.disable
    people = UserDirectory

    def pool_of_process(threads: int, name: str) -> OfProcess:
        return OfProcess(lambda: stdlib.ThreadPoolExecutor(threads, name))

    def people_of_process(client: Any) -> OfProcess:
        return OfProcess(lambda: people(client, clock=stdlib.now))

    # A web function's app is built once for all worlds, so these are made anew for each process.
    of_process = (
        (bot_app, "UserDirectory", people_of_process),
        (bot_app, "ThreadPoolExecutor", pool_of_process),
        (bot_app, "RecentReads", lambda: OfProcess(RecentReads)),
        (bot_app, "AcceptedMessages", lambda: OfProcess(AcceptedMessages)),
        (gateway_app, "ThreadPoolExecutor", pool_of_process),
    )
    try:
        for module in _modules():
            for name, value in list(vars(module).items()):
                if id(value) in by_id:
                    undo.append((module, name, value))
                    setattr(module, name, by_id[id(value)])
        for holder, name, ours in (*PATCHED, *of_process):
            undo.append((holder, name, getattr(holder, name)))
            setattr(holder, name, ours)
        logging.disable(logging.CRITICAL)
        clocks = [kind.__init__.__kwdefaults__ for kind in (Ledger, RecentReads)]
        with patch.dict(clocks[0], clock=stdlib.now), patch.dict(clocks[1], clock=stdlib.now):
            yield
    finally:
        logging.disable(level)
        for module, name, value in reversed(undo):
            setattr(module, name, value)
