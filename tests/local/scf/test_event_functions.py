"""Event functions: what a handler gets, and what becomes of what it returns."""

import time
from pathlib import Path

import pytest
import requests

from tests.local.scf.conftest import EVENT, Deploy, until, worker

ECHO = """
    import os
    print("imported")

    def main_handler(event, context):
        print("got", event)
        return {"event": event, "context": context, "environment": dict(os.environ)}
"""


def test_a_handler_gets_the_event_and_scfs_context(deploy: Deploy) -> None:
    stack = worker(deploy, ECHO)
    answer = stack.invoke({"text": "产品", "lines": "a\nb"})
    assert answer["status"] == 200
    assert answer["cold"] is True
    result = answer["result"]
    assert result["event"] == {"text": "产品", "lines": "a\nb"}
    context = result["context"]
    assert context["request_id"] == answer["request_id"]
    assert context["function_name"] == "name-dev-app-worker"
    assert (context["memory_limit_in_mb"], context["time_limit_in_ms"]) == (128, 5000)


def test_a_second_event_finds_the_instance_warm(deploy: Deploy) -> None:
    stack = worker(deploy, ECHO)
    assert [stack.invoke({})["cold"] for _ in range(3)] == [True, False, False]
    until(lambda: stack.log("worker").count("got {}") == 3)
    assert stack.log("worker").count("imported") == 1
    assert stack.described("worker")["starts"] == 1


def test_a_function_sees_nothing_of_this_machine_but_path(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMETHING_OF_THIS_MACHINE", "1")
    pairs = [{"key": "GREETING", "value": "${env:GREETING}"}, {"key": "GONE", "value": "${env:X}"}]
    stack = deploy(
        {"worker": {**EVENT, "environments": pairs}},
        {"handler.py": ECHO},
        environ={"GREETING": "hello"},
    )
    environment = stack.invoke({})["result"]["environment"]
    assert environment["GREETING"] == "hello"
    assert environment["GONE"] == "undefined"
    assert environment["SCF_FUNCTIONNAME"] == "name-dev-app-worker"
    assert "SOMETHING_OF_THIS_MACHINE" not in environment
    assert "HOME" not in environment
    assert "TENCENTCLOUD_SECRETID" not in environment  # the function has no role


def test_a_roles_key_is_announced_first_and_renewed_at_half_its_life(deploy: Deploy) -> None:
    stack = deploy(
        {"worker": {**EVENT, "role": "Some-Role"}}, {"handler.py": ECHO}, key_lifetime_s=3600.0
    )

    def secret_id() -> str:
        environment = stack.invoke({})["result"]["environment"]
        known = {key["secret_id"]: key for key in stack.keys}
        key = known[environment["TENCENTCLOUD_SECRETID"]]
        assert environment["TENCENTCLOUD_SECRETKEY"] == key["secret_key"]
        assert environment["TENCENTCLOUD_SESSIONTOKEN"] == key["token"]
        return str(key["secret_id"])

    first = secret_id()
    assert secret_id() == first  # kept while more than half of its life is left
    assert stack.keys[0]["expires_at"] > time.time() + 3000
    stack.control("PUT", "/settings", {"key_lifetime_s": 0.4})
    second = secret_id()
    assert second != first
    renewed = until(lambda: (now := secret_id()) != second and now)
    assert renewed not in {first, second}
    assert stack.described("worker")["starts"] == 1  # one process has seen all of them


def test_a_key_that_nobody_takes_is_not_used(deploy: Deploy) -> None:
    stack = deploy(
        {"worker": {**EVENT, "role": "Some-Role"}}, {"handler.py": ECHO}, keys_urls=["127.0.0.1:1"]
    )
    assert stack.invoke({})["status"] == 500


def test_an_exception_is_430_and_leaves_the_instance_warm(deploy: Deploy) -> None:
    stack = worker(deploy, "def main_handler(event, context):\n    return 1 / event['by']\n")
    answer = stack.invoke({"by": 0})
    assert answer["status"] == 430
    assert "ZeroDivisionError" in answer["error"]
    assert stack.invoke({"by": 2})["result"] == 0.5
    assert stack.described("worker")["starts"] == 1


def test_a_result_that_is_no_json_is_430(deploy: Deploy) -> None:
    stack = worker(deploy, "def main_handler(event, context):\n    return {1, 2}\n")
    assert stack.invoke({})["status"] == 430


@pytest.mark.parametrize(
    ("files", "status", "words"),
    [
        ({"handler.py": "main_handle = print\n"}, 437, "handler has no main_handler"),
        ({"other.py": ""}, 437, "there is no module handler"),
        ({"handler.py": "import nothing_of_that_name\n"}, 430, "nothing_of_that_name"),
        ({"handler.py": "import os\nos._exit(3)\n"}, 439, "exit"),
    ],
)
def test_a_function_that_cannot_be_loaded_says_why(
    deploy: Deploy, files: dict[str, str], status: int, words: str
) -> None:
    stack = deploy({"worker": EVENT}, files)
    answer = stack.invoke({})
    assert (answer["status"], words in answer["error"]) == (status, True), answer["error"]


def test_a_response_may_have_6_mb(deploy: Deploy) -> None:
    stack = worker(deploy, "def main_handler(event, context):\n    return 'x' * event\n")
    assert stack.invoke(6 * 1024 * 1024 - 2)["status"] == 200  # two quotation marks
    assert stack.invoke(6 * 1024 * 1024 - 1)["status"] == 407


def test_an_event_may_have_6_mb_or_128_kb_if_asynchronous(deploy: Deploy) -> None:
    stack = worker(deploy, "def main_handler(event, context):\n    return len(event)\n")
    assert stack.invoke("x" * 6_000_000)["result"] == 6_000_000
    assert stack.invoke("x" * (6 * 1024 * 1024))["status"] == 406
    url = stack.url("scf", "/invoke/worker?async=1")
    assert requests.post(url, json="x" * 131_070, timeout=30).status_code == 202
    too_large = requests.post(url, json="x" * 131_071, timeout=30)
    assert (too_large.status_code, too_large.json()["status"]) == (413, 406)
    no_json = requests.post(url, data=b"{", timeout=30)
    assert (no_json.status_code, no_json.json()["status"]) == (400, 400)
    assert requests.post(stack.url("scf", "/invoke/nobody"), json={}, timeout=30).status_code == 404


def test_a_lost_invocation_never_reaches_the_function(deploy: Deploy) -> None:
    stack = worker(deploy, ECHO)
    stack.control("POST", "/faults", {"op": "Invoke", "target": "worker", "drop": "before"})
    with pytest.raises(requests.ConnectionError):
        stack.enqueue({})
    assert stack.invoke({"text": "next"})["status"] == 200
    assert [call["error"] for call in stack.control("GET", "/calls")] == ["dropped", ""]
    assert len(stack.control("GET", "/invocations")) == 1


def test_logs_are_kept_by_function_and_written_to_a_file(deploy: Deploy, tmp_path: Path) -> None:
    log_file = tmp_path / "scf.log"
    handler = "import sys\ndef main_handler(event, context):\n    sys.stderr.write(event)\n"
    stack = worker(deploy, handler, log_file=str(log_file))
    stack.invoke("one\ntwo\n")
    until(lambda: stack.log("worker") == ["one", "two"])
    lines = stack.control("GET", "/logs")
    assert [line["stream"] for line in lines] == ["stderr", "stderr"]
    assert stack.control("GET", f"/logs?since={lines[0]['n']}")[0]["text"] == "two"
    assert stack.log("nobody") == []
    assert log_file.read_text() == "worker: one\nworker: two\n"
