"""What a test can do to the stand-in beside COS's own protocol."""

from typing import Any

import pytest
from qcloud_cos.cos_exception import CosServiceError

from tests.local.cos.driving import BUCKET, Server, wait_until


def test_objects_can_be_put_listed_and_read_without_a_signature(server: Server) -> None:
    put = server.control(
        "PUT", "object", params={"key": "a/1.png", "content_type": "image/png"}, data=b"picture"
    )
    assert put.status_code == 200
    server.control("PUT", "object", params={"key": "b"}, data=b"")
    (row,) = server.control("GET", "objects", params={"prefix": "a/"}).json()
    assert (row["key"], row["size"], row["content_type"]) == ("a/1.png", 7, "image/png")
    assert row["etag"] == put.json()["etag"]
    assert row["last_modified"] > 1.7e9
    got = server.control("GET", "object", params={"key": "a/1.png"})
    assert (got.content, got.headers["content-type"]) == (b"picture", "image/png")
    assert server.client().head_object(Bucket=BUCKET, Key="a/1.png")["Content-Length"] == "7"


def test_many_records_are_put_at_once_and_fire_no_trigger(server: Server) -> None:
    trigger = {"name": "t", "events": "cos:ObjectCreated:*", "url": server.hook}
    server.control("PUT", "triggers", json=[trigger])
    put = server.control("PUT", "objects", json={"old/1.json": "{}", "old/2.json": '{"a": 1}'})
    assert put.json() == {"objects": 2}
    assert server.control("GET", "object", params={"key": "old/2.json"}).json() == {"a": 1}
    assert server.control("PUT", "objects", json={"/wrong": "{}"}).status_code == 400
    assert server.control("PUT", "objects", json={"old/3.json": 3}).status_code == 422
    server.control("PUT", "object", params={"key": "loud"})
    wait_until(lambda: server.events)
    assert len(server.events) == 1


def test_an_object_that_is_not_there_is_404(server: Server) -> None:
    assert server.control("GET", "object", params={"key": "none"}).status_code == 404


@pytest.mark.parametrize("key", ["", "/a", "k" * 851])
def test_a_wrong_key_is_refused(server: Server, key: str) -> None:
    assert server.control("PUT", "object", params={"key": key}).status_code == 400


def test_an_object_put_quietly_fires_no_trigger(server: Server) -> None:
    trigger = {"name": "t", "events": "cos:ObjectCreated:*", "url": server.hook}
    server.control("PUT", "triggers", json=[trigger])
    server.control("PUT", "object", params={"key": "quiet", "quiet": "1"})
    server.control("PUT", "object", params={"key": "loud"})
    wait_until(lambda: server.events)
    (event,) = server.events
    record = event["Records"][0]
    assert record["cos"]["cosObject"]["key"].endswith("/loud")
    assert "Authorization" in record["event"]["requestParameters"]["requestHeaders"]


def test_settings_change_one_by_one(server: Server) -> None:
    server.put_settings(list_lag_s=3)
    told = server.control("PUT", "settings", json={"latency_s": 0.001}).json()
    assert told == {
        "latency_s": 0.001,
        "list_lag_s": 3,
        "trigger_delay_s": 0,
        "trigger_copies": 1,
        "clock_skew_s": 0,
        "put_if_match": False,
        "put_if_none_match": False,
        "missing_key_status": 404,
    }


def test_what_nobody_has_measured_can_be_set_either_way(server: Server) -> None:
    """Conditions of a PUT, and a key that is not there."""
    server.control("PUT", "object", params={"key": "there", "quiet": "1"}, data=b"one")
    put: dict[str, Any] = {"Bucket": BUCKET, "Key": "there", "Body": b"two"}
    client = server.client()
    client.put_object(**put, IfMatch='"another"')
    client.put_object(**put, IfNoneMatch="*")
    server.put_settings(put_if_match=True, put_if_none_match=True, missing_key_status=403)
    for condition in ({"IfMatch": '"another"'}, {"IfNoneMatch": "*"}):
        with pytest.raises(CosServiceError) as caught:
            client.put_object(**put, **condition)
        assert caught.value.get_status_code() == 412
    with pytest.raises(CosServiceError) as caught:
        client.get_object(Bucket=BUCKET, Key="not-there")
    assert caught.value.get_status_code() == 403


@pytest.mark.parametrize("wrong", [{"unknown": 1}, {"latency_s": -1}, {"trigger_copies": "two"}])
def test_a_wrong_setting_is_refused(server: Server, wrong: dict[str, object]) -> None:
    assert server.control("PUT", "settings", json=wrong).status_code == 422


def test_a_wrong_trigger_is_refused(server: Server) -> None:
    assert server.control("PUT", "triggers", json=[{"name": "t"}]).status_code == 422


def test_a_reset_empties_everything(server: Server) -> None:
    client = server.client()
    client.put_object(Bucket=BUCKET, Key="a", Body=b"1")
    client.put_bucket_versioning(Bucket=BUCKET, Status="Enabled")
    server.put_settings(list_lag_s=60)
    server.control("POST", "reset")
    assert server.control("GET", "objects").json() == []
    assert server.calls() == []
    assert "Status" not in client.get_bucket_versioning(Bucket=BUCKET)
    assert server.control("PUT", "settings", json={}).json()["list_lag_s"] == 0


def test_what_was_kept_comes_back_as_often_as_it_is_asked_for(server: Server) -> None:
    client = server.client()
    client.put_object(Bucket=BUCKET, Key="kept", Body=b"1")
    as_it_was = server.control("GET", "objects").json()
    server.control("POST", "keep?name=one")
    for _ in range(2):
        client.delete_object(Bucket=BUCKET, Key="kept")
        client.put_object(Bucket=BUCKET, Key="later", Body=b"2")
        assert server.control("POST", "reset?to=one").status_code == 200
        assert server.control("GET", "objects").json() == as_it_was
        assert [one["Key"] for one in client.list_objects(Bucket=BUCKET)["Contents"]] == ["kept"]
    assert server.control("POST", "reset?to=another").status_code == 404
    assert server.control("GET", "objects").json() == as_it_was


def test_it_says_its_name(server: Server) -> None:
    assert server.control("GET", "health").json() == {"name": "cos"}
