"""Write a gesture's calls as text: below each vendor a line per key, with its calls in order.

Because of threads, the order of calls on different keys is chance, so the keys are sorted. Ids and
times are replaced by names. Calls whose number depends on how long a run takes are written once:
repeated reads (GET, HEAD, LIST), and changes of the progress message after its first change.
"""

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tests.traces.gestures import RESULTS, Acted, Json

LOOKS, CREATE = ("GET", "HEAD", "LIST", "image.download"), "PUT if new"
SHEETS = re.compile(r"results/.*/sheet-")  # left out: which exist, and which is read, is chance
SIBLING = re.compile(r"steps/JOB-\d/(generated|stored)")  # whether they exist yet is chance
JOB_NUMBER = re.compile(r"JOB-\d")
OFTEN = re.compile(r"chat\.update blocks=\"context|PUT(?= .*progress\.json)")
NAMES = (
    (r"\b\d{10}\.\d{6}\b", "TS"),
    (r"\b\d{4}-\d\d-\d\d\b", "DAY"),
    (r"/\d{10,}-", "/NEWEST-FIRST-"),
    (r"\bF[0-9A-Z]{9,}\b", "FILE"),
    (r"127\.0\.0\.1:\d+", "HOST"),
    (r"^(days/DAY/.*)\.\d+\.\d+$", r"\1.MS.MS"),
    (r"about \d+ s\b", "about N s"),
    (r" \d+ s ·", " N s ·"),
    (r"^[0-9a-f-]{36}", "PICTURE"),
)
TIMES = {"started", "ended"}


def as_text(gesture: str, acted: Acted) -> str:
    """Write the whole trace of a gesture."""
    names = dict(_ids(acted))
    lines = [f"# {gesture}"]
    for phase, calls in (("accepting", acted.accepting), ("working", acted.working)):
        for vendor, rows in calls.items():
            shown = _by_key(vendor, rows, names, jobs=len(acted.ended))
            lines += ["", f"{phase}, {vendor}", *(f"    {line}" for line in shown)] if shown else []
    return "\n".join(lines) + "\n"


def called(acted: Acted, *, until: str) -> Iterator[str]:
    """Name the calls in order of time, up to the message whose text has ``until`` in it.

    Some are not the product's own: aiart reads the photo, and Slack has the gateway read the
    preview.
    """
    names = dict(_ids(acted))
    both = (acted.accepting, acted.working)
    rows = [(row["at"], vendor, row) for phase in both for vendor in phase for row in phase[vendor]]
    for _, vendor, row in sorted(rows, key=lambda one: one[0]):
        key, how = (_named(part, names) for part in _call(vendor, row))
        if vendor == "cos":
            yield f"{how.partition(' ->')[0]} {key}"
        elif vendor == RESULTS:
            yield "GET mask" if "mask" in key else "GET picture"
        else:
            yield str(row["op"])
        if until in str(row["detail"].get("text", "")):
            return


def _by_key(vendor: str, rows: Sequence[Json], names: dict[str, str], *, jobs: int) -> list[str]:
    by_key: dict[str, list[str]] = {}
    for row in rows:
        key, how = (_named(part, names) for part in _call(vendor, row))
        by_key.setdefault(key, []).append(how)
    shown: list[str] = []
    for key in sorted(key for key in by_key if not SHEETS.match(key)):
        calls = list(_without_repeated(key, by_key[key]))
        if vendor == "slack" and key[0].isupper():
            shown += [key, *(f"    {one}" for one in calls)]
        else:
            shown.append(f"{key}: {', '.join(calls)}")
    return _alike_once(shown, jobs)


def _call(vendor: str, row: Json) -> tuple[str, str]:
    """Give the key of a call (for Slack the channel), and how it went."""
    detail = {name: value for name, value in row["detail"].items() if name not in TIMES}
    went = row["error"] or ("" if 200 <= row["status"] < 300 else row["status"])
    op, target = row["op"], row["target"]
    if vendor == "slack":
        target = detail.pop("channel", "") or op
    elif op == "LIST":
        target = detail.pop("prefix", "") + "*"
        detail.pop("raw_prefix", None)
    elif detail.pop("create_only", False):
        op += " if new"
    said = {n: ",".join(v) if isinstance(v, list) else v for n, v in detail.items()}
    worded = [f"{n}={json.dumps(v, ensure_ascii=False)}" for n, v in sorted(said.items())]
    return target, " ".join([op, *worded, f"-> {went}" if went else ""]).strip()


def _without_repeated(key: str, lines: Sequence[str]) -> Iterator[str]:
    before, has_changed = "", False
    for line in _winner_first(lines):
        if SIBLING.match(key) and line.endswith("NoSuchKey"):
            continue
        is_change = bool(OFTEN.match(f"{line} {key}"))
        again = line == before and line.startswith(LOOKS)
        if not again and not (is_change and has_changed):
            yield line
        before, has_changed = line, has_changed or is_change


def _winner_first(lines: Sequence[str]) -> list[str]:
    """Sort neighbouring create-only writes of an object: which of two comes first is chance."""
    sorted_lines: list[str] = []
    for is_create, group in itertools.groupby(lines, key=lambda line: line.startswith(CREATE)):
        several = list(group)
        sorted_lines += sorted(several) if is_create else several
    return sorted_lines


def _alike_once(lines: list[str], jobs: int) -> list[str]:
    """Write lines that are the same for each of several jobs only once."""
    if jobs == 1:
        return lines
    alike = Counter(JOB_NUMBER.sub("JOB-*", line) for line in lines if JOB_NUMBER.search(line))
    shown: list[str] = []
    for line in lines:
        general = JOB_NUMBER.sub("JOB-*", line)
        if alike[general] != jobs:
            shown.append(line)
        elif general not in shown:
            shown.append(general)
    return shown


def _ids(acted: Acted) -> Iterator[tuple[str, str]]:
    """Yield each id with the name that replaces it.

    An upload's id comes before its jobs': that of a single job may begin with the job's id.
    """
    for jobs, word in ((acted.before, "PARENT"), (acted.ended, "JOB")):
        for number, job in enumerate(jobs, 1):
            yield job["upload"], f"{word}S-UPLOAD"
            yield job["id"], word if len(jobs) == 1 else f"{word}-{number}"


def _named(text: str, names: dict[str, str]) -> str:
    for found, name in names.items():
        text = text.replace(found, name)
    for pattern, name in NAMES:
        text = re.sub(pattern, name, text)
    return text
