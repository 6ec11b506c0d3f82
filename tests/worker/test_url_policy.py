"""Which addresses are public, and which URLs may be called: the rules without a connection."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from functions.jobs.url_policy import (
    Rule,
    UrlPolicy,
    UrlRefused,
    check_url,
    is_public,
    parse_target,
)
from tests.worker.unwanted import FORBIDDEN, PUBLIC, UNWANTED, as_host

RULES = UrlPolicy()
LOCAL = UrlPolicy(allow_loopback_http=True)


def refusal(url: str, rules: UrlPolicy = RULES) -> UrlRefused:
    with pytest.raises(UrlRefused) as caught:
        check_url(url, rules)
    return caught.value


def test_an_address_inside_is_refused_bare_and_in_a_url() -> None:
    for address in FORBIDDEN:
        assert not is_public(ipaddress.ip_address(address))
        assert refusal(f"https://{as_host(address)}/a.jpg").rule == "forbidden-address"


def test_a_public_address_passes_bare_and_in_a_url() -> None:
    for address in PUBLIC:
        assert is_public(ipaddress.ip_address(address))
        check_url(f"https://{as_host(address)}/a.jpg", RULES)


@given(st.ip_addresses())
def test_whatever_python_calls_not_global_is_not_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not is_public(address)


private_v4 = st.ip_addresses(v=4).filter(lambda address: not is_public(address))
HIDING_PLACES = {
    "compatible": lambda v4: v4,
    "mapped": lambda v4: 0xFFFF << 32 | v4,
    "translated": lambda v4: 0xFFFF << 48 | v4,
    "nat64": lambda v4: 0x64FF9B << 96 | v4,
    "nat64 local": lambda v4: 0x64FF9B0001 << 80 | v4,
    "6to4": lambda v4: 0x2002 << 112 | v4 << 80,
    "teredo server": lambda v4: 0x20010000 << 96 | v4 << 64,
    "teredo client": lambda v4: 0x20010000 << 96 | (v4 ^ 0xFFFFFFFF),
    "isatap": lambda v4: 0x26064700 << 96 | 0x5EFE << 32 | v4,
    "isatap, global": lambda v4: 0x26064700 << 96 | 0x2005EFE << 32 | v4,
}


@given(hiding_place=st.sampled_from(sorted(HIDING_PLACES)), hidden=private_v4)
def test_an_inside_address_is_found_in_every_ipv6_form(
    hiding_place: str, hidden: ipaddress.IPv4Address
) -> None:
    wrapped = ipaddress.IPv6Address(HIDING_PLACES[hiding_place](int(hidden)))

    assert not is_public(wrapped)


def test_a_url_that_leads_elsewhere_or_could_be_read_twice_is_refused() -> None:
    assert [(url, refusal(url).rule) for url, _ in UNWANTED] == UNWANTED


@pytest.mark.parametrize(
    ("url", "sent_to", "path"),
    [
        ("https://photos.example", "photos.example", "/"),
        ("HTTPS://Photos.Example:443/A.jpg#part", "photos.example", "/A.jpg"),
        (
            "https://my_shop.cdn.example/a.jpg?x=1&y=%2F+",
            "my_shop.cdn.example",
            "/a.jpg?x=1&y=%2F+",
        ),
        ("https://xn--wcsw84d.example/图.jpg", "xn--wcsw84d.example", "/%E5%9B%BE.jpg"),
        ("https://photos.example?q=@:", "photos.example", "/?q=@:"),
        ("https://photos.example/%0d%0aX-Evil:%201", "photos.example", "/%0d%0aX-Evil:%201"),
        ("https://1.2.3.4.example/", "1.2.3.4.example", "/"),
        ("https://[2606:4700:4700:0::1111]/", "[2606:4700:4700::1111]", "/"),
    ],
)
def test_a_plain_url_keeps_its_path_and_query(url: str, sent_to: str, path: str) -> None:
    target = parse_target(url, RULES)

    assert (target.authority, target.path, target.port, target.tls) == (sent_to, path, 443, True)


def test_another_port_may_be_configured() -> None:
    rules = UrlPolicy(ports=frozenset({443, 8443}))

    assert parse_target("https://photos.example:8443/", rules).authority == "photos.example:8443"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000/a", "http://localhost:1/", "http://[::1]:8000/", "https://localhost/"],
)
def test_this_machine_may_be_called_in_local_mode_alone(url: str) -> None:
    check_url(url, LOCAL)

    assert refusal(url).rule in {"not-https", "forbidden-address"}


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://photos.example/", "not-https"),
        ("http://10.0.0.1:8000/", "not-https"),
        ("https://10.0.0.1/", "forbidden-address"),
        ("https://169.254.0.23/", "forbidden-address"),
        ("http://0.0.0.0:8000/", "not-https"),
        ("http://127.0.0.1.example:8000/", "not-https"),
        ("http://127.1:8000/", "unreadable-url"),
        ("http://127.0.0.1:0/", "port"),
        ("http://127.0.0.1:65536/", "port"),
        ("http:///", "unreadable-url"),
    ],
)
def test_local_mode_opens_nothing_else(url: str, rule: Rule) -> None:
    assert refusal(url, LOCAL).rule == rule


def test_in_local_mode_localhost_may_lead_to_this_machine_only() -> None:
    target = parse_target("http://localhost:8000/", LOCAL)

    assert target.may_lead_to(ipaddress.ip_address("127.0.0.1"))
    assert not target.may_lead_to(ipaddress.ip_address("10.0.0.1"))
    assert not target.may_lead_to(ipaddress.ip_address("8.8.8.8"))


BUCKET = "https://shop-1250000000.cos.ap-guangzhou.myqcloud.com/a.jpg?q-sign-algorithm=sha1"
GUANGZHOU = UrlPolicy(cos_region="ap-guangzhou")


@pytest.mark.parametrize(
    "address",
    ["169.254.0.47", "9.148.1.2", "10.148.214.13", "100.64.1.2", "169.254.0.55", "119.29.29.29"],
)
@pytest.mark.parametrize("domain", ["myqcloud.com", "tencentcos.cn"])
def test_a_bucket_of_our_region_may_lead_inside(domain: str, address: str) -> None:
    target = parse_target(f"https://shop-1250000000.cos.ap-guangzhou.{domain}/a.jpg", GUANGZHOU)

    assert target.may_lead_to(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "192.168.0.1",
        "172.16.0.1",
        "::1",
        "0.1.2.3",
        "11.148.165.112",
        "169.254.0.23",
        "169.254.169.254",
    ],
)
def test_even_a_bucket_never_leads_to_this_machine_or_its_metadata(address: str) -> None:
    target = parse_target(BUCKET, GUANGZHOU)

    assert not target.may_lead_to(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "shop-1250000000.cos.ap-guangzhou.myqcloud.com.evil.example",
        "evil.example.myqcloud.com",
        "x.shop-1250000000.cos.ap-guangzhou.myqcloud.com",
        "shop-1250000000.cos.ap-guangzhou.evilmyqcloud.com",
        "shop-1250000000.cos.ap-guangzhou.tencentcos.cn.evil.example",
        "shop-1250000000.cos.ap-guangzhou.tencentcos.com",
        "shop-1250000000-cos.ap-guangzhou.myqcloud.com",
        "shop-1250000000.cos.ap-shanghai.myqcloud.com",
        "photos.example",
    ],
)
def test_what_only_looks_like_a_bucket_of_our_region_stays_outside(host: str) -> None:
    target = parse_target(f"https://{host}/", GUANGZHOU)

    assert not target.may_lead_to(ipaddress.ip_address("10.148.214.13"))


def test_a_bucket_is_called_by_https_alone() -> None:
    assert refusal(BUCKET.replace("https", "http"), GUANGZHOU).rule == "not-https"


def test_buckets_stay_outside_unless_it_is_allowed() -> None:
    assert not parse_target(BUCKET, RULES).may_lead_to(ipaddress.ip_address("10.148.214.13"))


def test_a_refusal_never_holds_more_of_the_url_than_its_host() -> None:
    refused = refusal("https://photos.example:8443/secret-path?token=secret-token")

    assert refused.facts == {"host": "photos.example", "port": 8443}
    assert "secret" not in f"{refused} {refused!r} {parse_target(BUCKET + 'secret', RULES)!r}"


url_like = st.one_of(
    st.text(),
    st.text(alphabet="htps:/\\@.#?[]%0127xfa-_e\t \u3002１", max_size=40).map("https://".__add__),
    st.from_regex(r"https://[a-z0-9.\-_\[\]:@%\\#?/]{1,30}", fullmatch=True),
)


@given(url_like)
def test_a_url_that_passes_names_one_host_to_every_parser(url: str) -> None:
    try:
        target = parse_target(url, RULES)
    except UrlRefused:
        return
    seen = parse_url(url)
    assert (seen.host or "").strip("[]").lower() == target.host or ":" in target.host
    assert seen.auth is None
    assert parse_target(target.url, RULES) == target
    assert target.url.isascii()
