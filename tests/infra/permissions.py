"""Which permissions the functions of a running stack have needed so far."""

import fnmatch
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from functions.self_check import ELSEWHERE
from infra.local.http import call
from infra.local.stack import BUCKET, REGION, Stack
from infra.serverless_yml.policies import FUNCTIONS, LIST, Permission, Policy, granted, policy

# As they were until a LIST's condition was written percent-encoded: COS refuses every LIST.
OLD_POLICIES = Path(__file__).with_name("old_policies")
PAINT = Permission("aiart:ReplaceBackground", "*")
# How the COS stand-in names a call, and which permission COS wants for it (436/30580).
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
    """What COS wants for a call on a key, or for a LIST of a prefix, which is sent encoded."""
    return Permission(COS_ACTIONS[op], quote(target, safe="") if op == "LIST" else target)


def used(stack: Stack) -> dict[str, set[Permission]]:
    """By function, from the calls that the stand-ins have recorded.

    A call's signer is a function: SCF gave it the key. So what aiart or a browser reads with a
    presigned URL counts for the function that signed it, as it does in the cloud.
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
    """The functions' calls that a stand-in has refused because of the role's policy."""
    codes = {"AccessDenied", "AuthFailure.UnauthorizedOperation"}
    return [
        f"infra/roles/{function}.json does not allow {made['op']} of {made['target']}"
        for name in ("cos", "aiart")
        for function, made in _calls(stack, name)
        if made["error"] in codes
    ]


def _calls(stack: Stack, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A stand-in's calls so far that a function has signed, each with the function's name.

    But for those of a self-check that are to be refused.
    """
    functions = call("GET", f"http://{stack.addresses['scf']}/_control/functions")
    function_of = {key: one["key"] for one in functions for key in one["secret_ids"]}
    for made in call("GET", f"http://{stack.addresses[name]}/_control/calls"):
        if made["caller"] in function_of and not made["target"].startswith(ELSEWHERE):
            yield function_of[made["caller"]], made


def beyond_the_policies(stack: Stack) -> list[str]:
    """Calls that would be refused in the cloud, each with the file that should allow it."""
    return [
        *refused(stack),
        *(
            f"infra/roles/{name}.json does not allow {one}"
            for name, permissions in used(stack).items()
            for one in missing(policy(name, bucket=BUCKET, region=REGION), permissions)
        ),
    ]


def missing(document: Policy, calls: Iterable[Permission]) -> list[Permission]:
    """The calls that a policy does not allow."""
    may = granted(document)
    return sorted({one for one in calls if not any(_covers(allowed, one) for allowed in may)})


def unused(document: Policy, calls: Iterable[Permission]) -> list[Permission]:
    """What a policy allows although no call needs it."""
    made = set(calls)
    return [one for one in granted(document) if not any(_covers(one, call) for call in made)]


def _covers(permission: Permission, made: Permission) -> bool:
    return permission.action == made.action and fnmatch.fnmatchcase(made.place, permission.place)
