"""Ctrl-C and SIGTERM, at whatever moment they come."""

import os
import signal
from collections.abc import Iterator

import pytest

from infra.local.ending import SIGNALS, Ending

LIMIT_S = 10.0


@pytest.fixture
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_is_waited_for_and_the_second_ends_the_process(number: int) -> None:
    ending = Ending()
    assert not ending.wait(0)
    os.kill(os.getpid(), number)
    assert ending.wait(LIMIT_S)
    assert signal.getsignal(number) is signal.SIG_DFL


@pytest.mark.usefixtures("handlers")
def test_it_may_come_at_any_moment_of_the_waiting() -> None:
    ending = Ending()
    before = signal.getsignal(signal.SIGALRM)
    try:
        for _ in range(3000):
            signal.signal(signal.SIGALRM, ending._take)
            signal.setitimer(signal.ITIMER_REAL, 0.0003)
            while not ending.wait(0.00001):
                pass
    finally:
        signal.signal(signal.SIGALRM, before)
