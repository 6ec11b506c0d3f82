"""Make Slack's previews of a picture (also of HEIC files): JPEGs, named by their longer side.

A file object has the URL of each as ``thumb_<side>``, its size as ``thumb_<side>_w`` and ``_h``,
and the original's size as a person sees it. No preview is larger than the original. Its URL needs
the bot's token, as the file's own does.
"""

import io
from functools import lru_cache
from urllib.parse import quote

import pillow_heif
from PIL import Image, ImageOps

from infra.local.slack import world
from infra.local.slack.model import File, Json

SIDES = (360, 480, 720, 800, 960, 1024)


def preview_fields(base_url: str, file: File) -> Json:
    """Make a file object's fields about its previews; none for a small picture or no picture."""
    size = _size(file.data)
    if size is None or max(size) < SIDES[0]:
        return {}
    fields: Json = {"original_w": size[0], "original_h": size[1]}
    stem = quote(file.name.rpartition(".")[0] or file.name)
    for side in SIDES:
        if side <= max(size):
            width, height = _within(size, side)
            url = f"{base_url}/files-tmb/{world.TEAM_ID}-{file.id}-0123456789/{stem}_{side}.jpg"
            fields |= {
                f"thumb_{side}": url,
                f"thumb_{side}_w": width,
                f"thumb_{side}_h": height,
            }
    return fields


@lru_cache(maxsize=64)
def preview_of(data: bytes, side: int) -> bytes | None:
    """Make the preview whose longer side is ``side`` pixels; None if Slack makes none."""
    size = _size(data)
    if size is None or side not in SIDES or side > max(size):
        return None
    with Image.open(io.BytesIO(data)) as image:
        small = ImageOps.exif_transpose(image).convert("RGB").resize(_within(size, side))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=85)
    return out.getvalue()


@lru_cache(maxsize=64)
def _size(data: bytes) -> tuple[int, int] | None:
    """Read (width, height) from the header, as a person sees the picture; None if it is none."""
    pillow_heif.register_heif_opener()
    try:
        with Image.open(io.BytesIO(data)) as image:
            turned = image.getexif().get(0x0112, 1) in {5, 6, 7, 8} and image.format != "HEIF"
            return (image.height, image.width) if turned else image.size
    except Exception:  # noqa: BLE001  # a damaged file can raise anything in a decoder
        return None


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    width, height = (max(1, round(one * side / max(size))) for one in size)
    return width, height
