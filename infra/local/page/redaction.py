"""Remove what no screen should show from records and log lines: tokens, keys, addresses."""

import re
from typing import Any

CUT = "…"
SECRET_NAMES = re.compile(
    r"token|secret|signature|authorization|password|nonce|caller|_ak$", re.IGNORECASE
)
# The gateway signs links in their path, COS in their query: only the scheme can be kept.
ADDRESS = re.compile(r"(https?://)[^\s\"'<>]+")
CREDENTIAL = re.compile(
    r"\b(?:xox[a-z]|xwfp)-[\w-]+|\bAKID\w+|\bv0=[0-9a-f]{16,}|q-[a-z-]+=[^\s&\"]+"
)


def redacted_text(text: str) -> str:
    """Replace each address and credential in ``text`` by ``…``; an address keeps its scheme."""
    return CREDENTIAL.sub(CUT, ADDRESS.sub(rf"\1{CUT}", text))


def redacted(value: Any) -> Any:
    """Replace the secrets in a JSON value, found by the names of fields and by their form."""
    if isinstance(value, dict):
        return {
            name: CUT if SECRET_NAMES.search(name) and inner else redacted(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    return redacted_text(value) if isinstance(value, str) else value
