"""Compare making a camera's photo acceptable with the shortest way in Pillow alone.

Each run is a process of its own, so that the peak memory is that of one photo. Pillow gets the same
file, the same longest side and the quality that ours ends with; it checks no limits, profiles,
orientation, metadata or file size.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from infra.bench.processes import Measured, measured
from infra.bench.report_rows import Row, Spread, compared
from infra.bench.sample_photos import photo_jpeg

TIME_AIM, MEMORY_AIM = 1.1, 1.0
WIDTH_PX, HEIGHT_PX = 6000, 4000
RUNS_MOST = 10
OURS = (
    "import pathlib; from functions.worker import photos; photos.load()",
    """
with open(arguments[0], "rb") as stream:
    photo = photos.make_acceptable(stream)
said = f"{photo.width_px} x {photo.height_px}, {', '.join(photo.changes)}"
pathlib.Path(arguments[1]).write_bytes(photo.data)
""",
)
PILLOW = (
    "from PIL import Image",
    """
with Image.open(arguments[0]) as image:
    image.thumbnail((3999, 3999))
    image.save(arguments[1], "JPEG", quality=95, subsampling="4:4:4")
said = f"{image.width} x {image.height}"
""",
)


def large_jpeg(runs: int) -> list[Row]:
    """Compare time and peak memory for a photo of 24 megapixels."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "photo.jpg"
        source.write_bytes(photo_jpeg(WIDTH_PX, HEIGHT_PX))
        files = (str(source), str(Path(folder) / "out.jpg"))
        pairs = [
            (measured(*OURS, files), measured(*PILLOW, files)) for _ in range(min(runs, RUNS_MOST))
        ]
        note = f"{source.stat().st_size / 1e6:.1f} MB become {pairs[0][0].said}"
    return [_time(pairs, note), _memory(pairs)]


def _time(pairs: list[tuple[Measured, Measured]], note: str) -> Row:
    return compared(
        "a JPEG of 24 megapixels made acceptable: time",
        Spread.of_s([ours.taken_s for ours, _ in pairs]),
        "Pillow: open, thumbnail, save",
        Spread.of_s([theirs.taken_s for _, theirs in pairs]),
        at_most=TIME_AIM,
        note=note,
    )


def _memory(pairs: list[tuple[Measured, Measured]]) -> Row:
    return compared(
        "a JPEG of 24 megapixels made acceptable: peak memory",
        Spread.of([ours.peak_mb for ours, _ in pairs], "MB"),
        "Pillow: open, thumbnail, save",
        Spread.of([theirs.peak_mb for _, theirs in pairs], "MB"),
        at_most=MEMORY_AIM,
    )
