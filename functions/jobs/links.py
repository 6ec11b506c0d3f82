"""Sign links that keep working: a role's keys cannot sign for longer than 6 h.

``<base>/i/<job>/<signature>/<name>``: HMAC-SHA256 over ``picture|job|name``, 160 bits of it. The
first secret signs and all verify: rotating them breaks no link. Links to the status of a job or a
batch are made alike: ``<base>/v1/jobs/<job>?key=<signature>`` over ``status|job``.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

SIGNATURE_BYTES = 20


class Links:
    """Make and check the links to pictures and to the status of jobs."""

    def __init__(self, base_url: str, secrets: Sequence[str]) -> None:
        self._base_url = base_url.rstrip("/")
        self._secrets = [secret.encode() for secret in secrets]

    def picture(self, job_id: str, name: str) -> str:
        """Make the long-lived link to one of a job's pictures."""
        signature = _signature(self._secrets[0], "picture", job_id, name)
        return f"{self._base_url}/i/{job_id}/{signature}/{name}"

    def is_picture(self, job_id: str, name: str, signature: str) -> bool:
        """Say whether we made that link; compared in constant time."""
        return self._is_ours(signature, "picture", job_id, name)

    def status(self, job_id: str) -> str:
        """Make the link to a job's status; whoever has it may read."""
        key = _signature(self._secrets[0], "status", job_id)
        return f"{self._base_url}/v1/jobs/{job_id}?key={key}"

    def is_status(self, job_id: str, signature: str) -> bool:
        """Say whether we made that link."""
        return self._is_ours(signature, "status", job_id)

    def batch(self, batch_id: str) -> str:
        """Make the link to a batch's status."""
        key = _signature(self._secrets[0], "batch", batch_id)
        return f"{self._base_url}/v1/batches/{batch_id}?key={key}"

    def is_batch(self, batch_id: str, signature: str) -> bool:
        """Say whether we made that link."""
        return self._is_ours(signature, "batch", batch_id)

    def _is_ours(self, signature: str, *parts: str) -> bool:
        given = _bytes(signature)
        return any(
            hmac.compare_digest(given, _bytes(_signature(secret, *parts)))
            for secret in self._secrets
        )


def _signature(secret: bytes, *parts: str) -> str:
    digest = hmac.new(secret, _bytes("|".join(parts)), hashlib.sha256).digest()
    return base64.b32encode(digest[:SIGNATURE_BYTES]).decode().lower()


def _bytes(text: str) -> bytes:
    """Encode any text that a caller sends, even one with a lone surrogate."""
    return text.encode("utf-8", "surrogatepass")
