"""Pictures: making a person's photo and mask acceptable for aiart, checking what it returned.

Nothing here knows of jobs. Decoding takes the memory of one picture: the caller sees to it that
there is one at a time.
"""

from functions.worker.photos.cutouts import CutOutPicture, cut_out
from functions.worker.photos.finished import check_picture, preview
from functions.worker.photos.geometry import Geometry
from functions.worker.photos.kinds import Refused
from functions.worker.photos.masks import MaskPicture, fit_mask
from functions.worker.photos.product import ProductPhoto, make_acceptable

__all__ = [
    "CutOutPicture",
    "Geometry",
    "MaskPicture",
    "ProductPhoto",
    "Refused",
    "check_picture",
    "cut_out",
    "fit_mask",
    "make_acceptable",
    "preview",
]
