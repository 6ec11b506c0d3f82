"""The library in x265's place: what is in it, and that libheif bears it. The rest: test_package.py.

libheif is the installed wheel's: the same as the package's, for the Python that runs the tests.
"""

import importlib.util
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st

from infra.package.elf import Start, shared_library
from infra.package.heif_encoder_stub import JUDGED, STREAMS, asked_of, leave_out
from infra.package.wheels import NoPackage

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="binaries for Linux are loaded")
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,40}", fullmatch=True)


def _dynamic_part(data: bytes) -> DynamicSegment:
    (part,) = (one for one in ELFFile(io.BytesIO(data)).iter_segments("PT_DYNAMIC"))
    assert isinstance(part, DynamicSegment)
    return part


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The installed pillow-heif's binaries, in a folder of their own, without x265."""
    extension = importlib.util.find_spec("_pillow_heif")
    assert extension is not None
    assert extension.origin is not None
    installed = Path(extension.origin)
    shutil.copy(installed, tmp_path)
    shutil.copytree(installed.with_name("pillow_heif.libs"), tmp_path / "pillow_heif.libs")
    leave_out(tmp_path)
    return tmp_path


# --- the file


@given(st.lists(NAMES, min_size=1, max_size=40, unique=True), NAMES)
def test_a_reader_of_such_files_finds_what_was_asked_for(names: list[str], soname: str) -> None:
    part = _dynamic_part(shared_library(soname, names, STREAMS))
    symbols = [(one.name, one["st_shndx"] == "SHN_UNDEF") for one in part.iter_symbols()]
    assert symbols == [("", True), (STREAMS.function, True), *((name, False) for name in names)]
    tags = {tag["d_tag"]: str(tag) for tag in part.iter_tags()}
    assert f'"{soname}"' in tags["DT_SONAME"]
    assert f'"{STREAMS.library}"' in tags["DT_NEEDED"]


def test_the_same_names_give_the_same_bytes() -> None:
    one, again = (shared_library("libx.so.1", ["f", "g"], STREAMS) for _ in range(2))
    assert one == again


def test_no_page_can_be_written_and_run_nor_can_the_stack_be_run() -> None:
    many = [f"function_{number}" for number in range(500)]  # more names than a page holds
    segments = list(ELFFile(io.BytesIO(shared_library("l.so", many, STREAMS))).iter_segments())
    loaded = [one for one in segments if one["p_type"] == "PT_LOAD"]
    assert [one["p_flags"] for one in loaded] == [4, 5, 6]  # read, read and run, read and write
    assert all(one["p_vaddr"] % 4096 == one["p_offset"] % 4096 == 0 for one in loaded)
    assert [one["p_flags"] for one in segments if one["p_type"] == "PT_GNU_STACK"] == [6]


@needs_linux
def test_every_function_is_found_and_returns_0(tmp_path: Path) -> None:
    many = [f"function_{number}" for number in range(500)]
    (tmp_path / "l.so").write_bytes(shared_library("l.so", many, STREAMS))
    code = (
        "import ctypes, os\n"
        "library = ctypes.CDLL(os.path.abspath('l.so'), mode=os.RTLD_NOW)\n"
        "print({library[f'function_{number}'](7) for number in range(500)})\n"
    )
    assert _run_in(tmp_path, code) == ("{0}\n", "")


@needs_linux
def test_what_it_starts_with_is_called_with_bytes_that_may_be_written(tmp_path: Path) -> None:
    library = shared_library("l.so", ["f"], Start("libc.so.6", "time"))  # writes it there
    (tmp_path / "l.so").write_bytes(library)
    at = ELFFile(io.BytesIO(library)).get_segment(2)["p_filesz"] - 8
    code = (
        "import ctypes, os, time\n"
        "library = ctypes.CDLL(os.path.abspath('l.so'), mode=os.RTLD_NOW)\n"
        "page = ctypes.cast(library.f, ctypes.c_void_p).value + 4096\n"
        f"print(0 < ctypes.c_int64.from_address(page + {at}).value <= time.time())\n"
    )
    assert _run_in(tmp_path, code) == ("True\n", "")


# --- libheif with it


@needs_linux
def test_what_libheif_is_linked_with_is_all_there(folder: Path) -> None:
    (encoder,) = folder.glob("pillow_heif.libs/libx265-*")
    assert JUDGED.fullmatch(" ".join(asked_of(encoder, folder)))
    assert encoder.stat().st_size == 3 * 4096
    code = (
        "import ctypes, os, pathlib\n"
        "for path in sorted(pathlib.Path('pillow_heif.libs').iterdir()):\n"
        "    ctypes.CDLL(os.path.abspath(path), mode=os.RTLD_NOW)\n"
        "import sys\n"
        "sys.path.insert(0, os.getcwd())\n"
        "import _pillow_heif\n"
        "print(os.path.dirname(_pillow_heif.__file__) == os.getcwd())\n"
    )
    assert _run_in(folder, code) == ("True\n", "")


@needs_linux
def test_libheif_can_warn_where_the_cpp_library_is_older_than_libheif(folder: Path) -> None:
    """Colours without colour: libheif 1.23 writes to std::cerr then, which x265 had prepared."""
    code = (
        "import ctypes, glob, os\n"
        "(path,) = glob.glob('pillow_heif.libs/libheif-*')\n"
        "libheif = ctypes.CDLL(os.path.abspath(path), mode=os.RTLD_NOW)\n"
        "made = ctypes.c_void_p()\n"
        "libheif.heif_image_create.restype = type('Error', (ctypes.Structure,), {\n"
        "    '_fields_': [('code', ctypes.c_int), ('detail', ctypes.c_int),\n"
        "                 ('message', ctypes.c_char_p)]})\n"
        "ycbcr, monochrome = 0, 0\n"
        "print(libheif.heif_image_create(8, 8, ycbcr, monochrome, ctypes.byref(made)).code)\n"
    )
    printed, warned = _run_in(folder, code)
    assert printed == "0\n"
    assert warned.startswith("libheif warning: heif_image_create()")


def _run_in(folder: Path, code: str) -> tuple[str, str]:
    """What that code prints, and what it says on stderr; it must end well."""
    ended = subprocess.run(  # this Python
        [sys.executable, "-I", "-S", "-c", code],
        cwd=folder,
        env={**os.environ, "LD_BIND_NOW": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended
    return ended.stdout, ended.stderr


# --- refusals


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Something like the wheel, whose libheif asks x265 for a symbol that nobody has judged."""
    libraries = tmp_path / "pillow_heif.libs"
    libraries.mkdir()
    asked = Start("libx265-1.so.9", "x265_encoder_open_9")
    x265 = shared_library(asked.library, [asked.function, "x265_cleanup"], STREAMS)
    (libraries / asked.library).write_bytes(x265)
    (libraries / "libheif-1.so.9").write_bytes(shared_library("libheif-1.so.9", ["heif"], asked))
    return tmp_path


def test_a_libheif_that_asks_for_something_else_is_refused(wheel: Path) -> None:
    before = (wheel / "pillow_heif.libs/libx265-1.so.9").read_bytes()
    with pytest.raises(NoPackage, match=r"asked for \['x265_encoder_open_9'\].*wheel has changed"):
        leave_out(wheel)
    assert (wheel / "pillow_heif.libs/libx265-1.so.9").read_bytes() == before


def test_an_encoder_that_nobody_asks_is_refused(wheel: Path) -> None:
    (wheel / "pillow_heif.libs/libheif-1.so.9").unlink()
    with pytest.raises(NoPackage, match="asked for nothing"):
        leave_out(wheel)


def test_a_wheel_without_the_encoder_or_with_two_is_refused(wheel: Path) -> None:
    encoder = wheel / "pillow_heif.libs/libx265-1.so.9"
    shutil.copy(encoder, encoder.with_name("libx265-2.so.9"))
    with pytest.raises(NoPackage, match="2 files are called"):
        leave_out(wheel)
    encoder.unlink()
    encoder.with_name("libx265-2.so.9").unlink()
    with pytest.raises(NoPackage, match="0 files are called"):
        leave_out(wheel)


@pytest.mark.parametrize("data", [b"", b"not a binary", shared_library("l", ["f"], STREAMS)[:500]])
def test_a_file_that_is_no_binary_is_refused(data: bytes, wheel: Path) -> None:
    (wheel / "pillow_heif.libs/libheif-1.so.9").write_bytes(data)
    with pytest.raises(NoPackage, match=r"libheif-1\.so\.9 is no shared library"):
        leave_out(wheel)
