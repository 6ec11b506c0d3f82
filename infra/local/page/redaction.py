"""Cut from records and log lines what no screen should show: tokens, keys, signed addresses."""

import re
from typing import Any

CUT = "…"
SECRET_NAMES = re.compile(
    r"token|secret|signature|authorization|password|nonce|caller|_ak$", re.IGNORECASE
)
# The gateway's links are signed in their path, COS's in their query, so neither is kept.
ADDRESS = re.compile(r"(https?://)[^\s\"'<>]+")
CREDENTIAL = re.compile(
    r"\b(?:xox[a-z]|xwfp)-[\w-]+|\bAKID\w+|\bv0=[0-9a-f]{16,}|q-[a-z-]+=[^\s&\"]+"
)


def redacted_text(text: str) -> str:
    """Cut every address and credential in ``text``; of an address the scheme stays."""
    return CREDENTIAL.sub(CUT, ADDRESS.sub(rf"\1{CUT}", text))


def redacted(value: Any) -> Any:
    """Cut the secrets in a JSON value, by their names and by their looks."""
    if isinstance(value, dict):
        return {
            name: CUT if SECRET_NAMES.search(name) and inner else redacted(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    return redacted_text(value) if isinstance(value, str) else value
