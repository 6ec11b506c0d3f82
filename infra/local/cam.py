"""Judge what a role's policy allows in CAM.

Source: documents 598/10604, 598/58420, and 436/30580 for COS.

A call is denied by default, and a ``deny`` wins over every ``allow``. ``*`` stands for any text in
actions, in resources and in values of ``string_like``; comparisons are case-sensitive. A condition
on a key that the request does not have is false. Unknown syntax is refused when a policy is read,
so that no statement is silently misread.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from infra.local.control import Key

_Texts = str | list[str]
Test = Callable[[str], object]


class _Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    effect: Literal["allow", "deny"]
    action: _Texts
    resource: _Texts
    condition: dict[Literal["string_equal", "string_like"], dict[str, _Texts]] = {}


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal["2.0"]
    statement: Annotated[list[_Statement], msgspec.Meta(min_length=1)]


class _Rule:
    """Hold a statement, compiled to be matched against calls."""

    def __init__(self, statement: _Statement) -> None:
        self.denies = statement.effect == "deny"
        self._action = _like(statement.action)
        self._resource = _like(statement.resource)
        self._conditions: list[tuple[str, Test]] = [
            (key, _like(values) if operator == "string_like" else _equal(values))
            for operator, wanted in statement.condition.items()
            for key, values in wanted.items()
        ]

    def covers(self, action: str, resource: str, values: Mapping[str, str]) -> bool:
        """Say whether the statement applies to this call."""
        return bool(
            self._action(action)
            and self._resource(resource)
            and all(key in values and holds(values[key]) for key, holds in self._conditions)
        )


class Rights:
    """Hold what each role may do.

    ``policies`` maps role names to documents. Raises ``ValidationError`` for one that is malformed.
    """

    def __init__(self, policies: Mapping[str, Mapping[str, Any]]) -> None:
        self._rules = {
            role: [_Rule(one) for one in msgspec.convert(document, _Document).statement]
            for role, document in policies.items()
        }

    def allow(
        self, key: Key, action: str, resource: str, values: Mapping[str, str] | None = None
    ) -> bool:
        """Say whether ``key`` may do this; ``values`` are the request's condition keys.

        A key without a role is the account owner's, who may do everything; a role without a
        policy may do nothing.
        """
        if not key.role:
            return True
        covering = [
            rule.denies
            for rule in self._rules.get(key.role, [])
            if rule.covers(action, resource, values or {})
        ]
        return bool(covering) and not any(covering)


def _like(patterns: _Texts) -> Test:
    expression = "|".join(
        ".*".join(map(re.escape, pattern.split("*"))) for pattern in _listed(patterns)
    )
    return re.compile(expression, re.DOTALL).fullmatch


def _equal(values: _Texts) -> Test:
    return frozenset(_listed(values)).__contains__


def _listed(texts: _Texts) -> Sequence[str]:
    return [texts] if isinstance(texts, str) else texts
