"""Run an aiart stand-in and a host for product photos, and call it by the vendor's client."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image, ImageDraw
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tencentcloud.aiart.v20221229 import aiart_client, models
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from infra.local.aiart import create
from infra.local.aiart.pixels import Pixels
from infra.local.serving import address, listen
from tests.caller import call
from tests.serving import served

KEY = {"secret_id": "AKIDpermanent", "secret_key": "a permanent secret"}
PHOTO_SIZE = (640, 480)
PATIENCE_S = 20.0


def until(condition: Callable[[], Any]) -> Any:
    """Wait until ``condition`` is true, and return its value."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return value


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=10)


def bottle() -> tuple[Image.Image, Pixels]:
    """Draw a green bottle on a patterned cloth; give it and its true alpha (height, width)."""
    width, height = PHOTO_SIZE
    rng = np.random.default_rng(7)
    cloth = rng.integers(150, 205, (height // 8, width // 8, 3), dtype=np.uint8)
    photo = Image.fromarray(cloth).resize(PHOTO_SIZE, Image.Resampling.BICUBIC)
    outline = Image.new("L", PHOTO_SIZE)
    for draw, fill in ((ImageDraw.Draw(photo), (20, 92, 48)), (ImageDraw.Draw(outline), 255)):
        draw.rounded_rectangle((250, 170, 390, 450), radius=28, fill=fill)
        draw.polygon([(262, 190), (300, 110), (340, 110), (378, 190)], fill=fill)
        draw.rectangle((300, 40, 340, 120), fill=fill)
    ImageDraw.Draw(photo).rectangle((250, 260, 390, 360), fill=(240, 232, 210))
    ImageDraw.Draw(photo).rectangle((300, 40, 340, 62), fill=(190, 40, 40))
    return photo, np.asarray(outline)


def encoded(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """Encode a picture as a file."""
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


@cache
def bottle_file() -> bytes:
    """Encode the bottle's photo as a PNG."""
    return encoded(bottle()[0])


def decoded(data: bytes) -> Image.Image:
    """Decode a picture file, and load its pixels."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


@dataclass
class Photos:
    """Hold what the photo host serves, by name: a file's bytes, or an HTTP status instead."""

    host: str
    files: dict[str, bytes | int] = field(default_factory=dict)

    def put(self, name: str, content: bytes | int) -> str:
        """Serve ``content`` as ``name``; give its URL."""
        self.files[name] = content
        return f"http://{self.host}/{name}?q-signature=not-to-be-logged"

    def app(self) -> Starlette:
        async def get(request: Request) -> Response:
            content = self.files.get(request.path_params["name"], 404)
            if isinstance(content, int):
                return Response(status_code=content, headers={"location": "/elsewhere"})
            return Response(content)

        return Starlette(routes=[Route("/{name}", get)])


@dataclass
class StandIn:
    """Call a running stand-in as the product does."""

    endpoint: str  # host:port
    results: str  # host:port
    photos: Photos

    def client(
        self,
        key: Mapping[str, str] = KEY,
        *,
        timeout_s: float = 30,
        region: str = "ap-guangzhou",
    ) -> aiart_client.AiartClient:
        """Make the official client; fields that ``key`` leaves out are those of ``KEY``."""
        use = {**KEY, **key}
        credential = Credential(use["secret_id"], use["secret_key"], use.get("token"))
        http = HttpProfile(protocol="http", endpoint=self.endpoint, reqTimeout=timeout_s)
        return aiart_client.AiartClient(credential, region, ClientProfile(httpProfile=http))

    def replace(
        self, client: aiart_client.AiartClient | None = None, **fields: Any
    ) -> models.ReplaceBackgroundResponse:
        """Call ReplaceBackground by the official client, by default with the bottle's photo."""
        sent = {
            "ProductUrl": f"http://{self.photos.host}/bottle.png",
            "Prompt": "on a wooden table",
            **fields,
        }
        request = models.ReplaceBackgroundRequest()
        for name, value in sent.items():
            setattr(request, name, value)
        return (client or self.client()).ReplaceBackground(request)

    def refusal(self, client: aiart_client.AiartClient | None = None, **fields: Any) -> str:
        """Call ReplaceBackground, which must fail; give the error's code."""
        with pytest.raises(TencentCloudSDKException) as caught:
            self.replace(client, **fields)
        return str(caught.value.code)

    def control(self, method: str, path: str, json: Any = None, *, on: str = "") -> Any:
        """Call ``/_control``, by default on the API's host."""
        url = f"http://{on or self.endpoint}/_control{path}"
        return call(method, url, json)

    def change(self, **settings: Any) -> None:
        self.control("PUT", "/settings", settings)

    def fault(self, *, on: str = "", **fault: Any) -> None:
        self.control("POST", "/faults", fault, on=on)

    def tasks(self) -> list[dict[str, Any]]:
        """List the tasks that had a slot and have ended."""
        tasks: list[dict[str, Any]] = self.control("GET", "/tasks")
        return tasks

    def calls(self, *, on: str = "") -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.control("GET", "/calls", on=on)
        return calls


@contextmanager
def running(**settings: Any) -> Iterator[StandIn]:
    """Run a stand-in with these settings, and a photo host that has ``bottle.png``."""
    sockets = {name: listen() for name in ("aiart", "aiart-results", "photos")}
    addresses = {name: address(one) for name, one in sockets.items()}
    photos = Photos(addresses["photos"])
    photos.put("bottle.png", bottle_file())
    apps = create(addresses, keys=[KEY], **settings) | {"photos": photos.app()}
    with served(apps, sockets):
        yield StandIn(addresses["aiart"], addresses["aiart-results"], photos)


@pytest.fixture(scope="package")
def _quick() -> Iterator[StandIn]:
    with running(duration_s=0, paint=False) as stand_in:
        yield stand_in


@pytest.fixture
def quick(_quick: StandIn) -> Iterator[StandIn]:
    """Reset a stand-in that answers at once with a flat background."""
    yield _quick
    _quick.control("POST", "/reset")
    _quick.control("POST", "/reset", on=_quick.results)
