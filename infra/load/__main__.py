"""Run load scenarios against the local stack; print their figures and write them as JSON."""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from infra.bench.machine import machine
from infra.dotenv import ROOT
from infra.load import burst, full_bucket, host_faults, kills, long_queue, memory, vendor_faults
from infra.load.report import Report, table

SCENARIOS: dict[str, Callable[[], Report]] = {
    "burst": burst.burst,
    "queue": long_queue.queued,
    "old-jobs": full_bucket.old,
    "expired-keys": vendor_faults.expired_keys,
    "slow-down": vendor_faults.slow_down,
    "late-list": vendor_faults.late_list,
    "triggers": vendor_faults.triggers,
    "clock": host_faults.clock,
    "disk": host_faults.disk,
    "kills": kills.kills,
    "memory": memory.memory,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the scenarios. Return 1 if a property that must hold did not, whatever the figures.

    Each scenario's figures are printed and written as soon as it has ended.
    """
    wanted = _parser().parse_args(arguments)
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    before, reports = machine(), []
    print(f"{before['processor']}, {before['cores']} cores, Python {before['python']}", flush=True)
    for name in wanted.only or SCENARIOS:
        started = time.monotonic()
        reports.append(_report(name))
        took_s = time.monotonic() - started
        print(f"\n{name}: {took_s:.0f} s\n{table(reports[-1:])}", flush=True)
        written = {
            "machine": {**before, "load_after": machine()["load"]},
            "reports": [report.as_json() for report in reports],
        }
        wanted.out.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return int(any(report.broken for report in reports))


def _report(name: str) -> Report:
    """Run one scenario. Turn an error into a report, so that the others still run."""
    try:
        return SCENARIOS[name]()
    except Exception as error:  # noqa: BLE001  # any error goes into the report
        traceback.print_exc()
        return Report(name, broken=[f"it did not get to its end: {error}"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.load", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=SCENARIOS, help="just this; may be given again"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "load.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
