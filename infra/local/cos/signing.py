"""Compute and check COS's request signature, "q-sign" (Tencent document 436/7778).

The functions are pure: keys and times are passed in.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, unquote

import msgspec

FIELDS = (
    "q-sign-algorithm",
    "q-ak",
    "q-sign-time",
    "q-key-time",
    "q-header-list",
    "q-url-param-list",
    "q-signature",
)
_PERIOD = re.compile(r"(\d{1,11});(\d{1,11})")


class Malformed(ValueError):
    """Report that a request's signature does not have COS's form."""


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a parsed signature. Times are ``start;end`` in Unix seconds, names are canonical."""

    secret_id: str
    sign_time: str
    key_time: str
    header_names: tuple[str, ...]
    param_names: tuple[str, ...]
    signature: str

    def starts_at(self) -> int:
        """Give the first second at which the signature holds."""
        return max(int(period.split(";")[0]) for period in (self.sign_time, self.key_time))

    def ends_at(self) -> int:
        """Give the last second at which the signature holds."""
        return min(int(period.split(";")[1]) for period in (self.sign_time, self.key_time))


class Signable(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the parts of a request that a signature can cover.

    ``path`` is decoded; ``params`` and ``headers`` are as sent.
    """

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, bytes]


def encoded(value: str | bytes) -> str:
    """Percent-encode with upper-case hex; only letters, digits and ``-_.~`` stay."""
    return quote(value, safe="-_.~")


@lru_cache(maxsize=1000)
def name_of(name: str) -> str:
    """Write a name as in the canonical text and in the lists of signed names."""
    return encoded(name).lower()


@lru_cache(maxsize=100)  # each header is read twice: for the call log, then to check it
def from_header(value: str) -> Authorization:
    """Read an ``Authorization`` header. Raises ``Malformed``."""
    return from_fields(dict(pair.partition("=")[::2] for pair in value.split("&")))


def from_fields(fields: Mapping[str, str]) -> Authorization:
    """Read the seven ``q-`` fields, each decoded once. Raises ``Malformed``."""
    missing = [field for field in FIELDS if field not in fields]
    if missing:
        raise Malformed(f"no {missing[0]}")
    if fields["q-sign-algorithm"] != "sha1":
        raise Malformed("q-sign-algorithm is not sha1")
    for field in ("q-sign-time", "q-key-time"):
        if not _PERIOD.fullmatch(fields[field]):
            raise Malformed(f"{field} is not start;end")
    return Authorization(
        secret_id=fields["q-ak"],
        sign_time=fields["q-sign-time"],
        key_time=fields["q-key-time"],
        header_names=_names(fields["q-header-list"]),
        param_names=_names(fields["q-url-param-list"]),
        signature=fields["q-signature"],
    )


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name_of(unquote(name)) for name in listed.split(";") if name)


def http_string(signable: Signable) -> str:
    """Write the canonical text of everything in ``signable``."""
    method, path = signable.method.lower(), signable.path
    return f"{method}\n{path}\n{_canonical(signable.params)}\n{_canonical(signable.headers)}\n"


def _canonical(pairs: Mapping[str, str] | Mapping[str, bytes]) -> str:
    return "&".join(
        f"{name}={value}"
        for name, value in sorted((name_of(name), encoded(value)) for name, value in pairs.items())
    )


def signature(secret_key: str, signable: Signable, *, sign_time: str, key_time: str) -> str:
    """Compute the signature of ``signable`` in hex. The signing key is used as its hex text."""
    digest = hashlib.sha1(http_string(signable).encode(), usedforsecurity=False).hexdigest()
    sign_key = _hmac_sha1(secret_key, key_time)
    return _hmac_sha1(sign_key, f"sha1\n{sign_time}\n{digest}\n")


def _hmac_sha1(key: str, message: str) -> str:
    return hmac.digest(key.encode(), message.encode(), "sha1").hex()


def matches(authorization: Authorization, secret_key: str, signable: Signable) -> bool:
    """Say whether ``authorization`` was made with ``secret_key`` over the names that it lists.

    A listed name that the request does not have is a mismatch. The signatures are compared in
    constant time.
    """
    params = {name_of(name): value for name, value in signable.params.items()}
    headers = {name_of(name): value for name, value in signable.headers.items()}
    if not set(authorization.param_names) <= set(params):
        return False
    if not set(authorization.header_names) <= set(headers):
        return False
    covered = Signable(
        method=signable.method,
        path=signable.path,
        params={unquote(name): params[name] for name in authorization.param_names},
        headers={unquote(name): headers[name] for name in authorization.header_names},
    )
    expected = signature(
        secret_key,
        covered,
        sign_time=authorization.sign_time,
        key_time=authorization.key_time,
    )
    return hmac.compare_digest(expected.encode(), authorization.signature.encode())
