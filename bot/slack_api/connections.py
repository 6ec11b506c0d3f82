"""Keep connections to Slack open between calls: a call takes one round trip, opening takes two.

urllib3's pool (2.8.0) keeps them. Before it uses one again it asks that connection's
``is_connected``, and opens it anew if that is False; with ``retries=False`` it sends a request
once. A connection that the other end has dropped, as it does while an instance is frozen, looks
alive: so a request that may not be sent twice goes only over one that was answered just before.

This module is imported by the first call, not at start: importing urllib3 takes a sixth as long as
importing Bolt.
"""

import errno
import math
import queue
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec
from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError, SSLError
from urllib3.util import make_headers, parse_url

USED_WITHIN_S = 20.0  # for so long after its last answer a connection is taken to be alive
# A kept connection counts as dead if TCP has no acknowledgement of what was sent for so long.
DEAD_AFTER_MS = 1000
KEPT_PER_HOST = 100  # one for each thread; connections are opened only as needed


class Request(msgspec.Struct, frozen=True):
    """Hold an HTTP request. ``repeatable``: sending it twice does no harm.

    One that is not repeatable goes over a connection that was answered after ``since`` (Unix
    seconds) and within ``USED_WITHIN_S``, or over a new one.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    repeatable: bool = False
    since: float = 0.0


class _Sending(threading.local):
    """Pass a thread's needs through urllib3 to the connection it picks, and ``over_kept`` back."""

    answered_since = 0.0  # Unix seconds: a kept connection has to be answered after that
    unheard_ms = 0  # TCP's limit without an acknowledgement; 0: the system's
    over_kept = False  # whether the connection had been used before


_sending = _Sending()


class _Kept(HTTPConnection):
    """Remember when a connection was last answered; ``answered_at`` is 0 for a new one."""

    answered_at = 0.0

    @property
    def is_connected(self) -> bool:
        is_wanted = _sending.answered_since <= self.answered_at <= time.time()
        return is_wanted and (super().is_connected or self._has_only_tickets())

    def _has_only_tickets(self) -> bool:
        """Say whether only TLS 1.3 session tickets wait to be read, as after each handshake.

        urllib3 takes a connection with anything to read for a closed one.
        """
        if not isinstance(self.sock, ssl.SSLSocket):
            return False
        self.sock.settimeout(0)
        try:
            self.sock.recv(1)
        except ssl.SSLWantReadError:
            return True
        except OSError:
            return False
        return False  # the connection's end, or bytes that no request asked for

    def request(self, *arguments: Any, **more: Any) -> None:
        _sending.over_kept = self.answered_at > 0
        if isinstance(self.sock, socket.socket) and hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
            unheard_ms = _sending.unheard_ms if _sending.over_kept else 0
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unheard_ms)
        super().request(*arguments, **more)

    def getresponse(self) -> Any:
        response = super().getresponse()
        self.answered_at = time.time() if self.sock else 0.0
        return response

    def close(self) -> None:
        self.answered_at = 0.0
        super().close()


class _KeptSecure(_Kept, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Kept

    def open_one(self, timeout_s: float, *, since: float) -> None:
        """Open a connection, unless the last one used was answered after ``since`` (Unix seconds).

        The one used before the last is closed and opened anew; the last one stays in the pool for
        other threads meanwhile. Raises ``HTTPError``, ``OSError`` or ``queue.Empty``.
        """
        places: Any = self.pool
        latest: Any = places.get_nowait()
        if latest and latest.answered_at >= since:
            self._put_conn(latest)
            return
        connection: Any = places.get_nowait()
        self._put_conn(latest)
        connection = connection or self._new_conn()
        try:
            connection.close()
            connection.timeout = timeout_s
            connection.connect()
            connection.answered_at = time.time()
        finally:
            self._put_conn(connection)


class _SecurePool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _KeptSecure


POOLS = {"http": _Pool, "https": _SecurePool}  # for urllib3's ``pool_classes_by_scheme``


@contextmanager
def only_living(since: float) -> Iterator[None]:
    """Restrict what this thread sends in the block to new connections and those surely alive: they
    were answered after ``since`` (Unix seconds) and within ``USED_WITHIN_S``.
    """
    _sending.unheard_ms = 0
    _sending.answered_since = max(since, time.time() - USED_WITHIN_S)
    try:
        yield
    finally:
        _sending.answered_since = 0.0


def open_ahead(
    url: str, *, timeout_s: float, proxy: str | None, tls: ssl.SSLContext, since: float
) -> None:
    """Open a connection to the host of ``url``, unless one was answered just now, after ``since``.

    Does nothing through a proxy or without TLS. A failure is ignored: the call that needs the
    connection will meet it.
    """
    led_by = _proxy_for(url, proxy)
    pool = _pools(led_by, tls).connection_from_url(url)
    if isinstance(pool, _SecurePool) and not led_by:
        with suppress(HTTPError, OSError, queue.Empty):
            pool.open_one(timeout_s, since=max(since, time.time() - USED_WITHIN_S / 2))


@contextmanager
def answered(
    request: Request, *, timeout_s: Callable[[], float], proxy: str | None, tls: ssl.SSLContext
) -> Iterator[BaseHTTPResponse]:
    """Send a request and give the answer; its body is read in the block. No redirect is followed.

    ``timeout_s`` is called for each sending and bounds each wait, not the whole. A repeatable
    request is sent once more if the kept connection breaks before an answer. Raises ``OSError``,
    also while the body is read.
    """
    # Written anew as ``urlsplit`` reads it, by which the callers have checked the host.
    url = urlunsplit(urlsplit(request.url))
    pools = _pools(_proxy_for(url, proxy), tls)

    def send() -> BaseHTTPResponse:
        _sending.over_kept = False
        return pools.urlopen(
            request.method,
            url,
            body=request.body,
            headers=request.headers,
            timeout=Timeout(timeout_s()),
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )

    try:
        with closing(_sent(request, send)) as answer:  # closes the connection, too, if not read out
            yield answer
    except ReadTimeoutError as error:
        raise TimeoutError(type(error).__name__) from error
    except HTTPError as error:
        raise ConnectionError(type(error).__name__) from error


def _sent(request: Request, send: Callable[[], BaseHTTPResponse]) -> BaseHTTPResponse:
    surely_alive = max(request.since, time.time() - USED_WITHIN_S)
    _sending.answered_since = 0.0 if request.repeatable else surely_alive
    _sending.unheard_ms = DEAD_AFTER_MS if request.repeatable else 0
    try:
        return send()
    except (ProtocolError, SSLError, ReadTimeoutError) as error:
        if not (request.repeatable and _sending.over_kept) or _is_slow(error):
            raise
    _sending.answered_since = math.inf  # only a new one: other kept ones may be dead, too
    return send()


def _is_slow(error: Exception) -> bool:
    """Say whether a living other end did not answer in time: then no time is left to send again.

    ``ETIMEDOUT`` is the dead one's: ``DEAD_AFTER_MS`` passed without an acknowledgement.
    """
    reason = error.__cause__
    is_dead = isinstance(reason, OSError) and reason.errno == errno.ETIMEDOUT
    return isinstance(error, ReadTimeoutError) and not is_dead


def _proxy_for(url: str, proxy: str | None) -> str:
    """Give the address of the proxy to use for ``url``; empty for none, or if NO_PROXY names it."""
    if not proxy or urllib.request.proxy_bypass(urlsplit(url).netloc):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


@lru_cache(maxsize=8)
def _pools(proxy: str, tls: ssl.SSLContext) -> PoolManager:
    """Make the process's connection pools, one set for each proxy and TLS context."""
    how: dict[str, Any] = {"ssl_context": tls, "maxsize": KEPT_PER_HOST}
    if proxy:
        who = unquote(parse_url(proxy).auth or "")
        pools: PoolManager = ProxyManager(
            proxy, proxy_headers=make_headers(proxy_basic_auth=who) if who else None, **how
        )
    else:
        pools = PoolManager(**how)
    pools.pool_classes_by_scheme = POOLS
    return pools
