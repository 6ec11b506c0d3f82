"""What the page is served with, without a browser."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from infra.local import slack
from infra.local.page import manifest
from tests.conftest import BOT_TOKEN, SIGNING_SECRET
from tests.local.slack.driver import ANNA, YUN
from tests.page.visitor import PageHarness

STATIC = Path(manifest.__file__).parent / "static"
Serve = Callable[..., dict[str, str]]


def get(stage: PageHarness, path: str, **query: str) -> requests.Response:
    return stage.slack.ask("GET", path, params=query)


def test_the_page_allows_nothing_from_elsewhere_and_no_markup_from_strings(
    stage: PageHarness,
) -> None:
    answer = get(stage, "/")
    policy = answer.headers["content-security-policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "require-trusted-types-for 'script'",
        "frame-ancestors 'none'",
    ):
        assert rule in policy.split("; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_no_part_of_the_page_makes_markup_from_a_string() -> None:
    for part in STATIC.glob("*.js"):
        source = part.read_text("utf-8")
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert way not in source, f"{part.name}: {way}"


@pytest.mark.parametrize("part", sorted(STATIC.iterdir()), ids=lambda part: part.name)
def test_every_part_is_served_with_its_type(stage: PageHarness, part: Path) -> None:
    answer = get(stage, f"/static/{part.name}")
    expected = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
    assert answer.status_code == 200
    kind = expected.get(part.suffix[1:], "text/html")
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/static/..%2froutes.py", "/static/%2e%2e", "/static/nothing.js", "/page/samples/..%2f.py"],
)
def test_nothing_else_is_served(stage: PageHarness, path: str) -> None:
    assert get(stage, path).status_code == 404


def test_the_samples_are_small_jpegs(stage: PageHarness) -> None:
    names = get(stage, "/page/app").json()["samples"]
    assert len(names) >= 3
    for name in names:
        answer = get(stage, f"/page/samples/{name}")
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.content.startswith(b"\xff\xd8\xff")
        assert len(answer.content) < 120_000


def test_what_the_app_offers_is_in_its_manifest(stage: PageHarness) -> None:
    offered = get(stage, "/page/app").json()
    assert [one["command"] for one in offered["commands"]] == ["/backdrop", "/broken"]
    assert [one["type"] for one in offered["shortcuts"]] == ["global", "message"]
    assert offered["functions"]["paint"]["input_parameters"]["photo"]["is_required"] is True


def test_without_a_manifest_nothing_is_offered(tmp_path: Path) -> None:
    assert manifest.read(tmp_path / "manifest.yml") == manifest.Manifest()


def test_our_own_manifest_is_understood() -> None:
    manifest.read(manifest.MANIFEST)


def test_a_block_s_picture_comes_from_the_stand_ins_only(stage: PageHarness, png: bytes) -> None:
    url = f"http://{stage.addresses['pictures']}/cup.png"
    answer = get(stage, "/page/picture", url=url)
    assert answer.content == png
    assert "sandbox" in answer.headers["content-security-policy"]
    port = stage.addresses["pictures"].partition(":")[2]
    for other in (
        "https://elsewhere.example/cup.png",
        "http://127.0.0.1:1/cup.png",
        f"http://elsewhere.example@127.0.0.1:{port}/cup.png",
        f"file://127.0.0.1:{port}/cup.png",
        f"http://{stage.addresses['pictures']}/nothing.png",
        f"http://{stage.slack.address}/",
        "",
    ):
        assert get(stage, "/page/picture", url=other).status_code == 404, other


def test_a_picture_s_redirect_is_not_followed(serve: Serve, stage: PageHarness) -> None:
    async def elsewhere(_: Request) -> Response:
        return RedirectResponse(f"http://{stage.addresses['pictures']}/cup.png")

    app = Starlette(routes=[Route("/cup.png", elsewhere)])

    def create(addresses: dict[str, str], **settings: str) -> dict[str, object]:
        return {**slack.create(addresses, **settings), "pictures": app}

    options = {"bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET}
    at = serve(create, "slack", "pictures", **options)
    query = {"url": f"http://{at['pictures']}/cup.png"}
    answer = requests.get(f"http://{at['slack']}/page/picture", params=query, timeout=30)
    assert answer.status_code == 404


def test_a_deleted_file_is_gone(stage: PageHarness, png: bytes) -> None:
    file_id = stage.picture(png)
    assert get(stage, f"/page/files/{file_id}").content == png
    stage.slack.client.files_delete(file=file_id)
    assert get(stage, f"/page/files/{file_id}").status_code == 404


def test_a_person_is_notified_of_mentions_and_of_what_is_said_directly(stage: PageHarness) -> None:
    def mentions(user: str, after: str = "") -> list[str]:
        rows = get(stage, "/page/mentions", user=user, after=after).json()["mentions"]
        return [row["ts"] for row in rows]

    first = stage.post(text=f"<@{ANNA}> one")
    stage.post(text="to nobody")
    element = {"type": "user", "user_id": ANNA}
    section = {"type": "rich_text_section", "elements": [element]}
    blocks = [{"type": "rich_text", "elements": [section]}]
    second = stage.post(text="two", blocks=blocks, thread_ts=first)
    third = stage.post(channel=YUN, text="directly")
    stage.slack.write("@Merchandiser (EN), from herself")
    assert mentions(ANNA) == [first, second]
    assert mentions(ANNA, after=first) == [second]
    assert mentions(YUN) == [third]


def test_a_permalink_leads_to_the_page(stage: PageHarness) -> None:
    answer = get(stage, "/archives/C0PRODUCTS/p1700000000123456")
    assert answer.headers["location"] == "/#channel=C0PRODUCTS&thread=1700000000.123456"
    query = {"thread_ts": "1600000000.000001", "cid": "C0PRODUCTS"}
    answer = get(stage, "/archives/C0PRODUCTS/p1700000000123456", **query)
    assert answer.headers["location"] == "/#channel=C0PRODUCTS&thread=1600000000.000001"


def test_every_word_of_the_page_is_there_in_two_languages_and_used() -> None:
    parts = {part.name: part.read_text("utf-8") for part in STATIC.glob("*.js")}
    table = parts["words.js"].partition("const WORDS = {")[2].partition("\n};")[0]
    words = dict(re.findall(r"^  (\w+): (\[.+\]),$", table, re.MULTILINE))
    assert len(words) == len(table.strip().splitlines())
    for key, pair in words.items():
        english, chinese = ast.literal_eval(pair)
        facts = [set(re.findall(r"\{\w+\}", text)) for text in (english, chinese)]
        assert facts[0] == facts[1], key
        assert re.search(r"[一-鿿]", chinese.replace("{name}", "名")), key
    code = "".join(parts.values()).replace(table, "")
    named = set(re.findall(r'"(\w+)"', code)) | {k for k in words if k.startswith("state_")}
    assert set(words) <= named
    assert set(re.findall(r'\bt\("(\w+)"', code)) <= set(words)
