"""What SCF was recorded to send, and how much it takes back in headers."""

import base64
import time
from urllib.parse import urlsplit

import pytest
import requests

from tests.gateway.conftest import JPEG, Browser
from tests.jobs.driving import Cos
from tests.recorded import read

HEADERS_LIMIT_BYTES = 4096  # all names and values (583/37895)
PLATFORMS_OWN_BYTES = 256  # date, server, request id
TOKEN = base64.b64encode(bytes(range(256)) * 6).decode()  # 2,048 characters, many to be escaped
KEY = {"secret_id": "AKIDrole", "secret_key": "a-roles-key", "token": TOKEN}


@pytest.mark.usefixtures("finished")
def test_a_request_with_the_recorded_headers_is_served(browser: Browser, cos: Cos) -> None:
    headers = {
        name.replace("-", "_"): value for name, value in read("scf_web_headers.json").items()
    }
    assert browser.picture("preview.jpg", **headers).content == JPEG
    full = browser.picture("picture.png", **headers)
    assert urlsplit(full.headers["location"]).netloc == cos.address


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("picture.png", 302),
        ("preview.jpg", 200),
        ("/healthz", 200),
        ("/v1/docs", 200),
        ("/v1/jobs", 405),
        ("/nothing", 404),
    ],
)
def test_our_headers_stay_below_what_scf_takes(
    browser: Browser, cos: Cos, path: str, status: int
) -> None:
    """The longest is the redirect to a signed URL, which has the role's whole token in it."""
    cos.accept_key(**KEY, expires_at=time.time() + 600)
    brought = {
        "X_Scf_Secret_Id": KEY["secret_id"],
        "X_Scf_Secret_Key": KEY["secret_key"],
        "X_Scf_Session_Token": KEY["token"],
    }
    ask = browser.open if path.startswith("/") else browser.picture
    answer = ask(path, **brought)
    assert answer.status_code == status
    assert size_of(answer) < HEADERS_LIMIT_BYTES - PLATFORMS_OWN_BYTES


def size_of(answer: requests.Response) -> int:
    return sum(len(name) + len(value) for name, value in answer.headers.items())
