"""What is not signed, or is no JSON that a program would write."""

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.gateway.app import BODY_LIMIT_BYTES, LIMITS
from functions.gateway.problems import Rejected
from functions.gateway.strict_json import read_json
from tests.gateway.conftest import environ_of, serving
from tests.gateway.program import SHOP, STUDIO, Program, a_wish, pointers
from tests.jobs.driving import Cos

BODY = json.dumps(a_wish()).encode()
HEADERS = {
    "webhook-id": "msg_1",
    "webhook-timestamp": "1732270000",
    "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
}
STATUSES = {"/v1/jobs": "POST", "/v1/batches": "POST", f"/v1/jobs/{'a' * 20}": "DELETE"}


def changed(headers: dict[str, str], **changes: str | None) -> dict[str, str]:
    named = {f"webhook-{name}": value for name, value in changes.items()}
    return {name: value for name, value in (headers | named).items() if value is not None}


def hostile(shop: Program) -> Iterator[tuple[str, dict[str, str]]]:
    good = shop.signed(BODY, webhook_id="msg_1")
    yield "none at all", {}
    for name in good:
        yield f"no {name}", {k: v for k, v in good.items() if k != name}
    for signature in ("v1,", "v1", ",", "v1,é", "v1,a", "v1,====", "v2,aaaa", "v1,YQ==", "a b c"):
        yield f"signature {signature}", changed(good, signature=signature)
    for timestamp in ("", "now", "nan", "inf", "1e400", "-1", "99999999999", "٣", "0"):
        yield f"timestamp {timestamp}", changed(good, timestamp=timestamp)
    yield "too old", shop.signed(BODY, age_s=301)
    yield "from the future", shop.signed(BODY, age_s=-310)
    yield "another body", shop.signed(BODY + b" ")
    yield "another id", changed(good, id="msg_2")
    yield "another secret", shop.signed(BODY, secret="whsec_" + "A" * 32)
    yield "an id without end", shop.signed(BODY, webhook_id="m" * 257)


def test_what_is_not_signed_by_a_client_is_401_and_writes_nothing(shop: Program, cos: Cos) -> None:
    answers = []
    for what, headers in hostile(shop):
        encoded = {name: value.encode("utf-8") for name, value in headers.items()}
        for path in ("/v1/jobs", "/v1/batches"):
            url = f"http://{shop.at}{path}"
            answer = requests.post(url, data=BODY, headers=encoded, timeout=10)
            assert answer.status_code == 401, what
            answers.append(answer.content)
    assert len(set(answers)) == 1  # why is not said
    assert not cos.listed()
    assert not cos.calls()


def test_a_wrong_signature_is_401_before_anything_is_parsed(shop: Program) -> None:
    answer = shop.post(b"{" * 1000, HEADERS)
    assert answer.status_code == 401


@pytest.mark.parametrize("rotated", [b"v1,AAAA ", b"v2,AAAA "])
def test_one_good_signature_among_others_is_enough(rotated: bytes, shop: Program) -> None:
    headers = shop.signed(BODY)
    headers["webhook-signature"] = rotated.decode() + headers["webhook-signature"]
    assert shop.post(BODY, headers).status_code == 202


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (b"", {"": "not_json"}),
        (b"{", {"": "not_json"}),
        (b"{} {}", {"": "not_json"}),
        (b"[" * 50 + b"]" * 50, {"": "too_deep"}),
        (b"[" * 100_000, {"": "too_deep"}),
        (b'{"prompt": NaN, "product": -Infinity}', None),
        (b'{"prompt": 1e999}', {"/prompt": "number_too_large"}),
        (b'{"prompt": ' + b"9" * 5000 + b"}", {"/prompt": "number_too_large"}),
        (b'{"prompt": -12345678901234567}', {"/prompt": "number_too_large"}),
        (b'{"prompt": "a", "prompt": "b"}', {"/prompt": "duplicate_key"}),
        (b'{"deliver": {"x": 1, "x": 1}}', {"/deliver/x": "duplicate_key"}),
        (b'{"prompt": "a\\u0000"}', {"/prompt": "nul_character"}),
        (b'{"prompt": "\\ud83d"}', {"/prompt": "lone_surrogate"}),
        (b'{"a\\u0000": 1}', {"/a?": "nul_character"}),
    ],
)
def test_doubtful_json_is_400_with_every_problem(
    body: bytes, problems: dict[str, str] | None, shop: Program, cos: Cos
) -> None:
    answer = shop.post(body, shop.signed(body))
    assert answer.status_code == 400
    if problems is None:
        problems = {"/prompt": "not_a_number", "/product": "not_a_number"}
    assert pointers(answer) == problems
    assert not cos.listed()


def test_a_pair_of_surrogates_is_a_character(shop: Program) -> None:
    body = b'{"image_url": "https://shop.example/a", "prompt": "\\ud83c\\udf05"}'
    assert shop.post(body, shop.signed(body)).status_code == 202


@pytest.mark.parametrize("value", [b"[]", b"1", b'"text"', b"null", b"true"])
def test_what_is_no_object_is_422(value: bytes, shop: Program) -> None:
    assert pointers(shop.post(value, shop.signed(value))) == {"": "invalid_value"}


def test_a_body_over_the_limit_is_413_before_it_is_read(shop: Program, cos: Cos) -> None:
    body = b" " * (BODY_LIMIT_BYTES + 1)
    answer = shop.post(body, HEADERS)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not cos.calls()


def test_a_body_over_the_limit_that_does_not_say_so_is_413_too(shop: Program) -> None:
    parts = (b" " * 100_000 for _ in range(BODY_LIMIT_BYTES // 100_000 + 1))
    answer = requests.post(f"http://{shop.at}/v1/jobs", data=parts, headers=HEADERS, timeout=30)
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/v1/", "/v1/nothing", "/v1/jobs/x/y"])
def test_what_there_is_not_is_a_problem_document_too(path: str, shop: Program) -> None:
    answer = requests.get(f"http://{shop.at}{path}", timeout=10)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_another_method_is_405_and_says_which_there_are(shop: Program) -> None:
    answer = requests.put(f"http://{shop.at}/v1/jobs", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


def test_many_at_once_are_accepted_or_told_to_come_again(shop: Program, cos: Cos) -> None:
    pause = threading.Event()

    def until_accepted(number: int) -> str:
        wish, busy, program = a_wish(reference=str(number)), 0, Program(shop.at, shop.secret)
        while True:
            answer = program.send(wish, webhook_id=f"msg_{number}")
            if answer.status_code == 202:
                return str(answer.json()["id"])
            assert answer.status_code == 429
            assert answer.headers["retry-after"]
            busy += 1
            assert busy < 200
            pause.wait(0.05)

    with ThreadPoolExecutor(100) as crowd:
        found = set(crowd.map(until_accepted, range(100)))
    assert len(found) == 100
    assert len(cos.listed("requests/")) == 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,  # so it is never too deep
)


def read_or_why(body: bytes) -> object:
    """The value; or the codes of what is wrong with it."""
    try:
        return read_json(body)
    except Rejected as rejected:
        return rejected


@given(JSON)
def test_what_is_read_is_what_was_written(value: object) -> None:
    body = json.dumps(value).encode()
    if not re.search(rb"\\u0000|\\ud[89a-f]", body):
        assert read_or_why(body) == value


@pytest.mark.parametrize("written", ["72.0", "7.2e1", "72"])
def test_a_whole_number_is_an_integer_however_it_is_written(written: str) -> None:
    """So JSON Schema has it, and so the document says it."""
    assert msgspec.convert(read_json(f"[{written}]".encode()), list[int]) == [72]
    assert read_json(b"[0.5]") == [0.5]


@given(st.binary(max_size=60) | st.text('{}[]",:\\ue019. NaI-', max_size=60).map(str.encode))
def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    found = read_or_why(body)
    if isinstance(found, Rejected):
        assert found.status == 400
        assert found.problems


@given(wish=JSON)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_signed_is_answered(wish: object, studio: Program) -> None:
    assert studio.secret == STUDIO
    for path in ("/v1/jobs", "/v1/batches"):
        assert studio.send(wish, path).status_code in {400, 422}


@pytest.mark.parametrize("full", ["requests", "bytes"])
def test_who_comes_while_the_house_is_full_is_told_to_come_again_and_nothing_is_lost(
    full: str, cos: Cos
) -> None:
    wishes = {f"msg_{n}": a_wish(reference=str(n)) for n in range(8)}
    size = len(json.dumps(wishes["msg_0"]))
    limits = {
        "requests": msgspec.structs.replace(LIMITS, requests_at_once=2),
        "bytes": msgspec.structs.replace(LIMITS, bytes_at_once=2 * size, requests_at_once=8),
    }
    cos.fault(target="webhooks/*", times=-1, delay_s=0.3)
    with serving(environ_of(cos), limits[full]) as browser:

        def send(webhook_id: str) -> requests.Response:
            return Program(browser.at, SHOP).send(wishes[webhook_id], webhook_id=webhook_id)

        with ThreadPoolExecutor(len(wishes)) as crowd:
            answers = dict(zip(wishes, crowd.map(send, wishes), strict=True))
        refused = [name for name, answer in answers.items() if answer.status_code == 429]
        assert refused
        assert len(cos.listed("requests/")) == len(wishes) - len(refused)
        for name in refused:
            assert answers[name].json()["code"] == "too_busy"
            assert answers[name].headers["retry-after"] == "2"
            assert send(name).status_code == 202
    assert len(cos.listed("requests/")) == len(wishes)
