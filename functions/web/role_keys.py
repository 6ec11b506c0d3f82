"""Find the role's keys for one request to a web function.

A web function's server keeps the environment of its start, and a role's keys live for six hours at
the most. SCF sends fresh ones with each request (not confirmed for function URLs: without them
the environment's are used, and when those expire the server ends, to be started afresh).
"""

import os
import signal
from collections.abc import Mapping, Sequence

from functions.jobs.bucket import Keys
from functions.log import warn

WAY_HEADER = "x-role-keys"  # of a health check's answer
ID, KEY, TOKEN = "x-scf-secret-id", "x-scf-secret-key", "x-scf-session-token"


class NoKeys(Exception):
    """Say that neither the request nor the environment has keys: the function has no role."""


def has_role_keys(headers: Mapping[str, str]) -> bool:
    """Say whether a request has keys of its own. ``headers`` has lower-case names.

    It is not confirmed that callers cannot forge these headers: they may affect only the request
    that carries them.
    """
    return bool(headers.get(ID) and headers.get(KEY))


def role_keys_of(headers: Mapping[str, str], start_keys: Keys | None) -> Keys:
    """Give the request's keys, or those of the server's start. Raises ``NoKeys``."""
    if has_role_keys(headers):
        return Keys(headers[ID], headers[KEY], headers.get(TOKEN, ""))
    if start_keys is None:
        raise NoKeys("give the function a role")
    return start_keys


def key_source_header(start_keys: Keys | None, headers: Mapping[str, str]) -> dict[str, str]:
    """Make a header for ``infra.doctor`` that says where the keys come from, not what they are."""
    if has_role_keys(headers):
        return {WAY_HEADER: "headers"}
    return {WAY_HEADER: "environment" if start_keys else "none"}


def strip_role_keys(headers: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    """Remove SCF's own headers (``x-scf-``), the keys among them, before others see the headers."""
    return {name: value for name, value in headers.items() if not name.startswith("x-scf-")}


def end_for_fresh_keys() -> None:
    """End this server after the requests under way; the platform starts it with fresh keys."""
    warn("the role's keys are over: ending, to be started afresh")
    os.kill(os.getpid(), signal.SIGTERM)
