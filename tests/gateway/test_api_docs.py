"""The documentation: made of the types, so it cannot say anything else than what is done."""

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.gateway.job_builder import GatewayPolicy, JobBuilder
from functions.gateway.openapi import openapi_document
from functions.gateway.problems import TITLES, Rejected
from functions.gateway.schemas import SIZE, WORDS, NewJob
from functions.gateway.strict_json import read_json
from functions.gateway.validation import validate
from functions.jobs.characters import has_words
from functions.jobs.errors import Refused
from functions.jobs.model import Upload
from functions.jobs.url_policy import UrlPolicy
from functions.jobs.webhook_clients import Client
from functions.jobs.wish import TEMPLATE_SWITCH, TEMPLATES, parse_resolution
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
    """Whether the document allows it; what its formats mean, it says in words."""
    return allows(DOCUMENT["components"]["schemas"]["NewJob"], wish)


def allows(schema: dict[str, Any], value: Any) -> bool:
    """Whether a schema allows a value, by the keywords that the document uses for texts."""
    if "$ref" in schema:
        return allows(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]], value)
    here = "type" not in schema or isinstance(value, TYPES[schema["type"]])
    if isinstance(value, str):
        here = here and (
            schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
            and re.search(schema.get("pattern", ""), value) is not None
            and value in schema.get("enum", [value])
            and (not value or FORMATS.get(schema.get("format", ""), bool)(value))
        )
    elif isinstance(value, dict):
        fields = schema.get("properties", {})
        is_whole = here and set(schema.get("required", [])) <= value.keys()
        here = is_whole and all(allows(fields.get(name, {}), one) for name, one in value.items())
    return (
        here
        and all(allows(one, value) for one in schema.get("allOf", []))
        and ("anyOf" not in schema or any(allows(one, value) for one in schema["anyOf"]))
        and ("oneOf" not in schema or sum(allows(one, value) for one in schema["oneOf"]) == 1)
        and ("not" not in schema or not allows(schema["not"], value))
    )


def is_size(text: str) -> bool:
    try:
        parse_resolution(text)
    except Refused:
        return False
    return True


TYPES: dict[str, type] = {
    "null": type(None),
    "object": dict,
    "string": str,
    "boolean": bool,
    "integer": int,
}
WORDY = ("prompt", "negative_prompt", "product")
FORMATS: dict[str, Callable[[str], bool]] = {
    WORDS: lambda text: has_words(text) and text != TEMPLATE_SWITCH,
    SIZE: is_size,
}


def test_the_document_says_what_its_formats_mean() -> None:
    used = set(re.findall(r'"format": "([a-z-]+)"', json.dumps(DOCUMENT)))
    assert used == FORMATS.keys()
    assert all(f"`{name}`" in DOCUMENT["info"]["description"] for name in used)


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
        ({"template": "of another world", "prompt": None}, False),
        ({"prompt": None, "scene": "summer"}, True),
        ({"scene": "summer"}, True),
        ({"prompt": "", "template": TEMPLATES[0].en, "scene": "summer"}, True),
        ({"template": TEMPLATES[0].en, "scene": "summer"}, False),
        ({"prompt": None, "scene": ""}, False),
        ({"prompt": None, "packshot": {}}, True),
        ({"prompt": "", "template": "", "packshot": {"background": "#FFffff"}}, True),
        ({"prompt": None, "scene": "summer", "packshot": {"shadow": True}}, True),
        ({"packshot": {}}, False),
        ({"prompt": None, "template": TEMPLATES[0].en, "packshot": {}}, False),
        ({"prompt": None, "packshot": {"background": "#ff"}}, False),
        ({"shop": "amazon"}, True),
        ({"shop": "amazon", "resolution": ""}, True),
        ({"shop": "amazon", "resolution": "16:9"}, False),
        ({"image_url": None}, False),
        ({"image_url": ""}, False),
        ({"image_url": None, "image": ""}, False),
        ({"image": "aGVsbG8="}, False),
        ({"image_url": None, "image": "aGVsb"}, False),
        ({"image_url": None, "image": "aGVsbG8=\n"}, False),
        *(
            ({name: "a\0b"}, False)
            for name in ("prompt", "negative_prompt", "product", "reference")
        ),
        ({"reference": "..."}, True),
        *(({name: "..."}, False) for name in ("prompt", "negative_prompt", "product")),
        ({"prompt": "BackgroundTemplate"}, False),
        ({"prompt": "\U0001f3d6"}, True),
        ({"prompt": "a" * 257}, False),
        ({"reference": "a" * 201}, False),
        ({"mask": "aGVsbG8="}, True),
        ({"mask": "aGVsbG8=", "mask_url": "https://shop.example/mask.png"}, False),
        ({"mask": "", "mask_url": "https://shop.example:443?mask=1#a"}, True),
        *(
            ({"image_url": url}, False)
            for url in (
                *(
                    "http://shop.example/a",
                    "https://shop/a",
                    "https://shop.local/a",
                    "shop.example",
                ),
                *("https://localhost/", "https://10.0.0.1/a", "https://user@shop.example/a"),
                *("https://shop.example:444/a", "https://shop.example/a b", "https://a..example/"),
                *("https://shop.0x7f/", "https://shop.example\\a", "https://-shop.example/"),
                *(
                    f"https://{'a' * 64}.example/",
                    f"https://{'a.' * 127}example/",
                    "https://a.b/\n",
                ),
                f"https://shop.example/{'a' * 4096}",
            )
        ),
        ({"image_url": "https://xn--fiq228c.Example_1.com/a?b=[c]&d=%20"}, True),
        *(({"resolution": size}, True) for size in ("", "1280:720", "1280x720", "16:9", "16x9")),
        *(({"resolution": size}, False) for size in ("6:60079", "500:500", "1:3", "12x5")),
    ],
    ids=str,
)
def test_the_document_takes_what_the_gateway_takes(changes: dict[str, Any], fits: bool) -> None:
    wish = a_wish(**changes)
    assert is_documented(wish) == fits
    assert is_taken(wish) == fits


def is_taken(wish: dict[str, Any]) -> bool:
    """Whether the gateway would accept it, from the body's bytes on."""
    shop = Client(name="shop", secrets=("s",))
    policy = GatewayPolicy(rules=UrlPolicy(), watermark_optional=False)
    try:
        asked = validate(read_json(json.dumps(wish).encode()), NewJob)
    except Rejected:
        return False
    builder = JobBuilder(shop, policy, asked, "")

    def scene() -> dict[str, object]:
        return {"prompt": "on a beach"}

    return builder.draft("a" * 20, Upload(id="u", jobs=()), find_scene=scene, now=1.0) is not None


TEXTS = st.just("on sand") | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LABELS = st.text("aZ09_-", max_size=4) | st.sampled_from(["local", "0x7f", "com"])
ADDRESSES = st.builds(
    "https://{}{}{}".format,
    st.lists(LABELS, min_size=1, max_size=4).map(".".join),
    st.sampled_from(["", ":443", ":80", "@a.com"]),
    st.sampled_from(["", "/a"]) | st.text("/?#[]%a \\\n\xe9", max_size=6),
)
WISHES = st.fixed_dictionaries(
    {"image_url": ADDRESSES, "prompt": TEXTS},
    optional={
        "negative_prompt": TEXTS,
        "product": TEXTS,
        "reference": TEXTS,
        "mask_url": ADDRESSES,
        "mask": st.sampled_from(["", "AAAA"]),
        "resolution": st.from_regex(r"[0-9]{1,4}[:x][0-9]{1,4}"),
    },
)


@given(WISHES)
@settings(max_examples=100)
def test_whatever_the_document_allows_is_taken(wish: dict[str, str]) -> None:
    """What the document calls right and the gateway refuses, a program finds out in production."""
    if is_documented(wish):
        assert is_taken(wish)


@pytest.mark.parametrize(("length", "status"), [(1, 202), (256, 202), (257, 401)])
def test_a_webhook_id_is_as_long_as_the_document_says(
    length: int, status: int, shop: Program
) -> None:
    limits = DOCUMENT["components"]["parameters"]["webhook-id"]["schema"]
    assert (limits["minLength"] <= length <= limits["maxLength"]) == (status == 202)
    webhook_id = f"{length}".ljust(length, "x")[-length:]
    assert shop.send(a_wish(), webhook_id=webhook_id).status_code == status
