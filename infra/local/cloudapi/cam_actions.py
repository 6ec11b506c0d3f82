"""Answer CAM's API, version 2019-01-16: roles and policies, with the fields of the official SDK."""

import json
from collections.abc import Callable

from infra.local.cloudapi.account import Account, Json, Policy, Role
from infra.local.vendor_error import Refused

VERSION = "2019-01-16"
MADE_AT = "2026-01-01 00:00:00"  # the deploy does not read it


def get_role(account: Account, given: Json) -> Json:
    """Answer GetRole. Raises ``Refused`` for an unknown role."""
    role = account.role(given["RoleName"])
    return {
        "RoleInfo": {
            "RoleId": role.id,
            "RoleName": role.name,
            "PolicyDocument": role.document,
            "Description": role.description,
            "AddTime": MADE_AT,
            "UpdateTime": MADE_AT,
            "ConsoleLogin": 0,
        }
    }


def create_role(account: Account, given: Json) -> Json:
    """Answer CreateRole. Raises ``Refused`` for a name in use or a malformed document."""
    name = given["RoleName"]
    if name in account.roles:
        raise Refused("InvalidParameter.RoleNameInUse", "There is a role of that name.")
    _checked(given["PolicyDocument"], "principal")
    number = str(account.new_number())
    account.roles[name] = Role(
        id=number,
        name=name,
        document=given["PolicyDocument"],
        description=given.get("Description") or "",
    )
    return {"RoleId": number}


def update_trust(account: Account, given: Json) -> Json:
    """Answer UpdateAssumeRolePolicy (598/33555): replace a role's trust document.

    Raises ``Refused`` for an unknown role or a malformed document.
    """
    role = account.role(given["RoleName"])
    _checked(given["PolicyDocument"], "principal")
    role.document = given["PolicyDocument"]
    return {}


def list_policies(account: Account, given: Json) -> Json:
    """Answer ListPolicies: the account's own, by a part of the name, without documents."""
    word = given.get("Keyword") or ""
    found = [one for one in account.policies.values() if word in one.name]
    page, size = int(given.get("Page") or 1), int(given.get("Rp") or 20)
    shown = found[(page - 1) * size : page * size]
    rows = [
        {"PolicyId": one.id, "PolicyName": one.name, "Type": 1, "Description": one.description}
        for one in shown
    ]
    return {"TotalNum": len(found), "List": rows, "ServiceTypeList": []}


def get_policy(account: Account, given: Json) -> Json:
    """Answer GetPolicy. Raises ``Refused`` for an unknown policy."""
    one = account.policy(given["PolicyId"])
    return {
        "PolicyName": one.name,
        "Description": one.description,
        "Type": 1,
        "PolicyDocument": one.document,
    }


def create_policy(account: Account, given: Json) -> Json:
    """Answer CreatePolicy. Raises ``Refused`` for a name in use or a malformed document."""
    name = given["PolicyName"]
    if any(one.name == name for one in account.policies.values()):
        raise Refused("FailedOperation.PolicyNameInUse", "There is a policy of that name.")
    _checked(given["PolicyDocument"], "resource")
    number = account.new_number()
    account.policies[number] = Policy(
        number, name, given["PolicyDocument"], given.get("Description") or ""
    )
    return {"PolicyId": number}


def update_policy(account: Account, given: Json) -> Json:
    """Answer UpdatePolicy: replace the document.

    Raises ``Refused`` for an unknown policy or a malformed document.
    """
    one = account.policy(given["PolicyId"])
    _checked(given["PolicyDocument"], "resource")
    one.document = given["PolicyDocument"]
    return {"PolicyId": one.id}


def attach(account: Account, given: Json) -> Json:
    """Answer AttachRolePolicy; attaching twice changes nothing.

    Raises ``Refused`` for an unknown role or policy.
    """
    role = account.role(given["AttachRoleName"])
    number = account.policy(given["PolicyId"]).id
    if number not in role.policies:
        role.policies.append(number)
    return {}


def list_attached(account: Account, given: Json) -> Json:
    """Answer ListAttachedRolePolicies, all on one page. Raises ``Refused`` for an unknown role."""
    role = account.role(given["RoleName"])
    rows = [
        {"PolicyId": number, "PolicyName": account.policy(number).name, "PolicyType": "User"}
        for number in role.policies
    ]
    return {"TotalNum": len(rows), "List": rows}


def _checked(document: str, must_have: str) -> None:
    """Check that a document is in CAM's syntax, with ``must_have`` in each statement.

    Raises ``Refused``.
    """
    try:
        parsed = json.loads(document)
        statements = parsed["statement"] if parsed["version"] == "2.0" else []
        sound = all(
            one["effect"] in {"allow", "deny"} and one["action"] and one[must_have]
            for one in statements
        )
    except (ValueError, KeyError, TypeError):
        statements, sound = [], False
    if not statements or not sound:
        raise Refused("InvalidParameter.PolicyDocumentError", "The document is not valid.")


ACTIONS: dict[str, Callable[[Account, Json], Json]] = {
    "GetRole": get_role,
    "CreateRole": create_role,
    "UpdateAssumeRolePolicy": update_trust,
    "ListPolicies": list_policies,
    "GetPolicy": get_policy,
    "CreatePolicy": create_policy,
    "UpdatePolicy": update_policy,
    "AttachRolePolicy": attach,
    "ListAttachedRolePolicies": list_attached,
}
