"""Compare the functions' roles and policies in CAM with ours; change only those we have made."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.deploy.changes import Change
from infra.deploy.cloud import Cloud, NotThere
from infra.serverless_yml import policies

MADE_HERE = "Made by Backdrop's infra.deploy"
PAGE = 100


def changes(cloud: Cloud, role_of: Mapping[str, str]) -> Iterator[Change]:
    """List the differences between roles and policies and how they should be.

    ``role_of`` gives each function's role. A role's policy has the role's name.
    """
    for function, role in role_of.items():
        yield from _role(cloud, role)
        yield from _policy(cloud, function, role)
        yield from _attached(cloud, role)


def _role(cloud: Cloud, role: str) -> Iterator[Change]:
    trust = json.dumps(policies.trust())
    try:
        now = cloud.cam("GetRole", RoleName=role)["RoleInfo"]
    except NotThere:
        yield Change(
            what=f"role {role}",
            now="not there",
            wanted="there, for SCF to take",
            make=lambda: cloud.cam(
                "CreateRole", RoleName=role, PolicyDocument=trust, Description=MADE_HERE
            ),
        )
        return
    if not _same(now["PolicyDocument"], trust):
        yield Change(
            what=f"role {role}: who may take it",
            now=_who(now["PolicyDocument"]),
            wanted=_who(trust),
            make=(
                (lambda: cloud.cam("UpdateAssumeRolePolicy", RoleName=role, PolicyDocument=trust))
                if now.get("Description") == MADE_HERE
                else None
            ),
            remedy="" if now.get("Description") == MADE_HERE else _not_ours("role", role),
            stops=now.get("Description") != MADE_HERE,
        )


def _policy(cloud: Cloud, function: str, name: str) -> Iterator[Change]:
    wanted = policies.policy(function, bucket=cloud.bucket, region=cloud.region)
    text = json.dumps(wanted)
    found = _find(cloud, name)
    if found is None:
        yield Change(
            what=f"policy {name}",
            now="not there",
            wanted=f"{len(policies.granted(wanted))} permissions, from infra/roles/{function}.json",
            make=lambda: cloud.cam(
                "CreatePolicy", PolicyName=name, PolicyDocument=text, Description=MADE_HERE
            ),
        )
        return
    now = cloud.cam("GetPolicy", PolicyId=found["PolicyId"])
    if not _same(now["PolicyDocument"], text):
        ours = now.get("Description") == MADE_HERE
        yield Change(
            what=f"policy {name}",
            now=_how_another(now["PolicyDocument"]),
            wanted=f"infra/roles/{function}.json",
            make=(
                lambda: cloud.cam(
                    "UpdatePolicy", PolicyId=found["PolicyId"], PolicyName=name, PolicyDocument=text
                )
            )
            if ours
            else None,
            remedy="" if ours else _not_ours("policy", name),
            stops=not ours,
        )


def _attached(cloud: Cloud, role: str) -> Iterator[Change]:
    try:
        rows = cloud.cam("ListAttachedRolePolicies", RoleName=role, Page=1, Rp=PAGE)["List"]
    except NotThere:  # the role is only planned
        rows = []
    names = {row["PolicyName"] for row in rows}
    if role not in names:
        yield Change(
            what=f"role {role}: its policy",
            now="not attached",
            wanted="attached",
            make=lambda: _attach(cloud, role),
        )
    for other in sorted(names - {role}):
        yield Change(
            what=f"role {role}: policy {other}",
            now="attached",
            wanted="not attached",
            remedy="It allows more than the function needs. Detach it in the console, unless you "
            "have put it there on purpose.",
        )


def _attach(cloud: Cloud, role: str) -> None:
    found = _find(cloud, role)
    if found is None:
        raise NotThere(role)
    cloud.cam("AttachRolePolicy", PolicyId=found["PolicyId"], AttachRoleName=role)


def _find(cloud: Cloud, name: str) -> dict[str, Any] | None:
    rows = cloud.cam("ListPolicies", Keyword=name, Scope="Local", Page=1, Rp=PAGE)["List"]
    return next((row for row in rows if row["PolicyName"] == name), None)


def _same(one: str, other: str) -> bool:
    try:
        return bool(_in_one_spelling(json.loads(one)) == _in_one_spelling(json.loads(other)))
    except ValueError:
        return False


def _in_one_spelling(value: Any) -> Any:
    """Normalise a policy for comparison: single values become lists, and lists are sorted."""
    match value:
        case dict():
            return {name: _in_one_spelling(one) for name, one in value.items()}
        case list():
            listed = [_in_one_spelling(one) if isinstance(one, dict) else one for one in value]
            return sorted(listed, key=repr)
        case _:
            return [value]


def _how_another(document: str) -> str:
    try:
        now = policies.granted(json.loads(document))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "another document"
    if any(one.action == policies.LIST and "/" in one.place for one in now):
        return "an older document, with which COS refuses every LIST (its prefixes have a plain /)"
    return "another document"


def _who(document: str) -> str:
    try:
        return ", ".join(str(one["principal"]) for one in json.loads(document)["statement"])
    except (ValueError, KeyError, TypeError):
        return "unreadable"


def _not_ours(kind: str, name: str) -> str:
    return (
        f"This {kind} {name} was not made by this command, so it is left as it is. Rename or "
        "delete it in the CAM console, or change the role's name in serverless.yml."
    )
