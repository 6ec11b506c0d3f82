"""Web functions: what passes through a function URL, and the life of the server behind it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from infra.local.scf.web_function import INSIDE_HOST
from tests.local.scf.conftest import (
    BOOTSTRAP,
    EVENT,
    LIMIT_S,
    URL,
    WEB,
    Deploy,
    Stack,
    alive,
    until,
)

SERVER = """
    import json, os, subprocess, sys, threading, time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from urllib.parse import parse_qsl, urlsplit

    class Server(ThreadingHTTPServer):
        request_queue_size = 200

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do(self):
            url = urlsplit(self.path)
            query = dict(parse_qsl(url.query))
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            act = url.path.split("/")[1]
            if act == "exit":
                os._exit(5)
            if act == "sleep":
                print("sleeping")
                time.sleep(float(query["s"]))
            if act == "children":
                command = [sys.executable, "-c", "import time; time.sleep(600)"]
                child = subprocess.Popen(command, start_new_session=True)
                return self.say(200, json.dumps([os.getpid(), child.pid]).encode())
            if act == "big":
                return self.say(200, b"x" * int(query["bytes"]))
            if act == "memory":
                self.server.kept = b"x" * (int(query["mb"]) * 1024 * 1024)
                time.sleep(60)
            if act == "headers":
                return self.say(200, b"", [("X-Much", "x" * int(query["bytes"]))])
            if act == "nothing":
                return self.say(204, b"")
            if act == "cookies":
                return self.say(302, b"", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"),
                                           ("Location", "/elsewhere")])
            if act == "leave":
                self.say(500, b"expired")
                os._exit(0)
            self.say(200, json.dumps({
                "path": self.path, "method": self.command, "pid": os.getpid(),
                "body": body.decode("latin-1"), "headers": self.headers.items(),
                "environment": dict(os.environ),
            }).encode())

        do_GET = do_POST = do_HEAD = do_DELETE = do

        def say(self, status, body, headers=()):
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    print("starting")
    address = (os.environ["LOCAL_HOST"], int(os.environ["LOCAL_PORT"]))
    Server(address, Handler).serve_forever()
"""
FILES = {"scf_bootstrap": BOOTSTRAP, "server.py": SERVER}


def web(deploy: Deploy, **more: Any) -> Stack:
    settings = {k: more.pop(k) for k in list(more) if k in {*WEB, "role", "environments"}}
    return deploy({"web": {**WEB, **settings}}, FILES, **{"triggers": [URL], **more})


def headers_of(answer: dict[str, Any], prefix: str = "x-scf-") -> dict[str, str]:
    pairs = [(name.lower(), value) for name, value in answer["headers"]]
    assert len(pairs) == len({name for name, _ in pairs}), "a header came twice"
    return {name: value for name, value in pairs if name.startswith(prefix)}


def test_a_request_passes_through_unchanged(deploy: Deploy) -> None:
    stack = web(deploy)
    url = stack.url("web", "/some/%E8%B7%AF%20x;a?q=%2F&q=2")
    answer = requests.post(
        url, data=b"\x00\xffbody", headers={"X-Slack-Signature": "v0=1"}, timeout=9
    )
    assert answer.status_code == 200
    said = answer.json()
    assert said["path"] == "/some/%E8%B7%AF%20x;a?q=%2F&q=2"
    assert (said["method"], said["body"]) == ("POST", "\x00\xffbody")
    assert headers_of(said, "x-slack-") == {"x-slack-signature": "v0=1"}
    assert headers_of(said, "host") == {"host": INSIDE_HOST}  # not the name that was called


def test_what_the_platform_says_about_a_request_a_caller_cannot_say(deploy: Deploy) -> None:
    stack = web(deploy)
    forged = {"X-Forwarded-For": "8.8.8.8", "X-Real-Ip": "8.8.8.8", "X-Client-Proto": "http"}
    said = requests.get(stack.url("web", "/"), headers=forged, timeout=9).json()
    for name, value in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("x-client-proto", "https"),
        ("connection", "close"),
    ]:
        assert headers_of(said, name)[name] == value


def test_answers_come_back_unchanged(deploy: Deploy) -> None:
    stack = web(deploy)
    redirect = requests.get(stack.url("web", "/cookies"), allow_redirects=False, timeout=9)
    assert (redirect.status_code, redirect.headers["Location"]) == (302, "/elsewhere")
    assert redirect.raw.headers.getlist("Set-Cookie") == ["a=1", "b=2"]
    assert len(redirect.raw.headers.getlist("Date")) == 1
    nothing = requests.delete(stack.url("web", "/nothing"), timeout=9)
    assert (nothing.status_code, nothing.content) == (204, b"")
    head = requests.head(stack.url("web", "/big?bytes=5"), timeout=9)
    assert (head.headers["Content-Length"], head.content) == ("5", b"")


def test_the_environment_is_that_of_the_start_and_the_keys_of_the_request(deploy: Deploy) -> None:
    stack = web(deploy, role="Some-Role")
    first = requests.get(stack.url("web", "/"), timeout=9).json()
    stack.control("PUT", "/settings", {"key_lifetime_s": 7200})  # the next key is another
    second = requests.get(stack.url("web", "/"), timeout=9).json()
    assert first["pid"] == second["pid"]
    old, new = stack.keys
    for answer, key in [(first, old), (second, new)]:
        assert answer["environment"]["TENCENTCLOUD_SECRETID"] == old["secret_id"]
        assert answer["environment"]["TENCENTCLOUD_SESSIONTOKEN"] == old["token"]
        headers = headers_of(answer)
        keys = ("x-scf-secret-id", "x-scf-secret-key", "x-scf-session-token")
        assert {name: headers[name] for name in keys} == {
            "x-scf-secret-id": key["secret_id"],
            "x-scf-secret-key": key["secret_key"],
            "x-scf-session-token": key["token"],
        }


def test_a_callers_x_scf_headers_never_arrive(deploy: Deploy) -> None:
    stack = web(deploy)
    forged = {"X-Scf-Secret-Id": "mine", "x-SCF-anything": "1", "X-Scf-Request-Id": "mine"}
    answer = requests.get(stack.url("web", "/"), headers=forged, timeout=9)
    headers = headers_of(answer.json())
    assert not {"x-scf-secret-id", "x-scf-anything"} & set(headers)  # it has no role
    assert headers["x-scf-request-id"] == answer.headers["X-Scf-Request-Id"] != "mine"


def test_a_web_function_sees_nothing_of_this_machine_but_path(deploy: Deploy) -> None:
    stack = web(deploy, environments=[{"key": "FRONT", "value": "${env:NOWHERE}"}])
    environment = requests.get(stack.url("web", "/"), timeout=9).json()["environment"]
    assert environment["FRONT"] == "undefined"
    assert environment["SCF_FUNCTIONNAME"] == "name-dev-app-web"
    assert environment["PYTHONDONTWRITEBYTECODE"]
    assert "HOME" not in environment
    assert "TENCENTCLOUD_SECRETID" not in environment


def test_a_server_that_left_is_started_again(deploy: Deploy) -> None:
    stack = web(deploy)
    first = requests.get(stack.url("web", "/"), timeout=9).json()["pid"]
    leaving = requests.get(stack.url("web", "/leave"), timeout=9)
    assert (leaving.status_code, leaving.text) == (500, "expired")
    until(lambda: not alive(first))
    until(lambda: stack.described("web")["state"] == "cold")
    assert requests.get(stack.url("web", "/"), timeout=9).json()["pid"] != first
    assert stack.described("web")["starts"] == 2


def test_a_request_whose_server_dies_gets_an_error_and_is_not_repeated(deploy: Deploy) -> None:
    stack = web(deploy)
    with ThreadPoolExecutor(2) as pool:
        asleep = pool.submit(requests.get, stack.url("web", "/sleep?s=30"), timeout=20)
        until(lambda: "sleeping" in stack.log("web"))
        dead = requests.get(stack.url("web", "/exit"), timeout=9)
        assert (dead.status_code, dead.json()["statusCode"]) == (502, 439)
        assert asleep.result().status_code == 502
    assert stack.statuses("web") == [439, 439]
    assert stack.described("web")["starts"] == 1


def test_a_request_that_takes_too_long_is_433_and_the_process_goes(deploy: Deploy) -> None:
    stack = web(deploy, timeout=3)
    pids = requests.get(stack.url("web", "/children"), timeout=9).json()
    late = requests.get(stack.url("web", "/sleep?s=30"), timeout=9)
    assert late.status_code == 504
    assert late.json() == {
        "errorCode": -1,
        "errorMessage": "Invoking task timed out after 3 seconds",
        "requestId": late.headers["x-scf-request-id"],
        "statusCode": 433,
    }
    assert not any(map(alive, pids))
    assert requests.get(stack.url("web", "/"), timeout=9).json()["pid"] not in pids


def test_more_memory_than_configured_is_434(deploy: Deploy) -> None:
    stack = web(deploy, timeout=60)
    answer = requests.get(stack.url("web", "/memory?mb=200"), timeout=90)
    assert (answer.status_code, answer.json()["statusCode"]) == (502, 434)
    assert requests.get(stack.url("web", "/"), timeout=60).status_code == 200


def test_requests_and_responses_may_have_6_mb(deploy: Deploy) -> None:
    stack = web(deploy)
    limit = 6 * 1024 * 1024
    assert len(requests.get(stack.url("web", f"/big?bytes={limit}"), timeout=9).content) == limit
    response = requests.get(stack.url("web", f"/big?bytes={limit + 1}"), timeout=9)
    assert (response.status_code, response.json()["statusCode"]) == (502, 407)
    url = stack.url("web", "/nothing")
    assert requests.post(url, data=b"x" * limit, timeout=9).status_code == 204
    request = requests.post(url, data=b"x" * (limit + 1), timeout=9)
    assert (request.status_code, request.json()["statusCode"]) == (413, 406)
    unannounced = requests.post(url, data=(b"x" * limit for _ in range(2)), timeout=9)
    assert unannounced.status_code == 413


def test_a_responses_headers_may_have_4_kb(deploy: Deploy) -> None:
    stack = web(deploy)
    assert requests.get(stack.url("web", "/headers?bytes=3900"), timeout=9).status_code == 200
    too_large = requests.get(stack.url("web", "/headers?bytes=4096"), timeout=9)
    assert (too_large.status_code, too_large.json()["statusCode"]) == (502, 407)


def test_a_start_can_take_longer(deploy: Deploy) -> None:
    stack = web(deploy)
    stack.control("PUT", "/functions/web", {"cold_start_s": 1.0})
    for at_least_s, at_most_s in [(1.0, LIMIT_S), (0.0, 1.0)]:  # cold, then warm
        answer = requests.get(stack.url("web", "/"), timeout=LIMIT_S)
        assert at_least_s <= answer.elapsed.total_seconds() < at_most_s


def test_a_hundred_requests_share_one_instance(deploy: Deploy) -> None:
    stack = web(deploy)
    with ThreadPoolExecutor(100) as pool:
        urls = [stack.url("web", "/sleep?s=0.5")] * 100
        answers = list(pool.map(lambda url: requests.get(url, timeout=20).json(), urls))
    assert len({answer["pid"] for answer in answers}) == 1
    assert stack.described("web")["starts"] == 1


def test_without_a_concurrency_setting_each_request_needs_an_instance(deploy: Deploy) -> None:
    stack = web(deploy, instanceConcurrencyConfig=None)
    stack.control("PUT", "/functions/web", {"instances": 2})
    with ThreadPoolExecutor(2) as pool:
        urls = [stack.url("web", "/sleep?s=1")] * 2
        waiting = [pool.submit(requests.get, url, timeout=20) for url in urls]
        until(lambda: len(stack.described("web")["pids"]) == 2)
        third = requests.get(stack.url("web", "/"), timeout=9)
        pids = {one.result().json()["pid"] for one in waiting}
    assert len(pids) == 2
    assert (third.status_code, third.json()["statusCode"]) == (429, 432)


@pytest.mark.parametrize(
    ("bootstrap", "status", "words"),
    [
        ("#!/bin/bash\necho no FRONT >&2; exit 1\n", 405, "exited with 1 before it listened"),
        ("#!/bin/bash\nexec sleep 60\n", 446, "nobody listened within 3 seconds"),
        ("#!/bin/bash\r\nexec true\r\n", 405, "exited with 127"),
        (None, 405, "exited with 127"),
    ],
)
def test_a_server_that_does_not_come_up_says_why(
    deploy: Deploy, bootstrap: str | None, status: int, words: str
) -> None:
    files = {"scf_bootstrap": bootstrap} if bootstrap else {}
    stack = deploy({"web": {**WEB, "initTimeout": 3}}, files, triggers=[URL])
    answer = requests.get(stack.url("web", "/"), timeout=9)
    assert (answer.status_code, answer.json()["statusCode"]) == (502, status)
    assert words in answer.json()["errorMessage"]
    assert any(words in line for line in stack.log("web"))


@pytest.mark.parametrize(
    ("triggers", "words"),
    [
        ([], "has no URL"),
        ([{**URL, "parameters": {}}], "enableExtranet"),
        (
            [{**URL, "parameters": {"authType": "CAM", "netConfig": {"enableExtranet": True}}}],
            "authType",
        ),
    ],
)
def test_a_url_that_is_not_open_refuses(deploy: Deploy, triggers: list[Any], words: str) -> None:
    stack = web(deploy, triggers=triggers)
    answer = requests.get(stack.url("web", "/"), timeout=9)
    assert answer.status_code == 403
    assert words in answer.json()["errorMessage"]
    assert stack.described("web")["starts"] == 0


def test_a_kill_takes_the_server_and_the_next_request_starts_another(deploy: Deploy) -> None:
    stack = web(deploy)
    first = requests.get(stack.url("web", "/"), timeout=9).json()["pid"]
    stack.control("POST", "/kill/web")
    assert not alive(first)
    assert requests.get(stack.url("web", "/"), timeout=9).json()["pid"] != first


def test_a_lost_answer_was_acted_upon_and_its_path_is_not_noted(deploy: Deploy) -> None:
    stack = web(deploy)
    stack.control("POST", "/faults", {"target": "web/i", "drop": "after"})
    with pytest.raises(requests.ConnectionError):
        requests.get(stack.url("web", "/i/job/signature/name"), timeout=9)
    assert stack.statuses("web") == [200]
    [call] = stack.control("GET", "/calls")
    assert (call["op"], call["target"]) == ("GET", "web/i")
    assert "signature" not in str(call)


def test_an_error_can_be_ordered(deploy: Deploy) -> None:
    stack = web(deploy)
    stack.control("POST", "/faults", {"target": "web/*", "error": "InternalError", "status": 503})
    assert requests.get(stack.url("web", "/"), timeout=9).status_code == 503
    assert requests.get(stack.url("web", "/"), timeout=9).status_code == 200


def test_an_account_in_arrears_is_answered_as_recorded(deploy: Deploy) -> None:
    """As recorded of a real function URL, but for its request id."""
    stack = web(deploy)
    stack.control("PUT", "/settings", {"available_status": "InsufficientBalance"})
    answer = requests.get(stack.url("web", "/"), timeout=9)
    assert answer.status_code == 410
    body = answer.json()
    assert body.pop("requestId")
    assert body == {
        "errorCode": 1,
        "errorMessage": "Function is Unavailable, AvailableStatus = InsufficientBalance.",
        "statusCode": 410,
    }
    stack.control("PUT", "/settings", {"available_status": "Available"})
    assert requests.get(stack.url("web", "/"), timeout=9).status_code == 200


def test_the_list_of_functions_tells_their_addresses_and_settings(deploy: Deploy) -> None:
    stack = deploy(
        {"web": WEB, "worker": EVENT},
        {**FILES, "handler.py": "def main_handler(event, context): pass\n"},
        triggers=[URL],
    )
    front, back = stack.control("GET", "/functions")
    assert (front["key"], front["type"], front["url"]) == ("web", "web", stack.url("web"))
    assert (back["key"], back["type"], back["url"]) == ("worker", "event", "")
    assert back["settings"] == {
        "instances": 1,
        "retries": 2,
        "retention_s": 21600.0,
        "memory_mb": 0,
        "cold_start_s": 0.0,
    }
    assert {front["state"], back["state"]} == {"cold"}
