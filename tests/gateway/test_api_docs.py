"""The documentation: made of the types, so it cannot say anything else than what is done."""

import json
import re
from typing import Any

import msgspec
import pytest
import requests

from functions.gateway.openapi import openapi_document
from functions.gateway.problems import TITLES
from functions.jobs.bucket_layout import WORKSPACE_SCENES
from functions.jobs.ledger import Ledger
from functions.jobs.scenes import Scene, save_scene
from functions.jobs.wish import TEMPLATES
from tests.gateway.conftest import BASE_URL
from tests.gateway.program import Program, a_wish

DOCUMENT: dict[str, Any] = json.loads(msgspec.json.encode(openapi_document(BASE_URL)))


def get(shop: Program, path: str) -> requests.Response:
    return requests.get(f"http://{shop.at}{path}", timeout=10)


def test_the_document_is_served_and_says_where(shop: Program) -> None:
    served = get(shop, "/v1/openapi.json").json()
    assert served == DOCUMENT
    assert served["openapi"] == "3.1.0"
    assert served["servers"] == [{"url": BASE_URL}]


def test_every_reference_leads_somewhere() -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if "$ref" in value else []
            return own + [ref for inner in value.values() for ref in references(inner)]
        return (
            [ref for inner in value for ref in references(inner)] if isinstance(value, list) else []
        )

    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_every_code_of_a_problem_is_documented() -> None:
    said = str(DOCUMENT["components"]["responses"])
    assert {code for code in TITLES if f"`{code}`" not in said} == {"method_not_allowed"}


@pytest.mark.parametrize(
    ("path", "method"),
    [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods],
)
def test_what_is_documented_is_there(path: str, method: str, shop: Program) -> None:
    if method == "parameters":
        return
    url = f"http://{shop.at}{re.sub('{[a-z]+}', 'a' * 20, path)}"
    assert requests.request(method, url, timeout=10).status_code in {401, 404}


def test_an_answer_has_the_fields_that_are_documented(shop: Program) -> None:
    said = shop.send(a_wish()).json()
    schemas = DOCUMENT["components"]["schemas"]
    assert said.keys() == schemas["AcceptedJob"]["properties"].keys()
    status = shop.status(said["status_url"]).json()
    assert status.keys() == schemas["JobStatus"]["properties"].keys()


def test_the_page_for_people_needs_nothing_from_elsewhere(shop: Program) -> None:
    answer = get(shop, "/v1/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert not re.search(r"(src|@import|url\()", answer.text)
    for path in DOCUMENT["paths"]:
        assert path in answer.text
    for schema in DOCUMENT["components"]["schemas"].values():
        assert all(f"<code>{field}</code>" in answer.text for field in schema["properties"])


def test_the_type_of_a_problem_leads_to_its_place_in_the_documentation(shop: Program) -> None:
    problem = get(shop, "/v1/nothing").json()
    page, _, place = problem["type"].partition("#")
    assert f'id="{place}"' in get(shop, page).text


def test_both_methods_of_a_job_are_named(shop: Program) -> None:
    answer = requests.put(f"http://{shop.at}/v1/jobs/{'a' * 20}", timeout=10)
    assert answer.status_code == 405
    assert {"GET", "DELETE"} <= {one.strip() for one in answer.headers["allow"].split(",")}


def test_the_document_says_who_may_call_under_which_licence_and_names_each_operation() -> None:
    operations = [
        one
        for methods in [*DOCUMENT["paths"].values(), *DOCUMENT["webhooks"].values()]
        for method, one in methods.items()
        if method != "parameters"
    ]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names) == 6
    schemes = {scheme for one in operations for each in one["security"] for scheme in each}
    assert schemes == DOCUMENT["components"]["securitySchemes"].keys()
    assert DOCUMENT["info"]["license"]["identifier"] == "Apache-2.0"


def test_every_part_of_the_document_is_used() -> None:
    text = json.dumps(DOCUMENT)
    for group in ("schemas", "parameters", "responses"):
        for name in DOCUMENT["components"][group]:
            assert f'"#/components/{group}/{name}"' in text


def is_documented(wish: dict[str, Any]) -> bool:
    """Whether what the document says about fields together, and about a photo's form, allows it."""
    schema = DOCUMENT["components"]["schemas"]["NewJob"]

    def holds(rule: dict[str, Any]) -> bool:
        """Whether the wish keeps it, by the few words of JSON Schema that the document uses."""
        long_enough = [
            name not in wish or len(wish[name]) >= about["minLength"]
            for name, about in rule.get("properties", {}).items()
        ]
        return (
            all(name in wish for name in rule.get("required", []))
            and all(long_enough)
            and ("oneOf" not in rule or sum(map(holds, rule["oneOf"])) == 1)
            and ("anyOf" not in rule or any(map(holds, rule["anyOf"])))
            and ("not" not in rule or not holds(rule["not"]))
        )

    pattern = schema["properties"]["image"]["pattern"]
    return re.search(pattern, wish.get("image", "")) is not None and all(
        map(holds, schema["allOf"])
    )


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"prompt": None, "template": TEMPLATES[0].en}, True),
        ({"image_url": None, "image": "aGVsbG8="}, True),
        ({"image": ""}, True),
        ({"prompt": None}, False),
        ({"prompt": ""}, False),
        ({"template": TEMPLATES[0].en}, False),
        ({"prompt": None, "scene": "summer"}, True),
        ({"scene": "summer"}, True),
        ({"prompt": "", "template": TEMPLATES[0].en, "scene": "summer"}, True),
        ({"template": TEMPLATES[0].en, "scene": "summer"}, False),
        ({"prompt": None, "scene": ""}, False),
        ({"image_url": None}, False),
        ({"image_url": ""}, False),
        ({"image_url": None, "image": ""}, False),
        ({"image": "aGVsbG8="}, False),
        ({"image_url": None, "image": "aGVsb"}, False),
    ],
    ids=str,
)
def test_the_document_takes_what_the_gateway_takes(
    changes: dict[str, str | None], fits: bool, shop: Program, ledger: Ledger
) -> None:
    summer = Scene(name="summer", prompt="on a beach")
    save_scene(ledger.bucket, WORKSPACE_SCENES, summer, may_change=lambda _: True)
    wish = a_wish(**changes)
    assert is_documented(wish) == fits
    assert (shop.send(wish).status_code == 202) == fits


@pytest.mark.parametrize(("length", "status"), [(1, 202), (256, 202), (257, 401)])
def test_a_webhook_id_is_as_long_as_the_document_says(
    length: int, status: int, shop: Program
) -> None:
    limits = DOCUMENT["components"]["parameters"]["webhook-id"]["schema"]
    assert (limits["minLength"] <= length <= limits["maxLength"]) == (status == 202)
    webhook_id = f"{length}".ljust(length, "x")[-length:]
    assert shop.send(a_wish(), webhook_id=webhook_id).status_code == status
