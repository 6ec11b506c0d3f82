"""Triggers: which events go out, in what form, how often."""

import hashlib
import time
from typing import Any

import pytest
from qcloud_cos import CosServiceError

from infra.local.cos.triggers import Trigger, overlapping
from tests.local.cos.driving import BUCKET, PERMANENT, Server, wait_until


def set_trigger(server: Server, **changes: object) -> None:
    trigger = {
        "name": "worker",
        "prefix": "requests/",
        "suffix": ".json",
        "events": "cos:ObjectCreated:*",
        "url": server.hook,
        **changes,
    }
    assert server.control("PUT", "triggers", json=[trigger]).status_code == 200


def put(server: Server, key: str, **more: Any) -> None:
    server.client().put_object(Bucket=BUCKET, Key=key, Body=b"{}", **more)


def keys_of(server: Server) -> list[str]:
    return [event["Records"][0]["cos"]["cosObject"]["key"] for event in server.events]


def test_a_put_sends_its_event(server: Server) -> None:
    set_trigger(server)
    put(server, "requests/1.json", ContentType="application/json")
    wait_until(lambda: server.events)
    (event,) = server.events
    (record,) = event["Records"]
    bucket = {"region": "gz", "name": "demo", "appid": "1250000000"}
    regions = {"cosRegion": "ap-guangzhou", "s3Region": "ap-guangzhou"}
    assert record["cos"]["cosBucket"] == bucket | regions
    assert record["event"]["eventName"] == "cos:ObjectCreated:Put"
    stored = record["cos"]["cosObject"]
    assert stored["key"] == "/1250000000/demo/requests/1.json"
    assert stored["url"] == f"http://{BUCKET}.cos.ap-guangzhou.myqcloud.com/requests/1.json"
    assert stored["size"] == 2
    call = server.calls()[-1]
    assert stored["meta"] == {
        "x-cos-request-id": call["request_id"],
        "x-cos-storage-class": "Standard",
        "Content-Type": "application/json",
        "ETag": f'"{hashlib.md5(b"{}", usedforsecurity=False).hexdigest()}"',
    }
    headers = record["event"]["requestParameters"]["requestHeaders"]
    assert f"q-ak={PERMANENT['secret_id']}" in headers["Authorization"]


def test_metadata_is_in_the_event(server: Server) -> None:
    set_trigger(server)
    put(server, "requests/1.json", Metadata={"x-cos-meta-job": "7"})
    wait_until(lambda: server.events)
    meta = server.events[0]["Records"][0]["cos"]["cosObject"]["meta"]
    assert meta["x-cos-meta-job"] == "7"


def test_only_matching_keys_and_events_fire(server: Server) -> None:
    set_trigger(server)
    put(server, "requests/1.txt")
    put(server, "done/1.json")
    put(server, "requests/0.json")
    server.client().delete_object(Bucket=BUCKET, Key="requests/0.json")
    put(server, "requests/last.json")
    wait_until(lambda: len(server.events) >= 2)
    assert sorted(keys_of(server)) == [
        "/1250000000/demo/requests/0.json",
        "/1250000000/demo/requests/last.json",
    ]


@pytest.mark.parametrize("many", [False, True])
def test_a_delete_fires_what_asks_for_it(server: Server, many: bool) -> None:
    set_trigger(server, events=["cos:ObjectRemove:*"])
    put(server, "requests/1.json")
    client = server.client()
    if many:
        named = {"Object": [{"Key": "requests/1.json"}, {"Key": "requests/none.json"}]}
        client.delete_objects(Bucket=BUCKET, Delete=named)
    else:
        client.delete_object(Bucket=BUCKET, Key="requests/1.json")
    wait_until(lambda: server.events)
    assert keys_of(server) == ["/1250000000/demo/requests/1.json"]
    assert server.events[0]["Records"][0]["event"]["eventName"] == "cos:ObjectRemove:Delete"


def test_under_versioning_a_delete_is_a_delete_marker(server: Server) -> None:
    set_trigger(server, events="cos:ObjectRemove:DeleteMarkerCreated")
    server.client().put_bucket_versioning(Bucket=BUCKET, Status="Enabled")
    put(server, "requests/1.json")
    server.client().delete_object(Bucket=BUCKET, Key="requests/1.json")
    wait_until(lambda: server.events)


def test_a_refused_put_fires_nothing(server: Server) -> None:
    set_trigger(server)
    server.add_fault(op="PUT", target="requests/no.json", error="SlowDown")
    with pytest.raises(CosServiceError, match="SlowDown"):
        put(server, "requests/no.json")
    put(server, "requests/yes.json")
    wait_until(lambda: server.events)
    assert keys_of(server) == ["/1250000000/demo/requests/yes.json"]


def test_an_event_can_come_twice(server: Server) -> None:
    set_trigger(server)
    server.put_settings(trigger_copies=2)
    put(server, "requests/1.json")
    wait_until(lambda: len(server.events) == 2)
    assert server.events[0] == server.events[1]


def test_an_event_can_get_lost(server: Server) -> None:
    set_trigger(server)
    server.put_settings(trigger_copies=0)
    put(server, "requests/lost.json")
    server.put_settings(trigger_copies=1)
    put(server, "requests/1.json")
    wait_until(lambda: server.events)
    assert keys_of(server) == ["/1250000000/demo/requests/1.json"]


def test_an_event_can_be_late_and_does_not_hold_up_the_put(server: Server) -> None:
    set_trigger(server)
    server.put_settings(trigger_delay_s=0.3)
    started = time.monotonic()
    put(server, "requests/late.json")
    wait_until(lambda: server.events)
    assert time.monotonic() - started >= 0.3
    server.put_settings(trigger_delay_s=60)
    put(server, "requests/later.json")
    assert len(server.events) == 1


def test_a_receiver_that_is_down_harms_nothing(server: Server) -> None:
    set_trigger(server, url="http://127.0.0.1:1/")
    put(server, "requests/1.json")
    assert server.client().object_exists(Bucket=BUCKET, Key="requests/1.json")


def test_a_reset_drops_events_on_their_way_and_keeps_the_triggers(server: Server) -> None:
    set_trigger(server)
    server.put_settings(trigger_delay_s=60)
    put(server, "requests/dropped.json")
    server.control("POST", "reset")  # of the settings, too
    put(server, "requests/1.json")
    wait_until(lambda: server.events)
    assert keys_of(server) == ["/1250000000/demo/requests/1.json"]


def trigger(name: str, events: str | list[str], *, prefix: str = "", suffix: str = "") -> Trigger:
    return Trigger(name=name, events=events, url="http://x/", prefix=prefix, suffix=suffix)


ALL_PUTS = "cos:ObjectCreated:*"


@pytest.mark.parametrize(
    "other",
    [
        trigger("b", ALL_PUTS),
        trigger("b", "cos:ObjectCreated:Put", prefix="requests/", suffix=".json"),
        trigger("b", ["cos:ObjectRemove:*", ALL_PUTS], prefix="requests/urgent/"),
        trigger("b", ALL_PUTS, suffix="n"),
    ],
)
def test_triggers_that_overlap_are_found(other: Trigger) -> None:
    one = trigger("a", ALL_PUTS, prefix="requests/", suffix=".json")
    assert overlapping([one, other]) == ("a", "b")


@pytest.mark.parametrize(
    "other",
    [
        trigger("b", ALL_PUTS, prefix="results/"),
        trigger("b", ALL_PUTS, prefix="requests/", suffix=".txt"),
        trigger("b", "cos:ObjectRemove:*", prefix="requests/", suffix=".json"),
    ],
)
def test_triggers_apart_are_fine(other: Trigger) -> None:
    one = trigger("a", ALL_PUTS, prefix="requests/", suffix=".json")
    assert overlapping([one, other]) is None


def test_overlapping_triggers_are_refused_and_the_old_ones_stay(server: Server) -> None:
    set_trigger(server)
    both = [
        {"name": name, "events": ALL_PUTS, "url": server.hook, "prefix": prefix}
        for name, prefix in (("a", ""), ("b", "requests/"))
    ]
    answer = server.control("PUT", "triggers", json=both)
    assert (answer.status_code, answer.json()) == (409, {"error": "triggers a and b overlap"})
    put(server, "requests/1.json")
    wait_until(lambda: server.events)
    assert len(server.events) == 1
