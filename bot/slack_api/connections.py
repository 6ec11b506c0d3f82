"""Keep connections to Slack: a new one costs two round trips more, and a call only one.

urllib3's pool does the keeping (2.8.0): before it hands a kept connection on it asks that one's
``is_connected``, and opens it anew where that is not so; with ``retries=False`` it sends once. What
nobody can see is a connection whose other end has forgotten it, as it does while an instance is
frozen: what may not be sent twice goes only over one that has just been used.

Imported late, by whoever makes the first call: urllib3 takes a sixth of Bolt's time.
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

USED_WITHIN_S = 20.0  # so long a connection is surely alive after its last answer
# Where nothing at all is heard of what was sent over a kept connection, not even that it came.
DEAD_AFTER_MS = 1000
KEPT_PER_HOST = 100  # as many as there are threads; those that are not needed are never opened


class Request(msgspec.Struct, frozen=True):
    """Hold what is sent. ``repeatable``: twice does no harm.

    What is not repeatable goes over a connection that has answered since ``since`` (Unix seconds)
    and within ``USED_WITHIN_S``, or over a new one.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    repeatable: bool = False
    since: float = 0.0


class _Sending(threading.local):
    """Tell the connection that this thread takes what it is for, and the thread what it took."""

    answered_since = 0.0  # Unix seconds
    unheard_ms = 0
    over_kept = False


_sending = _Sending()


class _Kept(HTTPConnection):
    """Remember when a connection was last answered; ``answered_at`` is 0 for a new one."""

    answered_at = 0.0

    @property
    def is_connected(self) -> bool:
        is_wanted = _sending.answered_since <= self.answered_at <= time.time()
        return is_wanted and (super().is_connected or self._has_only_tickets())

    def _has_only_tickets(self) -> bool:
        """Say whether all that has come are TLS 1.3's tickets, as after each handshake."""
        if not isinstance(self.sock, ssl.SSLSocket):
            return False
        self.sock.settimeout(0)
        try:
            self.sock.recv(1)
        except ssl.SSLWantReadError:
            return True
        except OSError:
            return False
        return False  # the end, or what nobody has asked for

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
        """Open a connection, unless the latest is one that answered ``since`` (Unix seconds).

        It takes the place of the second latest, which is closed; the latest is left to others
        meanwhile. Raises ``HTTPError``, ``OSError`` or ``queue.Empty``.
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


POOLS = {"http": _Pool, "https": _SecurePool}  # as urllib3 asks for them, by scheme


@contextmanager
def only_living(since: float) -> Iterator[None]:
    """Have what this thread sends in the block go over new connections, and those that surely live:
    they have answered since ``since`` (Unix seconds) and within ``USED_WITHIN_S``.
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
    """Open a connection to where that leads, unless one has just been used, after ``since``.

    Where it fails, whoever needs it will see. Not through a proxy, nor without TLS, where there is
    little to be saved.
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
    """Send a request and give its answer, whose body is read inside; redirects are not followed.

    ``timeout_s`` is asked for each sending, and is for each wait. A repeatable request is sent once
    more when the kept connection breaks before anything came back. Raises ``OSError``, also while
    the body is read.
    """
    # Written as those have read it who have checked where it leads.
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
        with closing(_sent(request, send)) as answer:  # and the connection, if it is not read
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
    _sending.answered_since = math.inf  # the others that are kept may be no better
    return send()


def _is_slow(error: Exception) -> bool:
    """Say whether the other end is there and has not answered in time, so the time is used up."""
    reason = error.__cause__
    is_dead = isinstance(reason, OSError) and reason.errno == errno.ETIMEDOUT
    return isinstance(error, ReadTimeoutError) and not is_dead


def _proxy_for(url: str, proxy: str | None) -> str:
    """Give the proxy that leads there, unless NO_PROXY names the place; empty for none."""
    if not proxy or urllib.request.proxy_bypass(urlsplit(url).netloc):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


@lru_cache(maxsize=8)
def _pools(proxy: str, tls: ssl.SSLContext) -> PoolManager:
    """Make the pools of this process, by how they lead out of it."""
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
