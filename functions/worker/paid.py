"""Paid calls under way: what must not be interrupted, and how something dangerous awaits them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class PaidCalls:
    """Threads share it. Whoever waits for there to be none comes before new ones."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way = 0
        self._held_up = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """A call, from its claim until its answer is written down."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held_up)
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    @contextmanager
    def none(self) -> Iterator[None]:
        """While none is under way, and none begins."""
        with self._changed:
            self._held_up += 1
            self._changed.wait_for(lambda: not self._under_way)
        try:
            yield
        finally:
            with self._changed:
                self._held_up -= 1
                self._changed.notify_all()
