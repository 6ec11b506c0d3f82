"""Define for each kind of incoming file its largest size, and the error code for each fault."""

import msgspec

from functions.jobs import errors
from functions.jobs.errors import ErrorCode, Facts, Problem

MIB = 1024 * 1024
MAX_UPLOAD_BYTES = 50 * MIB
MAX_PICTURE_BYTES = 100 * MIB  # of aiart's picture: the noisiest PNG below 4000 px is smaller


class PictureRefused(errors.Refused):
    """Report that a photo, mask or picture cannot be used.

    ``code`` says why; ``facts`` fill in the text that a person reads.
    """

    def __init__(self, code: ErrorCode, facts: Facts | None = None) -> None:
        self.code = code
        self.facts: Facts = facts or {}
        super().__init__(Problem(code, facts=self.facts))


class Kind(msgspec.Struct, frozen=True):
    """Hold a kind's limit in bytes, and the code for each thing that can be wrong with it."""

    max_bytes: int
    empty: ErrorCode
    not_an_image: ErrorCode
    truncated: ErrorCode
    too_large: ErrorCode = ErrorCode.PHOTO_TOO_LARGE
    too_many_pixels: ErrorCode = ErrorCode.PHOTO_TOO_MANY_PIXELS
    raw: ErrorCode = ErrorCode.PHOTO_RAW
    unsupported: ErrorCode = ErrorCode.PHOTO_UNSUPPORTED


PHOTO = Kind(
    MAX_UPLOAD_BYTES,
    ErrorCode.PHOTO_EMPTY,
    ErrorCode.PHOTO_NOT_AN_IMAGE,
    ErrorCode.PHOTO_TRUNCATED,
)
MASK = Kind(
    MAX_UPLOAD_BYTES,
    *3 * (ErrorCode.MASK_NOT_AN_IMAGE,),
    raw=ErrorCode.MASK_NOT_AN_IMAGE,
    unsupported=ErrorCode.MASK_NOT_AN_IMAGE,
)
PICTURE = Kind(MAX_PICTURE_BYTES, *7 * (ErrorCode.PICTURE_BROKEN,))
