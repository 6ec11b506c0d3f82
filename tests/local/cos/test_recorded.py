"""What COS was recorded to answer and to send: our parsers take it, the stand-in says it."""

import base64
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import requests

from functions.jobs.bucket import Bucket, BucketConfig, BucketUnavailable, Keys
from functions.worker.handler import is_from_cos, named_jobs
from infra.local.cos import bucket as keeping
from infra.local.cos import triggers
from infra.local.cos.bucket import StoredObject
from tests.local.cos.driving import BUCKET, PERMANENT, REGION, Server, md5
from tests.recorded import ABSENT, differences, read, text

REFUSALS = {
    "cos_error_accessdenied.xml": (403, "AccessDenied"),
    "cos_error_malformedxml.xml": (400, "MalformedXML"),
}


def fields_of(document: str) -> dict[str, Any]:
    """An error's fields, in order."""
    root = ET.fromstring(document)  # noqa: S314  # a file of ours, or the stand-in's answer
    assert root.tag == "Error"
    return {element.tag: element.text for element in root}


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_a_recorded_refusal_is_trouble_with_its_code(server: Server, name: str) -> None:
    status, code = REFUSALS[name]
    server.add_fault(op="GET", status=status, body=text(name))
    place = BucketConfig(name=BUCKET, region=REGION, endpoint=server.address, timeout_s=30)
    bucket = Bucket(place, Keys(PERMANENT["secret_id"], PERMANENT["secret_key"]))
    with pytest.raises(BucketUnavailable) as trouble:
        bucket.get("results/madeup/result.jpg")
    assert str(trouble.value) == f"{status} {code}"


def test_the_stand_in_refuses_with_the_recorded_fields(server: Server) -> None:
    own = fields_of(requests.get(f"http://{server.address}/a", timeout=9).text)
    found = differences(fields_of(text("cos_error_accessdenied.xml")), own)
    # The time is in this one recorded answer alone; the clients do not read it.
    assert {path: both for path, both in found.items() if path != "ServerTime"} == {}


def test_the_stand_in_refuses_what_is_no_xml_with_the_recorded_fields(server: Server) -> None:
    auth = server.client().get_auth(Method="POST", Bucket=BUCKET, Key="/", Params={"delete": ""})
    headers = {"Authorization": auth, "Content-MD5": base64.b64encode(md5(b"no xml")).decode()}
    url = f"http://{server.address}/?delete"
    own = fields_of(requests.post(url, data=b"no xml", headers=headers, timeout=9).text)
    assert own["Code"] == "MalformedXML"
    assert differences(fields_of(text("cos_error_malformedxml.xml")), own) == {}


def test_a_recorded_event_names_its_job() -> None:
    event = read("scf_cos_event_put_2022.json")
    assert is_from_cos(event)
    assert named_jobs(event, "shop-1250000000") == ["y5krh6wjoxh24aqesotx"]
    assert named_jobs(event, "another-1250000000") == []


def test_the_stand_in_sends_the_recorded_event() -> None:
    recorded = read("scf_cos_event_put_2022.json")
    own = own_event("requests/y5krh6wjoxh24aqesotx.json", bucket="shop-1250000000")
    assert differences(recorded, own) == {}
    for path in (
        ("event", "eventName"),
        ("event", "eventQueue"),
        ("event", "eventSource"),
        ("event", "reqid"),
        ("cos", "cosBucket"),
        ("cos", "cosNotificationId"),
    ):
        their, our = recorded["Records"][0], own["Records"][0]
        for name in path:
            their, our = their[name], our[name]
        assert our == their, path
    their, our = recorded["Records"][0]["cos"]["cosObject"], own["Records"][0]["cos"]["cosObject"]
    assert (our["key"], our["url"]) == (their["key"], their["url"])


def own_event(key: str, *, bucket: str) -> dict[str, Any]:
    stored = StoredObject(
        key=key,
        body=b"{}",
        headers={"content-type": "application/json"},
        etag='"eb6cf523ae4d528e72f2d11f3a91cd40"',
        modified_at=1645634761.5,
    )
    trigger = triggers.Trigger(
        name="backdrop-worker", events="cos:ObjectCreated:*", url="http://127.0.0.1:9/"
    )
    place = keeping.Bucket(bucket, "ap-shanghai")
    return triggers.event(trigger, triggers.CREATED, stored, bucket=place, cause=None)


def test_what_is_absent_has_a_name() -> None:
    assert differences({"a": None}, {"b": [1]}) == {
        "a": ("NoneType", ABSENT),
        "b[]": (ABSENT, "int"),
    }
