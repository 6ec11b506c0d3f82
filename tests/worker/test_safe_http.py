"""Fetching: where it goes, what it sends, and which redirects it follows."""

import re
import threading
import time
from pathlib import Path

import pytest

from functions.jobs.url_policy import Rule
from functions.worker.safe_http import USER_AGENT, UrlPolicy
from tests.worker.loopback import Internet, Server, answer, fetched, redirect, refusal
from tests.worker.unwanted import FORBIDDEN, ONE_OF_EACH, as_host

PUBLIC = "93.184.215.14"
RULES = UrlPolicy()


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    return Internet(monkeypatch)


# --- where it may go


@pytest.mark.parametrize(("rule", "url"), ONE_OF_EACH.items())
def test_nothing_is_looked_up_or_connected_to_for_a_refused_url(
    url: str, rule: Rule, internet: Internet
) -> None:
    assert refusal(url, rules=RULES).rule == rule
    assert (internet.looked_up, internet.connected_to) == ([], [])


@pytest.mark.parametrize("address", FORBIDDEN[::8])
def test_no_connection_is_made_to_an_address_inside(address: str, internet: Internet) -> None:
    internet.names = {"photos.example": [[address]]}

    assert refusal(f"https://{as_host(address)}/", rules=RULES).rule == "forbidden-address"
    assert refusal("https://photos.example/", rules=RULES).rule == "forbidden-address"
    assert internet.connected_to == []


@pytest.mark.parametrize(
    "addresses", [[PUBLIC, "10.0.0.1"], ["::1", PUBLIC], [PUBLIC, PUBLIC, "169.254.0.23"]]
)
def test_one_address_inside_spoils_the_whole_answer(
    addresses: list[str], internet: Internet
) -> None:
    internet.names = {"photos.example": [addresses]}

    assert refusal("https://photos.example/", rules=RULES).rule == "forbidden-address"
    assert internet.connected_to == []


@pytest.mark.parametrize(
    ("addresses", "rule"),
    [
        (["169.254.0.47"], "own-name-of-bucket"),
        (["9.148.1.2", "10.148.214.13"], "own-name-of-bucket"),
        (["169.254.0.23"], "forbidden-address"),
        (["169.254.0.47", "169.254.0.23"], "forbidden-address"),
        (["192.168.0.1"], "forbidden-address"),
        (["::ffff:10.0.0.1"], "forbidden-address"),
    ],
)
def test_somebodys_own_name_that_leads_where_our_regions_buckets_do_is_refused_and_told_why(
    addresses: list[str], rule: Rule, internet: Internet
) -> None:
    internet.names = {"photos.example": [addresses]}

    refused = refusal("https://photos.example/", rules=UrlPolicy(cos_region="ap-guangzhou"))

    assert refused.rule == rule
    assert refused.facts["host"] == "photos.example"
    assert refused.facts.get("region", "ap-guangzhou") == "ap-guangzhou"
    assert internet.connected_to == []


def test_an_address_that_is_none_is_refused(internet: Internet) -> None:
    internet.names = {"photos.example": [["fe80::1%eth0"], ["photos"]]}

    assert refusal("https://photos.example/", rules=RULES).rule == "forbidden-address"
    assert refusal("https://photos.example/", rules=RULES).rule == "forbidden-address"
    assert internet.connected_to == []


def test_a_name_is_looked_up_once_and_the_checked_address_is_the_connected_one(
    internet: Internet,
) -> None:
    internet.names = {"photos.example": [[PUBLIC], ["127.0.0.1"]]}

    assert refusal("https://photos.example/", rules=RULES).rule == "no-answer"
    assert internet.looked_up == ["photos.example"]
    assert internet.connected_to == [(PUBLIC, 443)]


def test_a_name_that_turns_inside_later_is_refused_then(internet: Internet) -> None:
    internet.names = {"photos.example": [[PUBLIC], ["127.0.0.1"]]}
    refusal("https://photos.example/", rules=RULES)

    assert refusal("https://photos.example/", rules=RULES).rule == "forbidden-address"
    assert internet.connected_to == [(PUBLIC, 443)]


def test_every_public_address_gets_its_try_but_not_endlessly_many(internet: Internet) -> None:
    many = ["2606:4700:4700::1111", *(f"93.184.215.{last}" for last in range(1, 30))]
    internet.names = {"photos.example": [many]}

    refused = refusal("https://photos.example/", rules=RULES)

    assert (refused.rule, refused.facts["why"]) == ("no-answer", "connection")
    assert internet.connected_to == [(each, 443) for each in many[:4]]


def test_a_name_that_nobody_knows_is_told_apart(internet: Internet) -> None:
    refused = refusal("https://photos.example/", rules=RULES)

    assert (refused.rule, refused.facts) == ("no-answer", {"host": "photos.example", "why": "name"})


def test_in_local_mode_a_name_may_still_not_lead_to_this_machine(internet: Internet) -> None:
    internet.names = {"photos.example": [["127.0.0.1"]], "localhost": [[PUBLIC]]}

    assert refusal("https://photos.example/").rule == "forbidden-address"
    assert refusal("http://localhost:8000/").rule == "forbidden-address"
    assert internet.connected_to == []


def test_a_slow_name_server_does_not_stretch_the_deadline(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def look_up(*_: object, **__: object) -> list[object]:
        over.wait(10)
        return []

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    started = time.monotonic()
    assert refusal("https://photos.example/", rules=RULES, deadline_s=0.2).rule == "too-slow"
    assert time.monotonic() - started < 5
    over.set()


# --- what it sends


def test_the_body_arrives_byte_for_byte() -> None:
    photo = bytes(range(256)) * 3
    with Server(answer(photo, "Content-Type: image/png")) as server:
        assert fetched(f"{server.url}/a%20b.png?x=ü") == photo
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == b""
    assert head.decode().splitlines() == [
        "GET /a%20b.png?x=%C3%BC HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        f"User-Agent: {USER_AGENT}",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
    ]


def test_the_user_agent_has_the_version_of_the_project() -> None:
    project = Path(__file__).parents[2] / "pyproject.toml"
    version = re.search(r'^version = "(.+)"$', project.read_text(), re.MULTILINE)

    assert version
    assert f"Backdrop/{version[1]}" == USER_AGENT


def test_neither_proxies_nor_passwords_of_the_environment_are_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password word\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with Server(answer(b"proxied")) as proxy, Server(answer(b"direct")) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
            monkeypatch.setenv(name.upper(), proxy.url)
        assert fetched(server.url) == b"direct"
    assert proxy.connections == 0
    assert b"authorization" not in server.requests[0].lower()


def test_cookies_do_not_travel_to_the_next_stop() -> None:
    crumbs = answer(b"", "Location: /next", "Set-Cookie: a=b; Path=/", status="302 Found")
    with Server(crumbs, answer(b"photo")) as server:
        assert fetched(server.url) == b"photo"
    assert b"cookie" not in server.requests[1].lower()


# --- redirects


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 Temp", "308 Perm"])
def test_redirects_are_followed(status: str) -> None:
    with Server(redirect("../b.png?x=1", status), answer(b"photo")) as server:
        assert fetched(f"{server.url}/deep/a.png") == b"photo"
    assert server.requests[1].startswith(b"GET /b.png?x=1 HTTP/1.1\r\n")


def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    hops = [redirect(f"/{number}") for number in range(4)]
    with Server(*hops[:3], answer(b"photo")) as server:
        assert fetched(server.url) == b"photo"
    with Server(*hops, answer(b"photo")) as server:
        assert refusal(server.url).rule == "too-many-redirects"
    assert server.connections == 4


def test_a_redirect_loop_ends() -> None:
    with Server(redirect("/")) as server:
        assert refusal(server.url).rule == "too-many-redirects"
    assert server.connections == 4


@pytest.mark.parametrize(
    ("location", "rule"),
    [
        ("http://169.254.0.23/latest/meta-data", "not-https"),
        ("https://169.254.0.23/latest/meta-data", "forbidden-address"),
        ("https://[::ffff:10.0.0.1]/", "forbidden-address"),
        ("//10.0.0.1/", "not-https"),
        ("https://user:word@photos.example/", "credentials-in-url"),
        ("https://photos.example:22/", "port"),
        ("https://2130706433/", "unreadable-url"),
        ("\\\\photos.example\\a", "unreadable-url"),
        ("https://photos.example/a b", "unreadable-url"),
        ("https://photos\t.example/", "unreadable-url"),
        ("/a\tb", "unreadable-url"),
        ("http://[", "unreadable-url"),
        ("http://[::1", "unreadable-url"),
        ("file:///etc/passwd", "not-https"),
    ],
)
def test_a_redirect_is_checked_like_a_url(location: str, rule: Rule) -> None:
    with Server(redirect(location)) as server:
        assert refusal(server.url).rule == rule
    assert server.connections == 1


def test_a_redirect_that_is_no_utf_8_is_refused() -> None:
    with Server(b"HTTP/1.1 302 Found\r\nLocation: /\xff\r\n\r\n") as server:
        assert refusal(server.url).rule == "unreadable-url"


def test_a_redirect_in_utf_8_is_understood() -> None:
    with Server(redirect("/图.png"), answer(b"photo")) as server:
        assert fetched(server.url) == b"photo"
    assert server.requests[1].startswith(b"GET /%E5%9B%BE.png ")


@pytest.mark.parametrize("status", ["302 Found", "304 Not Modified", "300 Multiple Choices"])
def test_a_redirect_to_nowhere_is_a_status(status: str) -> None:
    with Server(answer(b"", status=status)) as server:
        refused = refusal(server.url)
    assert (refused.rule, refused.facts["status"]) == ("http-status", int(status[:3]))
