"""Issue and renew temporary keys for functions' roles, and announce them to the stand-ins."""

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence

import msgspec

from infra.local.control import Key
from infra.local.scf import upstream

ANNOUNCE_LIMIT_S = 10.0
TOKEN_BYTES = 900  # 1,200 characters: Tencent's are long, too, and signed URLs contain them


class NotAnnounced(Exception):
    """Say that a stand-in did not take a key."""


class RoleKeys:
    """Keep a current key for each role. ``lifetime_s`` is in real seconds (in the cloud, 6 h)."""

    def __init__(self, announce_to: Sequence[str], lifetime_s: float) -> None:
        self.lifetime_s = lifetime_s
        self._announce_to = announce_to
        self._current: dict[str, Key] = {}
        self._issued: dict[str, list[str]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def current(self, role: str) -> Key | None:
        """Give the role's key, valid for at least half of its lifetime; None without a role.

        A new key is made known to every stand-in (``PUT /_control/keys``) before it is returned.
        Raises ``NotAnnounced``.
        """
        if not role:
            return None
        async with self._locks.setdefault(role, asyncio.Lock()):
            key = self._current.get(role)
            if key is None or key.expires_at - time.time() < self.lifetime_s / 2:
                key = _issue(role, self.lifetime_s)
                await asyncio.gather(*(_announce(key, address) for address in self._announce_to))
                self._current[role] = key
                self._issued.setdefault(role, []).append(key.secret_id)
            return key

    def issued(self, role: str) -> list[str]:
        """List the secret ids that the role has had, to recognise it as the ``caller`` of calls."""
        return self._issued.get(role, [])

    def set_lifetime(self, lifetime_s: float) -> None:
        """Set the lifetime, and issue new keys from now on. Keys that are in use stay valid."""
        if lifetime_s != self.lifetime_s:
            self.lifetime_s = lifetime_s
            self._current.clear()


def environment_of(key: Key | None) -> Mapping[str, str]:
    """Write a key as the environment variables in which the platform hands it over."""
    if key is None:
        return {}
    return {
        "TENCENTCLOUD_SECRETID": key.secret_id,
        "TENCENTCLOUD_SECRETKEY": key.secret_key,
        "TENCENTCLOUD_SESSIONTOKEN": key.token,
    }


def headers_of(key: Key | None) -> list[tuple[bytes, bytes]]:
    """Write a key as the headers in which a web function's request carries it."""
    if key is None:
        return []
    return [
        (b"X-Scf-Secret-Id", key.secret_id.encode()),
        (b"X-Scf-Secret-Key", key.secret_key.encode()),
        (b"X-Scf-Session-Token", key.token.encode()),
    ]


def _issue(role: str, lifetime_s: float) -> Key:
    return Key(
        secret_id=f"AKID{secrets.token_hex(16)}",
        secret_key=secrets.token_hex(16),
        token=secrets.token_urlsafe(TOKEN_BYTES),
        expires_at=time.time() + lifetime_s,
        role=role,
    )


async def _announce(key: Key, address: str) -> None:
    body = msgspec.json.encode(key)
    try:
        status = await asyncio.wait_for(
            upstream.put_json(address, "/_control/keys", body), ANNOUNCE_LIMIT_S
        )
    except (upstream.Unreachable, upstream.Broken, asyncio.TimeoutError) as error:
        raise NotAnnounced(f"{address} did not take a key: {error!r}") from error
    if status != 200:
        raise NotAnnounced(f"{address} did not take a key: HTTP {status}")
