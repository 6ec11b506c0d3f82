"""Connect only to checked addresses, with one deadline for look-up, connection and answer.

Each connection has one look-up of the name. All addresses in the answer are checked, and only those
are connected to, so a name that changes its answer afterwards (DNS rebinding) gains nothing. The
address of a kept connection is checked again for each URL.
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
CUT_SEEN_WITHIN_S = 0.2  # how soon a look-up notices that its deadline was cut
KEPT_MOST = 8
DEAD_AFTER_MS = 1000  # a kept connection is dead if what was sent is not acknowledged by then


class Deadline:
    """Hold the end of a call, look-ups and redirects included. Any thread may cut it short."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None
        self._is_cut = False

    def left_s(self) -> float:
        """Give the seconds that are left. Raises ``UrlRefused`` (``too-slow``) when none are."""
        left = self._ends_at - time.monotonic()
        if left <= 0 or self._is_cut:
            raise UrlRefused("too-slow")
        return left

    @property
    def is_cut(self) -> bool:
        """Say whether ``cut`` has ended the call; its connection then looks closed by the host."""
        return self._is_cut

    def watch(self, connection: socket.socket) -> None:
        """Set the connection that ``cut`` shuts down. Raises ``UrlRefused`` if time is up."""
        with self._lock:
            self._connection = connection
            self.left_s()

    def cut(self) -> None:
        """End the call now, whatever it waits for."""
        with self._lock:
            self._is_cut = True
            if self._connection:
                with suppress(OSError):  # closed, or never opened
                    # Not SSLSocket.shutdown, which would change the object while it is read.
                    socket.socket.shutdown(self._connection, socket.SHUT_RDWR)


class CountedStream(io.RawIOBase):
    """Read from a socket, at most ``max_bytes`` and only until ``deadline``.

    A socket's own timeout starts anew with every read, so a byte a second would last for ever.
    Bytes are counted below the HTTP parser, because the server chooses the sizes that this sees:
    for a chunk of "-1" bytes ``http.client`` reads to the end of the connection.
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
    """Hold an open connection, and the checked ``address`` that it leads to."""

    socket: socket.socket
    address: IPAddress


class KeptConnections:
    """Keep up to ``KEPT_MOST`` idle connections for later calls. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[_Place, Connection]] = []  # the newest last
        weakref.finalize(self, _close, self._idle)

    def take(self, target: Target, deadline: Deadline) -> Connection | None:
        """Return a kept connection to the target that its rules allow and that is still open.

        None if there is none. If the host has dropped it silently, it raises ``OSError`` soon
        after it is written to.
        """
        deadline.left_s()  # raises before a connection is taken out
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
    """Say whether an idle connection has something to read: usually that the host has closed it."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def connected(target: Target, deadline: Deadline) -> Connection:
    """Open a new connection, with TLS where the target asks for it.

    Raises ``UrlRefused`` and ``OSError``.
    """
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
    """Trust the certificate authorities of ``certifi``, whatever the machine has."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


def _dialled(target: Target, deadline: Deadline) -> Connection:
    """Connect to the first address that answers; each gets an equal share of the time left."""
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
    """Look the host's addresses up, within the deadline. Raises ``UrlRefused`` and ``OSError``.

    This runs in a thread, because ``getaddrinfo`` takes no timeout and the name server may be a
    slow one of the URL's sender. An abandoned thread ends with the resolver's own timeout.
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
