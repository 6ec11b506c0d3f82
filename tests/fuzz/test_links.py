"""Links and addresses from outside: what we did not make or cannot read leads nowhere."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.config import gateway_config
from functions.gateway.app import gateway
from functions.jobs.links import Links
from functions.jobs.url_policy import UrlPolicy, UrlRefused, parse_target
from functions.web.asgi import WebApp, match_path
from tests.fuzz.asking import ask
from tests.fuzz.budget import tries
from tests.gateway.conftest import BASE_URL, SECRET, environ_of
from tests.jobs.driving import Cos
from tests.jobs.making import JOB_ID

LINKS = Links(BASE_URL, ["an-older-secret-of-tests-000001", SECRET][::-1])
parts = st.text(max_size=60) | st.sampled_from(
    [JOB_ID, "..", ".", "%2e%2e", "picture", "preview.jpg", "a|b", "\0", "\ud800", "a/b", ""]
)


@pytest.fixture(scope="module")
def service(cos: Cos) -> WebApp:
    return gateway(gateway_config(environ_of(cos)))


@tries(60)
@given(parts, parts, parts)
@example(JOB_ID, "\ud800", "picture")  # half a character cannot be encoded: was an exception
@example("\ud800", "x", "picture")
def test_a_link_that_we_did_not_make_is_none(job_id: str, signature: str, name: str) -> None:
    assert not LINKS.is_picture(job_id, name, signature)
    assert not LINKS.is_status(job_id, signature)
    assert not LINKS.is_batch(job_id, signature)


@tries(50)
@given(
    st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=20, max_size=20),
    st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=20),
    st.integers(0, 31),
)
def test_a_link_of_ours_is_one_and_with_any_letter_changed_is_none(
    job_id: str, name: str, at: int
) -> None:
    _, _, _, _, job, signature, file = LINKS.picture(job_id, name).split("/")
    assert LINKS.is_picture(job, file, signature)
    other = "a" if signature[at] != "a" else "b"
    assert not LINKS.is_picture(job, file, signature[:at] + other + signature[at + 1 :])
    assert not LINKS.is_picture(job, file + "x", signature)
    assert not LINKS.is_status(job, signature)


# A server hands the path on decoded: bytes that are no UTF-8 come as "\ufffd" or as surrogates.
@tries(60)
@given(
    st.lists(parts, max_size=5), st.text(max_size=60), st.sampled_from(["GET", "HEAD", "DELETE"])
)
@example(["i", JOB_ID, "\ud800", "picture"], "", "GET")
@example(["v1", "jobs", JOB_ID], "key=%ff%fe", "GET")
@example(["v1", "jobs", JOB_ID], "key=%ed%a0%80", "GET")  # an encoded surrogate
def test_no_path_opens_a_door_or_breaks_one(
    service: WebApp, at: list[str], query: str, method: str
) -> None:
    for path in ("/" + "/".join(at), "/i/" + "/".join(at), "/v1/jobs/" + "/".join(at)):
        answer = ask(service, method, path, query=query)
        assert answer.status in {400, 401, 404, 405}, (path, query)


@tries(60)
@given(st.text("/{}ab%", max_size=20), st.text("/ab%\0", max_size=20))
def test_a_path_matches_by_its_parts_only(pattern: str, path: str) -> None:
    found = match_path(pattern, path)
    if found is not None:
        assert len(pattern.split("/")) == len(path.split("/"))
        assert all(part and "/" not in part for part in found.values())


schemes = st.sampled_from(
    ["https://", "http://", "HTTPS://", "https:/", "//", "ftp://", "https:\\\\", ""]
)
hosts = st.one_of(
    st.text(max_size=40),
    st.ip_addresses().map(str),
    st.ip_addresses(v=6).map(lambda one: f"[{one}]"),
    st.integers(0, 2**32).map(str),
    st.integers(0, 2**32).map(hex),
    st.sampled_from(
        [
            "localhost",
            "127.1",
            "0",
            "[::]",
            "[::ffff:127.0.0.1]",
            "a@b",
            "a.b.",
            "a..b",
            "ß.example",
            "xn--zz",
            "shop.example:443",
            "shop.example:0443",
            "shop.example:99999",
            "169.254.169.254",
            "①②⑦.0.0.1",
            "127。0。0。1",
            "shop.example#@localhost",
            "shop.example\\@localhost",
        ]
    ),
)
urls = st.builds("{}{}{}".format, schemes, hosts, st.text(max_size=60) | st.just("/cup.jpg"))


@tries(150)
@given(urls | st.text(max_size=200))
@example("https://[")
@example("https://\u2100.example/")  # a character that becomes "a/c" when it is normalised
def test_an_address_is_refused_by_a_rule_or_written_so_that_all_read_it_alike(url: str) -> None:
    try:
        target = parse_target(url, UrlPolicy())
    except UrlRefused:
        return
    again = urlsplit(target.url)
    assert (again.scheme, again.hostname) == ("https", target.host)
    assert again.port in {None, 443}
    assert "@" not in again.netloc
    assert target.url.isascii()
    assert parse_target(target.url, UrlPolicy()) == target
