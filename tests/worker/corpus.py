"""Draw some 300 small photos of every kind that people send, each with its expected result.

Every file shows the same four quadrants, whatever its format, depth, colour space, orientation,
damage and metadata: the numbers in it are computed here from the colours that must be seen, so the
right result is known without asking the product. The kinds are combined pairwise: each value of one
axis meets each possible value of another axis at least twice (once, if only one such file is
possible). ``python -m tests.worker.corpus FOLDER`` writes the files, to be looked at.
"""

import functools
import itertools
import random
import struct
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from PIL import Image, ImageCms

from functions.jobs.errors import ErrorCode
from functions.worker.photos import profiles
from tests.worker.pictures import encoded, exif, png_chunk, srgb_profile, stored

SIZE = (96, 64)
TWICE = 2
Colour = tuple[int, int, int]
Pair = tuple[tuple[int, Any], ...]
# Upper left, upper right, lower left, lower right; within every colour space's gamut here.
QUADRANTS: tuple[Colour, Colour, Colour, Colour] = (
    (190, 60, 50),
    (70, 170, 80),
    (60, 70, 180),
    (215, 195, 90),
)
CLEAR_ENTRY = len(QUADRANTS)  # the palette's transparent entry
WHITE: Colour = (255, 255, 255)
XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
_UPRIGHT_XMP = XMP.replace(b"6", b"1")  # replaced last: an encoder would turn the picture by XMP

FORMS = (
    *("JPEG", "JPEG progressive", "PNG", "WEBP lossy", "WEBP lossless", "GIF", "BMP"),
    *("TIFF", "TIFF deflate", "AVIF", "HEIF"),
)
DEPTHS = ("RGB", "RGBA", "L", "LA", "P", "P clear", "1", "CMYK", "LAB", "RGB;16", "L;16", "F")
SPACES = (
    *("plain", "sRGB ICC", "P3 ICC", "Adobe ICC", "grey ICC", "gAMA", "gAMA cHRM"),
    *("CICP P3", "CICP 2020", "CICP linear", "PQ", "HLG"),
)
ORIENTATIONS = (1, 2, 3, 4, 5, 6, 7, 8)
DAMAGES = ("none", "bytes behind", "no end", "cut", "side data")
METADATA = ("none", "GPS", "XMP", "text")
AXES: tuple[tuple[Any, ...], ...] = (FORMS, DEPTHS, SPACES, ORIENTATIONS, DAMAGES, METADATA)

_DEPTHS_OF = {
    "JPEG": {"RGB", "L", "CMYK"},
    "PNG": {"RGB", "RGBA", "L", "LA", "P", "P clear", "1", "RGB;16", "L;16"},
    "WEBP": {"RGB", "RGBA"},
    "GIF": {"P", "P clear", "L"},
    "BMP": {"RGB", "L", "P", "1"},
    "TIFF": {"RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "LAB", "RGB;16", "L;16", "F"},
    "AVIF": {"RGB", "RGBA", "L"},
    "HEIF": {"RGB", "RGBA", "L"},
}
_GREY = frozenset({"L", "LA", "1", "L;16", "F"})
_CLEAR = frozenset({"RGBA", "LA", "P clear"})
_WITH_PROFILE = frozenset({"JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"})
_BY_OPENCV = frozenset({"RGB;16"})


class Kind(msgspec.Struct, frozen=True):
    """Describe a file by its value on each axis."""

    form: str
    depth: str
    space: str
    orientation: int
    damage: str
    metadata: str

    @property
    def format(self) -> str:
        """Give Pillow's name of the format."""
        return self.form.split()[0]

    @property
    def values(self) -> tuple[Any, ...]:
        """Give the values, one of each axis."""
        return msgspec.structs.astuple(self)

    @property
    def name(self) -> str:
        """Name the kind for people."""
        return ", ".join(map(str, self.values))


class Case(msgspec.Struct, frozen=True):
    """Hold a file and its expected result: four colours on a picture of ``SIZE``, or a refusal.

    ``is_clear``: the lower right quadrant is transparent, and must be so in the mask.
    """

    kind: Kind
    data: bytes
    quadrants: tuple[Colour, ...]
    is_clear: bool
    refusal: ErrorCode | None


# --- the kinds


def is_possible(kind: Kind) -> bool:
    """Say whether such a file can exist."""
    return (
        kind.depth in _DEPTHS_OF[kind.format]
        and _has_space(kind)
        and _has_metadata(kind)
        and _has_damage(kind)
    )


def _has_space(kind: Kind) -> bool:
    if kind.space == "plain":
        return True
    if kind.format not in _WITH_PROFILE or kind.depth in _BY_OPENCV | {"1", "CMYK", "LAB", "F"}:
        return False
    if kind.space == "grey ICC":
        return kind.depth in {"L", "LA"} and kind.format in {"JPEG", "PNG", "TIFF"}
    if "ICC" in kind.space:
        return kind.depth not in _GREY
    if kind.space in {"gAMA", "gAMA cHRM", "CICP linear"}:
        return kind.format == "PNG"
    return kind.format in {"PNG", "AVIF", "HEIF"}


def _has_metadata(kind: Kind) -> bool:
    if kind.depth in _BY_OPENCV and kind.format != "PNG":
        return kind.orientation == 1 and kind.metadata == "none"
    if kind.format in {"GIF", "BMP"}:
        allowed = {"none", "text"} if kind.format == "GIF" else {"none"}
        return kind.orientation == 1 and kind.metadata in allowed
    return kind.metadata != "text" or kind.format in {"JPEG", "PNG", "TIFF", "GIF"}


def _has_damage(kind: Kind) -> bool:
    if kind.damage == "cut":  # anything behind the pixels would be cut off instead of them
        return kind.metadata == "none" and kind.orientation == 1 and kind.space == "plain"
    if kind.damage == "no end":
        return kind.format in {"JPEG", "PNG", "GIF"}
    return kind.damage != "side data" or kind.format in {"JPEG", "PNG", "WEBP", "GIF", "AVIF"}


def possible() -> Iterator[Kind]:
    """Yield all possible kinds; first rule out what a form cannot hold, which is most of them."""
    for holds in itertools.product(FORMS, DEPTHS, SPACES):
        if is_possible(Kind(*holds, ORIENTATIONS[0], DAMAGES[0], METADATA[0])):
            more = itertools.product(ORIENTATIONS, DAMAGES, METADATA)
            yield from filter(is_possible, (Kind(*holds, *one) for one in more))


@functools.cache
def kinds() -> tuple[Kind, ...]:
    """Choose kinds until each pair is covered: always the best of some possible ones, by chance."""
    chance = random.Random(13)
    meeting = defaultdict[Pair, list[Kind]](list)
    for kind in possible():
        for pair in _pairs(kind):
            meeting[pair].append(kind)
    wanted = {pair: min(TWICE, len(found)) for pair, found in meeting.items()}
    chosen = dict[Kind, None]()
    for pair, found in meeting.items():
        while wanted[pair] > 0:
            some = chance.sample([kind for kind in found if kind not in chosen], 1)
            some += [kind for kind in chance.choices(found, k=20) if kind not in chosen]
            best = max(some, key=lambda kind: sum(wanted[pair] > 0 for pair in _pairs(kind)))
            chosen[best] = None
            for one in _pairs(best):
                wanted[one] -= 1
    return tuple(chosen)


def _pairs(kind: Kind) -> Iterator[Pair]:
    return itertools.combinations(enumerate(kind.values), 2)


# --- the expected result


def case(kind: Kind) -> Case:
    """Make the file of a kind, with its expected result."""
    shown = list(QUADRANTS)
    if kind.depth in _GREY:
        shown = [3 * (_luma(colour),) for colour in QUADRANTS]
    if kind.depth == "1":
        shown = [3 * (255 * (grey[0] > 128),) for grey in shown]
    if kind.depth == "F":  # no number is defined as white: the largest becomes white
        low, high = min(shown)[0], max(shown)[0]
        shown = [3 * (round((grey[0] - low) * 255 / (high - low)),) for grey in shown]
    if kind.depth in _CLEAR:
        shown[3] = WHITE
    refusal = ErrorCode.PHOTO_HDR if kind.space in {"PQ", "HLG"} else None
    if kind.damage == "cut":
        refusal = ErrorCode.PHOTO_TRUNCATED
    return Case(
        kind=kind,
        data=_damaged(kind, _file(kind)),
        quadrants=tuple(shown),
        is_clear=kind.depth in _CLEAR,
        refusal=refusal,
    )


def _luma(colour: Colour) -> int:
    """Compute the luma by ITU-R 601-2, as in JPEG."""
    red, green, blue = colour
    return round(0.299 * red + 0.587 * green + 0.114 * blue)


# --- the numbers in the file

_D65, _P3 = profiles._PRIMARIES[1], profiles._PRIMARIES[12]
_ADOBE = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), (0.3127, 0.329))
_SPACE = {  # primaries, and the gamma of the file's numbers (0: sRGB's curve)
    "P3 ICC": (_P3, 0.0),
    "Adobe ICC": (_ADOBE, 563 / 256),
    "gAMA": (_D65, 1.8),
    "gAMA cHRM": (_P3, 1.8),
    "CICP P3": (_P3, 0.0),
    "CICP 2020": (profiles._PRIMARIES[9], 0.0),
    "CICP linear": (_D65, 1.0),
    "grey ICC": (_D65, 1.8),
}


def numbers(colour: Colour, space: str) -> Colour:
    """Convert an sRGB colour to the numbers of a file in that colour space."""
    if space not in _SPACE:
        return colour
    primaries, gamma = _SPACE[space]
    seen = np.array(colour) / 255
    linear = np.where(seen <= 0.04045, seen / 12.92, ((seen + 0.055) / 1.055) ** 2.4)
    there = np.linalg.solve(_to_xyz(primaries), _to_xyz(_D65) @ linear).clip(0, 1)
    curved = (
        there ** (1 / gamma)
        if gamma
        else np.where(there <= 0.0031308, there * 12.92, 1.055 * there ** (1 / 2.4) - 0.055)
    )
    red, green, blue = (round(float(value) * 255) for value in curved)
    return red, green, blue


def _to_xyz(primaries: tuple[tuple[float, float], ...]) -> Any:
    """Compute the matrix from a colour space to XYZ from its chromaticities."""
    xyz = np.array([(x / y, 1, (1 - x - y) / y) for x, y in primaries]).T
    return xyz[:, :3] * np.linalg.solve(xyz[:, :3], xyz[:, 3])


def _picture(kind: Kind) -> Image.Image:
    """Draw the upright picture in the file's mode, or the nearest that Pillow can hold."""
    width, height = SIZE
    picture = Image.new("RGB", SIZE)
    boxes = [
        (x, y, x + width // 2, y + height // 2) for y in (0, height // 2) for x in (0, width // 2)
    ]
    for colour, box in zip(QUADRANTS, boxes, strict=True):
        grey = kind.depth in _GREY
        seen = 3 * (_luma(colour),) if grey else colour
        picture.paste(numbers(seen, kind.space), box)
    return _in_mode(picture, kind.depth, boxes[3])


def _in_mode(picture: Image.Image, depth: str, clear: tuple[int, int, int, int]) -> Image.Image:
    if depth in {"RGB;16", "RGB"}:
        return picture
    if depth == "1":
        return picture.convert("L").point(lambda value: 255 * (value > 128)).convert("1")
    if depth == "L;16":
        return picture.convert("L").convert("I").point(lambda value: value * 257).convert("I;16")
    if depth == "LAB":
        profile, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        converted = ImageCms.profileToProfile(picture, profile, lab, outputMode="LAB")
        assert converted is not None
        return converted
    if depth.startswith("P"):
        pixels = [tuple(pixel) for pixel in np.asarray(picture).reshape(-1, 3).tolist()]
        colours = list(dict.fromkeys(pixels))
        paletted = Image.new("P", picture.size)
        paletted.putdata([colours.index(pixel) for pixel in pixels])
        paletted.putpalette([*itertools.chain.from_iterable(colours), 0, 0, 0])
        if depth == "P clear":
            paletted.paste(CLEAR_ENTRY, clear)
        return paletted
    converted = picture.convert(depth)
    if depth in {"RGBA", "LA"}:
        converted.paste(tuple(len(depth) * [0]), clear)
    return converted


# --- the file


def _file(kind: Kind) -> bytes:
    picture = _picture(kind)
    if kind.orientation != 1:
        picture = stored(picture, kind.orientation)
    if kind.depth in _BY_OPENCV:
        deep = np.asarray(picture).astype(np.uint16)[:, :, ::-1] * 257
        _, written = cv2.imencode(f".{kind.format.lower()}", deep)
        data = written.tobytes()
    else:
        data = encoded(picture, kind.format, **_options(kind))
    data = data.replace(_UPRIGHT_XMP, XMP)
    if kind.format == "PNG":
        chunks = [*_colour_chunks(kind), *_metadata_chunks(kind)]
        data = data[:33] + b"".join(chunks) + data[33:]
    if kind.format in {"AVIF", "HEIF"} and kind.space in _NUMBERS:
        at = data.index(b"nclx") + 4
        data = data[:at] + struct.pack(">HH", *_NUMBERS[kind.space]) + data[at + 4 :]
    return data


_NUMBERS = {  # H.273: primaries and transfer
    "CICP P3": (12, 13),
    "CICP 2020": (9, 13),
    "CICP linear": (1, 8),
    "PQ": (9, 16),
    "HLG": (9, 18),
}


def _options(kind: Kind) -> dict[str, Any]:
    by_form: dict[str, dict[str, Any]] = {
        "JPEG progressive": {"progressive": True},
        "WEBP lossless": {"lossless": True},
        "TIFF deflate": {"compression": "tiff_adobe_deflate"},
        "AVIF": {"speed": 10, "subsampling": "4:4:4"},
        "HEIF": {"chroma": 444},
    }
    options = by_form.get(kind.form, {})
    if profile := _profile(kind.space):
        options["icc_profile"] = profile
    if kind.depth == "P clear":
        options["transparency"] = CLEAR_ENTRY
    if kind.format == "PNG":
        return options
    tags: dict[int, Any] = {}
    if kind.orientation != 1 or kind.metadata == "GPS":
        found = exif(kind.orientation, gps=kind.metadata == "GPS")
        options["exif"] = found.tobytes() if kind.format == "HEIF" else found
    if kind.metadata == "XMP":
        tags[700] = options["xmp"] = _UPRIGHT_XMP
    if kind.metadata == "text":
        tags[270] = options["comment"] = "somebody"
    if kind.format == "TIFF":
        options.pop("xmp", None)
        options.pop("comment", None)
        if tags:
            options["tiffinfo"] = tags | ({274: kind.orientation} if "exif" in options else {})
            options.pop("exif", None)
    return options


def _profile(space: str) -> bytes:
    if space == "sRGB ICC":
        return srgb_profile()
    if space == "P3 ICC":
        return profiles._profile(_P3, profiles._SRGB_CURVE)
    if space == "Adobe ICC":
        return profiles._profile(_ADOBE, (563 / 256, 1.0, 0.0, 0.0, 0.0))
    return grey_profile(1.8) if space == "grey ICC" else b""


def grey_profile(gamma: float) -> bytes:
    """Make a profile of greys with that gamma (ICC.1, version 2)."""
    curve = b"curv" + struct.pack(">IIHH", 0, 1, round(gamma * 256), 0)
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    start = 128 + 4 + 2 * 12
    table = struct.pack(">I4sII", 2, b"kTRC", start, 14)
    table += struct.pack(">4sII", b"wtpt", start + len(curve), len(white))
    size = start + len(curve) + len(white)
    header = struct.pack(">I4sI4s4s4s", size, b"test", 0x02400000, b"mntr", b"GRAY", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    header += struct.pack(">3I", 63190, 65536, 54061) + bytes(48)
    return header + table + curve + white


def _colour_chunks(kind: Kind) -> Iterator[bytes]:
    if kind.space in _NUMBERS:
        yield png_chunk(b"cICP", bytes((*_NUMBERS[kind.space], 0, 1)))
    if kind.space.startswith("gAMA"):
        yield png_chunk(b"gAMA", struct.pack(">I", round(100_000 / 1.8)))
    if kind.space == "gAMA cHRM":
        red, green, blue, white = _P3
        points = itertools.chain(white, red, green, blue)
        yield png_chunk(b"cHRM", struct.pack(">8I", *(round(each * 100_000) for each in points)))


def _metadata_chunks(kind: Kind) -> Iterator[bytes]:
    if kind.orientation != 1 or kind.metadata == "GPS":
        tags = exif(kind.orientation, gps=kind.metadata == "GPS")
        yield png_chunk(b"eXIf", tags.tobytes()[6:])
    if kind.metadata == "XMP":
        yield png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    if kind.metadata == "text":
        yield png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"somebody"))


# --- the damage


def _damaged(kind: Kind, data: bytes) -> bytes:
    match kind.damage:
        case "bytes behind":
            return data + b"\0somebody" * 400
        case "cut":
            # A compressed TIFF has its directory behind the pixels; nothing of it may be left.
            return data[: 80 if kind.form == "TIFF deflate" else len(data) * 6 // 10]
        case "no end":
            return data.removesuffix(
                {"JPEG": b"\xff\xd9", "GIF": b";"}.get(kind.format, data[-12:])
            )
        case "side data":
            return _with_damaged_side_data(kind.format, data)
    return data


def _with_damaged_side_data(form: str, data: bytes) -> bytes:
    if form == "PNG":
        bad = png_chunk(b"tEXt", b"Author\0somebody")[:-1] + b"\0"
        return data[:33] + bad + png_chunk(b"pHYs", b"\0") + png_chunk(b"acTL", b"") + data[33:]
    if form == "JPEG":
        return data[:2] + b"\xff\xe2\0\x0dMPF\0rubbish\xff\xe0\0\x07JFIF\0" + data[2:]
    if form == "WEBP":
        length = struct.unpack_from("<I", data, 4)[0] + 16
        return data[:4] + struct.pack("<I", length) + data[8:] + b"JUNK\x08\0\0\0somebody"
    if form == "GIF":
        flags = data[10]
        start = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
        return data[:start] + b"\x21\xff\x0bXMP DataXMP\x03abc\0" + data[start:]
    return data + b"\0\0\xff\xffmdatsomebody"


def main(folder: Path) -> None:
    """Write all files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, kind in enumerate(kinds()):
        name = kind.name.replace(", ", "_").replace(" ", "-").replace(";", "")
        suffix = kind.format.lower()
        (folder / f"{number:03}_{name}.{suffix}").write_bytes(case(kind).data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
