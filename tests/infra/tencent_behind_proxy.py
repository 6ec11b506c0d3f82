"""Run a loopback CONNECT proxy that answers for Tencent's API hosts, with its own certificate.

The engine of ``scf deploy`` speaks https with ``strictSSL: false`` and uses HTTPS_PROXY
(@tencent-sdk/capi), so the proxy gets every call that it makes.
"""

import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl


@dataclass
class Tencent:
    """Hold the account behind the proxy: its functions, its triggers and the calls made."""

    functions: dict[str, dict[str, Any]] = field(default_factory=dict)
    triggers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, host: str, action: str, given: dict[str, Any]) -> dict[str, Any]:
        """Carry out an action, and give the fields of its answer."""
        self.calls.append((host, action, given))
        name = given.get("FunctionName", "")
        if action == "GetFunction" and name not in self.functions:
            return {"Error": {"Code": "ResourceNotFound.Function", "Message": "not there"}}
        if action == "GetFunction":
            return {**self.functions[name], "Status": "Active", "Qualifier": "$LATEST"}
        if action in {"CreateFunction", "UpdateFunctionConfiguration"}:
            self.functions[name] = {**self.functions.get(name, {}), **given}
        if action == "ListTriggers":
            rows = self.triggers.get(name, [])
            return {"Triggers": rows, "TotalCount": len(rows)}
        if action == "CreateTrigger":
            self.triggers.setdefault(name, []).append(given)
            return {"TriggerInfo": given}
        return {}

    def made(self, *actions: str) -> list[dict[str, Any]]:
        """List the parameters that were sent with these actions, in order."""
        return [given for _, action, given in self.calls if action in actions]


def unflattened(form: dict[str, str]) -> dict[str, Any]:
    """Make the tree that names such as ``Environment.Variables.0.Key`` spell, of text values."""
    tree: dict[str, Any] = {}
    for path, value in form.items():
        *steps, last = path.split(".")
        node = tree
        for step in steps:
            node = node.setdefault(step, {})
        node[last] = value
    found: dict[str, Any] = _with_lists(tree)
    return found


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(step.isdecimal() for step in node):
        return [_with_lists(node[step]) for step in sorted(node, key=int)]
    return {step: _with_lists(child) for step, child in node.items()}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    tencent: Tencent
    tls: ssl.SSLContext


class _Tunnel(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host = ""

    def finish(self) -> None:
        """Close the socket inside the tunnel, too: the server does not know it."""
        super().finish()
        self.connection.close()

    def do_CONNECT(self) -> None:
        """Accept the tunnel, and act inside it as the host that was asked for."""
        self.send_response(200, "Connection established")
        self.end_headers()
        server = cast("_Server", self.server)
        self.host = self.path.partition(":")[0]
        self.connection = server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")
        self.close_connection = False

    def do_POST(self) -> None:
        """Answer one call of Tencent's API: a form, as with version 1 of the signature."""
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        given = unflattened(dict(parse_qsl(form, keep_blank_values=True)))
        action = given["Action"]
        fields = cast("_Server", self.server).tencent.answer(self.host, action, given)
        body = json.dumps({"Response": {**fields, "RequestId": "tests"}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def behind_proxy(folder: Path) -> Iterator[tuple[str, Tencent]]:
    """Run the proxy; yield its URL and the account behind it."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    with _Server(("127.0.0.1", 0), _Tunnel) as server:
        server.tencent = Tencent()
        server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.tls.load_cert_chain(certificate, key)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", server.tencent
        finally:
            server.shutdown()
            thread.join(5)
