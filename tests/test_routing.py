"""Which handler of a web function is asked, and what it is told about the path."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.web.asgi import Handler, Request, Response, match_path
from tests.service import ask, echo, raw, running


def shown(request: Request) -> Response:
    """What the service made of the request."""
    found = {"in_path": request.path_params, "q": request.query_param("q")}
    return Response(200, json.dumps(found), {"Content-Type": "application/json"})


@pytest.fixture(scope="module")
def at() -> Iterator[str]:
    """A service with one path, which has names in it."""
    with running({("GET", "/jobs/{job}/of/{owner}"): shown}) as at:
        yield at


@pytest.mark.parametrize(
    ("path", "path_params"),
    [
        ("/jobs/a/of/b", {"job": "a", "owner": "b"}),
        ("/jobs/%C3%A9/of/a%20b", {"job": "é", "owner": "a b"}),
        ("/jobs/%61/of/%7Bjob%7D", {"job": "a", "owner": "{job}"}),
        ("/%6Aobs/a/of/b", {"job": "a", "owner": "b"}),
        ("/jobs/a/of/%252F", {"job": "a", "owner": "%2F"}),  # decoded once
        ("/jobs/%2e%2e/of/..%5C", {"job": "..", "owner": "..\\"}),
        ("/jobs/%FF/of/%00", {"job": "\ufffd", "owner": "\0"}),
        ("/jobs/a/of/b%2Fc", None),
        ("/jobs/a%2Fof/b", {"job": "a", "owner": "b"}),  # as if a proxy had decoded it
        ("/jobs/%2F/of/b", None),
        ("/jobs//of/b", None),
        ("/jobs/a/of/", None),
        ("/jobs/a/of/b/", None),
        ("//jobs/a/of/b", None),
        ("/Jobs/a/of/b", None),
    ],
)
def test_a_name_in_a_path_stands_for_one_part_of_it(
    path: str, path_params: dict[str, str] | None, at: str
) -> None:
    status, _, body = raw(at, "GET", path)
    assert (status, json.loads(body)["in_path"] if status == 200 else None) == (
        200 if path_params else 404,
        path_params,
    )


@given(st.lists(st.text("ab/{}%.\0é", max_size=4), min_size=1, max_size=4))
def test_no_name_in_a_path_ever_holds_a_slash(parts: list[str]) -> None:
    found = match_path("/{a}/b/{c}", "/" + "/".join(parts))
    assert found is None or all(part and "/" not in part for part in found.values())


def test_two_methods_of_one_path_are_told_apart_and_both_are_named() -> None:
    handlers: dict[tuple[str, str], Handler] = {
        ("GET", "/jobs/{job}"): lambda _: Response(200, "read"),
        ("DELETE", "/jobs/{job}"): lambda _: Response(202, "deleted"),
    }
    with running(handlers) as at:
        assert ask("GET", at, "/jobs/a").text == "read"
        assert ask("DELETE", at, "/jobs/a").text == "deleted"
        refused = ask("PUT", at, "/jobs/a")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, DELETE")


@pytest.mark.parametrize("path", ["/it", "/healthz", "/none"])
def test_a_head_is_answered_like_a_get_without_the_body(path: str) -> None:
    it = Response(200, "some words", {"X-Some": "thing"})
    with running({("GET", "/it"): lambda _: it}) as at:
        got, head = ask("GET", at, path), ask("HEAD", at, path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert int(head.headers["Content-Length"]) == len(got.content) > 0
    for headers in (got.headers, head.headers):
        headers.pop("Date", None)
    assert head.headers == got.headers


def test_a_head_of_what_cannot_be_read_is_405() -> None:
    with running({("POST", "/echo"): echo}) as at:
        assert ask("HEAD", at, "/echo").status_code == 405


@pytest.mark.parametrize(
    ("query", "q"),
    [
        ("q=a%20b", "a b"),
        ("q=%C3%A9", "é"),
        ("", ""),
        ("q", ""),
        ("p=1&q=2", "2"),
        ("q=%FF", "\ufffd"),
    ],
)
def test_a_handler_may_ask_for_a_parameter_of_the_query(query: str, q: str, at: str) -> None:
    assert ask("GET", at, f"/jobs/a/of/b?{query}").json()["q"] == q
