"""Read from the configuration which clients may send webhooks, and what each may do.

A Standard Webhooks signature does not name its client: the client is found by the secret that
verifies it. So no two clients may share a secret.
"""

import base64
import re

import msgspec

from functions.jobs.model import CHANNEL_ID
from functions.jobs.records import Redacted, prepared

SECRET_PREFIX = "whsec_"  # noqa: S105  # how every secret begins
SECRET_MIN_BYTES, SECRET_MAX_BYTES = 24, 64
SECRETS_MAX = 2  # the one in use, and during a rotation the one before it
SHOULD_BE = (
    'it should be JSON such as [{"name": "shop", "secrets": ["whsec_..."], '
    '"channels": ["C0123456789"], "callback_hosts": ["shop.example"]}]'
)


class Client(Redacted, frozen=True):
    """Hold one program. ``secrets`` are current ones, written ``whsec_<Base64>``.

    ``channels`` are the only ones it may post to, ``callback_hosts`` the only ones it is called
    back at. ``agrees_to_unmarked``: those who run it have agreed to what docs/labels.md says of
    pictures without the visible mark.
    """

    name: str
    secrets: tuple[str, ...]
    channels: tuple[str, ...] = ()
    callback_hosts: tuple[str, ...] = ()
    agrees_to_unmarked: bool = False


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold a client as the operator writes it."""

    name: str
    secrets: list[str]
    channels: list[str] = []
    callback_hosts: list[str] = []
    agrees_to_unmarked: bool = False


def parse_clients(text: str) -> tuple[Client, ...]:
    """Read the clients in a JSON text. Raises ``ValueError``, whose words never hold a secret."""
    try:
        written = msgspec.json.decode(text, type=prepared(list[_Written]))
    except (msgspec.MsgspecError, ValueError):  # its own text may show a part of a secret
        raise ValueError(SHOULD_BE) from None
    clients = tuple(_client(one) for one in written)
    if len({client.name for client in clients}) < len(clients):
        raise ValueError("it should give each client a name of its own")
    keys = [secret_bytes(secret) for client in clients for secret in client.secrets]
    if len(set(keys)) < len(keys):
        raise ValueError("it should hold each secret once: a secret says who the client is")
    return clients


def secret_bytes(secret: str) -> bytes:
    """Decode the key in ``whsec_<Base64>``. Raises ``ValueError``."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:  # binascii.Error, and what is not ASCII
        key = b""
    right_length = SECRET_MIN_BYTES <= len(key) <= SECRET_MAX_BYTES
    if not secret.startswith(SECRET_PREFIX) or not right_length:
        raise ValueError(
            f"it should have secrets of {SECRET_MIN_BYTES} to {SECRET_MAX_BYTES} bytes, "
            f"written {SECRET_PREFIX}<Base64>"
        )
    return key


def _client(written: _Written) -> Client:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", written.name):
        raise ValueError("it should name clients in up to 32 small letters, digits and hyphens")
    if not 1 <= len(written.secrets) <= SECRETS_MAX:
        raise ValueError(f"it should give each client 1 to {SECRETS_MAX} secrets")
    if not all(re.fullmatch(CHANNEL_ID, channel) for channel in written.channels):
        raise ValueError("it should name channels by their ids, such as C0123456789")
    if not all(re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", h) for h in written.callback_hosts):
        raise ValueError("it should name hosts in small letters, without scheme, port or path")
    return Client(
        name=written.name,
        secrets=tuple(written.secrets),
        channels=tuple(written.channels),
        callback_hosts=tuple(written.callback_hosts),
        agrees_to_unmarked=written.agrees_to_unmarked,
    )
