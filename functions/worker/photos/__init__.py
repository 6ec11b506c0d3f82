"""Make a person's photo and mask acceptable for aiart, and check the picture that it returns.

A photo's way: ``side_data`` (or ``raw``) gives the decoder what the pixels need and no more,
``decoding`` opens it within the caps, ``profiles`` and ``heif`` say what its numbers mean,
``colours`` makes 8-bit sRGB of them, ``geometry`` fits it, ``shape`` asks whether its transparency
is a mask, and ``product`` puts it all together.

Nothing here knows of jobs. Decoding takes the memory of one picture: the caller sees to it that
there is one at a time.

Pillow's import would take an eighth of the worker's cold start. So what is named here is imported
when it is first asked for; ``load`` does it beforehand, beside other things.
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
    """Import Pillow and what is built on it. Any thread may; who needs it meanwhile waits."""
    for module in set(_MODULES.values()):
        import_module(f"{__name__}.{module}")


if not TYPE_CHECKING:  # a checker shall say of a misspelt name that it is not there

    def __getattr__(name: str) -> object:
        """Give one of the names above (PEP 562)."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
