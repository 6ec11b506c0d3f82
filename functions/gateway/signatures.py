"""Find who sent a webhook, by its Standard Webhooks signature (``standardwebhooks`` 1.1.0).

Nothing is parsed before that, and the answer does not say why a signature is refused.
"""

from collections.abc import Mapping, Sequence

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from functions.gateway.problems import Rejected
from functions.jobs.webhook_clients import Client

ID = "webhook-id"
ID_LIMIT_CHARS = 256
# The library raises ValueError, too: for a signature that is not Base64 (binascii.Error is one) or
# not ASCII, and for a body that is not UTF-8.
NOT_VERIFIED = (WebhookVerificationError, ValueError)


def sender_of(clients: Sequence[Client], headers: Mapping[str, str], body: bytes) -> Client:
    """Find the client that signed this body. Raises ``Rejected`` (401).

    Every client's secrets are always tried, so that the time does not tell which clients exist.
    """
    found = [client for client in clients for s in client.secrets if _verifies(s, headers, body)]
    webhook_id = headers.get(ID, "")
    if not found or len(webhook_id) > ID_LIMIT_CHARS or not webhook_id.isprintable():
        raise Rejected(401, "signature_refused")
    return found[0]


def _verifies(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except NOT_VERIFIED:
        return False
    return True
