"""Call a server of the tests, at a third of the computing that ``requests`` needs."""

import io
import json as as_json
from collections.abc import Iterable, Mapping
from email.message import Message
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from infra.local import http
from infra.local.http import Connections
from tests.serving import own_answer

BLANK = vars(requests.Response()) | {"encoding": "utf-8"}  # copied: making its cookies takes long
AS_WRITTEN = "!#$%&'()*+,/:;=?@[]~"


class Caller:
    """Call one server, from any thread; no redirect is followed."""

    def __init__(self, at: str) -> None:
        self._at = at
        self._connections = Connections(at)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: bytes | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send JSON, a form, or bytes as they are."""
        asked = quote(path, safe=AS_WRITTEN)
        if params:
            asked += f"{'&' if '?' in path else '?'}{_form(params)}"
        body, kind = _body(json, data)
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        if kind:
            sent.setdefault("content-type", kind)
        url = f"http://{self._at}{asked}"
        own = own_answer(self._at, method, asked, body, sent)
        if own is not None:
            return heard(own.status, url, own.headers, own.body)
        answer = self._connections.send(method, asked, body, sent)
        return heard(answer.status, url, answer.headers.items(), answer.data)


def call(method: str, url: str, body: Any = None) -> Any:
    """Send JSON (or bytes as they are) and read JSON. Raises ``OSError`` for anything but 2xx."""
    where = urlsplit(url)
    asked = f"{where.path}?{where.query}" if where.query else where.path
    raw = body if body is None or isinstance(body, bytes) else as_json.dumps(body).encode()
    own = own_answer(where.netloc, method, asked, raw, {"content-type": "application/json"})
    if own is None:
        return http.call(method, url, body)
    if not 200 <= own.status < 300:
        raise HTTPError(url, own.status, "refused", Message(), None)
    return as_json.loads(own.body or b"null")


def heard(
    status: int, url: str, headers: Iterable[tuple[str, str]], body: bytes
) -> requests.Response:
    """Give an answer as ``requests`` does, but always with UTF-8: guessing takes long."""
    answer = requests.Response.__new__(requests.Response)
    vars(answer).update(BLANK, status_code=status, url=url, headers=CaseInsensitiveDict())
    for name, value in headers:
        before = answer.headers.get(name)
        answer.headers[name] = value if before is None else f"{before}, {value}"
    answer.raw = io.BytesIO(body)
    return answer


def _body(json: Any, data: bytes | Mapping[str, Any] | None) -> tuple[bytes | None, str]:
    if json is not None:
        return as_json.dumps(json).encode(), "application/json"
    if data is None or isinstance(data, bytes):
        return data, ""
    return _form(data).encode(), "application/x-www-form-urlencoded"


def _form(fields: Mapping[str, Any]) -> str:
    return urlencode({name: one for name, one in fields.items() if one is not None}, doseq=True)
