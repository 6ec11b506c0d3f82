"""The benchmark: what it measures, says and writes down; never how fast this machine is."""

import json
from pathlib import Path

import pytest

from infra.bench.__main__ import main
from infra.bench.rows import Times, compared, limited, table


def test_times_are_a_median_and_the_middle_half() -> None:
    times = Times.of([0.010, 0.020, 0.030, 0.040, 9.000])
    assert (times.median, times.low) == (30.0, 15.0)
    assert times.low < times.median < times.high


@pytest.mark.parametrize(("ours", "reached"), [(120.0, True), (136.0, False)])
def test_an_aim_is_reached_or_missed(ours: float, reached: bool) -> None:
    row = compared("ours", Times(ours, 1, 2), "theirs", Times(100.0, 90, 110), at_most=1.35)
    assert (row.ratio, row.reached) == (ours / 100, reached)
    assert ("MISSED" in table([row])) is not reached


def test_what_has_no_aim_says_neither() -> None:
    shown = table([compared("ours", Times(5, 4, 6), "theirs", Times(10, 9, 11))])
    assert "0.50" in shown
    assert "reached" not in shown
    assert "MISSED" not in shown


def test_a_limit_in_milliseconds_stands_alone() -> None:
    row = limited("ours", Times(2999, 1, 2), at_most_ms=3000)
    assert row.reached
    assert "against" not in row.as_json()


def test_a_run_prints_a_table_and_writes_it_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "build" / "bench.json"
    assert main(["--only", "imports", "--runs", "2", "--out", str(out)]) == 0
    written = json.loads(out.read_text("utf-8"))
    assert written["machine"]["cores"] >= 1
    rows = {row["what"]: row for row in written["rows"]}
    bot = rows["import bot.app"]
    assert bot["against"] == "import slack_bolt"
    assert bot["aim"] == "at most 1.35 x"
    assert set(bot["ours_ms"]) == {"median", "low", "high"}
    assert rows["import bot.app and what comes later"]["ours_ms"]["median"] > 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in rows)


@pytest.mark.e2e
def test_a_cold_bot_answers_its_first_job(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    assert main(["--only", "cold-starts", "--out", str(out)]) == 0
    (row,) = json.loads(out.read_text("utf-8"))["rows"]
    assert row["ours_ms"]["median"] > 0
