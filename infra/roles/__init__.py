"""What each function may do in the cloud: CAM policies, and what a call needs of them.

``bot.json``, ``gateway.json`` and ``worker.json`` are policies in CAM's form 2.0 (documents
598/10604, and 436/30580 for COS). ``${COS_REGION}``, ``${COS_BUCKET}`` and ``${APPID}`` are filled
in. aiart knows permissions by action only, so its resource is ``*``. ``trust.json`` lets SCF, and
nobody else, take the roles (583/47933: the carrier is scf.qcloud.com).
"""

import fnmatch
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

FOLDER = Path(__file__).parent
FUNCTIONS = ("bot", "gateway", "worker")
LIST = "name/cos:GetBucket"
# How the COS stand-in names a call, and which permission COS wants for it (436/30580).
COS_ACTIONS = {
    "PUT": "name/cos:PutObject",
    "GET": "name/cos:GetObject",
    "HEAD": "name/cos:HeadObject",
    "DELETE": "name/cos:DeleteObject",
    "DELETE_MANY": "name/cos:DeleteMultipleObjects",
    "LIST": LIST,
}
Policy = dict[str, Any]


@dataclass(frozen=True, order=True)
class Permission:
    """One action on one place: a prefix such as ``requests/`` in the bucket, or ``*``."""

    action: str
    place: str

    def __str__(self) -> str:
        return f"{self.action} on {self.place}"


def policy(function: str, *, bucket: str, region: str) -> Policy:
    """A function's policy for one bucket (NAME-APPID) in one region."""
    text = Template((FOLDER / f"{function}.json").read_text("utf-8"))
    places = {"COS_BUCKET": bucket, "COS_REGION": region, "APPID": bucket.rpartition("-")[2]}
    filled: Policy = json.loads(text.substitute(places))
    return filled


def trust() -> Policy:
    """Who may take the roles."""
    document: Policy = json.loads((FOLDER / "trust.json").read_text("utf-8"))
    return document


def granted(document: Policy) -> list[Permission]:
    """What a policy allows, one permission at a time."""
    return sorted(
        Permission(action, place)
        for statement in document["statement"]
        for action in statement["action"]
        for place in _places(action, statement)
    )


def _places(action: str, statement: Mapping[str, Any]) -> list[str]:
    if action == LIST:  # on the bucket; the condition says which prefixes
        return [f"{prefix}" for prefix in statement["condition"]["string_like"]["cos:prefix"]]
    return [
        "*" if resource == "*" else resource.partition("/")[2].partition("/")[2]
        for resource in statement["resource"]
    ]


def needed(op: str, target: str) -> Permission:
    """What COS wants for a call: ``op`` and ``target`` as the stand-in records them."""
    return Permission(COS_ACTIONS[op], target)


def missing(document: Policy, calls: Iterable[Permission]) -> list[Permission]:
    """The calls that a policy does not allow."""
    may = granted(document)
    return sorted({call for call in calls if not any(_covers(one, call) for one in may)})


def unused(document: Policy, calls: Iterable[Permission]) -> list[Permission]:
    """What a policy allows although no call needs it."""
    made = set(calls)
    return [one for one in granted(document) if not any(_covers(one, call) for call in made)]


def _covers(permission: Permission, call: Permission) -> bool:
    return permission.action == call.action and fnmatch.fnmatchcase(call.place, permission.place)
