"""Name the call that fails, and how it fails.

A name such as ``cos PUT steps/*/staged.json #0`` has the call's vendor, operation and target, with
ids and times as ``*``, and its number from 0 among the calls of that sort. So a case still means
the same call when another part of the product has changed.
"""

import fnmatch
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

AIART_TIMEOUT_S = 15  # long enough that a busy machine does not lose an answer by chance
# How long to wait for a vendor's answer: shorter than in the cloud (``fork_server`` sets it), but
# long enough for a machine that runs several cases at once.
PATIENCE_S = {"cos": 4.0, "slack": 5.0, "aiart": AIART_TIMEOUT_S, "results": 5.0, "shop": 5.0}
HOOK_PATIENCE_S = 5.0
BUSY: dict[str, dict[str, Any]] = {
    "slack": {"status": 429, "error": "ratelimited"},
    "aiart": {"error": "RequestLimitExceeded"},  # Tencent's code, under HTTP 200
}
MODES = ("killed before", "killed after", "answer lost", "http 500", "hang", "busy")
KILLED = MODES[:2]

_IDS = (
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",  # aiart's request ids
    r"[0-9a-f]{40}",  # a webhook-id's hash
    r"[a-z2-7]{20}",  # jobs, uploads, batches
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}",  # days
    r"[0-9]{3,}(\.[0-9]+)*",  # times, messages, places of quotas
)
_ID = re.compile("|".join(_IDS))
_HOW_IT_ENDED = re.compile(r"(?<=^days/\*/\*\.)([a-z]+)\..*")  # what follows are durations
_CASE = re.compile(
    r"(?P<kind>[^:]+): (?P<vendor>\S+) (?P<op>\S+) (?P<target>\S*) #(?P<nth>[0-9]+), (?P<mode>.+)"
)


@dataclass(frozen=True)
class Sort:
    """Describe calls that are alike. ``target`` is a shell pattern."""

    vendor: str
    op: str
    target: str

    def fits(self, call: Mapping[str, Any]) -> bool:
        """Say whether a row of the vendor's call log is of this sort."""
        return bool(call["op"] == self.op and fnmatch.fnmatchcase(call["target"], self.target))


@dataclass(frozen=True)
class Case:
    """Describe a job of a ``kind`` in which the ``nth`` call (from 0) of a sort fails in a mode."""

    kind: str
    sort: Sort
    nth: int
    mode: str

    def __str__(self) -> str:
        sort = self.sort
        return f"{self.kind}: {sort.vendor} {sort.op} {sort.target} #{self.nth}, {self.mode}"

    def fault(self, kill_url: str) -> dict[str, Any]:
        """Make the fault for the vendor's stand-in. A POST to ``kill_url`` kills the caller."""
        fault = {"op": self.sort.op, "target": self.sort.target, "skip": self.nth}
        return fault | self._trouble(kill_url)

    def _trouble(self, kill_url: str) -> dict[str, Any]:
        vendor = self.sort.vendor
        match self.mode:
            case "killed before":
                return {"drop": "before", "post": [kill_url]}
            case "killed after":
                return {"drop": "after", "post": [kill_url]}
            case "answer lost":
                return {"drop": "after"}
            case "http 500":
                return {"status": 500}
            case "hang":  # the call is carried out, but its answer comes after the caller's timeout
                is_hook = vendor == "shop" and self.sort.op == "POST"
                return {"late_s": 1.5 + (HOOK_PATIENCE_S if is_hook else PATIENCE_S[vendor])}
            case "busy":
                return {**BUSY.get(vendor, {"status": 503}), "retry_after_s": 1}
        raise ValueError(f"there is no mode {self.mode!r}")


def case_of(text: str) -> Case:
    """Read a case from the form in which it is printed. Raises ``ValueError``."""
    match = _CASE.fullmatch(text)
    if match is None or match["mode"] not in MODES:
        raise ValueError(f"not a case: {text!r}")
    sort = Sort(match["vendor"], match["op"], match["target"])
    return Case(match["kind"], sort, int(match["nth"]), match["mode"])


def sort_of(vendor: str, call: Mapping[str, Any]) -> Sort:
    """Give the sort of a row of a vendor's call log."""
    if vendor in {"slack", "aiart"}:  # their targets are ids
        return Sort(vendor, call["op"], "*")
    return Sort(vendor, call["op"], _HOW_IT_ENDED.sub(r"\1.*", _ID.sub("*", call["target"])))


def counted_in(runs: Sequence[Counter[Sort]]) -> Counter[Sort]:
    """Give the calls that every run of a kind made; further ones depend on the machine's speed."""
    return Counter({sort: min(run[sort] for run in runs) for sort in runs[0]}) + Counter()


def cases_of(kind: str, made: Mapping[Sort, int], modes: Iterable[str] = MODES) -> list[Case]:
    """List the cases of a kind: each of the calls that it makes fails in each mode."""
    wanted = tuple(modes)
    return [
        Case(kind, sort, nth, mode)
        for sort, count in made.items()
        for nth in range(count)
        for mode in wanted
    ]
