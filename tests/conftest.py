"""What all tests share: the stand-ins, each served on a loopback port of its own."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
import pytest
import requests
from hypothesis import settings
from starlette.types import ASGIApp

from functions.jobs.bucket import Bucket, BucketConfig, Keys
from functions.jobs.ledger import Ledger
from infra.local import aiart, slack
from infra.local.cos import create as create_cos
from infra.local.serving import address, listen
from infra.serverless_yml.policies import FUNCTIONS, policy
from tests import spreading
from tests.caller import Caller, call
from tests.clock import Clock
from tests.near_cos import near
from tests.near_cos import over_the_wire as wire
from tests.serving import served

settings.register_profile("default", deadline=None, max_examples=50)
# Of the deciding run: the same inputs each time, so that it fails for a change and not by chance.
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "default")

# The operator's, who looks into the bucket. The product's code gets its role's: ``keys_environ``.
KEYS = Keys("AKIDtests", "a-secret-key-of-tests")
BUCKET, REGION = "shop-1250000000", "ap-guangzhou"
BOT_TOKEN, SIGNING_SECRET = "xoxb-0123456789abcdef", "0123456789abcdef0123456789abcdef"
OPERATORS = [{"secret_id": KEYS.secret_id, "secret_key": KEYS.secret_key}]
ROLE_KEYS = {
    name: Keys(f"AKID{name}", f"a-secret-key-of-the-{name}", f"a-token-of-the-{name}")
    for name in FUNCTIONS
}
ACCOUNT: dict[str, Any] = {
    "keys": [
        *OPERATORS,
        *({**msgspec.structs.asdict(key), "role": name} for name, key in ROLE_KEYS.items()),
    ],
    "policies": {name: policy(name, bucket=BUCKET, region=REGION) for name in FUNCTIONS},
}


class Cos:
    """Faults, settings, keys, the calls and the objects of a running stand-in."""

    def __init__(self, at: str) -> None:
        self.address = at
        self._caller = Caller(at)

    def reset(self) -> None:
        """An empty bucket, no faults and no calls."""
        self._control("POST", "reset")

    def fault(self, **fault: Any) -> None:
        """How the next matching calls go wrong (``infra.local.control.Fault``)."""
        self._control("POST", "faults", json=fault)

    def settings(self, **settings: float) -> None:
        """Some settings; the others stay."""
        self._control("PUT", "settings", json=settings)

    def accept_key(self, **key: Any) -> None:
        """One more key (``infra.local.control.Key``)."""
        self._control("PUT", "keys", json=key)

    def calls(self, op: str = "", target: str = "") -> list[dict[str, Any]]:
        """The calls so far, by the name of the call and the key."""
        rows: list[dict[str, Any]] = self._control("GET", "calls").json()
        return [r for r in rows if op in ("", r["op"]) and target in ("", r["target"])]

    def listed(self, prefix: str = "") -> list[str]:
        """The keys below a prefix, without any lag."""
        rows = self._control("GET", "objects", params={"prefix": prefix}).json()
        return [row["key"] for row in rows]

    def read(self, key: str) -> bytes:
        """An object's bytes."""
        return self._control("GET", "object", params={"key": key}).content

    def write(self, key: str, data: bytes, *, age_s: float = 0) -> None:
        """Puts an object behind the product's back."""
        params = {"key": key, "quiet": "1", "age_s": age_s}
        self._control("PUT", "object", params=params, data=data)

    def _control(self, method: str, path: str, **parts: Any) -> requests.Response:
        answer = self._caller.call(method, f"/_control/{path}", **parts)
        assert answer.status_code == 200, answer.text
        return answer


Create = Callable[..., dict[str, ASGIApp]]
Serve = Callable[..., dict[str, str]]


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Have one process compile the tests first where several begin to collect them.

    What is collected stays to the end: nobody searches it for garbage, over and over.
    """
    gc.disable()
    try:
        if "PYTEST_XDIST_WORKER" not in os.environ:
            return (yield)
        with spreading.one_before_the_others(session.config.rootpath):
            return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest begin."""
    items.sort(key=lambda item: spreading.turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> spreading.Spreading | None:
    """Keep together what shares a set-up, where whole files are handed out."""
    return spreading.Spreading(config, log) if config.getoption("dist") == "loadfile" else None


def keys_environ(function: str) -> dict[str, str]:
    """The variables in which a function finds its role's keys."""
    keys = ROLE_KEYS[function]
    return {
        "TENCENTCLOUD_SECRETID": keys.secret_id,
        "TENCENTCLOUD_SECRETKEY": keys.secret_key,
        "TENCENTCLOUD_SESSIONTOKEN": keys.token,
    }


@pytest.fixture
def clock() -> Clock:
    """Time that passes when a test says so."""
    return Clock()


@contextmanager
def server_starter() -> Iterator[Serve]:
    """Gives what serves a stand-in's servers and tells their addresses; stops them at the end."""
    with ExitStack() as stack:

        def start(create: Create, *names: str, **options: Any) -> dict[str, str]:
            sockets = {name: stack.enter_context(listen()) for name in names}
            addresses = {name: address(one) for name, one in sockets.items()}
            stack.enter_context(served(create(addresses, **options), sockets))
            return addresses

        yield start


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves what one test alone needs."""
    with server_starter() as start:
        yield start


@pytest.fixture(scope="session")
def serve_all_along() -> Iterator[Serve]:
    """Serves what stands for the whole run: to stop a server takes longer than most tests."""
    with server_starter() as start:
        yield start


@pytest.fixture(scope="session")
def standing_cos_at(serve_all_along: Serve) -> Iterator[str]:
    """Where the run's COS stand-in is; the SDK's calls take the short way to it."""
    apps = create_cos({}, bucket=BUCKET, region=REGION, **ACCOUNT)
    at = serve_all_along(lambda _: apps, "cos")["cos"]
    with near(apps["cos"], at):
        yield at


@pytest.fixture
def over_the_wire(standing_cos_at: str) -> Iterator[None]:
    """For what is about the connection to the bucket: the SDK's calls use one."""
    with wire():
        yield


@pytest.fixture(scope="session")
def standing_aiart(serve_all_along: Serve) -> dict[str, str]:
    """Where the run's aiart stand-in is, and the host of its results."""
    options = {**ACCOUNT, "duration_s": 0.0, "paint": False}
    return serve_all_along(aiart.create, "aiart", "aiart-results", **options)


@pytest.fixture(scope="session")
def standing_slack_at(serve_all_along: Serve) -> str:
    """Where the run's Slack stand-in is."""
    options = {"bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET}
    return serve_all_along(slack.create, "slack", **options)["slack"]


@pytest.fixture
def cos_at(standing_cos_at: str) -> str:
    """A COS stand-in with one empty bucket: its ``host:port``."""
    call("PUT", f"http://{standing_cos_at}/_control/triggers", [])
    call("POST", f"http://{standing_cos_at}/_control/reset")
    return standing_cos_at


@pytest.fixture(scope="session")
def standing_cos(standing_cos_at: str) -> Cos:
    """The run's COS stand-in, as a test drives it."""
    return Cos(standing_cos_at)


@pytest.fixture
def cos(standing_cos: Cos, cos_at: str) -> Cos:
    """The same with one empty bucket."""
    assert standing_cos.address == cos_at
    return standing_cos


@pytest.fixture
def aiart_at(standing_aiart: dict[str, str]) -> str:
    """An aiart stand-in that paints flat pictures at once: its ``host:port``."""
    for at in standing_aiart.values():
        call("POST", f"http://{at}/_control/reset")
    return standing_aiart["aiart"]


@pytest.fixture
def slack_at(standing_slack_at: str) -> str:
    """A Slack stand-in with its small workspace and no app: its ``host:port``."""
    call("PUT", f"http://{standing_slack_at}/_control/app", {})
    call("POST", f"http://{standing_slack_at}/_control/reset")
    return standing_slack_at


@pytest.fixture
def place(cos_at: str) -> BucketConfig:
    """Where the test's bucket is."""
    return BucketConfig(name=BUCKET, region=REGION, endpoint=cos_at, timeout_s=30)


@pytest.fixture
def bucket(place: BucketConfig) -> Bucket:
    """The test's bucket, through the product's own client."""
    return Bucket(place, KEYS)


@pytest.fixture
def ledger(bucket: Bucket) -> Ledger:
    """The ledger over the test's bucket."""
    return Ledger(bucket)
