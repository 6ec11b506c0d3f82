"""What CAM makes of a policy: who may do what, and what is no policy."""

from typing import Any

import msgspec
import pytest

from infra.local.cam import Rights
from infra.local.control import Key

GET, PUT, LIST = "name/cos:GetObject", "name/cos:PutObject", "name/cos:GetBucket"
BUCKET = "qcs::cos:ap-guangzhou:uid/1250000000:shop-1250000000"
ROLE = Key(secret_id="AKIDrole", secret_key="k", token="t", role="worker")


def statement(effect: str = "allow", **fields: Any) -> dict[str, Any]:
    return {"effect": effect, "action": [GET], "resource": [f"{BUCKET}/photos/*"], **fields}


def rights(*statements: dict[str, Any]) -> Rights:
    return Rights({"worker": {"version": "2.0", "statement": list(statements)}})


def may(
    rights: Rights, action: str, key: str = "photos/a", values: dict[str, str] | None = None
) -> bool:
    return rights.allow(ROLE, action, f"{BUCKET}/{key}", values)


def test_what_is_not_allowed_is_denied() -> None:
    held = rights(statement())
    assert may(held, GET)
    assert not may(held, PUT)
    assert not may(held, GET, "results/a")


def test_a_key_without_a_role_is_the_owners_and_may_do_everything() -> None:
    owner = Key(secret_id="AKIDowner", secret_key="k")
    assert rights(statement()).allow(owner, PUT, f"{BUCKET}/anything")


def test_a_role_without_a_policy_may_do_nothing() -> None:
    stranger = Key(secret_id="AKIDx", secret_key="k", role="somebody")
    assert not rights(statement(action="*", resource="*")).allow(stranger, GET, f"{BUCKET}/a")


@pytest.mark.parametrize("denied_first", [True, False])
def test_a_deny_wins_over_every_allow(denied_first: bool) -> None:
    allow = statement(action="*", resource="*")
    deny = statement("deny", resource=f"{BUCKET}/photos/secret")
    held = rights(*((deny, allow) if denied_first else (allow, deny)))
    assert may(held, GET, "photos/open")
    assert not may(held, GET, "photos/secret")


def test_a_deny_alone_allows_nothing_else() -> None:
    assert not may(rights(statement("deny")), GET, "results/a")


@pytest.mark.parametrize("pattern", ["*", "name/cos:*", "name/cos:Get*", "name/cos:*Object", GET])
def test_a_star_in_an_action_stands_for_any_text(pattern: str) -> None:
    assert may(rights(statement(action=pattern)), GET)


@pytest.mark.parametrize("pattern", ["name/cos:Put*", "name/cos:getobject", "cos:GetObject", "*x"])
def test_another_action_is_not_meant(pattern: str) -> None:
    assert not may(rights(statement(action=pattern)), GET)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("*", True),
        (f"{BUCKET}/*", True),
        (f"{BUCKET}/photos/*", True),
        (f"{BUCKET}/*/a", True),
        (f"{BUCKET}/photos/a", True),
        (f"{BUCKET}/photos/", False),
        (f"{BUCKET}/photos", False),
        (f"{BUCKET}/photo?/a", False),  # only the star stands for other text
        (f"{BUCKET}/[p]hotos/a", False),
        (f"{BUCKET.replace('guangzhou', 'beijing')}/*", False),
    ],
)
def test_a_resource_covers_what_it_says(pattern: str, fits: bool) -> None:
    assert may(rights(statement(resource=["qcs::cos:other", pattern])), GET) is fits


@pytest.mark.parametrize(
    ("operator", "wanted", "carried", "holds"),
    [
        ("string_like", "requests%2F*", "requests%2F", True),
        ("string_like", ["a%2F*", "requests%2F*"], "requests%2Fx", True),
        ("string_like", "requests/*", "requests%2F", False),
        ("string_like", "requests%2F*", "requests/", False),
        ("string_like", "requests%2F*", "", False),
        ("string_like", "requests%2F", "requests%2Fx", False),
        ("string_equal", "requests%2F", "requests%2F", True),
        ("string_equal", ["a", "requests%2F"], "requests%2F", True),
        ("string_equal", "requests%2F*", "requests%2Fx", False),
    ],
)
def test_a_condition_is_held_against_what_the_request_carries(
    operator: str, wanted: Any, carried: str, holds: bool
) -> None:
    held = rights(statement(action=LIST, condition={operator: {"cos:prefix": wanted}}))
    assert may(held, LIST, values={"cos:prefix": carried}) is holds


def test_a_condition_on_what_the_request_does_not_carry_does_not_hold() -> None:
    condition = {"string_like": {"cos:prefix": "*"}}
    assert not may(rights(statement(condition=condition)), GET)
    denied = rights(statement(), statement("deny", condition=condition))
    assert may(denied, GET)
    assert not may(denied, GET, values={"cos:prefix": ""})


def test_all_conditions_of_a_statement_must_hold() -> None:
    both = {"string_like": {"cos:prefix": "a*"}, "string_equal": {"cos:max-keys": "10"}}
    held = rights(statement(condition=both))
    assert may(held, GET, values={"cos:prefix": "a", "cos:max-keys": "10"})
    assert not may(held, GET, values={"cos:prefix": "a", "cos:max-keys": "11"})
    assert not may(held, GET, values={"cos:prefix": "b", "cos:max-keys": "10"})


@pytest.mark.parametrize(
    "document",
    [
        {"version": "1.0", "statement": [statement()]},
        {"version": "2.0", "statement": []},
        {"version": "2.0", "statement": [statement("permit")]},
        {"version": "2.0", "statement": [statement(condition={"ip_equal": {"qcs:ip": "::1"}})]},
        {"version": "2.0", "statement": [statement(not_action="*")]},
        {"version": "2.0", "statement": [{"effect": "allow", "action": "*"}]},
    ],
)
def test_what_is_not_understood_is_refused_and_not_passed_over(document: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        Rights({"worker": document})
