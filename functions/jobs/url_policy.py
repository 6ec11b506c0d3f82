"""Say which web addresses may be called: how a URL must be written, where it may lead.

Pure rules, no connection and no look-up. Bot and gateway apply them when they accept a URL,
``functions.worker.safe_http`` to every redirect and to the address that it really connects to. A
URL that two parsers could read differently is refused, never mended: the one who checks and the
one who connects must agree.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, quote, urlsplit

import msgspec

from functions.jobs.errors import ErrorCode, Problem, Refused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Rule = Literal[
    "unreadable-url",
    "not-https",
    "credentials-in-url",
    "port",
    "forbidden-address",
    "own-name-of-bucket",
    "too-many-redirects",
    "too-large",
    "too-slow",
    "http-status",
    "no-answer",
    "compressed",
    "wrong-length",
]

URL_LIMIT_CHARS = 4096  # a presigned URL with a session token needs some 2000
HOST_LIMIT_CHARS = 253

# What the IANA IPv4 special-purpose registry (RFC 6890) and the multicast registry take out of
# the public internet. 169.254.0.0/16 holds the clouds' metadata services, Tencent's too. Two more
# networks belong to others, who announce nothing there, and are used inside of Tencent's cloud: COS
# answers at 9.x, a function's own machine has an address in 11.x.
_NOT_PUBLIC_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "9.0.0.0/8",  # inside of Tencent's cloud
            "10.0.0.0/8",  # private
            "11.0.0.0/8",  # inside of Tencent's cloud
            "100.64.0.0/10",  # shared by a carrier (CGNAT), and inside of clouds
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # IETF protocols
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT relays
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
# Only 2000::/3 has ever been given out as global unicast (IANA IPv6 address space), so all that
# wraps an IPv4 address elsewhere (::a.b.c.d, ::ffff:a.b.c.d, 64:ff9b::/96, 64:ff9b:1::/48) falls
# with the rest, as do link-local, site-local, unique local and multicast.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # IETF protocols: Teredo, benchmarking, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)  # bits 32 to 63: an IPv4 address follows (RFC 5214, 6.1)

# Where a bucket's name leads from within its own region (Tencent documents 436/6224, 213/57441;
# 169.254.0.47 and 9.x were seen). The two metadata services lie in one of these networks.
_COS_INSIDE = tuple(
    map(ipaddress.IPv4Network, ("9.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16"))
)
_METADATA = frozenset(map(ipaddress.IPv4Address, ("169.254.0.23", "169.254.169.254")))
_COS_NAME = re.compile(
    r"[a-z0-9-]+-[0-9]+\.cos\.(?P<region>[a-z]+(-[a-z0-9]+)+)\.(myqcloud\.com|tencentcos\.cn)"
)

_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:%]+)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Names that never leave the machine or its network (RFC 6761, RFC 6762, ICANN's .internal).
_INSIDE_NAMES = frozenset({"localhost", "local", "internal"})
_KEPT_IN_PATH = "%/?:@!$&'()*+,;=~[]"  # RFC 3986 gives these a meaning: never encoded again


class UrlRefused(Exception):
    """Refuse to call a URL, or say that the call brought nothing usable.

    ``rule`` is a stable name for the sentence that people read; ``facts`` fill it and never hold
    more of the URL than its host.
    """

    def __init__(self, rule: Rule, **facts: str | int) -> None:
        super().__init__(rule, facts)
        self.rule = rule
        self.facts = facts

    def refusal(self, code: ErrorCode, field: str = "") -> Refused:
        """Make the refusal that tells the asker about it."""
        return Refused(Problem(code, field, {"rule": self.rule, **self.facts}))


class UrlPolicy(msgspec.Struct, frozen=True):
    """Say which URLs may be called.

    ``allow_loopback_http`` is for local mode alone: a host written as this machine may be called,
    over http too and at any port. ``cos_region`` lets names of that region's COS buckets lead to
    the cloud's inside network, whoever owns them: only Tencent resolves these names, and the
    certificate is checked. Buckets of other regions have public addresses. Empty: none may.
    """

    allow_loopback_http: bool = False
    ports: frozenset[int] = frozenset({443})
    max_redirects: int = 3
    cos_region: str = ""


@dataclass(frozen=True)
class Target:
    """Hold the parts of a URL that the policy allows. ``path`` includes the query."""

    host: str
    port: int
    tls: bool
    path: str = field(repr=False)
    on_this_machine: bool = False
    on_cos: bool = False
    cos_region: str = ""

    @property
    def authority(self) -> str:
        """Give the host as a Host header has it: IPv6 in brackets, no usual port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _usual_port(tls=self.tls) else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Give the whole URL, the base of a relative redirect."""
        return f"{'https' if self.tls else 'http'}://{self.authority}{self.path}"

    def may_lead_to(self, address: IPAddress) -> bool:
        """Say whether this address may be connected to for this URL."""
        if self.on_this_machine:
            return address.is_loopback
        return is_public(address) or (self.on_cos and _is_of_cos(address))

    def refusal_of(self, addresses: Iterable[IPAddress | None]) -> UrlRefused:
        """Make the error for a host that leads to ``addresses``, which are not allowed.

        A custom domain of a bucket in our region leads inside, as the bucket's own name does. But
        anybody can point a domain there, an attacker too: it is refused, with a rule of its own.
        """
        as_buckets_do = all(address is not None and _is_of_cos(address) for address in addresses)
        if self.cos_region and as_buckets_do and address_in(self.host) is None:
            return UrlRefused("own-name-of-bucket", host=self.host, region=self.cos_region)
        return UrlRefused("forbidden-address", host=self.host)


def _is_of_cos(address: IPAddress) -> bool:
    return address not in _METADATA and any(address in network for network in _COS_INSIDE)


def is_public(address: IPAddress) -> bool:
    """Say whether an address is in the public internet, and embeds no other address."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return (
        address in _GLOBAL_V6
        and not any(address in network for network in _NOT_PUBLIC_V6)
        and (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP
    )


def address_in(host: str) -> IPAddress | None:
    """Give the address that a host is, or None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def check_url(url: str, rules: UrlPolicy) -> None:
    """Check a URL when it is accepted, without looking its host up.

    Raises ``UrlRefused``.
    """
    parse_target(url, rules)


def parse_target(url: str, rules: UrlPolicy) -> Target:
    """Take a URL apart, if the rules allow it. Raises ``UrlRefused``."""
    parts = _split(url)
    if parts.scheme not in {"https", "http"}:
        raise UrlRefused("not-https")
    if "@" in parts.netloc:
        raise UrlRefused("credentials-in-url")
    host, given_port = _host_and_port(parts.netloc)
    tls = parts.scheme == "https"
    target = Target(
        host=host,
        port=_usual_port(tls=tls) if given_port is None else given_port,
        tls=tls,
        path=_path(parts),
        on_this_machine=rules.allow_loopback_http and is_loopback(host),
        on_cos=_is_bucket_in(rules.cos_region, host),
        cos_region=rules.cos_region,
    )
    if not target.on_this_machine:
        _refuse_inside(target, rules)
    return target


def _refuse_inside(target: Target, rules: UrlPolicy) -> None:
    if not target.tls:
        raise UrlRefused("not-https", host=target.host)
    address = address_in(target.host)
    labels = target.host.split(".")
    named_inside = address is None and (len(labels) == 1 or labels[-1] in _INSIDE_NAMES)
    if named_inside or (address and not is_public(address)):
        raise UrlRefused("forbidden-address", host=target.host)
    if target.port not in rules.ports:
        raise UrlRefused("port", host=target.host, port=target.port)


def _split(url: str) -> SplitResult:
    """Split a URL, unless it holds what parsers disagree about.

    Control characters, white space, invisible characters and backslashes are such: ``urlsplit``
    drops some of them and takes others as part of a host, and browsers do otherwise.
    """
    if len(url) > URL_LIMIT_CHARS or not url.isprintable() or " " in url or "\\" in url:
        raise UrlRefused("unreadable-url")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UrlRefused("unreadable-url") from error
    if not parts.scheme:
        raise UrlRefused("unreadable-url")
    return parts


def _host_and_port(authority: str) -> tuple[str, int | None]:
    match = _AUTHORITY.fullmatch(authority)
    if match is None or not authority.isascii():
        raise UrlRefused("unreadable-url")
    port = None if match["port"] is None else int(match["port"])
    if port is not None and not 1 <= port <= 65535:
        raise UrlRefused("port", port=port)
    return _host(match["host"].lower()), port


def _host(written: str) -> str:
    """Give the host in its one spelling; every other one is refused.

    Resolvers take ``127.1``, ``0177.0.0.1``, ``0x7f000001`` and ``2130706433`` for addresses, so a
    last label that is a number must belong to a plain dotted address (as the WHATWG's URL standard
    has it). A name in other scripts must come as ``xn--``: mapping it here could turn it into
    another host (full-width digits, the ideographic full stop). No trailing dot.
    """
    try:
        if written.startswith("["):
            return str(ipaddress.IPv6Address(written[1:-1]))
        labels = written.split(".")
        if _NUMBER.fullmatch(labels[-1]):
            return str(ipaddress.IPv4Address(written))
    except ValueError as error:
        raise UrlRefused("unreadable-url") from error
    if len(written) > HOST_LIMIT_CHARS or not all(map(_LABEL.fullmatch, labels)):
        raise UrlRefused("unreadable-url")
    return written


def _path(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote((parts.path or "/") + query, safe=_KEPT_IN_PATH)


def _is_bucket_in(region: str, host: str) -> bool:
    name = _COS_NAME.fullmatch(host)
    return name is not None and name["region"] == region


def is_loopback(host: str) -> bool:
    """Say whether a host, as written, is this machine: a stand-in, to which http is spoken."""
    address = address_in(host)
    return host == "localhost" if address is None else address.is_loopback


def scheme_of(endpoint: str) -> str:
    """Give http for an endpoint (``host:port``) on this machine, https for every other."""
    return "http" if is_loopback(endpoint.partition(":")[0]) else "https"


def _usual_port(*, tls: bool) -> int:
    return 443 if tls else 80
