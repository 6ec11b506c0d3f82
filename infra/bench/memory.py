"""How much memory the worker takes for the worst photo that it does not refuse.

Each photo is made acceptable in a fresh process that has imported all that the worker imports; the
peak is the kernel's. What takes the memory is the decoded picture: Pillow, libwebp, libaom and
libjpeg (for a progressive file) decode as a whole or not at all, so the caps on pixels are what
bounds it. Lower caps would be the only way down, at the price of photos that are now taken.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from infra.bench.largest import CAMERA, CANDIDATES, Largest
from infra.bench.processes import measured
from infra.bench.report_rows import Row, Spread, limited

AIM_MB = 256
FUNCTION_MB = 1024  # serverless.yml's memorySize of the worker
SPARING_MB = FUNCTION_MB * 3 // 4  # a quarter is left for what else it holds
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
    """Of as many candidates as ``runs``, all of them from five on; and of a camera's JPEG.

    Then each by its format, beside what the function has.
    """
    peaks = {one.name: _peak_mb(one) for one in CANDIDATES[:runs]}
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
                Spread.of([peak], "MB"),
                at_most=SPARING_MB,
                note=f"decoded alone, as one at a time is; the function has {FUNCTION_MB} MB",
            )
            for name, peak in peaks.items()
        ),
    ]


def _peak_mb(photo: Largest) -> float:
    with TemporaryDirectory() as folder:
        return measured(WORKER, STAGE, photo.write(Path(folder))).peak_mb
