"""Mark a result as generated, or put the caller's own logo in the mark's place.

Rules: Tencent document 1668/107957 (LogoAdd, LogoParam) and 1238/64638 (the logo is stretched to
its rectangle).
"""

import functools
from math import ceil

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from infra.local.aiart.limits import Rect
from infra.local.aiart.pixels import Pixels

WORDS = "图片由 AI 生成"
WORDS_IN_LATIN = "AI generated"  # for a machine without a Chinese font
TEXT_TO_SIDE = 0.024  # height of the letters : shorter side of the picture
LEAST_TEXT_PX = 15
LOGO_TO_SIDE = 0.2  # longer side of a logo without a rectangle : shorter side of the picture

# Files of common Chinese fonts; Pillow looks for them where the system keeps its fonts.
_CHINESE_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "STHeiti Light.ttc",
    "msyh.ttc",
    "simhei.ttf",
)
_LATIN_FONTS = ("DejaVuSans.ttf", "Helvetica.ttc", "arial.ttf")
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def with_words(picture: Pixels) -> Pixels:
    """Write the words at the bottom right of a copy of ``picture`` (height, width, 3)."""
    image = Image.fromarray(picture)
    size = max(LEAST_TEXT_PX, round(min(image.size) * TEXT_TO_SIDE))
    words, font = _words_and_font(size)
    box = (ceil(font.getlength(words)) + 2 * size, 3 * size)
    end = (box[0] - size, box[1] - round(size * 0.9))  # where the words end, in the box
    letters, outline = Image.new("L", box), Image.new("L", box)
    ImageDraw.Draw(letters).text(end, words, fill=235, font=font, anchor="rs")
    ImageDraw.Draw(outline).text(
        end, words, fill=200, font=font, anchor="rs", stroke_width=size // 12
    )
    # white letters in a soft dark halo: legible on marble as well as at night
    halo = outline.filter(ImageFilter.GaussianBlur(size / 9))
    corner = (image.width - box[0], image.height - box[1])
    image.paste("black", corner + image.size, halo)
    image.paste("white", corner + image.size, letters)
    return np.asarray(image)


def with_logo(picture: Pixels, logo: Image.Image, rect: Rect | None) -> Pixels:
    """Put ``logo`` (RGBA) on ``picture``: stretched to ``rect``, or small at the bottom right."""
    image = Image.fromarray(picture)
    if rect is None:
        fitted = logo.copy()
        longest = round(min(image.size) * LOGO_TO_SIDE)
        fitted.thumbnail((longest, longest))
        margin = round(min(image.size) * TEXT_TO_SIDE)
        at = (image.width - fitted.width - margin, image.height - fitted.height - margin)
    else:
        fitted = logo.resize((rect.width, rect.height), Image.Resampling.LANCZOS)
        at = (rect.x, rect.y)
    image.paste(fitted, at, fitted)
    return np.asarray(image)


@functools.lru_cache(maxsize=16)
def _words_and_font(size_px: int) -> tuple[str, _Font]:
    for name in _CHINESE_FONTS:
        font = _font(name, size_px)
        if font is not None:
            return WORDS, font
    for name in _LATIN_FONTS:
        font = _font(name, size_px)
        if font is not None:
            return WORDS_IN_LATIN, font
    return WORDS_IN_LATIN, ImageFont.load_default(size_px)


def _font(name: str, size_px: int) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(name, size_px)
    except OSError:
        return None
