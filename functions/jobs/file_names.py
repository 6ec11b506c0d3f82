"""Name files as the people who get them would: after the photo, or after a client's reference.

They are never named after the words: a name is part of the address, which COS logs.
"""

import re
import time
import unicodedata
from collections.abc import Iterable
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from functions.jobs.model import EarlierJob, Job, PhotoUrl, PicturesOf, SlackFile

PICTURE_ENDINGS = (
    *(".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".gif", ".bmp", ".tif", ".tiff"),
    *(".dng", ".nef", ".arw", ".pef", ".cr2", ".cr3", ".raf", ".orf", ".rw2", ".srw"),
)
UNNAMED = "picture"
NAME_LIMIT = 80  # characters, where a photo is named
STEM_LIMIT_BYTES = 120  # file systems take 255 for the whole name; a signed address has room for it
# Signs that mean something to Windows, to a shell or in the header; % is decoded by some browsers.
_NOT_IN_NAMES = re.compile(r"""[\s<>:"'/\\|?*%;,`$&+#-]+""")
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")  # of Windows, with any ending


def photo_name(job: Job) -> str:
    """Give the name of the photo's file, shortened; empty if it has none.

    Of a URL it is the last part of the path, if that ends as pictures do.
    """
    match job.photo:
        case SlackFile(name=name) | EarlierJob(name=name) | PicturesOf(name=name):
            return _shortened(name)
        case PhotoUrl(url=url):
            name = unquote(urlsplit(url).path.rpartition("/")[2])
            return _shortened(name) if name.lower().endswith(PICTURE_ENDINGS) else ""
        case _:
            return ""


def _shortened(name: str) -> str:
    """Cut a name to ``NAME_LIMIT`` characters, before its ending if that is a picture's."""
    stem, dot, ending = name.rpartition(".")
    kept = f"{dot}{ending}" if name.lower().endswith(PICTURE_ENDINGS) else ""
    return f"{(stem if kept else name)[: NAME_LIMIT - len(kept)]}{kept}"


def file_name(job: Job | None, name: str) -> str:
    """Give the name under which people save one of a job's files; ``name`` is its name in links.

    ``mug.png`` is the picture, ``mug-before.jpg`` the photo, ``mug-2.png`` the second variation,
    ``mug-amazon.png`` the one in that shop's size.
    """
    kind, _, ending = name.rpartition(".")
    if ending == "zip":
        day = time.strftime("-%Y-%m-%d", time.gmtime(job.created_at)) if job else ""
        return f"pictures{day}.zip"
    stem = _stem(job.reference or photo_name(job)) if job else UNNAMED
    number = f"-{job.variation}" if job and job.variation else ""
    number += f"-{job.wish.shop}" if job and job.wish.shop else ""
    kind = "" if kind == "picture" else f"-{kind}"
    return f"{stem}{number}{kind}.{ending}"


def unique_names(names: Iterable[str]) -> list[str]:
    """Number files of the same name, whatever the case, in order: ``mug.png``, ``mug-2.png``."""
    taken: set[str] = set()
    found = []
    for name in names:
        stem, _, ending = name.rpartition(".")
        number, candidate = 1, name
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{stem}-{number}.{ending}"
        taken.add(candidate.casefold())
        found.append(candidate)
    return found


def disposition(kind: Literal["inline", "attachment"], name: str) -> str:
    """Write a Content-Disposition with both forms of a name that ``file_name`` has made (RFC 6266).

    There is no space in it: the SDK puts one into an address as +, which COS may read as a plus.
    """
    stem, _, ending = name.rpartition(".")
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return f"{kind};filename=\"{_cleaned(plain)}.{ending}\";filename*=UTF-8''{quote(name, safe='')}"


def _stem(name: str) -> str:
    """Remove a picture's ending from a name, and clean the rest."""
    name = name.strip()
    return _cleaned(name.rpartition(".")[0] if name.lower().endswith(PICTURE_ENDINGS) else name)


def _cleaned(name: str) -> str:
    """Reduce a name to what every file system takes."""
    text = unicodedata.normalize("NFC", name)
    text = "".join(one for one in text if one.isspace() or unicodedata.category(one)[0] != "C")
    text = _NOT_IN_NAMES.sub("-", text).strip("-._ ")
    text = text.encode()[:STEM_LIMIT_BYTES].decode(errors="ignore").strip("-._ ")
    if _DEVICES.fullmatch(text.partition(".")[0]):
        text = f"_{text}"
    return text or UNNAMED
