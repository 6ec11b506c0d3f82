"""Behind the scenes: jobs, calls and log lines are shown, their secrets are not."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local import aiart, cos, slack
from infra.local.page.behind import jobs_of
from infra.local.page.redaction import CUT, redacted, redacted_text
from infra.local.scf.logs import Logs
from infra.local.serving import address, listen, served
from tests.conftest import ACCOUNT, BOT_TOKEN, BUCKET, REGION, SIGNING_SECRET
from tests.local.slack.driver import eventually

Json = dict[str, Any]
JOB, OTHER, UPLOAD = "a" * 20, "b" * 20, "c" * 20
SIGNED = "http://127.0.0.1:9/x.jpg?q-sign-algorithm=sha1&q-ak=AKIDabc123&q-signature=0123abcd"
REQUEST: Json = {
    "id": JOB,
    "gesture": "mention",
    "created_at": 1_700_000_000.0,
    "wish": {"prompt": "a beach <b>&"},
    "thread": {"channel": "C0PRODUCTS", "thread_ts": "1700000000.000001"},
    "upload": {"id": UPLOAD, "jobs": [JOB]},
    "nonce": "0123456789abcdef",
}


class World:
    """The Slack stand-in with the page, a COS, an aiart, and what functions have printed."""

    def __init__(self, addresses: dict[str, str], logs: Logs) -> None:
        self.addresses = addresses
        self.logs = logs

    def put(self, key: str, record: Json | bytes, content_type: str = "application/json") -> None:
        body = record if isinstance(record, bytes) else json.dumps(record).encode()
        query = {"key": key, "content_type": content_type, "quiet": "1"}
        url = f"http://{self.addresses['cos']}/_control/object"
        assert requests.put(url, body, params=query, timeout=30).status_code == 200

    def look(self, what: str, **query: str) -> Any:
        url = f"http://{self.addresses['slack']}/page/behind/{what}"
        return requests.get(url, params=query, timeout=30).json()


@pytest.fixture
def world() -> Iterator[World]:
    logs = Logs()

    async def lines(request: Request) -> Response:
        return Response(msgspec.json.encode(logs.since(int(request.query_params["since"]))))

    with ExitStack() as stack:
        names = ("slack", "cos", "aiart", "aiart-results", "scf")
        sockets = {name: stack.enter_context(listen()) for name in names}
        at = {name: address(one) for name, one in sockets.items()}
        apps: dict[str, ASGIApp] = {
            **slack.create(at, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET),
            **cos.create(at, bucket=BUCKET, region=REGION, **ACCOUNT),
            **aiart.create(at, **ACCOUNT, duration_s=0.0, paint=False),
            "scf": Starlette(routes=[Route("/_control/logs", lines)]),
        }
        stack.enter_context(served(apps, sockets))
        yield World(at, logs)


def finish(world: World) -> None:
    """A job that ended, with its upload's progress message."""
    world.put(f"steps/{UPLOAD}/progress.json", {"channel": "C0PRODUCTS", "ts": "1"})
    world.put(f"steps/{JOB}/generated.json", {"call": 1, "picture_url": SIGNED})
    world.put(f"results/{JOB}/picture.png", b"\x89PNG\r\n\x1a\n", "image/png")
    outcome = {"state": "succeeded", "finished_at": 1_700_000_009.0, "job": REQUEST}
    world.put(f"done/{JOB}.json", outcome)


def test_a_job_is_its_objects_in_their_order(world: World) -> None:
    world.put(f"requests/{JOB}.json", REQUEST)
    job = world.look("jobs")["jobs"][0]
    assert (job["id"], job["state"], job["words"]) == (JOB, "open", "a beach <b>&")
    finish(world)
    world.put(f"requests/{OTHER}.json", REQUEST | {"id": OTHER, "created_at": 1_700_000_100.0})
    world.put("people/T0/U0/1-" + JOB, b"")
    other, job = world.look("jobs")["jobs"]
    assert (other["id"], other["state"]) == (OTHER, "open")
    assert (job["state"], job["ended_at"]) == ("succeeded", 1_700_000_009.0)
    assert [one["key"] for one in job["objects"]] == [
        f"requests/{JOB}.json",
        f"steps/{UPLOAD}/progress.json",
        f"steps/{JOB}/generated.json",
        f"results/{JOB}/picture.png",
        f"done/{JOB}.json",
    ]


def test_a_blanked_record_is_still_a_job(world: World) -> None:
    world.put(f"done/{JOB}.json", {"state": "cancelled", "finished_at": 1_700_000_009.0})
    job = world.look("jobs")["jobs"][0]
    assert (job["state"], job.get("words", "")) == ("cancelled", "")


def test_an_object_is_shown_without_its_secrets(world: World) -> None:
    finish(world)
    shown = world.look("object", key=f"steps/{JOB}/generated.json")
    assert shown == {"call": 1, "picture_url": f"http://{CUT}"}
    assert world.look("object", key=f"done/{JOB}.json")["job"]["nonce"] == CUT
    url = f"http://{world.addresses['slack']}/page/behind/object"
    picture = requests.get(url, params={"key": f"results/{JOB}/picture.png"}, timeout=30)
    assert picture.headers["content-type"] == "image/png"
    assert requests.get(url, params={"key": "results/none.png"}, timeout=30).status_code == 404


def test_log_lines_are_taken_apart_and_redacted(world: World) -> None:
    line = {"at": "x", "level": "INFO", "what": "step", "job": JOB, "url": SIGNED, "ms": 3}
    world.logs.add("worker", "stdout", json.dumps(line))
    world.logs.add("bot", "stderr", f"Traceback: Bearer xoxb-123-abc at {SIGNED}")
    world.logs.add("bot", "stdout", "{ not JSON")
    first, second, third = world.look("lines", since="0")["lines"]
    assert (first["function"], first["text"], first["job"]) == ("worker", "step", JOB)
    assert first["fields"] == {"url": f"http://{CUT}", "ms": 3}
    assert second["text"] == f"Traceback: Bearer {CUT} at http://{CUT}"
    assert third["text"] == "{ not JSON"
    assert world.look("lines", since="2")["lines"] == [third]


def test_what_is_not_running_is_empty(serve: Callable[..., dict[str, str]]) -> None:
    options = {"bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET}
    at = serve(slack.create, "slack", **options)["slack"]
    for what in ("jobs", "calls", "lines"):
        answer = requests.get(f"http://{at}/page/behind/{what}", timeout=30).json()
        assert answer == {what: []}


@given(st.text(), st.from_regex(r"https?://[^\s\"'<>]{1,40}", fullmatch=True), st.text())
def test_no_address_is_left_in_a_text(before: str, url: str, after: str) -> None:
    shown = redacted_text(f"{before} {url} {after}")
    assert url not in shown
    assert redacted_text(shown) == shown


@pytest.mark.parametrize(
    "secret",
    ["xoxb-12-ab", "xwfp-0a1b2c", "AKIDz8krbsJ5yKBZQpn74WFkmLPx3", "v0=" + "0a" * 32],
)
def test_no_credential_is_left_in_a_record(secret: str) -> None:
    record = {"a": [{"b": f"is {secret} here"}], "token": "t", "nonce": "n", "empty_token": ""}
    shown = redacted(record)
    assert secret not in json.dumps(shown)
    assert (shown["token"], shown["nonce"], shown["empty_token"]) == (CUT, CUT, "")


@given(st.lists(st.sampled_from(["requests", "steps", "done", "x/y", "photos"]), max_size=6))
def test_whatever_is_in_the_bucket_can_be_shown(places: list[str]) -> None:
    rows: list[Json] = [
        {"key": f"{place}/{JOB}.json", "size": 1, "last_modified": n, "etag": ""}
        for n, place in enumerate(places)
    ]
    records: dict[str, Json] = {row["key"]: {} for row in rows}
    assert len(jobs_of(rows, records)) <= 1


@pytest.mark.browser
def test_the_panel_shows_a_job_and_its_lines(world: World, browser: Browser) -> None:
    world.logs.add("bot", "stdout", '{"what": "other job", "job": "none"}')
    world.logs.add("worker", "stdout", json.dumps({"what": "step", "job": JOB, "outcome": "ok"}))
    finish(world)
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"http://{world.addresses['slack']}/")
        page.get_by_role("button", name="Behind the scenes").click()
        panel = page.get_by_role("complementary", name="Behind the scenes")
        job = panel.locator(".jobs li").first
        job.locator("summary").click()
        expect(job).to_contain_text("succeeded")
        expect(job).to_contain_text("a beach <b>&")
        job.get_by_role("button", name="steps/…/generated.json").click()
        expect(job.locator("pre")).to_contain_text('"picture_url": "http://…"')
        expect(panel.locator(".lines")).to_contain_text("other job")
        job.get_by_role("button", name="Its log lines").click()
        expect(panel.locator(".lines li")).to_have_count(1)
        expect(panel.locator(".lines")).to_contain_text("outcome=ok")
        world.put(f"steps/{JOB}/posted.json", {"where": "thread"})
        expect(job.get_by_role("button", name="steps/…/posted.json")).to_be_visible()
        expect(job.locator("details")).to_have_attribute("open", "")
        panel.get_by_role("button", name="Close").click()
        expect(panel).to_be_hidden()
        eventually(lambda: page.get_by_role("button", name="Behind the scenes").is_visible())
