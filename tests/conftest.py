"""Provide what all tests share: the stand-ins, each served on a loopback port of its own."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
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
# For CI: the same inputs each time, so that a run fails because of a change and not by chance.
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "default")

# The operator's keys, to look into the bucket. The product's code gets those of its role, by
# ``keys_environ``.
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
    """Control a running COS stand-in: its faults, settings, keys, calls and objects."""

    def __init__(self, at: str) -> None:
        self.address = at
        self._caller = Caller(at)

    def reset(self) -> None:
        """Empty the bucket, and drop faults and calls."""
        self._control("POST", "reset")

    def fault(self, **fault: Any) -> None:
        """Add a fault: how the next matching calls fail (``infra.local.control.Fault``)."""
        self._control("POST", "faults", json=fault)

    def settings(self, **settings: float) -> None:
        """Change some settings; the others stay."""
        self._control("PUT", "settings", json=settings)

    def accept_key(self, **key: Any) -> None:
        """Make the stand-in accept one more key (``infra.local.control.Key``)."""
        self._control("PUT", "keys", json=key)

    def calls(self, op: str = "", target: str = "") -> list[dict[str, Any]]:
        """List the calls so far, only those named ``op`` and on the key ``target`` if given."""
        rows: list[dict[str, Any]] = self._control("GET", "calls").json()
        return [r for r in rows if op in ("", r["op"]) and target in ("", r["target"])]

    def listed(self, prefix: str = "") -> list[str]:
        """List the keys below a prefix, without any lag."""
        rows = self._control("GET", "objects", params={"prefix": prefix}).json()
        return [row["key"] for row in rows]

    def read(self, key: str) -> bytes:
        """Read an object's bytes."""
        return self._control("GET", "object", params={"key": key}).content

    def write(self, key: str, data: bytes, *, age_s: float = 0) -> None:
        """Put an object without a signature and without firing a trigger."""
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
    """Have one process collect, and so compile, the tests before the others do.

    Garbage collection is off meanwhile, and the collected tests are frozen: they stay to the end,
    and searching them for garbage again and again would take time.
    """
    gc.disable()
    try:
        if "PYTEST_XDIST_WORKER" not in os.environ:
            return (yield)
        with spreading.one_before_the_others(Path(sys.prefix)):  # of each Python: its own bytecode
            return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests: the longest first."""
    items.sort(key=lambda item: spreading.turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> spreading.Spreading | None:
    """Keep files that share a set-up in one process, if xdist hands out whole files."""
    return spreading.Spreading(config, log) if config.getoption("dist") == "loadfile" else None


def keys_environ(function: str) -> dict[str, str]:
    """Make the variables in which a function finds its role's keys."""
    keys = ROLE_KEYS[function]
    return {
        "TENCENTCLOUD_SECRETID": keys.secret_id,
        "TENCENTCLOUD_SECRETKEY": keys.secret_key,
        "TENCENTCLOUD_SESSIONTOKEN": keys.token,
    }


@pytest.fixture
def clock() -> Clock:
    """Make a clock that passes time only when the test says so."""
    return Clock()


@contextmanager
def server_starter() -> Iterator[Serve]:
    """Yield a function that serves a stand-in's servers and gives their addresses.

    The servers are stopped at the end of the block.
    """
    with ExitStack() as stack:

        def start(create: Create, *names: str, **options: Any) -> dict[str, str]:
            sockets = {name: stack.enter_context(listen()) for name in names}
            addresses = {name: address(one) for name, one in sockets.items()}
            stack.enter_context(served(create(addresses, **options), sockets))
            return addresses

        yield start


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Give a function that serves a stand-in for one test."""
    with server_starter() as start:
        yield start


@pytest.fixture(scope="session")
def serve_all_along() -> Iterator[Serve]:
    """Give a function that serves a stand-in for the whole run.

    Stopping a server takes longer than most tests.
    """
    with server_starter() as start:
        yield start


@pytest.fixture(scope="session")
def standing_cos_at(serve_all_along: Serve) -> Iterator[str]:
    """Serve the run's COS stand-in, which the SDK reaches without a socket; give its address."""
    apps = create_cos({}, bucket=BUCKET, region=REGION, **ACCOUNT)
    at = serve_all_along(lambda _: apps, "cos")["cos"]
    with near(apps["cos"], at):
        yield at


@pytest.fixture
def over_the_wire(standing_cos_at: str) -> Iterator[None]:
    """Have the SDK use connections, for a test that is about them."""
    with wire():
        yield


@pytest.fixture(scope="session")
def standing_aiart(serve_all_along: Serve) -> dict[str, str]:
    """Serve the run's aiart stand-in and its results; give both addresses by name."""
    options = {**ACCOUNT, "duration_s": 0.0, "paint": False}
    return serve_all_along(aiart.create, "aiart", "aiart-results", **options)


@pytest.fixture(scope="session")
def standing_slack_at(serve_all_along: Serve) -> str:
    """Serve the run's Slack stand-in; give its address."""
    options = {"bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET}
    return serve_all_along(slack.create, "slack", **options)["slack"]


@pytest.fixture
def cos_at(standing_cos_at: str) -> str:
    """Give the ``host:port`` of a COS stand-in with an empty bucket and no triggers."""
    call("PUT", f"http://{standing_cos_at}/_control/triggers", [])
    call("POST", f"http://{standing_cos_at}/_control/reset")
    return standing_cos_at


@pytest.fixture(scope="session")
def standing_cos(standing_cos_at: str) -> Cos:
    """Control the run's COS stand-in."""
    return Cos(standing_cos_at)


@pytest.fixture
def cos(standing_cos: Cos, cos_at: str) -> Cos:
    """Control a COS stand-in with an empty bucket."""
    assert standing_cos.address == cos_at
    return standing_cos


@pytest.fixture
def aiart_at(standing_aiart: dict[str, str]) -> str:
    """Give the ``host:port`` of an aiart stand-in that paints flat pictures at once."""
    for at in standing_aiart.values():
        call("POST", f"http://{at}/_control/reset")
    return standing_aiart["aiart"]


@pytest.fixture
def slack_at(standing_slack_at: str) -> str:
    """Give the ``host:port`` of a Slack stand-in with its small workspace and no app."""
    call("PUT", f"http://{standing_slack_at}/_control/app", {})
    call("POST", f"http://{standing_slack_at}/_control/reset")
    return standing_slack_at


@pytest.fixture
def place(cos_at: str) -> BucketConfig:
    """Give the config of the test's bucket."""
    return BucketConfig(name=BUCKET, region=REGION, endpoint=cos_at, timeout_s=30)


@pytest.fixture
def bucket(place: BucketConfig) -> Bucket:
    """Open the test's bucket by the product's own client."""
    return Bucket(place, KEYS)


@pytest.fixture
def ledger(bucket: Bucket) -> Ledger:
    """Open the ledger over the test's bucket."""
    return Ledger(bucket)
