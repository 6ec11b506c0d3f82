"""What a client with a right signature may send by mistake: accepted, or a problem document."""

import base64
import json
import time
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.config import gateway_config
from functions.gateway.app import gateway
from functions.gateway.problems import TITLES, ProblemDocument, Rejected
from functions.gateway.strict_json import read_json
from functions.web.asgi import WebApp
from tests.fuzz.asking import Answered, ask
from tests.fuzz.budget import tries
from tests.fuzz.test_signatures import by_webhook
from tests.gateway.conftest import environ_of
from tests.gateway.program import CALLBACK_URL, CHANNEL, PHOTO_URL, SHOP
from tests.jobs.driving import Cos

Json = Any
PATHS = ["/v1/jobs", "/v1/batches"]
WISH: Json = {
    "image_url": PHOTO_URL,
    "prompt": "on a wooden table",
    "negative_prompt": "people",
    "product": "cup",
    "mask": base64.b64encode(b"\x89PNG").decode(),
    "resolution": "1280:720",
    "watermark": True,
    "deliver": {
        "slack": {"channel": CHANNEL, "thread_ts": "1732270000.000100"},
        "callback_url": CALLBACK_URL,
    },
    "reference": "order 4711",
    "language": "en",
}

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=300),
    st.sampled_from(["", "\0", "\ud800", "<!channel>", "x" * 5000, "BackgroundTemplate", "16:9"]),
    st.sampled_from([1 << 80, -1, 1e308, "1:1", "999999:1", "٥:٣", "data:image/png;base64,AA=="]),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def spoilt_wishes(draw: st.DrawFn) -> Json:
    """A right wish with some of its parts gone, added or of another kind."""
    wish = json.loads(json.dumps(WISH))
    for _ in range(draw(st.integers(0, 3))):
        into = draw(st.sampled_from([wish, wish.get("deliver"), wish]))
        if not isinstance(into, dict):
            continue
        name = draw(st.sampled_from([*WISH, "slack", "callback_url", "job"]) | st.text(max_size=10))
        if draw(st.booleans()):
            into[name] = draw(values)
        else:
            into.pop(name, None)
    return wish


@st.composite
def spoilt_texts(draw: st.DrawFn) -> bytes:
    """The text of a right wish, with some bytes changed, doubled or cut off."""
    text = bytearray(json.dumps(draw(spoilt_wishes())).encode("utf-8", "surrogatepass"))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(text) - 1)))
        end = at + draw(st.integers(0, 3))
        text[at:end] = draw(st.binary(max_size=4) | st.sampled_from([b"{", b"[", b'"', b"\\ud800"]))
    return bytes(text)


wishes = spoilt_wishes() | values
bodies = st.one_of(
    wishes.map(lambda wish: json.dumps(wish).encode()),
    st.lists(wishes, max_size=3).map(lambda jobs: json.dumps({"jobs": jobs}).encode()),
    spoilt_texts(),
    st.binary(max_size=200),
    st.integers(1, 3000).map(lambda depth: b"[" * depth),
)


@pytest.fixture(scope="module")
def service(cos: Cos) -> WebApp:
    return gateway(gateway_config(environ_of(cos)))


def sent(service: WebApp, path: str, body: bytes, method: str = "POST") -> Answered:
    stamp, webhook_id = str(int(time.time())), f"msg_{sha256(path.encode() + body).hexdigest()}"
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": by_webhook(SHOP, webhook_id, stamp, body),
    }
    return ask(service, method, path, headers=headers, body=body)


@tries(100)
@given(st.sampled_from(PATHS), bodies)
@example("/v1/jobs", b"\xff\xfe{}")
@example("/v1/jobs", b'{"prompt": "\\ud800"}')
@example("/v1/jobs", b"[" * 3000)
def test_a_signed_body_is_accepted_or_answered_with_its_problems(
    service: WebApp, path: str, body: bytes
) -> None:
    answer = sent(service, path, body)
    if answer.status == 202:
        said = json.loads(answer.body)
        assert set(said) >= {"id", "status_url"}
        assert answer.headers["location"] == said["status_url"]
        return
    assert 400 <= answer.status < 500, answer
    assert answer.headers["content-type"] == "application/problem+json"
    problem = msgspec.json.decode(answer.body, type=ProblemDocument)
    assert problem.status == answer.status
    assert problem.code in TITLES
    assert "Traceback" not in problem.detail


@tries(40)
@given(bodies)
def test_a_signed_delete_of_no_job_is_refused(service: WebApp, body: bytes) -> None:
    answer = sent(service, "/v1/jobs/" + "a" * 20, body, method="DELETE")
    # 401: Standard Webhooks sign texts, so bytes that are none have no right signature.
    assert answer.status in {400, 401, 404}, answer


@tries(120)
@given(bodies)
@example(b'{"a": 1, "a": 2}')
@example(b"1e999")
@example(b"-0")
def test_json_is_read_as_everybody_reads_it_or_refused(body: bytes) -> None:
    found = refused = None
    try:
        found = read_json(body)
    except Rejected as rejected:
        refused = rejected
    if refused is None:
        assert msgspec.json.decode(body) == found
    else:
        assert (refused.status, refused.code) == (400, "malformed_json")
        assert refused.problems
