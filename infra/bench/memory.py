"""Measure the worker's memory for the worst photo that it accepts, beside others that it holds.

Each photo is made acceptable in a fresh process that has imported what the worker imports; the peak
is the kernel's figure. The decoded picture takes most of it: Pillow, libwebp, libaom and libjpeg
(for a progressive file) decode only whole pictures, so the limits on pixels bound the memory. Less
memory would need lower limits, which would refuse photos that are accepted now.
"""

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.slack_api.files import MAX_BYTES
from functions.worker.context import OWN_BYTES, SHARED_BYTES
from functions.worker.run.pools import CUTTERS, ENDERS
from functions.worker.run.runner import AHEAD_OF_KIND
from functions.worker.steps.store import PICTURE_MAX_BYTES
from infra.bench.largest import CAMERA, CANDIDATES, Largest
from infra.bench.processes import measured
from infra.bench.report_rows import Row, Spread, limited
from infra.dotenv import ROOT
from infra.serverless_yml import read

AIM_MB = 256
MIB = 2**20
# Threads that may each hold pictures: they fetch photos, cut or check, and store aiart's answers.
HOLDERS = 2 * AHEAD_OF_KIND + CUTTERS + ENDERS
WORKER = """
import functions.worker.handler
from functions.jobs.bucket import load_sdk
from functions.worker import photos
load_sdk()
photos.load()
read = lambda path: open(path, "rb").read()
"""
STAGE = """
original, masks = read(arguments[0]), [read(path) for path in arguments[1:]]
photo = photos.make_acceptable(original)
for mask in masks:
    photos.fit_mask(mask, photo)
"""


def worst_photo(runs: int) -> list[Row]:
    """Measure a camera's JPEG, and the worst of the first ``runs`` candidates (five or more: all).

    Then measure the largest of each format, beside what the function has.
    """
    peaks, beside_mb, has_mb = {}, beside_the_largest_mb(), worker_mb()
    for one in CANDIDATES[:runs]:
        peaks[one.name] = _peak_mb(one)
    worst = max(peaks, key=lambda name: peaks[name])
    found = ", ".join(f"{name} {peak:.0f} MB" for name, peak in peaks.items())
    return [
        limited(
            f"worker's peak memory, {CAMERA.name}",
            Spread.of([_peak_mb(CAMERA)], "MB"),
            at_most=AIM_MB,
            note="the most that is decoded whole: larger ones are decoded at half their sides",
        ),
        limited(
            "worker's peak memory, worst legal photo",
            Spread.of([peaks[worst]], "MB"),
            at_most=AIM_MB,
            note=f"{worst}; each at its cap on pixels and in a file of 50 MB: {found}",
        ),
        *(
            limited(
                f"worker's peak memory, largest {name}, a quarter to spare",
                Spread.of([peak + beside_mb], "MB"),
                at_most=sparing_mb(),
                note=f"{peak:.0f} MB alone, as one at a time is decoded, and the most that all "
                f"others may hold beside it, {beside_mb:.0f} MB; the function has {has_mb} MB",
            )
            for name, peak in peaks.items()
        ),
    ]


@lru_cache(maxsize=1)
def worker_mb() -> int:
    """Read the worker's memory in MB from serverless.yml."""
    where = {"COS_REGION": "ap-guangzhou", "COS_BUCKET": "bench-1250000000"}  # it names both
    return read(ROOT / "serverless.yml", where).functions["worker"].memory_mb


def sparing_mb() -> float:
    """Give three quarters of the worker's memory in MB: a quarter is to stay free."""
    return 0.75 * worker_mb()


def beside_the_largest_mb() -> float:
    """Give the most MB that can be held beside the largest photo.

    That is what ``PhotoMemory`` allows, without the photo's own bytes, which are in its peak, and
    with the picture that is being packed.
    """
    all_bytes = SHARED_BYTES + HOLDERS * OWN_BYTES
    return (all_bytes - MAX_BYTES + PICTURE_MAX_BYTES) / MIB


def _peak_mb(photo: Largest) -> float:
    with TemporaryDirectory() as folder:
        return measured(WORKER, STAGE, photo.write(Path(folder))).peak_mb
