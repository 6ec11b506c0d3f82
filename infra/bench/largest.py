"""Draw the largest photos that the limits of ``functions.worker.photos.decoding`` allow.

Each is smooth, so that it is drawn and encoded quickly: decoded, it takes the same memory whatever
it shows. The files are filled up with zeros to the most bytes that are downloaded, because these
are held in memory, too; only the camera's JPEG keeps its length. A HEIC is left out: it takes less
than the others, and encoding it takes half a minute.
"""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bot.slack_api.files import MAX_BYTES
from functions.worker.photos.decoding import MAX_COEFFICIENT_BYTES, MAX_PIXELS, MAX_PIXELS_OF
from infra.bench.sample_photos import photo_jpeg

BELOW_HALF_PX = 7990  # a JPEG below twice 3999 px is decoded whole
INKS_BYTES = 8  # of coefficients per pixel: four inks, none of them sampled down
LIGHT_BYTES = 3  # in 4:2:0


@dataclass(frozen=True)
class Largest:
    """Describe a photo of the largest size; ``mask`` draws a mask of the same size for it.

    Files are filled up to ``length_bytes``.
    """

    name: str
    draw: Callable[[], bytes]
    mask: Callable[[], bytes] | None = None
    length_bytes: int = MAX_BYTES

    def write(self, folder: Path) -> list[str]:
        """Write the photo, and its mask if there is one; return their paths."""
        paths = []
        for name, draw in (("photo", self.draw), ("mask", self.mask)):
            if draw:
                path = folder / f"{self.name} {name}"
                path.write_bytes(draw().ljust(self.length_bytes, b"\0"))
                paths.append(str(path))
        return paths


def _square(pixels: int, mode: str = "RGB") -> Image.Image:
    side = math.isqrt(pixels)
    ramp = Image.linear_gradient("L").resize((side, side))
    return Image.merge(mode, len(mode) * [ramp])


def _encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


CAMERA = Largest(
    "JPEG of a camera, 43 MP",
    lambda: photo_jpeg(BELOW_HALF_PX, BELOW_HALF_PX * 2 // 3),
    length_bytes=0,
)
CANDIDATES = (
    Largest(
        "WebP",
        lambda: _encoded(_square(MAX_PIXELS_OF["WEBP"]), "WEBP", method=0),
    ),
    Largest(
        "progressive JPEG of four inks",
        lambda: _encoded(
            _square(MAX_COEFFICIENT_BYTES // INKS_BYTES, "CMYK"), "JPEG", progressive=True
        ),
    ),
    Largest(
        "progressive JPEG",
        lambda: _encoded(
            _square(MAX_COEFFICIENT_BYTES // LIGHT_BYTES),
            "JPEG",
            progressive=True,
            subsampling="4:2:0",
        ),
    ),
    Largest(
        "PNG with a mask",
        lambda: _encoded(_square(MAX_PIXELS), "PNG", compress_level=1),
        mask=lambda: _encoded(_square(MAX_PIXELS, "RGBA"), "PNG", compress_level=1),
    ),
    Largest("AVIF", lambda: _encoded(_square(MAX_PIXELS_OF["AVIF"]), "AVIF", speed=10)),
)
