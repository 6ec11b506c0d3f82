"""Fetch a picture for the page, from the stand-ins and no other host."""

from collections.abc import Set as AbstractSet
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

SHOWN_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"}
LIMIT_S = 10.0
LIMIT_BYTES = 20_000_000


class Picture(NamedTuple):
    """Hold the bytes of a picture and their media type."""

    data: bytes
    media_type: str


class Missing(Exception):
    """Say that there is no picture at an address, or none that may be shown."""


def fetch(url: str, hosts: AbstractSet[str]) -> Picture:
    """Fetch the picture at ``url`` if its ``host:port`` is among ``hosts``. Raises ``Missing``.

    A redirect is not followed: it could lead anywhere.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.netloc not in hosts:
        raise Missing(url)
    try:
        with requests.Session() as session:
            session.trust_env = False  # do not use a proxy that is set for other traffic
            with session.get(url, timeout=LIMIT_S, allow_redirects=False, stream=True) as answer:
                return _picture(answer)
    except requests.RequestException as error:
        raise Missing(url) from error


def _picture(answer: requests.Response) -> Picture:
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
    if answer.status_code != 200 or media_type not in SHOWN_TYPES:
        raise Missing(answer.url)
    data = bytearray()
    for chunk in answer.iter_content(65_536):
        data += chunk
        if len(data) > LIMIT_BYTES:
            raise Missing(answer.url)
    return Picture(bytes(data), media_type)
