"""Who hears first that their photos are in line."""

import pytest

from functions.worker.run import runner
from infra.local.http import call
from infra.local.slack.world import OPERATIONS_ID
from tests.worker.conftest import WorkerHarness


def test_who_asks_for_one_picture_is_not_announced_after_anothers_whole_batch(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is painted before it is announced, and Slack takes its time."""
    monkeypatch.setattr(runner, "ANNOUNCE_WITHIN_S", 60.0)  # all is read first, however slowly
    settings = f"http://{worker.cos}/_control/settings"
    call("PUT", settings, {"clock_skew_s": -30})  # so LIST shows the batch as the older
    batch = [worker.ask()[0] for _ in range(12)]
    call("PUT", settings, {"clock_skew_s": 0})
    (single,) = worker.ask(user=OPERATIONS_ID)
    worker.slack_settings(latency_s=0.2)
    worker.run()
    posted = [one["detail"]["thread_ts"] for one in worker.calls("slack", "chat.postMessage")]
    announced = list(dict.fromkeys(posted))
    assert len(announced) == len(batch) + 1
    assert announced.index(single.place.thread_ts) < len(batch) / 2
