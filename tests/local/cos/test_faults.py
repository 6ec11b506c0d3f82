"""What the stand-in can be told to do wrong, and the log of its calls."""

from typing import Any

import pytest
from qcloud_cos import CosClientError, CosServiceError

from tests.local.cos.driving import BUCKET, CREATE_ONLY, Server, body_of, error_of, put


def test_an_error_comes_in_cos_form_once(server: Server) -> None:
    client = server.client()
    server.add_fault(op="PUT", target="requests/*", error="SlowDown", retry_after_s=2)
    with pytest.raises(CosServiceError) as caught:
        put(client, "requests/1")
    assert error_of(caught) == (503, "SlowDown")
    assert not client.object_exists(Bucket=BUCKET, Key="requests/1")
    put(client, "requests/1")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"error": "InternalError"}, (500, "InternalError")),
        ({"error": "RequestTimeTooSkewed"}, (403, "RequestTimeTooSkewed")),
        ({"error": "NoSuchKey", "status": 410}, (410, "NoSuchKey")),
        ({"status": 503}, (503, "ServiceUnavailable")),
        ({"status": 500}, (500, "InternalError")),
        ({"error": "Unheard"}, (400, "Unheard")),
    ],
)
def test_a_code_has_its_usual_status(
    server: Server, fault: dict[str, Any], told: tuple[int, str]
) -> None:
    server.add_fault(op="GET", **fault)
    with pytest.raises(CosServiceError) as caught:
        server.client().get_object(Bucket=BUCKET, Key="a")
    assert error_of(caught) == told
    assert caught.value.get_request_id() == server.calls()[-1]["request_id"]


def test_retry_after_is_told(server: Server) -> None:
    server.add_fault(error="SlowDown", retry_after_s=7)
    answer = server.session.get(f"http://{server.address}/a", timeout=30)
    assert answer.headers["Retry-After"] == "7"


def test_an_answer_lost_after_acting_leaves_the_object(server: Server) -> None:
    server.add_fault(op="PUT", drop="after")
    with pytest.raises(CosClientError):
        put(server.client(), "a")
    assert body_of(server.client(), "a") == b"1"
    lost = next(call for call in server.calls() if call["op"] == "PUT")
    assert lost["error"] == "dropped"


def test_a_connection_cut_before_acting_leaves_nothing(server: Server) -> None:
    server.add_fault(op="PUT", drop="before")
    with pytest.raises(CosClientError):
        put(server.client(), "a")
    assert not server.client().object_exists(Bucket=BUCKET, Key="a")


def test_a_delayed_call_takes_its_time(server: Server) -> None:
    server.add_fault(op="PUT", delay_s=0.2)
    put(server.client(), "a")
    assert server.calls()[-1]["ms"] >= 190


def test_latency_is_added_to_every_call(server: Server) -> None:
    server.put_settings(latency_s=0.1)
    put(server.client(), "a")
    assert server.calls()[-1]["ms"] >= 90


def test_every_call_is_there_with_its_outcome(server: Server) -> None:
    client = server.client()
    put(client, "a", Metadata=CREATE_ONLY)
    with pytest.raises(CosServiceError):
        put(client, "a", Metadata=CREATE_ONLY)
    client.get_object(Bucket=BUCKET, Key="a")
    client.head_object(Bucket=BUCKET, Key="a")
    client.list_objects(Bucket=BUCKET, Prefix="p/")
    client.delete_objects(Bucket=BUCKET, Delete={"Object": [{"Key": "a"}]})
    client.delete_object(Bucket=BUCKET, Key="a")
    client.head_bucket(Bucket=BUCKET)
    client.get_bucket_versioning(Bucket=BUCKET)
    calls = server.calls()
    assert [(call["op"], call["target"], call["status"]) for call in calls] == [
        ("PUT", "a", 200),
        ("PUT", "a", 409),
        ("GET", "a", 200),
        ("HEAD", "a", 200),
        ("LIST", "p/", 200),
        ("DELETE_MANY", "", 200),
        ("DELETE", "a", 204),
        ("HEAD_BUCKET", "", 200),
        ("GET_VERSIONING", "", 200),
    ]
    assert calls[1]["error"] == "FileAlreadyExists"
    assert calls[1]["detail"] == {"create_only": True}
    assert {call["caller"] for call in calls} == {"AKIDpermanent"}
