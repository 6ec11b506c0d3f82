"""Read the CAM policies that say what each function may do in the cloud.

``bot.json``, ``gateway.json`` and ``worker.json`` in ``infra/roles`` are policies in CAM's form 2.0
(documents 598/10604, and 436/30580 for COS). ``${COS_REGION}``, ``${COS_BUCKET}`` and ``${APPID}``
are filled in. CAM compares ``cos:prefix`` percent-encoded, as it is sent: ``requests%2F*`` allows a
LIST, ``requests/*`` never does. aiart has permissions by action only, so its resource is ``*``.
``trust.json`` lets only SCF take the roles (583/47933: the carrier is scf.qcloud.com).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "roles"
FUNCTIONS = ("bot", "gateway", "worker")
LIST = "name/cos:GetBucket"
Policy = dict[str, Any]


@dataclass(frozen=True, order=True)
class Permission:
    """Describe one action that is allowed on one place: keys such as ``requests/*``, or ``*``.

    The place of a LIST is a percent-encoded prefix, as it is sent: ``requests%2F*``.
    """

    action: str
    place: str

    def __str__(self) -> str:
        return f"{self.action} on {self.place}"


def policy(function: str, *, bucket: str, region: str, folder: Path = FOLDER) -> Policy:
    """Fill in a function's policy for one bucket (NAME-APPID) in one region."""
    text = Template((folder / f"{function}.json").read_text("utf-8"))
    places = {"COS_BUCKET": bucket, "COS_REGION": region, "APPID": bucket.rpartition("-")[2]}
    filled: Policy = json.loads(text.substitute(places))
    return filled


def trust() -> Policy:
    """Read the policy that says who may take the roles."""
    document: Policy = json.loads((FOLDER / "trust.json").read_text("utf-8"))
    return document


def granted(document: Policy) -> list[Permission]:
    """List the permissions of a policy, sorted."""
    return sorted(
        Permission(action, place)
        for statement in document["statement"]
        for action in statement["action"]
        for place in _places(action, statement)
    )


def _places(action: str, statement: Mapping[str, Any]) -> list[str]:
    if action == LIST:  # on the bucket; the condition says which prefixes
        return list(statement["condition"]["string_like"]["cos:prefix"])
    return [
        "*" if resource == "*" else resource.partition("/")[2].partition("/")[2]
        for resource in statement["resource"]
    ]
