"""Replace HEIC's encoder in the package by a stub: we only decode, and x265 is 23 MB under the GPL.

The wheel's libheif (LGPL, left as it is) is linked to x265 by file name, and Python binds all
symbols of a library when it loads it. So a small library of the same name takes x265's place. It
exports the symbols that libheif finds nowhere else, as functions that return 0. In libheif 1.23.6
these are

- ``x265_api_get_217``, not called while decoding. The 0 means that there is no API: the encoder's
  description becomes "(null)", and encoding ends with "Bit depth not supported by x265".
- ``x265_cleanup``, called when libheif is unloaded. Its result is not used.
- ``_ZSt21ios_base_library_initv``, never called. It marks a need for a C++ library that initialises
  std::cerr by itself, as GCC's does from version 13 on. With older ones, the wheel's x265
  initialises it when it is loaded, and libheif writes its warnings there. So the stub initialises
  it, too; otherwise a warning would crash the process.

A wheel that needs any other symbol is refused, because what a 0 means to it was never examined.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile

from infra.package.elf import Start, shared_library
from infra.package.wheels import NoPackage

ENCODERS = "pillow_heif.libs/libx265-*"
JUDGED = re.compile(r"_ZSt21ios_base_library_initv x265_api_get_\d+ x265_cleanup")
STREAMS = Start("libstdc++.so.6", "_ZNSt8ios_base4InitC1Ev")  # std::ios_base::Init, which counts


def leave_out(folder: Path) -> None:
    """Replace x265 in an unpacked package by the stub.

    Raises ``NoPackage`` if the wheel is not as described above.
    """
    found = list(folder.glob(ENCODERS))
    if len(found) != 1:
        raise NoPackage(f"{len(found)} files are called {ENCODERS}, and not one. {NOT_AS_JUDGED}")
    (encoder,) = found
    asked = asked_of(encoder, folder)
    if not JUDGED.fullmatch(" ".join(asked)):
        raise NoPackage(f"{encoder.name} is asked for {asked or 'nothing'}. {NOT_AS_JUDGED}")
    encoder.write_bytes(shared_library(encoder.name, asked, STREAMS))


NOT_AS_JUDGED = (
    "pillow-heif's wheel has changed: read in libheif what it is called for while decoding, and "
    "adapt infra/package/heif_encoder_stub.py; or hold pillow-heif back in requirements.in, "
    "then: make lock"
)


def asked_of(library: Path, folder: Path) -> list[str]:
    """List the symbols, sorted, that a folder's binaries find in this library and nowhere else.

    Raises ``NoPackage`` for a file that is no binary.
    """
    linked = [file for file in sorted(folder.rglob("*.so*")) if library.name in _needed(file)]
    beside = {name for file in linked for name in _needed(file)} - {library.name}
    elsewhere = _symbols(library.with_name(name) for name in beside)
    wanted = _symbols(linked, undefined=True)
    return sorted(wanted & _symbols([library]) - elsewhere)


def _needed(file: Path) -> set[str]:
    with _dynamic_part(file) as part:
        # The tag has this attribute when it is of this kind.
        return {tag.needed for tag in part.iter_tags("DT_NEEDED")}  # type: ignore[attr-defined]


def _symbols(files: Iterable[Path], *, undefined: bool = False) -> set[str]:
    """Collect the symbols that the existing ones of ``files`` export, or (``undefined``) need."""
    names = set()
    for file in filter(Path.exists, files):
        with _dynamic_part(file) as part:
            names |= {
                symbol.name
                for symbol in part.iter_symbols()
                if (symbol["st_shndx"] == "SHN_UNDEF") is undefined
            }
    return names


@contextmanager
def _dynamic_part(file: Path) -> Iterator[DynamicSegment]:
    """Yield a file's dynamic segment. Raises ``NoPackage`` if it is no shared library."""
    with file.open("rb") as stream:
        try:
            segments = ELFFile(stream).iter_segments()
            part = next(one for one in segments if isinstance(one, DynamicSegment))
            # Without the cache, the tables are searched for anew with each of thousands of symbols.
            part.get_table_offset = cache(part.get_table_offset)  # type: ignore[method-assign]
            yield part
        except (ELFError, StopIteration) as error:
            raise NoPackage(f"{file.name} is no shared library. {NOT_AS_JUDGED}") from error
