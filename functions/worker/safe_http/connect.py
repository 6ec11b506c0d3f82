"""Connect to an address that was checked, within a time that bounds all of it.

One look-up per connection: every address that it brings is checked, and only those very addresses
are connected to, so a name that changes its answer in between (DNS rebinding) gains nothing. A
connection that is kept leads where it led, and that is checked again for each URL.
"""

import functools
import io
import queue
import select
import socket
import ssl
import threading
import time
import weakref
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import certifi
import msgspec

from functions.jobs.url_policy import IPAddress, Target, UrlRefused, address_in

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ADDRESSES_TRIED = 4
CUT_SEEN_WITHIN_S = 0.2
KEPT_MOST = 8
DEAD_AFTER_MS = 1000  # where nothing is heard of what was sent over a kept connection


class Deadline:
    """Hold the end of a call, look-ups and redirects included. Any thread may bring it forward."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None
        self._is_cut = False

    def left_s(self) -> float:
        """Say how long there is still. Raises ``UrlRefused`` when nothing is left."""
        left = self._ends_at - time.monotonic()
        if left <= 0 or self._is_cut:
            raise UrlRefused("too-slow")
        return left

    @property
    def is_cut(self) -> bool:
        """Say whether it was brought forward, which the connection shows as an end of its own."""
        return self._is_cut

    def watch(self, connection: socket.socket) -> None:
        """Have ``cut`` end what waits for this connection. Raises ``UrlRefused`` after it."""
        with self._lock:
            self._connection = connection
            self.left_s()

    def cut(self) -> None:
        """End the call now, whatever it waits for."""
        with self._lock:
            self._is_cut = True
            if self._connection:
                with suppress(OSError):  # closed, or never opened
                    # Not TLS's own method, which would change the object under its reader.
                    socket.socket.shutdown(self._connection, socket.SHUT_RDWR)


class CountedStream(io.RawIOBase):
    """Hold what comes off a socket, up to a number of bytes and a point in time.

    A socket's own timeout starts anew with every read, so a byte a second would last for ever.
    The count is taken below the parsing of HTTP, whose sizes a server makes up: ``http.client``
    reads to the end of the connection for a chunk of "-1" bytes.
    """

    def __init__(self, connection: socket.socket, *, max_bytes: int, deadline: Deadline) -> None:
        self._connection = connection
        self._left_bytes = max_bytes
        self._deadline = deadline

    def readable(self) -> bool:
        """Say that it can be read, as ``io.BufferedReader`` asks first."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Receive into ``buffer``, within the limits. Raises ``UrlRefused`` and ``OSError``."""
        self._connection.settimeout(self._deadline.left_s())
        count = self._connection.recv_into(buffer)
        self._left_bytes -= count
        if self._left_bytes < 0:
            raise UrlRefused("too-large")
        return count


_Place = tuple[str, int, bool]


class Connection(msgspec.Struct, frozen=True):
    """Hold a connection that may be written to, and the checked ``address`` that it leads to."""

    socket: socket.socket
    address: IPAddress


class KeptConnections:
    """Keep some connections to places that are asked again and again. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[_Place, Connection]] = []  # the newest last
        weakref.finalize(self, _close, self._idle)

    def take(self, target: Target, deadline: Deadline) -> Connection | None:
        """Give one that the URL may lead over, and that nobody has closed; None if there is none.

        One whose other end has forgotten it raises ``OSError`` soon after it is written to.
        """
        deadline.left_s()  # raises, and that before one is taken
        while connection := self._pop(target):
            if target.may_lead_to(connection.address) and not _is_readable(connection.socket):
                deadline.watch(connection.socket)
                connection.socket.settimeout(deadline.left_s())
                return connection
            connection.socket.close()
        return None

    def keep(self, target: Target, connection: Connection) -> None:
        """Keep one whose answer was read to its end, in place of the oldest of many."""
        over = connection
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; else a dead one would take all the time
            unheard = (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER_MS)
            with suppress(OSError):  # it is over already, which shows when it is taken
                connection.socket.setsockopt(*unheard)
            with self._lock:
                self._idle.append((_place(target), connection))
                if len(self._idle) <= KEPT_MOST:
                    return
                _, over = self._idle.pop(0)
        over.socket.close()

    def _pop(self, target: Target) -> Connection | None:
        with self._lock:
            for at in reversed(range(len(self._idle))):
                if self._idle[at][0] == _place(target):
                    return self._idle.pop(at)[1]
        return None


def _close(connections: list[tuple[_Place, Connection]]) -> None:
    for _, connection in connections:
        connection.socket.close()


def _place(target: Target) -> _Place:
    return target.host, target.port, target.tls


def _is_readable(connection: socket.socket) -> bool:
    """Say whether something came that nobody has asked for, its end above all."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def connected(target: Target, deadline: Deadline) -> Connection:
    """Make a connection that may be written to. Raises ``UrlRefused`` and ``OSError``."""
    with ExitStack() as unless_made:
        opened = _dialled(target, deadline)
        unless_made.enter_context(opened.socket)
        if target.tls:
            opened.socket.settimeout(deadline.left_s())
            secure = _trust().wrap_socket(
                opened.socket, server_hostname=target.host, do_handshake_on_connect=False
            )
            unless_made.enter_context(secure)
            deadline.watch(secure)
            secure.do_handshake()
            secure.settimeout(deadline.left_s())
            opened = Connection(secure, opened.address)
        unless_made.pop_all()
    return opened


@functools.lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """Give the certificate authorities that ``requests`` ships, whatever the machine has."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


def _dialled(target: Target, deadline: Deadline) -> Connection:
    """Give a connection to the first address that answers; each gets its share of the time."""
    addresses = _checked_addresses(target, deadline)[:ADDRESSES_TRIED]
    failure = OSError("the name has no address")
    for to_try, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        try:
            timeout_s = deadline.left_s() / to_try
            made = _opened(address, target.port, deadline, timeout_s=timeout_s)
            return Connection(made, address)
        except OSError as error:
            failure = error
    raise failure


def _opened(
    address: IPAddress, port: int, deadline: Deadline, *, timeout_s: float
) -> socket.socket:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        deadline.watch(connection)
        connection.settimeout(timeout_s)
        connection.connect((str(address), port))
    except BaseException:
        connection.close()
        raise
    return connection


def _checked_addresses(target: Target, deadline: Deadline) -> list[IPAddress]:
    """Look up every address of the host. Raises ``UrlRefused`` if even one of them is forbidden."""
    literal = address_in(target.host)
    written = [target.host] if literal else _looked_up(target, deadline)
    addresses = [address_in(each) for each in dict.fromkeys(written)]
    allowed = [each for each in addresses if each is not None and target.may_lead_to(each)]
    if len(allowed) < len(addresses):
        raise target.refusal_of(addresses)
    return allowed


def _looked_up(target: Target, deadline: Deadline) -> list[str]:
    """Give what the resolver says.

    In a thread, for ``getaddrinfo`` takes no timeout and whoever sent the URL may own the slow
    name server. An abandoned thread ends with the resolver's own timeout.
    """
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            answers.put([str(where[0]) for *_, where in found])
        except OSError as error:
            answers.put(error)

    threading.Thread(target=look_up, daemon=True).start()
    answer: list[str] | OSError | None = None
    while answer is None:
        with suppress(queue.Empty):
            answer = answers.get(timeout=min(CUT_SEEN_WITHIN_S, deadline.left_s()))
    if isinstance(answer, OSError):
        raise answer
    return answer
