"""Keep HEIC's encoder out of the package: we only decode, and x265 is 23 MB under the GPL.

The wheel's libheif (LGPL, left as it is) is linked with x265 by file name, and Python binds all
symbols of what it loads at once. So a small library of the same name takes x265's place. It exports
what libheif finds nowhere else and returns 0 each time. In libheif 1.23.6 that is

- ``x265_api_get_217``: there is no API. Nobody asks while decoding; the encoder's description says
  "(null)" then, and encoding ends with the error "Bit depth not supported by x265".
- ``x265_cleanup``, when libheif is unloaded: gives nothing back.
- ``_ZSt21ios_base_library_initv``: never called. It stands for a C++ library that prepares
  std::cerr by itself, as GCC's does from 13 on. For older ones the wheel's x265 prepares it when it
  is loaded, and libheif warns through it: so the small library does that too, or a warning would
  end the process.

A wheel that asks for anything else is refused here, because nobody has judged what a 0 means to it.
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
    """Put the empty library in x265's place in an unpacked package.

    Raises ``NoPackage`` where the wheel is not as described above.
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
    """Collect what those of the files that exist export; or what they look for."""
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
    """Yield what the dynamic loader reads of a file. Raises ``NoPackage`` if there is nothing."""
    with file.open("rb") as stream:
        try:
            segments = ELFFile(stream).iter_segments()
            part = next(one for one in segments if isinstance(one, DynamicSegment))
            # It would look for its tables anew with each of thousands of symbols.
            part.get_table_offset = cache(part.get_table_offset)  # type: ignore[method-assign]
            yield part
        except (ELFError, StopIteration) as error:
            raise NoPackage(f"{file.name} is no shared library. {NOT_AS_JUDGED}") from error
