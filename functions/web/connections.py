"""Bound what a connection costs a web function's server: its time, its memory, how many there are.

uvicorn bounds only the pause between two requests, and not even that once a byte has come. A
function URL is open to everybody, so whoever opens a connection and says little, or asks and does
not read, would keep a file descriptor for ever.
"""

import asyncio
import resource
import sys
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# What a client owes comes within this time: a whole head, or its reading of some more of an answer.
OWED_WITHIN_S = 5.0
ANSWER_READ_WITHIN_S = 30.0
HEAD_LIMIT_BYTES = 65_536
# Read at once from one connection; h11 takes 50 ms for so many bytes at their worst.
READ_BYTES = 16_384
CONNECTIONS = 1_000
# asyncio accepts so many at once before any of them is looked at: scf_bootstrap's --backlog.
BACKLOG = 256
FILES_FOR_CALLERS = 2 / 3  # of those the process may open; the rest is for what handlers call


class BoundedConnection(H11Protocol, asyncio.BufferedProtocol):
    """Serve one connection as uvicorn does, within bounds: uvicorn's ``--http`` names this class.

    When there are too many connections, the one whose client has been owing longest ends.
    """

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # uvicorn's own affair
        self.conn = h11.Connection(h11.SERVER, HEAD_LIMIT_BYTES)
        self._timer: asyncio.TimerHandle | None = None
        self._since = 0.0  # when the client began to owe, or its request to be answered
        self._unsent_bytes = 0
        self._read = bytearray()
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn says: any transport
        super().connection_made(transport)
        self._look()
        if len(self.connections) > connection_limit():
            self._make_room()

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002  # asyncio's signature
        self._read = self._read or bytearray(READ_BYTES)
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        if not self._is_refused:
            self.data_received(bytes(self._read[:nbytes]))
            self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, with the status that h11 has for it.

        What still comes is dropped for a while: a client that sends may not hear the answer.
        """
        self._is_refused = True
        if self.cycle and not self.cycle.response_complete:  # it was a body's; nobody waits for it
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not (self.cycle and self.cycle.response_started and not self.cycle.response_complete):
            refusal = getattr(sys.exc_info()[1], "error_status_hint", HTTPStatus.BAD_REQUEST)
            self.transport.write(_refusal(HTTPStatus(refusal), msg))
        self.transport.write_eof()

    @property
    def is_waiting(self) -> bool:
        """Say whether nothing is done for the client: it has a request, or part of one, to send."""
        return not self._is_asking() or self.conn.their_state is h11.SEND_BODY

    def _is_asking(self) -> bool:
        if self.cycle is None or self._is_refused:
            return False
        return not self.cycle.response_complete

    def _look(self) -> None:
        """Start or stop the clock, by whether the client owes a head or some reading."""
        if self._is_asking() and not self.flow.write_paused:
            if self._timer:
                self._since = self.loop.time()
            self._stop_timer()
        elif not self._timer:
            self._since = self.loop.time()
            self._start_timer()

    def _start_timer(self) -> None:
        self._unsent_bytes = self.transport.get_write_buffer_size()
        self._timer = self.loop.call_later(OWED_WITHIN_S, self._overdue)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None

    def _overdue(self) -> None:
        """End the connection, unless its client is still reading the answer."""
        unsent_bytes = self.transport.get_write_buffer_size()
        is_in_time = self.loop.time() < self._since + ANSWER_READ_WITHIN_S
        if 0 < unsent_bytes < self._unsent_bytes and is_in_time:
            self._start_timer()
        elif unsent_bytes:
            self.transport.abort()
        else:
            self.transport.close()

    def _make_room(self) -> None:
        others = (one for one in self.connections if isinstance(one, BoundedConnection))
        waiting = [one for one in others if one.is_waiting and one is not self]
        longest = min(waiting, key=lambda one: one._since, default=self)  # noqa: SLF001  # one of us
        self.connections.discard(longest)
        longest.transport.abort()


def connection_limit() -> int:
    """Say how many connections may be open, by how many files this process may have open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < 0:  # as many as it likes
        return CONNECTIONS
    return max(1, min(CONNECTIONS, int((files - BACKLOG) * FILES_FOR_CALLERS)))


def _refusal(status: HTTPStatus, words: str) -> bytes:
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain\r\n"
    return f"{head}content-length: {len(words)}\r\nconnection: close\r\n\r\n{words}".encode("ascii")
