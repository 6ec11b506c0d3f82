"""Run the benchmarks; print one table of figures with their aims, and write it as JSON."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from infra.bench import answer, far_away, long_queue, memory, onejob, photo, slot, startup
from infra.bench.machine import machine
from infra.bench.report_rows import Row, comparison, table
from infra.dotenv import ROOT

# Each gives rows, from as many runs as were asked for, or fewer where a run takes long.
BENCHES: dict[str, Callable[[int], list[Row]]] = {
    "imports": startup.imports,
    "cold-starts": startup.cold_starts,
    "answer": answer.answers,
    "slot": slot.busy_slot,
    "slot-lag": slot.lagging_slot,
    "one-job": onejob.one_job_rows,
    "far-away": far_away.far_away,
    "long-queue": long_queue.long_queue,
    "photo": photo.large_jpeg,
    "memory": memory.worst_photo,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks. Return 0 even if an aim is missed: figures vary by the day."""
    wanted = _parser().parse_args(arguments)
    earlier = json.loads(wanted.compare.read_text("utf-8")) if wanted.compare else None
    before = machine()
    rows = [row for name in wanted.only or BENCHES for row in BENCHES[name](wanted.runs)]
    _write(wanted.out, before, wanted.runs, rows)
    print(f"{before['processor']}, {before['cores']} cores, Python {before['python']}, ", end="")
    print(f"load {before['load']} to {machine()['load']}, {wanted.runs} runs\n\n{table(rows)}")
    if earlier:
        then = earlier["machine"]
        print(f"\nbefore: {then['processor']}, {then['cores']} cores, load {then['load']}\n")
        print(comparison(rows, earlier))
    return 0


def _write(out: Path, before: dict[str, object], runs: int, rows: list[Row]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    written = {"machine": {**before, "load_after": machine()["load"]}, "runs": runs}
    written["rows"] = [row.as_json() for row in rows]
    out.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.bench", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=BENCHES, help="just this; may be given again"
    )
    parser.add_argument("--runs", type=int, default=20, help="of what is quick (20)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench.json")
    parser.add_argument(
        "--compare", type=Path, help="an earlier run's JSON, to show each row's ratio then and now"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
