"""Serve the gateway over a COS stand-in, with programs, a browser and a finished job."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from functions.config import gateway_config
from functions.gateway.app import LIMITS, gateway
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.steps import Picture
from functions.web.admission import AdmissionLimits
from infra.local.serving import address, listen, served
from tests.caller import Caller
from tests.conftest import BUCKET, REGION, keys_environ
from tests.gateway.program import SHOP, STUDIO, Program, clients_json
from tests.jobs.driving import Cos
from tests.jobs.making import JOB_ID, a_job, a_success

SECRET = "a-link-secret-of-the-tests-0001"
BASE_URL = "https://pictures.example"
PNG, JPEG = b"\x89PNG the full picture", b"\xff\xd8\xff the preview"
FULL = Picture(
    name="picture.png",
    key=f"results/{JOB_ID}/picture.png",
    content_type="image/png",
    size_bytes=len(PNG),
    width=1280,
    height=720,
)
PREVIEW = Picture(
    name="preview.jpg",
    key=f"results/{JOB_ID}/preview.jpg",
    content_type="image/jpeg",
    size_bytes=len(JPEG),
    width=1280,
    height=720,
)


class Browser:
    """Open links of the gateway, at the address that it has in this test."""

    def __init__(self, at: str) -> None:
        self.links = Links(BASE_URL, [SECRET])
        self.at = at
        self._caller = Caller(at)

    def open(self, path: str, *, method: str = "GET", **headers: str) -> requests.Response:
        """Open a path of the gateway, without following redirects."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._caller.call(method, path, headers=named)

    def picture(self, name: str, job_id: str = JOB_ID, **headers: str) -> requests.Response:
        """Open the link to a job's picture."""
        return self.open(self.links.picture(job_id, name).removeprefix(BASE_URL), **headers)


def environ_of(cos: Cos) -> dict[str, str]:
    """Make the gateway's environment for a test's bucket."""
    return {
        "COS_BUCKET": BUCKET,
        "COS_REGION": REGION,
        "COS_ENDPOINT": cos.address,
        "LINK_SECRETS": SECRET,
        "LINK_BASE_URL": BASE_URL,
        "WEBHOOK_CLIENTS": clients_json(),
        **keys_environ("gateway"),
    }


@contextmanager
def serving(environ: dict[str, str], limits: AdmissionLimits = LIMITS) -> Iterator[Browser]:
    """Serve a gateway with this environment; yield a browser for it."""
    with listen() as listening:
        apps = {"gateway": gateway(gateway_config(environ), limits)}
        with served(apps, {"gateway": listening}):
            yield Browser(address(listening))


@pytest.fixture(scope="session")
def standing_gateway(standing_cos: Cos) -> Iterator[Browser]:
    with serving(environ_of(standing_cos)) as browser:
        yield browser


@pytest.fixture
def browser(cos: Cos, standing_gateway: Browser) -> Browser:
    return standing_gateway


@pytest.fixture
def shop(browser: Browser) -> Program:
    """Give the program of the client ``shop``."""
    return Program(browser.at, SHOP)


@pytest.fixture
def studio(browser: Browser) -> Program:
    """Give the program of the client ``studio``."""
    return Program(browser.at, STUDIO)


@pytest.fixture
def finished(ledger: Ledger) -> Ledger:
    """Give the ledger with one finished job, whose pictures are in the bucket."""
    ledger.bucket.put(FULL.key, PNG, content_type=FULL.content_type)
    ledger.bucket.put(PREVIEW.key, JPEG, content_type=PREVIEW.content_type)
    ledger.finish(a_job(), a_success(a_job(), pictures=(FULL, PREVIEW)))
    return ledger


@pytest.fixture
def temporary_key(cos: Cos) -> Callable[..., dict[str, str]]:
    """Give a function that makes COS accept another key of the gateway's role, and returns it."""

    def make(secret_id: str = "AKIDrole", *, lives_s: float = 600) -> dict[str, str]:
        parts = {"secret_id": secret_id, "secret_key": "a-roles-key", "token": "a-roles-token"}
        cos.accept_key(**parts, role="gateway", expires_at=time.time() + lives_s)
        return parts

    return make
