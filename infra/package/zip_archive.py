"""Write a reproducible zip: entries are sorted, with one fixed time and fixed modes."""

import hashlib
import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
UNIX = 3
EXECUTABLE = frozenset({"scf_bootstrap"})


def write(folder: Path, target: Path) -> dict[str, int]:
    """Zip a folder's files; return each path's compressed size in bytes.

    The same files give the same bytes wherever Python uses the same zlib.
    """
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w") as archive:
        for path in sorted(name(file, folder) for file in folder.rglob("*") if file.is_file()):
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.create_system = UNIX
            entry.external_attr = (0o100755 if path in EXECUTABLE else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            # zlib's usual level: the highest takes three times as long, for 0.5 % of the size.
            archive.writestr(entry, (folder / path).read_bytes())
        sizes = {entry.filename: entry.compress_size for entry in archive.infolist()}
    part.replace(target)
    return sizes


def name(file: Path, folder: Path) -> str:
    """Give a file's path inside the archive."""
    return file.relative_to(folder).as_posix()


def sha256(path: Path) -> str:
    """Give a file's digest, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
