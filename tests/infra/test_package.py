"""The package: what is in it, the same every time, and that the functions run from it."""

import fnmatch
import io
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from PIL import Image

from infra.dotenv import RUNTIMES, SERVERLESS_YML, NotSet, python_runtime
from infra.local import one_job
from infra.local.http import read
from infra.local.stack import Options, running
from infra.package import build as building
from infra.package import zip_archive
from infra.package.build import (
    AIM_PACKED_MB,
    AIM_UNPACKED_MB,
    BESIDE,
    ENVIRONMENT_LIMIT_BYTES,
    Built,
    build,
    check_environments,
    environment_sizes,
    interpreter,
    table,
)
from infra.package.wheels import MAY_FAIL_TO_LOAD, Locked, NoPackage, fetch, is_needed, locked
from tests.infra.conftest import LOCK, Wheels, needs_python310, python
from tests.worker.conftest import photo_bytes
from tests.worker.pictures import GREEN, card, encoded

pytestmark = pytest.mark.timeout(600)  # a build fetches every wheel, and some tests build twice

HASH = "--hash=sha256:" + "0" * 64


FEW = ("msgspec", "pillow-heif", "slack-bolt", "tomli")


@pytest.fixture(scope="session")
def short_lock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few of the dependencies, with compiled modules and without: quickly fetched and zipped."""
    lines = LOCK.read_text("utf-8").replace("\\\n", " ").splitlines()
    few = [line for line in lines if line.partition("==")[0] in FEW]
    path = tmp_path_factory.mktemp("lock") / "requirements.txt"
    path.write_text("\n".join(few), "utf-8")
    return path


@pytest.fixture(scope="session")
def few_sources(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of our code, which is handled like the rest, and is quickly compiled."""
    folder = tmp_path_factory.mktemp("few")
    for part in ("bot/texts", "functions/jobs"):
        shutil.copytree(sources / part, folder / part)
    for name in BESIDE:
        shutil.copy(sources / name, folder)
    return folder


@pytest.fixture
def _fetched(wheels: Wheels, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a build find what was fetched already of those few, for the Python that it asks for."""

    def fetched(wanted: list[Locked], _into: Path, runtime: str) -> list[Path]:
        names = {one.name for one in wanted}
        return [
            file
            for file in wheels(runtime)
            if canonicalize_name(file.name.partition("-")[0]) in names
        ]

    monkeypatch.setattr(building, "fetch", fetched)


@pytest.mark.usefixtures("_fetched")
def test_the_same_input_gives_the_same_bytes(
    short_lock: Path, few_sources: Path, tmp_path: Path
) -> None:
    one, again = (
        build(short_lock, tmp_path / name, python=python("3.10"), root=few_sources)
        for name in ("one", "again")
    )
    assert len(set(one.owners.values())) == 5
    assert zip_archive.sha256(again.zip_file) == zip_archive.sha256(one.zip_file)


def test_the_zip_and_the_uploaded_folder_hold_the_same_files(built: Built) -> None:
    folder = built.zip_file.with_name("package")
    with zipfile.ZipFile(built.zip_file) as zipped:
        inside = {name: zipped.read(name) for name in zipped.namelist()}
    assert inside == {
        zip_archive.name(file, folder): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_only_what_the_functions_need_is_in_it(built: Built) -> None:
    top = {path.partition("/")[0] for path in built.packed}
    assert {
        "bot",
        "functions",
        "scf_bootstrap",
        "settings.toml",
        "slack_bolt",
        "qcloud_cos",
        "PIL",
    } <= top
    assert not top & {"infra", "tests", "numpy", "cv2", "yaml", "pip", "setuptools", "Crypto"}
    assert not [path for path in built.packed if fnmatch.fnmatch(path, "*/tests/*")]


@pytest.mark.usefixtures("_fetched")
def test_pythons_setting_is_followed_by_wheels_compiled_modules_and_the_bootstrap(
    short_lock: Path, few_sources: Path, tmp_path: Path
) -> None:
    if not python("3.11"):
        pytest.skip("no python3.11 on this machine")
    built = build(short_lock, tmp_path, python=python("3.11"), runtime="3.11", root=few_sources)
    binaries = {path for path in built.packed if ".cpython-3" in path}
    assert {Path(path).suffix for path in binaries} == {".pyc", ".so"}
    assert {re.findall(r"cpython-(\d+)", path)[0] for path in binaries} == {"311"}
    assert "tomli" not in set(built.owners.values())
    bootstrap = (tmp_path / "package" / "scf_bootstrap").read_text()
    assert f"{interpreter('3.11')}" in bootstrap
    assert interpreter("3.10") not in bootstrap


def test_without_a_setting_the_package_is_for_python_310(built: Built) -> None:
    assert python_runtime({}) == "3.10"
    bootstrap = built.zip_file.with_name("package") / "scf_bootstrap"
    assert "/var/lang/python310/bin/python3.10" in bootstrap.read_text()
    assert "tomli" in set(built.owners.values())


@pytest.mark.parametrize("value", ["3.12", "3.1", "Python3.10", "undefined"])
def test_a_python_that_the_functions_cannot_have_is_refused(value: str) -> None:
    with pytest.raises(NotSet, match=r"PYTHON_RUNTIME should be 3\.10 or 3\.11"):
        python_runtime({"PYTHON_RUNTIME": value})


def test_every_dependency_keeps_its_licence(built: Built) -> None:
    without = {
        owner
        for owner in set(built.owners.values()) - {"backdrop (ours)"}
        if not any(
            built.owners[path] == owner and is_needed(path) and "LICEN" in path.upper()
            for path in built.packed
        )
    }
    # These wheels ship no licence file; their METADATA, which is kept, names it.
    metadata = {owner: _metadata(built, owner) for owner in without}
    assert all("License" in text for text in metadata.values()), without


def _metadata(built: Built, owner: str) -> str:
    folder = built.zip_file.with_name("package")
    (path,) = (
        path
        for path, whose in built.owners.items()
        if whose == owner and path.endswith(".dist-info/METADATA")
    )
    return (folder / path).read_text("utf-8")


def test_the_platform_can_run_scf_bootstrap_and_read_everything(built: Built) -> None:
    with zipfile.ZipFile(built.zip_file) as zipped:
        modes = {entry.filename: entry.external_attr >> 16 for entry in zipped.infolist()}
    assert modes.pop("scf_bootstrap") == 0o100755
    assert set(modes.values()) == {0o100644}


@needs_python310
def test_every_module_is_compiled_and_never_compared_with_its_source(built: Built) -> None:
    sources = {path for path in built.packed if path.endswith(".py")}
    compiled = {path for path in built.packed if path.endswith(".cpython-310.pyc")}
    assert len(compiled) == len(sources)
    folder = built.zip_file.with_name("package")
    headers = {(folder / path).read_bytes()[4:8] for path in compiled}
    assert headers == {b"\x01\0\0\0"}  # PEP 552: hash-based, unchecked


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_binary_loads_on_the_functions_glibc(runtime: str, wheels: Wheels) -> None:
    tags = {file.name: file.stem for file in wheels(runtime) if file.suffix == ".whl"}
    newer = [
        name
        for name, stem in tags.items()
        if "manylinux2014_x86_64" not in stem and not stem.endswith("any")
    ]
    assert [name.partition("-")[0].replace("_", "-") for name in newer] == [*MAY_FAIL_TO_LOAD]


def test_the_table_names_every_dependency_and_the_cloud_takes_the_zip(built: Built) -> None:
    lines = table(built).splitlines()
    assert {line.split(maxsplit=2)[2] for line in lines[1:-1]} == set(built.owners.values())
    packed, unpacked = map(float, lines[-1].split()[:2])
    assert packed <= AIM_PACKED_MB  # the cloud's own limits are 50 and 500
    assert unpacked <= AIM_UNPACKED_MB


@needs_python310
def test_every_module_of_ours_loads_from_the_package_alone(built: Built) -> None:
    code = (
        "import importlib, pkgutil, sys\n"
        "sys.path.insert(0, '.')\n"
        "for top in ('bot', 'functions'):\n"
        "    package = importlib.import_module(top)\n"
        "    for found in pkgutil.walk_packages(package.__path__, f'{top}.'):\n"
        "        importlib.import_module(found.name)\n"
        "from functions.worker.photos import heif\n"
        "heif.register()\n"
    )
    _run_in(built, code)


@needs_python310
def test_every_binary_finds_what_it_is_linked_with(built: Built) -> None:
    """So that what is left out of a dependency is missed here, and not by the first GIF."""
    code = (
        "import ctypes, os, pathlib, sys\n"
        "found = [str(path) for path in sorted(pathlib.Path().rglob('*.so*'))]\n"
        "for path in found:\n"
        "    ctypes.CDLL(os.path.abspath(path), mode=os.RTLD_NOW)\n"
        "print(len(found))\n"
    )
    assert int(_run_in(built, code)) > 20


@needs_python310
def test_every_kind_of_photo_is_read_from_the_package(built: Built, tmp_path: Path) -> None:
    forms = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF", "BMP", "TIFF")
    for form in forms:
        (tmp_path / form).write_bytes(encoded(card(), form))
    code = (
        "import pathlib, sys\n"
        "sys.path.insert(0, '.')\n"
        "from functions.worker import photos\n"
        f"for form in {forms!r}:\n"
        f"    made = photos.make_acceptable(pathlib.Path({str(tmp_path)!r}, form).read_bytes())\n"
        "    print(form, made.width_px, made.height_px)\n"
    )
    assert _run_in(built, code).splitlines() == [f"{form} 240 160" for form in forms]


@needs_python310
def test_heic_is_read_and_never_written_from_the_package(built: Built, tmp_path: Path) -> None:
    """In x265's place is a library that does nothing: nothing but encoding may miss it."""
    photo = tmp_path / "photo.heic"
    photo.write_bytes(encoded(card(), "HEIF"))
    code = (
        "import sys\n"
        "sys.path.insert(0, '.')\n"
        "import pillow_heif\n"
        f"picture = pillow_heif.open_heif({str(photo)!r})\n"
        "print(*picture.to_pillow().getpixel((200, 20)))\n"
        "try:\n"
        f"    picture.save({str(tmp_path / 'written.heic')!r})\n"
        "except RuntimeError as error:\n"
        "    print(error)\n"
    )
    pixel, error = _run_in(built, code).splitlines()
    assert [int(one) for one in pixel.split()] == pytest.approx(GREEN, abs=3)
    assert error.endswith("Bit depth not supported by x265")


def _run_in(built: Built, code: str) -> str:
    """What that code prints, in the cloud's Python with nothing but the package.

    Every symbol is bound at once, nothing is said on stderr, and the process ends well.
    """
    ended = subprocess.run(  # a Python of this machine
        [python("3.10"), "-I", "-S", "-c", code],  # -S: nothing that is installed here
        cwd=built.zip_file.with_name("package"),
        env={**os.environ, "LD_BIND_NOW": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


@needs_python310
def test_the_three_functions_do_a_job_from_the_zip(built: Built, tmp_path: Path) -> None:
    code = tmp_path / "code"
    with zipfile.ZipFile(built.zip_file) as zipped:
        zipped.extractall(code)
    (code / "scf_bootstrap").chmod(0o755)  # zipfile leaves modes out, the cloud does not
    shutil.copy(SERVERLESS_YML, code)
    photo = tmp_path / "vase.jpg"
    photo.write_bytes(photo_bytes())
    options = Options(
        aiart_s=0.1, paint=False, code_dir=code, python=shutil.which(python("3.10")) or ""
    )
    with running(options) as stack:
        ts = one_job.ask(stack, one_job.Wanted(photos=[photo], prompt="from the zip"))
        (told,) = [
            message
            for message in one_job.wait_for_answers(stack, ts, 1, limit_s=60)
            if one_job.kind_of(message) == "backdrop_told"
        ]
        with Image.open(io.BytesIO(read(one_job.full_size_link(told)))) as picture:
            assert picture.size == (1280, 1280)
    assert not list(code.rglob("*.cpython-311.pyc"))


DRAW_A_SHEET = """
import io
from PIL import Image
from functions.worker.photos.sheets import side_by_side
mug = io.BytesIO()
Image.new("RGB", (40, 30)).save(mug, "JPEG")
sheet = side_by_side([mug.getvalue(), None], awaited=[False, False])
print(Image.open(io.BytesIO(sheet)).size)
"""


@needs_python310
def test_variations_are_numbered_with_what_the_package_holds(built: Built) -> None:
    folder = built.zip_file.with_name("package")
    drawn = subprocess.run(
        [python("3.10"), "-s", "-B", "-c", DRAW_A_SHEET],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (drawn.stdout, drawn.stderr) == ("(972, 360)\n", "")


# --- refusals


def test_an_environment_near_the_clouds_limit_is_refused() -> None:
    check_environments({"LINK_SECRETS": "x" * 100})
    with pytest.raises(NoPackage, match=r"environment of \w+ has \d+ bytes"):
        check_environments({"LINK_SECRETS": "x" * ENVIRONMENT_LIMIT_BYTES})


def test_an_environment_over_the_clouds_limit_is_refused_too() -> None:
    with pytest.raises(NoPackage, match="4096 are allowed"):
        check_environments({"LINK_SECRETS": "x" * 5000})


def test_settings_that_no_function_would_start_with_are_refused(
    sources: Path, tmp_path: Path
) -> None:
    shutil.copytree(sources, tmp_path / "sources")
    (tmp_path / "sources" / "settings.toml").write_text("paused = true\n")
    with pytest.raises(NoPackage, match=r"settings\.toml: paused is unknown"):
        build(LOCK, tmp_path / "out", python="", root=tmp_path / "sources")


def test_the_size_counts_names_and_values_in_bytes() -> None:
    plain = environment_sizes({"ADMIN_CHANNEL": "C1"})
    longer = environment_sizes({"ADMIN_CHANNEL": "C1é"})
    assert longer["worker"] - plain["worker"] == 2
    assert longer["gateway"] == plain["gateway"]


def test_a_dependency_without_a_wheel_for_the_runtime_is_named(tmp_path: Path) -> None:
    (one,) = locked(f"pywin32==306 {HASH}", "3.10")
    with pytest.raises(NoPackage, match=r"(?s)pywin32.*CentOS 7\.6 \(glibc 2\.17\)"):
        fetch([one], tmp_path, "3.10")


def test_a_line_without_a_hash_is_refused() -> None:
    with pytest.raises(NoPackage, match="six has no hash"):
        locked("six==1.17.0", "3.10")


def test_markers_are_judged_for_the_runtime_and_not_for_this_python() -> None:
    lines = (
        f"exceptiongroup==1.3.1 ; python_full_version < '3.11' \\\n    {HASH}",
        f"colorama==0.4.6 ; sys_platform == 'win32' \\\n    {HASH}",
        f"tomli==2.5.0 ; python_full_version >= '3.11' {HASH}",
    )
    assert [one.name for one in locked("\n".join(lines), "3.10")] == ["exceptiongroup"]
    assert [one.name for one in locked("\n".join(lines), "3.11")] == ["tomli"]


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("PIL/Image.py", True),
        ("PIL/_imaging.cpython-310-x86_64-linux-gnu.so", True),
        ("idna-3.20.dist-info/METADATA", True),
        ("idna-3.20.dist-info/licenses/LICENSE.md", True),
        ("thing/tests/LICENSE", True),
        ("thing/tests/test_thing.py", False),
        ("click-8.5.1.dist-info/RECORD", False),
        ("msgspec/__init__.pyi", False),
        ("uvicorn-0.1.data/scripts/uvicorn", False),
    ],
)
def test_licences_stay_and_tests_go(path: str, needed: bool) -> None:
    assert is_needed(path) is needed
