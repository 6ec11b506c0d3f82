"""A function that starts takes two to ten seconds, and Slack waits three: nothing is lost by it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import one_job
from infra.local.http import call
from infra.local.polling import until
from infra.local.slack.world import MERCHANDISER_ID, PRODUCT_PHOTOS_ID
from tests.e2e.conftest import System

pytestmark = pytest.mark.e2e
START_S = 4.0  # beyond Slack's three seconds
AT_ONCE_MS = 2000.0


@pytest.fixture
def cold(system: System) -> Iterator[Callable[[str], None]]:
    """Ends all instances of a function, and makes new ones start slowly; no timer warms them.

    The worker's run has ended before, and its instance with it: for half a minute it takes what it
    has called for warm.
    """
    system.stack.control("scf", "PUT", "settings", {"timers": False})

    def chill(function: str) -> None:
        system.all_done()
        until(lambda: is_at_rest(system), what="the worker's run to end")
        system.stack.control("scf", "PUT", f"functions/{function}", {"cold_start_s": START_S})
        for one in ("worker", function):
            system.stack.control("scf", "POST", f"kill/{one}")

    yield chill
    for function in ("bot", "gateway"):
        system.stack.control("scf", "PUT", f"functions/{function}", {"cold_start_s": 0})
    system.stack.control("scf", "PUT", "settings", {"timers": True})


def is_at_rest(system: System) -> bool:
    rows = system.stack.control("scf", "GET", "invocations")
    return all(row["status"] for row in rows if row["function"] == "worker")


def deliveries(system: System, kind: str) -> list[dict[str, Any]]:
    rows = system.stack.control("slack", "GET", "deliveries")["deliveries"]
    return [row for row in rows if row["type"] == kind]


def pressed(system: System, message: dict[str, Any], action_id: str) -> dict[str, Any]:
    (block_id,) = [
        block["block_id"]
        for block in message["blocks"]
        if any(one.get("action_id") == action_id for one in block.get("elements", []))
    ]
    where = {"channel": PRODUCT_PHOTOS_ID, "message_ts": message["ts"], "block_id": block_id}
    slack = f"http://{system.stack.addresses['slack']}/_client/actions"
    answer: dict[str, Any] = call(
        "POST", slack, {"user": MERCHANDISER_ID, "action_id": action_id, **where}
    )
    return answer


def test_a_message_that_finds_the_bot_cold_is_sent_again_and_is_one_job(
    system: System, tmp_path: Path, cold: Callable[[str], None]
) -> None:
    words = "while the bot was cold"
    before = len(deliveries(system, "app_mention"))
    cold("bot")
    ts = system.ask(tmp_path, "vase.jpg", prompt=words)
    assert len(system.answers(ts)) == 1
    system.all_done()
    sent = deliveries(system, "app_mention")[before:]
    assert len(sent) > 1  # Slack had given up waiting
    assert len(system.billed(words)) == 1
    assert len(system.answers(ts)) == 1


def test_a_press_that_finds_the_bot_cold_counts_and_pressing_again_doubles_nothing(
    system: System, tmp_path: Path, cold: Callable[[str], None]
) -> None:
    words = "pressed while the bot was cold"
    ts = system.ask(tmp_path, "vase.jpg", prompt=words)
    (told,) = system.answers(ts)
    cold("bot")
    answers = [pressed(system, told, "again") for _ in range(2)]
    assert len(system.answers(ts, 2)) == 2
    system.all_done()
    assert len(system.billed(words)) == 2, answers


def test_the_preview_is_there_at_once_although_the_gateway_was_cold(
    system: System, tmp_path: Path, cold: Callable[[str], None]
) -> None:
    cold("gateway")
    before = len(downloads(system))
    ts = system.ask(tmp_path, "vase.jpg", prompt="while the gateway was cold")
    (told,) = system.answers(ts)
    (fetched,) = downloads(system)[before:]
    assert fetched["status"] == 200
    assert fetched["ms"] < AT_ONCE_MS
    assert one_job.full_size_link(told)


def downloads(system: System) -> list[dict[str, Any]]:
    """Previews that Slack has fetched while a message was posted."""
    rows = system.stack.control("slack", "GET", "calls")
    return [row for row in rows if row["op"] == "image.download"]
