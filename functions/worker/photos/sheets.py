"""Draw several small pictures side by side, numbered, for people to choose from."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

TILE_PX, GAP_PX, BADGE_PX = 480, 12, 112
PAPER, EMPTY, INK = "#ffffff", "#e6e6e6", "#1d1c1d"


def side_by_side(previews: Sequence[bytes | None], *, awaited: Sequence[bool]) -> bytes:
    """Draw the pictures in order, as a JPEG. A missing one (None) has an empty tile.

    That tile has the picture's number if it is still ``awaited``, else a cross. At least one
    picture must be there. They are decoded one at a time, no larger than a tile needs. Raises
    ``OSError`` for bytes that are no picture.
    """
    shape = next(_size(preview) for preview in previews if preview)
    width, height = TILE_PX, max(1, round(TILE_PX * shape[1] / shape[0]))
    whole = (width + GAP_PX) * len(previews) - GAP_PX
    sheet = Image.new("RGB", (whole, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(BADGE_PX * 0.6)
    for index, preview in enumerate(previews):
        left = index * (width + GAP_PX)
        if preview:
            sheet.paste(_tile(preview, (width, height)), (left, 0))
        else:
            draw.rectangle((left, 0, left + width - 1, height - 1), fill=EMPTY)
        number = str(index + 1) if preview or awaited[index] else "\u00d7"
        badge = (left + GAP_PX, GAP_PX, left + GAP_PX + BADGE_PX, GAP_PX + BADGE_PX)
        draw.ellipse(badge, fill=PAPER, outline=INK, width=2)
        middle = (left + GAP_PX + BADGE_PX / 2, GAP_PX + BADGE_PX / 2)
        draw.text(middle, number, fill=INK, font=font, anchor="mm")
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=85)
    return out.getvalue()


def _size(preview: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(preview)) as image:
        return image.size


def _tile(preview: bytes, size: tuple[int, int]) -> Image.Image:
    with Image.open(io.BytesIO(preview)) as image:
        image.draft("RGB", size)
        return image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
