"""Fetch the dependencies for the functions' runtime by hash, and unpack the files that are needed.

The runtime is Linux x86-64 with a Python of ``infra.dotenv.RUNTIMES``, on CentOS 7.6
(docs.cloudbase.net, "scf_bootstrap"), whose glibc is 2.17. Only wheels for manylinux2014 are sure
to load there. A newer wheel would pass every test here and fail in the cloud, so none is taken
except those in ``MAY_FAIL_TO_LOAD``.
"""

import fnmatch
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

PLATFORM = "manylinux2014_x86_64"
# The functions work without these if they do not load, and report it. An older wheel of pillow-heif
# would load, but with a libheif whose faults let a picture run code.
MAY_FAIL_TO_LOAD = {"pillow-heif": "manylinux_2_28_x86_64"}
# pip evaluates markers for the Python that runs it, whatever --python-version says.
TARGET = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "sys_platform": "linux",
}
# There is no wheel. Its C part is optional, so only the Python part of the source is taken.
PURE_PART_OF = {"crcmod": "python3/crcmod"}
# 3 MB packed, which only qcloud_cos's client-side encryption imports; we do not encrypt.
NOT_USED = frozenset({"pycryptodome"})
LEFT_OUT = (
    "*/tests/*",
    "*/test/*",
    "*.pyi",
    "*.c",
    "*.h",
    "*.pxd",
    "*.dist-info/RECORD",  # METADATA stays, for look-ups of the version, and so do the licences
    "*.dist-info/WHEEL",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.dist-info/entry_points.txt",
    "*.dist-info/top_level.txt",
    "*.dist-info/zip-safe",
    "*.dist-info/sboms/*",
    "*.data/*",  # commands and manual pages
)
LICENCES = ("*/LICEN[SC]E*", "*/licenses/*", "*/COPYING*", "*/NOTICE*", "*/AUTHORS*")


class NoPackage(Exception):
    """Report that the package cannot be built; the text says why and what to do."""


@dataclass(frozen=True)
class Locked:
    """Hold one line of the lock file: a requirement and the hashes that its files may have."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Give the dependency's normalised name, as on PyPI."""
        return canonicalize_name(self.requirement.name)

    def line(self) -> str:
        """Write the line for pip, without the marker, which was evaluated already."""
        pinned = f"{self.requirement.name}{self.requirement.specifier}"
        return " ".join((pinned, *(f"--hash={one}" for one in self.hashes)))


def locked(requirements: str, runtime: str) -> list[Locked]:
    """Read the requirements for one Python version from a lock file's text.

    Raises ``NoPackage`` for a line without a hash.
    """
    target = {**TARGET, "python_version": runtime, "python_full_version": f"{runtime}.0"}
    found = []
    for line in requirements.replace("\\\n", " ").splitlines():
        spec, *hashes = line.partition("#")[0].split("--hash=")
        if not spec.strip():
            continue
        requirement = Requirement(spec.strip())
        if not hashes:
            raise NoPackage(f"{requirement.name} has no hash in the lock file: make lock")
        if requirement.marker is None or requirement.marker.evaluate(target):
            found.append(Locked(requirement, tuple(one.strip() for one in hashes)))
    return [one for one in found if one.name not in NOT_USED]


def fetch(wanted: list[Locked], into: Path, runtime: str) -> list[Path]:
    """Download all dependencies for a Python version; list the files. Raises ``NoPackage``."""
    sources = [one for one in wanted if one.name in PURE_PART_OF]
    for platform in {PLATFORM, *MAY_FAIL_TO_LOAD.values()}:
        wheels = [
            one
            for one in wanted
            if one not in sources and MAY_FAIL_TO_LOAD.get(one.name, PLATFORM) == platform
        ]
        target = ("--platform", platform, "--python-version", runtime, "--implementation", "cp")
        _download(wheels, into, *target, "--only-binary=:all:")
    if sources:
        _download(sources, into, "--no-binary=:all:")
    return sorted(into.glob("*.whl")) + sorted(into.glob("*.tar.gz"))


def _download(wanted: list[Locked], into: Path, *options: str) -> None:
    lines = into / "wanted.txt"
    lines.write_text("\n".join(one.line() for one in wanted) + "\n", "utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    ended = subprocess.run(  # noqa: S603  # our own pip, over the lock file
        [*pip, "--require-hashes", "--no-deps", "-d", str(into), *options, "-r", str(lines)],
        capture_output=True,
        text=True,
        check=False,
    )
    lines.unlink()
    if ended.returncode:
        errors = [line for line in ended.stderr.splitlines() if line.startswith("ERROR")]
        raise NoPackage("\n".join([*(errors or [ended.stderr]), NOT_TO_BE_HAD]))


NOT_TO_BE_HAD = (
    f"Every dependency needs a wheel for {PLATFORM} and the functions' Python: they run on "
    "CentOS 7.6 (glibc 2.17). Hold back in requirements.in what has none, then: make lock"
)


def unpack(archive: Path, into: Path) -> tuple[str, list[str]]:
    """Unpack a dependency's needed files into ``into``; return its name and the files' paths.

    Raises ``NoPackage`` for a path that leads outside.
    """
    is_wheel = archive.suffix == ".whl"
    name = str((parse_wheel_filename if is_wheel else parse_sdist_filename)(archive.name)[0])
    kept = []
    for path, data in _wheel_files(archive) if is_wheel else _pure_files(archive, name):
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise NoPackage(f"{archive.name} holds {path}")
        if is_needed(path):
            target = into / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            kept.append(path)
    return name, kept


def is_needed(path: str) -> bool:
    """Say whether a dependency's file belongs into the package. Licences always do."""
    if any(fnmatch.fnmatchcase(path, pattern) for pattern in LICENCES):
        return not path.endswith((".py", ".pyc"))  # a module of that name is judged like any other
    return not any(fnmatch.fnmatchcase(path, pattern) for pattern in LEFT_OUT)


def _wheel_files(archive: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(archive) as wheel:
        for entry in wheel.infolist():
            if not entry.is_dir():
                yield entry.filename, wheel.read(entry)


def _pure_files(archive: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the Python part of a source distribution, and its licence."""
    top = archive.name.removesuffix(".tar.gz")
    part = f"{top}/{PURE_PART_OF[name]}/"
    with tarfile.open(archive) as source:
        for entry in source.getmembers():
            content = source.extractfile(entry)  # None for a folder
            if content is None:
                continue
            if entry.name.startswith(part):
                yield f"{name}/{entry.name.removeprefix(part)}", content.read()
            elif entry.name == f"{top}/LICENSE":
                yield f"{top}.dist-info/LICENSE", content.read()
            elif entry.name == f"{top}/PKG-INFO":
                yield f"{top}.dist-info/METADATA", content.read()
