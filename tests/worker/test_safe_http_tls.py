"""The certificate is checked against the name, on a connection to the checked address."""

import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import certifi
import pytest

from functions.worker.safe_http import KeptConnections, UrlPolicy, UrlRefused, connect
from tests.worker.loopback import LOCAL, Internet, Server, answer, fetched, redirect, refusal

RULES = UrlPolicy()
PUBLIC = "93.184.215.14"
BUCKETS = [
    "shop-1250000000.cos.ap-guangzhou.myqcloud.com",
    "shop-1250000000.cos.ap-guangzhou.tencentcos.cn",
]
GUANGZHOU = UrlPolicy(cos_region="ap-guangzhou")
OPENSSL = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
    "-subj /CN=tests -keyout key.pem -out certificate.pem -addext"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key and a certificate for some names, signed by itself."""
    folder = tmp_path_factory.mktemp("certificate")
    dns = ",".join(f"DNS:{name}" for name in ["photos.example", "localhost", *BUCKETS])
    names = f"subjectAltName={dns}"
    subprocess.run([*OPENSSL.split(), names], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def tls(made: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made / "certificate.pem", made / "key.pem")
    return context


@pytest.fixture
def trusted(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That certificate as the only authority."""
    monkeypatch.setattr(certifi, "where", lambda: str(made / "certificate.pem"))


@pytest.fixture(autouse=True)
def _fresh_trust() -> None:
    connect._trust.cache_clear()


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    return Internet(monkeypatch)


@pytest.mark.usefixtures("trusted")
def test_the_checked_address_is_connected_to_and_the_name_is_asked_for(
    tls: ssl.SSLContext, internet: Internet
) -> None:
    asked_for = []
    tls.sni_callback = lambda _, name, __: asked_for.append(name)
    with Server(answer(b"photo"), tls=tls) as server:
        internet.names = {"photos.example": [[PUBLIC]]}
        internet.leads_to = {PUBLIC: server.port}
        assert fetched("https://photos.example/a.png", rules=RULES) == b"photo"
    assert internet.connected_to == [(PUBLIC, 443)]
    assert asked_for == ["photos.example"]
    assert b"Host: photos.example\r\n" in server.requests[0]


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_refused(tls: ssl.SSLContext, internet: Internet) -> None:
    with Server(answer(b"photo"), tls=tls) as server:
        internet.names = {"other.example": [[PUBLIC]]}
        internet.leads_to = {PUBLIC: server.port}
        refused = refusal("https://other.example/", rules=RULES)
    assert refused.facts == {"host": "other.example", "why": "tls"}
    assert server.requests == []


@pytest.mark.parametrize("host", ["localhost", "photos.example"])
def test_a_self_signed_certificate_is_refused(
    host: str, tls: ssl.SSLContext, internet: Internet
) -> None:
    with Server(answer(b"photo"), tls=tls) as server:
        internet.names = {"localhost": [["127.0.0.1"]], "photos.example": [[PUBLIC]]}
        internet.leads_to = {"127.0.0.1": server.port, PUBLIC: server.port}
        refused = refusal(f"https://{host}/", rules=LOCAL)
    assert (refused.rule, refused.facts["why"]) == ("no-answer", "tls")
    assert server.requests == []


def test_a_handshake_that_never_comes_is_too_slow(internet: Internet) -> None:
    with Server() as server:
        server.scripts = (server.silence,)
        internet.names = {"photos.example": [[PUBLIC]]}
        internet.leads_to = {PUBLIC: server.port}
        started = time.monotonic()
        refused = refusal("https://photos.example/", rules=RULES, deadline_s=0.2)
        assert time.monotonic() - started < 5
    assert refused.rule == "too-slow"


@pytest.mark.usefixtures("trusted")
def test_a_second_address_is_tried_when_the_first_refuses(
    tls: ssl.SSLContext, internet: Internet
) -> None:
    with Server(answer(b"photo"), tls=tls) as server:
        internet.names = {"photos.example": [["2606:4700:4700::1111", PUBLIC]]}
        internet.leads_to = {PUBLIC: server.port}
        assert fetched("https://photos.example/", rules=RULES) == b"photo"
    assert internet.connected_to == [("2606:4700:4700::1111", 443), (PUBLIC, 443)]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("onward", ["https://photos.example/b", "/b"])
def test_a_name_that_turns_inside_at_the_redirect_is_refused(
    onward: str, tls: ssl.SSLContext, internet: Internet
) -> None:
    with Server(redirect(onward), tls=tls) as server:
        internet.names = {"photos.example": [[PUBLIC], ["127.0.0.1"]]}
        internet.leads_to = {PUBLIC: server.port, "127.0.0.1": server.port}
        refused = refusal("https://photos.example/a", rules=RULES)
    assert refused.rule == "forbidden-address"
    assert internet.connected_to == [(PUBLIC, 443)]


@pytest.mark.usefixtures("trusted")
def test_who_begins_outside_is_not_redirected_to_this_machine_in_local_mode_either(
    tls: ssl.SSLContext, internet: Internet
) -> None:
    with Server(redirect("http://127.0.0.1:8000/admin"), tls=tls) as server:
        internet.names = {"photos.example": [[PUBLIC]]}
        internet.leads_to = {PUBLIC: server.port}
        refused = refusal("https://photos.example/", rules=LOCAL)
    assert refused.rule == "not-https"
    assert internet.connected_to == [(PUBLIC, 443)]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("inside", ["169.254.0.47", "10.148.214.13", "9.148.1.2"])
@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_of_our_region_is_fetched_from_inside_if_that_is_allowed(
    bucket: str, inside: str, tls: ssl.SSLContext, internet: Internet
) -> None:
    with Server(answer(b"photo"), tls=tls) as server:
        internet.names = {bucket: [[inside]]}
        internet.leads_to = {inside: server.port}
        assert fetched(f"https://{bucket}/a", rules=GUANGZHOU) == b"photo"
        assert refusal(f"https://{bucket}/a", rules=RULES).rule == "forbidden-address"
    assert internet.connected_to == [(inside, 443)]


@pytest.mark.usefixtures("trusted")
def test_inside_too_a_bucket_needs_its_own_certificate(
    tls: ssl.SSLContext, internet: Internet
) -> None:
    another = BUCKETS[0].replace("shop", "another")
    with Server(answer(b"photo"), tls=tls) as server:
        internet.names = {another: [["169.254.0.47"]]}
        internet.leads_to = {"169.254.0.47": server.port}
        refused = refusal(f"https://{another}/a", rules=GUANGZHOU)
    assert (refused.rule, refused.facts["why"]) == ("no-answer", "tls")


@pytest.mark.usefixtures("trusted")
def test_a_slow_body_over_tls_keeps_the_deadline_too(
    tls: ssl.SSLContext, internet: Internet
) -> None:
    with Server(tls=tls) as server:
        server.scripts = (server.drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),)
        internet.names = {"photos.example": [[PUBLIC]]}
        internet.leads_to = {PUBLIC: server.port}
        refused = refusal("https://photos.example/", rules=RULES, deadline_s=0.5)
    assert refused.rule == "too-slow"


def test_no_socket_is_left_open_by_a_refusal(internet: Internet) -> None:
    internet.names = {"photos.example": [[PUBLIC]]}
    refusal("https://photos.example/", rules=RULES)
    assert [each.fileno() for each in internet.sockets] == [-1]


# --- kept connections


@contextmanager
def keeping() -> Iterator[KeptConnections]:
    """Connections that are closed in the end, before their server waits for that."""
    connections = KeptConnections()
    try:
        yield connections
    finally:
        for _, one in connections._idle:
            one.socket.close()


@pytest.mark.usefixtures("trusted")
def test_a_connection_is_kept_where_that_is_wanted(tls: ssl.SSLContext, internet: Internet) -> None:
    with Server(tls=tls) as server, keeping() as kept:
        server.scripts = (server.answers(answer(b"one"), answer(b"two"), answer(b"three")),)
        internet.names = {"photos.example": [[PUBLIC], ["127.0.0.1"]]}
        internet.leads_to = {PUBLIC: server.port}
        for body in (b"one", b"two", b"three"):
            assert fetched("https://photos.example/", rules=RULES, kept=kept) == body
    assert internet.connected_to == [(PUBLIC, 443)]


@pytest.mark.usefixtures("trusted")
def test_it_leads_nowhere_that_a_new_one_would_not(tls: ssl.SSLContext, internet: Internet) -> None:
    """The address is checked again, by the rules for this URL."""
    inside, url = "169.254.0.47", f"https://{BUCKETS[0]}/a"
    with Server(tls=tls) as server, keeping() as kept:
        server.scripts = (server.answers(answer(b"photo"), answer(b"secret")),)
        internet.names = {BUCKETS[0]: [[inside]]}
        internet.leads_to = {inside: server.port}
        assert fetched(url, rules=GUANGZHOU, kept=kept) == b"photo"
        assert refusal(url, rules=RULES, kept=kept).rule == "forbidden-address"
    assert len(server.requests) == 1


@pytest.mark.usefixtures("trusted")
def test_it_serves_the_name_whose_certificate_was_shown(
    tls: ssl.SSLContext, internet: Internet
) -> None:
    names = ["photos.example", BUCKETS[0]]
    with Server(tls=tls) as server, keeping() as kept:
        server.scripts = (server.answers(answer(b"photo"), answer(b"another's")),)
        internet.names = {name: [[PUBLIC]] for name in names}
        internet.leads_to = {PUBLIC: server.port}
        for name in names:
            fetched(f"https://{name}/", rules=RULES, kept=kept)
    assert internet.connected_to == 2 * [(PUBLIC, 443)]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    "first",
    [
        answer(b"photo", "Connection: close"),
        answer(b"gone", status="404 Not Found"),
        answer(b"p" * 2000),  # too large
    ],
)
def test_it_is_not_kept_after_an_answer_that_was_not_read_to_its_end(
    first: bytes, tls: ssl.SSLContext, internet: Internet
) -> None:
    with Server(tls=tls) as server, keeping() as kept:
        server.scripts = (server.answers(first, answer(b"mixed up")), answer(b"photo"))
        internet.names = {"photos.example": [[PUBLIC]]}
        internet.leads_to = {PUBLIC: server.port}
        with suppress(UrlRefused):
            fetched("https://photos.example/", rules=RULES, kept=kept)
        assert fetched("https://photos.example/", rules=RULES, kept=kept) == b"photo"
    assert server.connections == 2


@pytest.mark.usefixtures("trusted")
def test_one_that_breaks_is_replaced(tls: ssl.SSLContext, internet: Internet) -> None:
    """It hung up when it was asked: until then nobody could know."""
    with Server(tls=tls) as server, keeping() as kept:
        server.scripts = (server.answers(answer(b"one")), answer(b"two"))
        internet.names = {"photos.example": [[PUBLIC]]}
        internet.leads_to = {PUBLIC: server.port}
        assert fetched("https://photos.example/", rules=RULES, kept=kept) == b"one"
        assert fetched("https://photos.example/", rules=RULES, kept=kept) == b"two"
    assert len(server.requests) == 3


@pytest.mark.usefixtures("trusted")
def test_a_few_are_kept_and_no_more(tls: ssl.SSLContext, internet: Internet) -> None:
    with Server(tls=tls) as server, keeping() as kept:
        server.scripts = (server.answers(answer(b"photo")),)
        internet.names = {"photos.example": [[PUBLIC]]}
        internet.leads_to = {PUBLIC: server.port}
        ports = range(8000, 8000 + connect.KEPT_MOST + 1)
        rules = UrlPolicy(ports=frozenset(ports))
        fetched(f"https://photos.example:{ports[0]}/", rules=rules, kept=kept)
        ((_, oldest),) = kept._idle
        for port in ports[1:]:
            fetched(f"https://photos.example:{port}/", rules=rules, kept=kept)
    assert len(kept._idle) == connect.KEPT_MOST
    assert oldest.socket.fileno() == -1
