"""Draw the sample photos of the benchmarks, so that no files are needed."""

import io

from PIL import Image, ImageDraw

WALL = (95, 85, 70)  # its colour, in percent of the light
GRAIN = 30.0  # so that 24 megapixels are 7 MB, as from a camera


def photo(width: int, height: int) -> Image.Image:
    """Draw a product before a wall, with soft light, an edge, and the grain of a sensor."""
    light = Image.linear_gradient("L").resize((width, height))
    grain = Image.effect_noise((width, height), GRAIN)
    lit = Image.blend(light, grain, 0.2)
    picture = Image.merge("RGB", [lit.point([k * v // 100 for v in range(256)]) for k in WALL])
    draw = ImageDraw.Draw(picture)
    draw.ellipse((width * 0.3, height * 0.2, width * 0.7, height * 0.9), fill="#b04020")
    return picture


def photo_jpeg(width: int, height: int) -> bytes:
    """Encode the same photo as a camera would."""
    out = io.BytesIO()
    photo(width, height).save(out, "JPEG", quality=92, subsampling="4:2:0")
    return out.getvalue()
