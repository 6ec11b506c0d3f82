"""Find the permissions that the functions of a running stack have needed so far."""

import fnmatch
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from functions.self_check import ELSEWHERE
from infra.local.http import call
from infra.local.stack import BUCKET, REGION, Stack
from infra.serverless_yml.policies import FUNCTIONS, LIST, Permission, Policy, granted, policy

# Policies whose condition on LIST is not percent-encoded, so that COS refuses every LIST.
OLD_POLICIES = Path(__file__).with_name("old_policies")
PAINT = Permission("aiart:ReplaceBackground", "*")
# The permission that COS requires for a call (436/30580), by the stand-in's name of the call.
COS_ACTIONS = {
    "PUT": "name/cos:PutObject",
    "GET": "name/cos:GetObject",
    "HEAD": "name/cos:HeadObject",
    "DELETE": "name/cos:DeleteObject",
    "BEGIN_UPLOAD": "name/cos:InitiateMultipartUpload",
    "PUT_PART": "name/cos:UploadPart",
    "COMPLETE_UPLOAD": "name/cos:CompleteMultipartUpload",
    "ABORT_UPLOAD": "name/cos:AbortMultipartUpload",
    "DELETE_MANY": "name/cos:DeleteMultipleObjects",
    "LIST": LIST,
}


def needed(op: str, target: str) -> Permission:
    """Give the permission for a call on a key, or for a LIST of a prefix, which is sent encoded."""
    return Permission(COS_ACTIONS[op], quote(target, safe="") if op == "LIST" else target)


def used(stack: Stack) -> dict[str, set[Permission]]:
    """Collect the permissions that each function needed, from the stand-ins' calls.

    A call counts for the function whose key signed it, as in the cloud: so a presigned URL that
    aiart or a browser reads counts for the function that signed the URL.
    """
    found: dict[str, set[Permission]] = {name: set() for name in FUNCTIONS}
    for function, made in _calls(stack, "cos"):
        listed = made["op"] == "LIST"
        sent = made["detail"]["raw_prefix"] if listed else made["target"]
        found[function].add(Permission(COS_ACTIONS[made["op"]], sent))
    for function, _ in _calls(stack, "aiart"):
        found[function].add(PAINT)
    return found


def refused(stack: Stack) -> list[str]:
    """List the functions' calls that a stand-in refused because of the role's policy."""
    codes = {"AccessDenied", "AuthFailure.UnauthorizedOperation"}
    return [
        f"infra/roles/{function}.json does not allow {made['op']} of {made['target']}"
        for name in ("cos", "aiart")
        for function, made in _calls(stack, name)
        if made["error"] in codes
    ]


def _calls(stack: Stack, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a stand-in's calls that a function has signed, each with the function's name.

    Calls of a self-check that are meant to be refused are left out.
    """
    functions = call("GET", f"http://{stack.addresses['scf']}/_control/functions")
    function_of = {key: one["key"] for one in functions for key in one["secret_ids"]}
    for made in call("GET", f"http://{stack.addresses[name]}/_control/calls"):
        if made["caller"] in function_of and not made["target"].startswith(ELSEWHERE):
            yield function_of[made["caller"]], made


def beyond_the_policies(stack: Stack) -> list[str]:
    """List the calls that the cloud would refuse, each with the file that should allow it."""
    return [
        *refused(stack),
        *(
            f"infra/roles/{name}.json does not allow {one}"
            for name, permissions in used(stack).items()
            for one in missing(policy(name, bucket=BUCKET, region=REGION), permissions)
        ),
    ]


def missing(document: Policy, calls: Iterable[Permission]) -> list[Permission]:
    """List the calls that a policy does not allow."""
    may = granted(document)
    return sorted({one for one in calls if not any(_covers(allowed, one) for allowed in may)})


def unused(document: Policy, calls: Iterable[Permission]) -> list[Permission]:
    """List what a policy allows although no call needs it."""
    made = set(calls)
    return [one for one in granted(document) if not any(_covers(one, call) for call in made)]


def _covers(permission: Permission, made: Permission) -> bool:
    return permission.action == made.action and fnmatch.fnmatchcase(made.place, permission.place)
