"""Measure the memory for the largest photo with a mask, and a worker that has too little.

The limit is the platform stand-in's: it looks at the resident memory of the worker's process every
50 ms and kills it above the limit, as SCF does (status 434). The peaks are the kernel's (VmHWM of
/proc, so on Linux only).
"""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw

from functions.jobs.errors import ErrorCode
from functions.jobs.steps import Outcome
from infra.bench.memory import worker_mb
from infra.load import invariants
from infra.load.report import Report
from infra.load.system import TOLD, Asked, System, system
from infra.local.http import call
from infra.local.polling import until
from infra.local.slack.world import OPERATIONS_ID, PRODUCT_PHOTOS_ID
from infra.local.stack import Options

AIART_S = 0.3
# To decode the largest photo with its mask takes seconds on a busy machine.
ENVIRON = {"AIART_TIMEOUT_S": "30"}
SIDE_PX = 3999  # the longest that aiart takes
MINUTE_S = 3.0
LIMIT_S = 600.0
CLAIMS_S = 3.0  # instead of the two minutes for which a dead worker's lease holds
OUT_OF_MEMORY = "434"  # SCF's status


def memory(
    limits_mb: Sequence[int] = (256, 128),
    *,
    noise: bool = True,
    others: int = 3,
    cut_outs: bool = True,
    side_px: int = SIDE_PX,
) -> Report:
    """Measure peaks at the configured memory; then send the photo with small ones at each limit.

    ``cut_outs``: also ask for its cut-out each time.
    """
    report = Report("memory")
    photos = {"photo.jpg": _photo(side_px, noise=noise), "mask.png": _mask(side_px)}
    options = Options(aiart_s=AIART_S, minute_s=MINUTE_S, environ=ENVIRON)
    with system(options) as yard:
        small = yard.ask("a small one")
        yard.wait_for_end([small], limit_s=LIMIT_S)
        report.note("the worker's peak with a small photo", _peak_mb(yard), "MB")
        _restart_worker(yard)
        # A picture's background is removed only once; after that the same cut-out is shown again.
        largest = [
            yard.ask(f"the largest, number {n}", photos=photos)
            for n in range(1 + cut_outs * len(limits_mb))
        ]
        yard.wait_for_end(largest, limit_s=LIMIT_S)
        beside = f"{worker_mb()} MB are configured"
        report.note(f"its peak with {side_px} px, photo and mask", _peak_mb(yard), "MB", beside)
        report.broken += invariants.broken(yard, [small, *largest])
        if cut_outs:
            _restart_worker(yard)
            _cut(yard, largest.pop())
            report.note("its peak with that photo's cut-out", _peak_mb(yard), "MB", beside)
        for limit_mb in limits_mb:
            yard.stack.control("scf", "PUT", "functions/worker", {"memory_mb": limit_mb})
            _restart_worker(yard)
            _too_little(report, yard, photos, limit_mb=limit_mb, others=others)
            if cut_outs:
                _cut_with_too_little(report, yard, largest.pop(), limit_mb)
    return report


def _cut_with_too_little(report: Report, yard: System, parent: Asked, limit_mb: int) -> None:
    before = _deaths(yard)
    outcome = _cut(yard, parent)
    what = f"a cut-out with {limit_mb} MB: {_said(outcome)}"
    report.note(what, _deaths(yard) - before, "deaths")
    report.must(_is_clear(outcome), what)


def _too_little(
    report: Report, yard: System, photos: dict[str, bytes], *, limit_mb: int, others: int
) -> None:
    def ask_others(when: str) -> list[Asked]:
        return [yard.ask(f"{when} {n}", user=OPERATIONS_ID) for n in range(others)]

    deaths = _deaths(yard)
    before = ask_others(f"{limit_mb} MB, before")
    large = yard.ask(f"{limit_mb} MB, the largest", photos=photos)
    after = ask_others(f"{limit_mb} MB, after")
    took_s = yard.wait_for_end([*before, large, *after], limit_s=LIMIT_S, claims_s=CLAIMS_S)
    outcome = yard.outcome(large.job_id)
    what = f"the same with {limit_mb} MB: {_said(outcome)}"
    report.note(f"{what}, beside {2 * others} others", took_s, "s")
    report.note(f"{what}", _deaths(yard) - deaths, "deaths")
    report.must(outcome is not None and _is_clear(outcome), what)
    report.must(len(yard.thread(large, TOLD)) == 1, f"{what}, and its asker was not told once")
    report.broken += invariants.broken(yard, [*before, *after], unclear=True)


def _said(outcome: Outcome | None) -> str:
    """Name a job's end: its state or error code, or "lost"."""
    if outcome is None:
        return "lost"
    return outcome.failed.code.value if outcome.failed else outcome.state


def _is_clear(outcome: Outcome) -> bool:
    """Say whether the job has succeeded, or failed with a refusal of the photo."""
    code = outcome.failed.code if outcome.failed else None
    return outcome.state == "succeeded" or code is ErrorCode.PHOTO_REFUSED


# --- the worker


def _peak_mb(yard: System) -> float:
    """Read the most memory that the worker's process has ever had, in MB of 2**20."""
    yard.wait_until_idle()
    statuses = [Path(f"/proc/{pid}/status").read_text("ascii") for pid in yard.worker()["pids"]]
    found = [re.search(r"VmHWM:\s*(\d+) kB", status) for status in statuses]
    return max((int(match[1]) / 1024 for match in found if match), default=0.0)


def _restart_worker(yard: System) -> None:
    """Have the next run start in a fresh process."""
    yard.wait_until_idle()
    yard.stack.control("scf", "POST", "kill/worker")


def _deaths(yard: System) -> int:
    return int(yard.worker()["invocations"].get(OUT_OF_MEMORY, 0))


# --- cutting out


def _cut(yard: System, parent: Asked) -> Outcome:
    """Press the button under the result; return the cut-out's outcome."""
    before = set(yard.keys("done/"))
    told = yard.thread(parent, TOLD)[0]
    ((block_id, chosen),) = (
        (block["block_id"], option["value"])
        for block in told["blocks"]
        for one in block.get("elements", [])
        for option in one.get("options", [])
        if option["value"].startswith("cutout/")
    )
    press = {"user": parent.user, "channel": PRODUCT_PHOTOS_ID, "message_ts": told["ts"]}
    press |= {"block_id": block_id, "action_id": "more", "selected_option": chosen}
    call("POST", f"http://{yard.stack.addresses['slack']}/_client/actions", press)
    until(lambda: set(yard.keys("done/")) - before or yard.keys("requests/"), what="the press")
    yard.wait_for_end([], limit_s=LIMIT_S, claims_s=CLAIMS_S)
    (key,) = set(yard.keys("done/")) - before
    outcome = yard.outcome(key.removeprefix("done/").removesuffix(".json"))
    if outcome is None:
        raise RuntimeError(f"{key} is gone")
    return outcome


# --- photos


def _photo(side_px: int, *, noise: bool) -> bytes:
    """Draw a square photo as JPEG; with noise, the hardest content for every encoder."""
    if noise:
        pixels = Random(1).randbytes(side_px * side_px * 3)  # noqa: S311  # no secret
        image = Image.frombytes("RGB", (side_px, side_px), pixels)
    else:
        image = Image.linear_gradient("L").resize((side_px, side_px)).convert("RGB")
    return _encoded(image, "JPEG")


def _mask(side_px: int) -> bytes:
    mask = Image.new("L", (side_px, side_px), 0)
    box = (side_px * 0.1, side_px * 0.1, side_px * 0.9, side_px * 0.9)
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return _encoded(mask, "PNG")


def _encoded(image: Image.Image, kind: str) -> bytes:
    encoded = io.BytesIO()
    image.save(encoded, kind)
    return encoded.getvalue()
