"""Make an ICC profile from the numbers with which a file describes its colours.

PNG has the chunks cICP, sRGB, gAMA and cHRM for that, HEIF and AVIF the box colr (nclx); cICP and
nclx use the numbers of ITU-T H.273. They are read as Chromium reads them (measured with version
156), because that is what the person has seen: BT.709's transfer is a gamma of 2.4 in a PNG and
sRGB's own in an AVIF, a gAMA of 1/2.2 without cHRM is sRGB, and a cICP of limited range is ignored.
"""

import struct

import msgspec

Point = tuple[float, float]
Vector = tuple[float, float, float]
Curve = tuple[float, float, float, float, float]  # g a b c d: (a x + b)^g from d on, below it c x

HDR_TRANSFERS = frozenset({16, 18})  # PQ and HLG

_D65, _C, _DCI, _E = (0.3127, 0.329), (0.31, 0.316), (0.314, 0.351), (1 / 3, 1 / 3)
_PRIMARIES: dict[int, tuple[Point, Point, Point, Point]] = {  # red, green, blue, white
    1: ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06), _D65),
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C),
    5: ((0.64, 0.33), (0.29, 0.6), (0.15, 0.06), _D65),
    6: ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07), _D65),
    7: ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07), _D65),
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    9: ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046), _D65),
    10: ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), _E),
    11: ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), _DCI),
    12: ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), _D65),
    22: ((0.63, 0.34), (0.295, 0.605), (0.155, 0.077), _D65),
}
_SRGB_CURVE: Curve = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_CURVES: dict[int, Curve] = {
    5: (2.8, 1.0, 0.0, 0.0, 0.0),
    4: (2.2, 1.0, 0.0, 0.0, 0.0),
    7: (1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 0.25, 0.0913),
    8: (1.0, 1.0, 0.0, 0.0, 0.0),
    17: (2.6, (52.37 / 48) ** (1 / 2.6), 0.0, 0.0, 0.0),
}
_TELEVISION = frozenset({1, 6, 11, 14, 15})
_TELEVISION_IN_PNG: Curve = (2.4, 1.0, 0.0, 0.0, 0.0)
_D50: Vector = (0.9642, 1.0, 0.8249)
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
_GAMMA_OF_SRGB, _GAMMA_NEARLY = 45455, 500  # in gAMA's hundred-thousandths


class Colours(msgspec.Struct, frozen=True):
    """Hold the profile that applies (``icc``, empty for sRGB). ``is_hdr``: PQ or HLG."""

    icc: bytes = b""
    is_hdr: bool = False


def of_png(chunks: dict[bytes, bytes]) -> Colours:
    """Read colours from PNG chunks, the highest-ranking one first.

    A JPEG's ICC profile comes as ``iCCP``.
    """
    primaries, transfer, matrix, full_range = chunks.get(b"cICP", b"\2\2\0\0")
    if full_range == 1 and matrix == 0:
        return _of_numbers(primaries, transfer, television=_TELEVISION_IN_PNG)
    if chunks.get(b"iCCP"):
        return of_icc(chunks[b"iCCP"])
    if b"sRGB" in chunks or b"gAMA" not in chunks:
        return Colours()
    return _of_gamma(int.from_bytes(chunks[b"gAMA"], "big"), chunks.get(b"cHRM", b""))


def of_nclx(primaries: int, transfer: int) -> Colours:
    """Make the colours that the numbers in a HEIF or AVIF describe."""
    return _of_numbers(primaries, transfer, television=_SRGB_CURVE)


def of_icc(icc: bytes) -> Colours:
    """Take an ICC profile as it is; it is HDR if its tag cicp says so (ICC.1:2022, 9.2.17)."""
    for entry in range(132, min(len(icc) - 11, 132 + 12 * 100), 12):
        tag, at, _ = struct.unpack_from(">4sII", icc, entry)
        if tag == b"cicp" and icc[at : at + 4] == b"cicp" and len(icc) > at + 9:
            return Colours(icc, is_hdr=icc[at + 9] in HDR_TRANSFERS)
    return Colours(icc)


def _of_numbers(primaries: int, transfer: int, *, television: Curve) -> Colours:
    if transfer in HDR_TRANSFERS:
        return Colours(is_hdr=True)
    curve = television if transfer in _TELEVISION else _CURVES.get(transfer, _SRGB_CURVE)
    if (primaries == 1 or primaries not in _PRIMARIES) and curve is _SRGB_CURVE:
        return Colours()
    return Colours(_profile(_PRIMARIES.get(primaries, _PRIMARIES[1]), curve))


def _of_gamma(gamma: int, chromaticities: bytes) -> Colours:
    if not 1_000 <= gamma <= 1_000_000:
        return Colours()
    points = _PRIMARIES[1]
    if chromaticities:
        numbers = [number / 100_000 for number in struct.unpack(">8I", chromaticities)]
        white, *colours = zip(numbers[::2], numbers[1::2], strict=True)
        points = (colours[0], colours[1], colours[2], white)
    elif abs(gamma - _GAMMA_OF_SRGB) < _GAMMA_NEARLY:
        return Colours()
    try:
        return Colours(_profile(points, (100_000 / gamma, 1.0, 0.0, 0.0, 0.0)))
    except (ZeroDivisionError, struct.error):  # primaries on one line span no colours
        return Colours()


def _profile(points: tuple[Point, Point, Point, Point], curve: Curve) -> bytes:
    """Write an RGB display profile with matrix and parametric curve (ICC.1:2022, version 4)."""
    red, green, blue = _adapted(points)
    tags = {
        b"wtpt": _xyz(_D50),
        b"rXYZ": _xyz(red),
        b"gXYZ": _xyz(green),
        b"bXYZ": _xyz(blue),
    }
    shape = b"para" + struct.pack(">IHH5i", 0, 3, 0, *map(_fixed, curve))
    tags |= {b"rTRC": shape, b"gTRC": shape, b"bTRC": shape}
    table, content = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        table += struct.pack(">4sII", name, start + len(content), len(tag))
        content += tag
    size = start + len(content)
    header = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x04400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    header += struct.pack(">3i", *map(_fixed, _D50)) + bytes(48)
    return header + table + content


def _xyz(vector: Vector) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *map(_fixed, vector))


def _fixed(number: float) -> int:
    return round(number * 65536)


def _adapted(points: tuple[Point, Point, Point, Point]) -> tuple[Vector, Vector, Vector]:
    """Compute the XYZ of red, green and blue so that they sum to white, adapted to D50 (Bradford).

    Raises ``ZeroDivisionError`` for primaries on one line.
    """
    *colours, white = [(x, y, 1 - x - y) for x, y in points]
    target = (white[0] / white[1], 1.0, white[2] / white[1])
    shares = _times(_inverse(_columns(colours)), target)
    cones, wanted = _times(_BRADFORD, target), _times(_BRADFORD, _D50)
    scaled = tuple(
        tuple(wanted[row] / cones[row] * value for value in _BRADFORD[row]) for row in range(3)
    )
    back = _inverse(_BRADFORD)
    red, green, blue = (
        _times(back, _times(scaled, tuple(share * part for part in colour)))
        for share, colour in zip(shares, colours, strict=True)
    )
    return red, green, blue


Matrix = tuple[tuple[float, ...], ...]


def _columns(vectors: list[Vector]) -> Matrix:
    return tuple(zip(*vectors, strict=True))


def _times(matrix: Matrix, vector: tuple[float, ...]) -> Vector:
    x, y, z = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return x, y, z


def _inverse(matrix: Matrix) -> Matrix:
    """Invert a 3 x 3 matrix by cofactors. Raises ``ZeroDivisionError`` if it has no inverse."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    cofactors = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    determinant = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0]
    return tuple(tuple(value / determinant for value in row) for row in cofactors)
