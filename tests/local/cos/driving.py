"""Drive a running COS stand-in, by its control and by the official client."""

import hashlib
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from qcloud_cos import CosConfig, CosS3Client, CosServiceError

from tests.caller import Caller

BUCKET = "demo-1250000000"
REGION = "ap-guangzhou"
PERMANENT = {"secret_id": "AKIDpermanent", "secret_key": "a permanent secret"}
TEMPORARY = {"secret_id": "AKIDtemporary", "secret_key": "a temporary secret", "token": "a-token"}
WAIT_LIMIT_S = 30.0
CREATE_ONLY = {"x-cos-forbid-overwrite": "true"}


class Server:
    """Drive the stand-in: its address, its control, and the events that arrived."""

    def __init__(self, at: str, hook: str, events: list[dict[str, Any]]) -> None:
        self.address = at
        self.hook = f"http://{hook}/events"
        self.events = events
        self._caller = Caller(at)
        self.session = requests.Session()
        self.session.trust_env = False

    def control(self, method: str, path: str, **parts: Any) -> requests.Response:
        """Call ``/_control/<path>``."""
        return self._caller.call(method, f"/_control/{path}", **parts)

    def put_settings(self, **settings: float) -> None:
        """Change settings, which the stand-in must accept."""
        assert self.control("PUT", "settings", json=settings).status_code == 200

    def add_fault(self, **fault: Any) -> None:
        """Add a fault."""
        assert self.control("POST", "faults", json=fault).status_code == 200

    def calls(self) -> list[dict[str, Any]]:
        """Read the call log."""
        rows: list[dict[str, Any]] = self.control("GET", "calls").json()
        return rows

    def client(self, key: dict[str, Any] = PERMANENT, *, virtual: bool = False) -> CosS3Client:
        """Make the official client for the custom endpoint, or the bucket's own virtual domain."""
        host, _, port = self.address.rpartition(":")
        where = {"IP": host, "Port": int(port)} if virtual else {"Domain": self.address}
        config = CosConfig(
            Region=REGION,
            Scheme="http",
            SecretId=key["secret_id"],
            SecretKey=key["secret_key"],
            Token=key.get("token"),
            Timeout=5,
            **where,
        )
        return CosS3Client(config, retry=0, session=self.session)


def wait_until(holds: Callable[[], object]) -> None:
    """Wait until ``holds`` gives a true value; fail after ``WAIT_LIMIT_S``."""
    deadline = time.monotonic() + WAIT_LIMIT_S
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


def put(client: CosS3Client, key: str, body: bytes = b"1", **more: Any) -> dict[str, str]:
    """Put an object, and return the answer's headers."""
    headers: dict[str, str] = client.put_object(Bucket=BUCKET, Key=key, Body=body, **more)
    return headers


def body_of(client: CosS3Client, key: str, **more: Any) -> bytes:
    read: bytes = client.get_object(Bucket=BUCKET, Key=key, **more)["Body"].get_raw_stream().read()
    return read


def keys_of(listed: dict[str, Any]) -> list[str]:
    """Give the keys in a page of a listing."""
    return [row["Key"] for row in listed.get("Contents", [])]


def error_of(caught: pytest.ExceptionInfo[CosServiceError]) -> tuple[int, str]:
    return caught.value.get_status_code(), caught.value.get_error_code()
