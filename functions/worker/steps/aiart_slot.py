"""Limit the calls to aiart that run at once, and decide when to call a busy account again."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from functions.jobs.errors import Retry, retry_rule
from functions.worker.aiart import CallFailed
from functions.worker.errors import (
    AiartBusy,
    RunEnding,
    Suspended,
    jittered,
)

# A similar Tencent product keeps its slot taken for some 30 s after each task. Asking more often
# would only be refused; asking less often would leave the slot unused for longer.
BUSY_PAUSE_S = 3.0
MEANWHILE_S = 2.0  # between the calls of ``meanwhile``


class AiartSlot:
    """Let up to ``places`` calls run at once, and remember whether another program has the slot.

    ``has_time`` says whether a call would end within this run. ``waited`` is called after each
    picture with the seconds since the slot was first found busy (0 right after another picture of
    ours), or with None if it was free.
    ``refused`` is called when aiart refuses the account, before the next job gets the place.
    ``may_call`` says whether painting is not suspended.
    """

    def __init__(
        self,
        places: int,
        *,
        has_time: Callable[[], bool],
        waited: Callable[[float | None], None],
        refused: Callable[[CallFailed], None] = lambda _: None,
        may_call: Callable[[], bool] = lambda: True,
    ) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._has_time = has_time
        self._waited = waited
        self._refused = refused
        self._may_call = may_call
        self._busy_since: float | None = None
        self._painted_at: float | None = None
        self.free_at = 0.0  # monotonic; later than now after aiart said that it is busy

    @property
    def was_busy(self) -> bool:
        """Say whether aiart was busy when it was last asked."""
        return self._busy_since is not None

    @contextmanager
    def turn(self, *, meanwhile: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Wait for a place, and keep it while the block makes one call.

        A ``CallFailed`` of the block is noted and raised again. ``meanwhile`` is called every few
        seconds of the wait; an error that it raises ends the wait. Raises ``RunEnding`` if a call
        could outlive this run, and ``AiartBusy`` or ``Suspended`` if another call has shown
        meanwhile that aiart would only refuse.
        """
        while not self._places.acquire(timeout=MEANWHILE_S):
            meanwhile()
        try:
            self._check_call_makes_sense()
            waited_s = self._waited_for_s(time.monotonic())
            yield
        except CallFailed as failed:
            self._note(failed)  # before the next job gets the place
            raise
        finally:
            self._places.release()
        self._found_free(waited_s)

    def _check_call_makes_sense(self) -> None:
        """Raise the errors of ``turn`` if a call makes no sense now."""
        if not self._has_time():
            raise RunEnding
        if time.monotonic() < self.free_at:
            raise AiartBusy
        if not self._may_call():
            raise Suspended

    def _note(self, failed: CallFailed) -> None:
        match retry_rule(failed.code):
            case Retry.SLOT:
                self._found_busy()
            case Retry.ACCOUNT:
                self._refused(failed)

    def _found_busy(self) -> None:
        """Note that aiart is busy: call it again only after a pause, with jitter."""
        now = time.monotonic()
        self._busy_since = self._busy_since or now
        self.free_at = now + jittered(BUSY_PAUSE_S, least=1.0)

    def _found_free(self, waited_s: float | None) -> None:
        """Note that aiart has painted, so that its slot was free."""
        self._busy_since = None
        self._painted_at = time.monotonic()
        self._waited(waited_s)

    def _waited_for_s(self, now: float) -> float | None:
        if self._busy_since is not None:
            return now - self._busy_since
        followed = self._painted_at is not None and now < self._painted_at + BUSY_PAUSE_S
        return 0.0 if followed else None
