"""Act as a program that sends webhooks, signed by the official ``standardwebhooks`` library."""

import base64
import json
import secrets
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import requests
from standardwebhooks.webhooks import Webhook

from tests.caller import Caller

SHOP = "whsec_" + base64.b64encode(b"a-secret-of-the-tests-for-shop-01").decode()
STUDIO = "whsec_" + base64.b64encode(b"a-secret-of-the-tests-for-studio-2").decode()
STUDIO_OLD = "whsec_" + base64.b64encode(b"a-secret-of-the-tests-for-studio-1").decode()
CHANNEL = "C0PRODUCTS"
PHOTO_URL = "https://shop.example/cup.jpg"
CALLBACK_URL = "https://shop.example/hooks/pictures"


def clients_json() -> str:
    """Write ``WEBHOOK_CLIENTS`` for the tests' gateway: the clients ``shop`` and ``studio``."""
    shop = {
        "name": "shop",
        "secrets": [SHOP],
        "channels": [CHANNEL],
        "callback_hosts": ["shop.example", "127.0.0.1"],
    }
    studio = {"name": "studio", "secrets": [STUDIO, STUDIO_OLD], "agrees_to_unmarked": True}
    return json.dumps([shop, studio])


def a_wish(**changes: Any) -> dict[str, Any]:
    """Make the body of an ordinary job; a change to None leaves a field out."""
    body = {"image_url": PHOTO_URL, "prompt": "on a wooden table", **changes}
    return {name: value for name, value in body.items() if value is not None}


class Program:
    """Sign requests with a client's secret, and send them to a gateway."""

    def __init__(self, at: str, secret: str) -> None:
        self.at = at
        self.secret = secret
        self._caller = Caller(at)

    def signed(
        self, body: bytes, *, webhook_id: str = "", age_s: float = 0, secret: str = ""
    ) -> dict[str, str]:
        """Make the headers of a signed webhook."""
        webhook_id = webhook_id or f"msg_{secrets.token_hex(8)}"
        at = datetime.now(timezone.utc) - timedelta(seconds=age_s)
        signature = Webhook(secret or self.secret).sign(webhook_id, at, body.decode("utf-8"))
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        }

    def send(
        self, wish: object, path: str = "/v1/jobs", *, webhook_id: str = ""
    ) -> requests.Response:
        """Send a signed POST of ``wish`` as JSON."""
        body = json.dumps(wish).encode()
        return self.post(body, self.signed(body, webhook_id=webhook_id), path)

    def post(
        self, body: bytes, headers: dict[str, str], path: str = "/v1/jobs"
    ) -> requests.Response:
        """Send a POST of exactly these bytes and headers."""
        return self.request("POST", path, body, headers)

    def request(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> requests.Response:
        """Send a request of any method, with exactly these bytes and headers."""
        return self._caller.call(method, path, data=body, headers=headers)

    def delete(self, job_id: str) -> requests.Response:
        """Send a signed DELETE of a job."""
        headers = self.signed(b"", webhook_id=f"delete-{job_id}")
        return self._caller.call("DELETE", f"/v1/jobs/{job_id}", headers=headers)

    def status(self, status_url: str) -> requests.Response:
        """Read a status URL, at the address that the gateway has in this test."""
        parts = urlsplit(status_url)
        return self._caller.call("GET", f"{parts.path}?{parts.query}")


def pointers(answer: requests.Response) -> dict[str, str]:
    """Read an answer's problems: their codes by JSON pointer."""
    assert answer.headers["content-type"] == "application/problem+json"
    return {one["pointer"]: one["code"] for one in answer.json()["problems"]}
