"""Links that keep working: signed by us, because a role's keys cannot sign for longer than 6 h.

``<base>/i/<job>/<signature>/<name>``: HMAC-SHA256 over ``picture|job|name``, 160 bits of it. The
first secret signs and all verify, so that rotating them kills no link.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

SIGNATURE_BYTES = 20


class Links:
    """Makes and checks the links to pictures."""

    def __init__(self, base_url: str, secrets: Sequence[str]) -> None:
        self._base_url = base_url.rstrip("/")
        self._secrets = [secret.encode() for secret in secrets]

    def picture(self, job_id: str, name: str) -> str:
        """The long-lived link to one of a job's pictures."""
        signature = _signature(self._secrets[0], "picture", job_id, name)
        return f"{self._base_url}/i/{job_id}/{signature}/{name}"

    def is_picture(self, job_id: str, name: str, signature: str) -> bool:
        """Whether we made that link; compared in constant time."""
        given = signature.encode()
        return any(
            hmac.compare_digest(given, _signature(secret, "picture", job_id, name).encode())
            for secret in self._secrets
        )


def _signature(secret: bytes, *parts: str) -> str:
    digest = hmac.new(secret, "|".join(parts).encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:SIGNATURE_BYTES]).decode().lower()
