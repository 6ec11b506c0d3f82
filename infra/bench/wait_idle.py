"""Wait until a running stack has no work left."""

from infra.local.polling import until
from infra.local.stack import Stack

LIMIT_S = 120.0


def wait_for_rest(stack: Stack) -> None:
    """Wait until no job is open and the worker's run has ended. Raises ``TimeoutError``."""
    until(lambda: not _is_working(stack), what="the worker to rest", limit_s=LIMIT_S)


def _is_working(stack: Stack) -> bool:
    if stack.control("cos", "GET", "objects?prefix=requests/"):
        return True
    invocations = stack.control("scf", "GET", "invocations")
    return any(one["function"] == "worker" and one["status"] == 0 for one in invocations)
