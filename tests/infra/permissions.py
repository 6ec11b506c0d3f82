"""Which permissions the functions of a running stack have needed so far."""

from infra.local.http import call
from infra.local.stack import BUCKET, REGION, Stack
from infra.roles import FUNCTIONS, Permission, missing, needed, policy

PAINT = Permission("aiart:ReplaceBackground", "*")


def used(stack: Stack) -> dict[str, set[Permission]]:
    """By function, from the calls that the stand-ins have recorded.

    A call's signer is a function: SCF gave it the key. So what aiart or a browser reads with a
    presigned URL counts for the function that signed it, as it does in the cloud.
    """
    functions = call("GET", f"http://{stack.addresses['scf']}/_control/functions")
    function_of = {key: one["key"] for one in functions for key in one["secret_ids"]}
    found: dict[str, set[Permission]] = {name: set() for name in FUNCTIONS}
    for made in call("GET", f"http://{stack.addresses['cos']}/_control/calls"):
        if made["caller"] in function_of:
            found[function_of[made["caller"]]].add(needed(made["op"], made["target"]))
    for made in call("GET", f"http://{stack.addresses['aiart']}/_control/calls"):
        if made["caller"] in function_of:
            found[function_of[made["caller"]]].add(PAINT)
    return found


def beyond_the_policies(stack: Stack) -> list[str]:
    """Calls that would be refused in the cloud, each with the file that should allow it."""
    return [
        f"infra/roles/{name}.json does not allow {one}"
        for name, permissions in used(stack).items()
        for one in missing(policy(name, bucket=BUCKET, region=REGION), permissions)
    ]
