"""Let the machine fail: its clock jumps, or (on Linux only) its disk is full."""

import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from functions.jobs.bucket_layout import CLOCK
from infra.load import invariants, sitecustomize
from infra.load.report import Report
from infra.load.system import Asked, System, system
from infra.load.vendor_faults import PEOPLE
from infra.local.polling import until
from infra.local.stack import ROOT, Options

CODE = ("bot", "functions", "scf_bootstrap")
WORKER = "backdrop-worker"
MINUTE_S = 3.0
LIMIT_S = 300.0
HOUR_S = 3600.0
# COS refuses signatures from more than a minute in its future, aiart those five minutes off.
JUMPS_S = {"an hour ahead": HOUR_S, "an hour behind": -HOUR_S, "50 s ahead": 50.0}
REFUSALS = {"RequestTimeTooSkewed", "AuthFailure.SignatureExpire"}


def clock(
    jobs: int = 12,
    *,
    aiart_s: float = 0.5,
    wrong_s: float = 6.0,
    claims_s: float = 0.0,
    jumps: Sequence[str] = tuple(JUMPS_S),
) -> Report:
    """Let the worker's clock be wrong for ``wrong_s`` in the middle of its work, by each jump.

    For ``claims_s`` see ``System.wait_for_end``.
    """
    report = Report("clock")
    with code_with_hook() as folder:
        options = Options(
            aiart_s=aiart_s, minute_s=MINUTE_S, code_dir=folder, environ={"AIART_TIMEOUT_S": "10"}
        )
        with system(options) as yard:
            asked: list[Asked] = []
            before = 0
            for how in jumps:
                seconds = JUMPS_S[how]
                some = _ask(yard, jobs, first=len(asked))
                yard.wait_for_keys("done/", len(asked) + 1, limit_s=LIMIT_S)
                folder.joinpath("clock").write_text(f"{WORKER} {seconds}", "ascii")
                time.sleep(wrong_s)
                folder.joinpath("clock").unlink()
                took_s = yard.wait_for_end(some, limit_s=LIMIT_S, claims_s=claims_s)
                refused, before = _refused(yard) - before, _refused(yard)
                what = f"{jobs} jobs, {how} for {wrong_s:g} s"
                report.note(f"{what}: calls refused for it", refused, "")
                report.note(f"{what}: all ended after another", took_s, "s")
                # COS accepts an hour-old signature; then the worker has to compare clocks itself.
                is_noticed = refused > 0 or bool(yard.keys(CLOCK))
                report.must(is_noticed or abs(seconds) < HOUR_S, f"{what}: nobody has noticed")
                asked += some
            report.broken += invariants.broken(yard, asked, unclear=True)
    return report


def disk(jobs: int = 10, *, aiart_s: float = 0.3) -> Report:
    """Keep the functions from writing to any file, /tmp included (RLIMIT_FSIZE is 0)."""
    report = Report("full disk")
    with code_with_hook() as folder:
        folder.joinpath("no-disk").touch()
        options = Options(aiart_s=aiart_s, minute_s=MINUTE_S, code_dir=folder)
        with system(options) as yard:
            asked = _ask(yard, jobs)
            report.must(_cannot_write(yard), "the worker can write to the disk")
            took_s = yard.wait_for_end(asked, limit_s=LIMIT_S)
            report.note(f"{jobs} jobs: all ended within", took_s, "s")
            report.broken += invariants.broken(yard, asked)
    return report


def _refused(yard: System) -> int:
    calls = [row for name in ("cos", "aiart") for row in yard.stack.control(name, "GET", "calls")]
    return sum(one["error"] in REFUSALS for one in calls)


def _cannot_write(yard: System) -> bool:
    """Say whether the limit is in force in the worker's processes."""
    pids = until(lambda: yard.worker()["pids"], what="the worker to start")
    limits = [Path(f"/proc/{pid}/limits").read_text("ascii") for pid in pids]
    return any(re.search(r"Max file size\s+0\s", one) for one in limits)


@contextmanager
def code_with_hook() -> Iterator[Path]:
    """Yield a folder with the functions' code and the hook of ``sitecustomize``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in CODE:
            folder.joinpath(part).symlink_to(ROOT / part)
        folder.joinpath("sitecustomize.py").write_bytes(Path(sitecustomize.__file__).read_bytes())
        yield folder


def _ask(yard: System, jobs: int, *, first: int = 0) -> list[Asked]:
    return [yard.ask(f"job {n}", user=PEOPLE[n % len(PEOPLE)]) for n in range(first, first + jobs)]
