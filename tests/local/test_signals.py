"""Ctrl-C and SIGTERM, whichever thread they come to."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from infra.local.signals import SIGNALS, told_to_end

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 10.0


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_waited_for_whichever_thread_it_comes_to(number: int) -> None:
    def signal_myself() -> None:
        signal.pthread_kill(threading.get_ident(), number)

    before = signal.getsignal(number)
    with told_to_end() as wait:
        assert not wait(0)
        beside = threading.Timer(0.1, signal_myself)  # by then the main thread waits
        beside.start()
        assert wait(LIMIT_S)
        beside.join()
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", SIGNALS)
def test_the_second_signal_ends_the_process(number: int) -> None:
    code = """if True:
        import time
        from infra.local.signals import told_to_end
        with told_to_end() as wait:
            print("on", flush=True)
            wait(None)
            print("ending", flush=True)
            time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as one:
        assert one.stdout
        assert one.stdout.readline() == b"on\n"
        os.kill(one.pid, number)
        assert one.stdout.readline() == b"ending\n"
        os.kill(one.pid, number)
        assert one.wait(LIMIT_S) == -number
