"""Make a person's photo and mask acceptable for aiart, and check the picture that it returns.

A photo passes through these modules: ``side_data`` (or ``raw``) leaves out what the pixels do not
need, ``decoding`` opens it within the limits, ``profiles`` and ``heif`` find its colour profile,
``colours`` converts it to 8-bit sRGB, ``geometry`` turns, scales and pads it, ``shape`` judges
whether its transparency is a mask. ``product`` calls them all.

Nothing here knows of jobs. The caller makes sure that only one picture is decoded at a time, which
bounds the memory.

Importing Pillow would take an eighth of the worker's cold start. So the names here are imported
when they are first used; ``load`` imports them all in advance, from another thread.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.worker.photos.checks import Measured, measured
    from functions.worker.photos.cutouts import CutOutPicture, cut_out
    from functions.worker.photos.geometry import Geometry
    from functions.worker.photos.heif import is_unreadable_heic, reads_heic
    from functions.worker.photos.limits import PictureRefused
    from functions.worker.photos.masks import MaskPicture, fit_mask, own_mask
    from functions.worker.photos.packshots import PackshotLook, PackshotPicture, packshot
    from functions.worker.photos.pixels import (
        FittedPicture,
        PreviewedPicture,
        check_picture,
        fitted,
        previewed,
    )
    from functions.worker.photos.product import (
        LEAST_PREVIEW_PX,
        ProductPhoto,
        as_preview,
        make_acceptable,
    )
    from functions.worker.photos.sheets import side_by_side

__all__ = [
    "LEAST_PREVIEW_PX",
    "CutOutPicture",
    "FittedPicture",
    "Geometry",
    "MaskPicture",
    "Measured",
    "PackshotLook",
    "PackshotPicture",
    "PictureRefused",
    "PreviewedPicture",
    "ProductPhoto",
    "as_preview",
    "check_picture",
    "cut_out",
    "fit_mask",
    "fitted",
    "is_unreadable_heic",
    "load",
    "make_acceptable",
    "measured",
    "own_mask",
    "packshot",
    "previewed",
    "reads_heic",
    "side_by_side",
]

_MODULES = {
    "LEAST_PREVIEW_PX": "product",
    "CutOutPicture": "cutouts",
    "FittedPicture": "pixels",
    "Geometry": "geometry",
    "MaskPicture": "masks",
    "Measured": "checks",
    "PackshotLook": "packshots",
    "PackshotPicture": "packshots",
    "PreviewedPicture": "pixels",
    "ProductPhoto": "product",
    "PictureRefused": "limits",
    "as_preview": "product",
    "check_picture": "pixels",
    "cut_out": "cutouts",
    "fit_mask": "masks",
    "fitted": "pixels",
    "is_unreadable_heic": "heif",
    "make_acceptable": "product",
    "measured": "checks",
    "own_mask": "masks",
    "packshot": "packshots",
    "previewed": "pixels",
    "reads_heic": "heif",
    "side_by_side": "sheets",
}


def load() -> None:
    """Import Pillow and all modules here. Any thread may call it; the others wait for it."""
    for module in set(_MODULES.values()):
        import_module(f"{__name__}.{module}")


if not TYPE_CHECKING:  # else a type checker would accept any misspelt name

    def __getattr__(name: str) -> object:
        """Import one of the names above when it is first used (PEP 562)."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
