"""The app's two manifests and the routing table: none has what another lacks.

manifest.yml is the whole app; manifest-without-step.yml lacks the step in Workflow Builder.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from msgspec.structs import replace

from bot.app import routes
from bot.texts import Language
from bot.views.cutout import CutOut, cutout_blocks
from bot.views.failure import failure_blocks
from bot.views.home import Home, Pages, home_view
from bot.views.progress import PhotoEnded, Progress, progress_blocks, summary_blocks
from bot.views.refusal import refusal_blocks
from bot.views.result import Result, result_blocks
from bot.views.usage import Usage, Used
from bot.views.variations import Variation, sheet_blocks, variations_blocks
from functions.config import Limits
from functions.jobs.errors import ErrorCode, Problem
from functions.jobs.model import Upload
from functions.jobs.settings import PersonSettings
from functions.jobs.steps import Failed
from functions.jobs.wish import Packshot, Wish
from infra.local.page import manifest as page
from infra.local.slack import methods
from infra.slack.without_step import WITH_STEP, WITHOUT_STEP, without_step
from tests.bot.looking import pieces
from tests.jobs.making import a_job

ROOT = Path(__file__).resolve().parents[2]
Manifest = dict[str, Any]
WHOLE: Manifest = yaml.safe_load(WITH_STEP.read_text("utf-8"))
STEPLESS: Manifest = yaml.safe_load(WITHOUT_STEP.read_text("utf-8"))
both = pytest.mark.parametrize("manifest", [WHOLE, STEPLESS], ids=["whole", "without step"])
EVENTS_URL = "https://BOT-URL.example/slack/events"
# docs.slack.dev/reference/events: which scope each event needs
EVENT_SCOPES = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "channel_archive": {"channels:read"},
    "group_archive": {"groups:read"},
    "tokens_revoked": set(),
    "function_executed": set(),
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
}
FAMILIES = ("channels", "groups", "im", "mpim")
NOT_CALLED_FOR = {"conversations.info": {"im:read"}}  # a direct message has no auto


class Table:
    """Takes routes as Bolt's ``App`` does, and keeps what they are for."""

    def __init__(self) -> None:
        self.routed: dict[str, list[Any]] = {}

    def __getattr__(self, kind: str) -> Callable[..., Callable[[object], object]]:
        def register(constraint: Any, **_: Any) -> Callable[[object], object]:
            self.routed.setdefault(kind, []).append(constraint)
            return lambda listener: listener

        return register


@pytest.fixture(scope="module")
def table() -> dict[str, list[Any]]:
    taken = Table()
    routes(taken)  # type: ignore[arg-type]  # it has what routes uses of an App
    return taken.routed


def is_catch_all(constraint: Any) -> bool:
    return isinstance(constraint, re.Pattern) and constraint.pattern == ""


def events(manifest: Manifest) -> list[str]:
    names: list[str] = manifest["settings"]["event_subscriptions"]["bot_events"]
    return names


@both
def test_every_event_is_listened_to_and_every_listener_gets_its_event(
    table: dict[str, list[Any]], manifest: Manifest
) -> None:
    named = [c for c in table["event"] if not is_catch_all(c)]
    heard = {c["type"] if isinstance(c, dict) else c for c in named}
    if table.get("function") and manifest is WHOLE:
        heard.add("function_executed")
    assert heard == {name.partition(".")[0] for name in events(manifest)}


@both
def test_every_kind_of_conversation_is_subscribed_to(manifest: Manifest) -> None:
    names = [name for name in events(manifest) if name.startswith("message.")]
    assert {name.partition(".")[2] for name in names} == set(FAMILIES)


@both
def test_the_commands_are_the_same(table: dict[str, list[Any]], manifest: Manifest) -> None:
    commands = manifest["features"]["slash_commands"]
    assert [one["command"] for one in commands] == table["command"]
    assert not any(one["should_escape"] for one in commands)


@both
def test_the_shortcuts_are_the_same(table: dict[str, list[Any]], manifest: Manifest) -> None:
    kinds = {"message": "message_action", "global": "shortcut"}
    named = {(kinds[one["type"]], one["callback_id"]) for one in manifest["features"]["shortcuts"]}
    assert named == {(one["type"], one["callback_id"]) for one in table["shortcut"]}


def test_the_workflow_steps_are_the_same(table: dict[str, list[Any]]) -> None:
    assert set(WHOLE["functions"]) == set(table["function"])
    assert WHOLE["settings"]["function_runtime"] == "remote"
    # Slack takes a custom step only from an app that is ready for organisations.
    assert WHOLE["settings"]["org_deploy_enabled"] is True


def test_the_manifest_without_the_step_is_the_whole_one_without_it() -> None:
    assert WITHOUT_STEP.read_text("utf-8") == without_step(WITH_STEP.read_text("utf-8"))
    settings = {**WHOLE["settings"]}
    del settings["function_runtime"]
    subscribed = [name for name in events(WHOLE) if name != "function_executed"]
    settings["event_subscriptions"] = {**settings["event_subscriptions"], "bot_events": subscribed}
    whole = {key: value for key, value in WHOLE.items() if key != "functions"}
    assert {**whole, "settings": settings} == STEPLESS
    assert "function" not in WITHOUT_STEP.read_text("utf-8")


def test_a_step_that_is_written_otherwise_is_not_left_in_by_accident() -> None:
    text = WITH_STEP.read_text("utf-8").replace("  function_runtime: remote\n", "")
    with pytest.raises(ValueError, match="function_runtime"):
        without_step(text)


def test_the_demo_page_reads_the_whole_manifest() -> None:
    assert page.MANIFEST == WITH_STEP
    assert set(page.read(WITH_STEP).functions) == set(WHOLE["functions"])


@both
def test_app_home_is_switched_on_where_it_is_shown(
    table: dict[str, list[Any]], manifest: Manifest
) -> None:
    assert "app_home_opened" in table["event"]
    assert manifest["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


@both
def test_the_scopes_are_those_of_the_events_and_the_calls(manifest: Manifest) -> None:
    needed = {"commands"}
    for name in events(manifest):
        needed |= EVENT_SCOPES[name]
    for name in _called():
        needed |= _scopes_of(name)
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed


def _called() -> set[str]:
    """The methods of Slack's API that our code calls."""
    sources = [path.read_text("utf-8") for path in (ROOT / "bot").rglob("*.py")]
    names = {name for s in sources for name in re.findall(r"(?:slack|_client)\.(\w+_\w+)", s)}
    if "files_upload_v2" in names:  # which the SDK makes of two
        names |= {"files_getUploadURLExternal", "files_completeUploadExternal"}
    known = {name.replace(".", "_"): name for name in methods.METHODS}
    return {known[name] for name in names if name in known}


def _scopes_of(method: str) -> set[str]:
    needs = methods.METHODS[method].needs
    if needs.startswith("*"):
        return {needs.replace("*", one) for one in FAMILIES} - NOT_CALLED_FOR.get(method, set())
    return {needs} if needs else set()


@both
def test_everything_is_sent_to_the_bots_one_door(manifest: Manifest) -> None:
    settings = manifest["settings"]
    doors = {
        settings["event_subscriptions"]["request_url"],
        settings["interactivity"]["request_url"],
        *(one["url"] for one in manifest["features"]["slash_commands"]),
    }
    assert doors == {EVENTS_URL}
    assert settings["interactivity"]["is_enabled"]
    assert not settings["socket_mode_enabled"]


@both
def test_the_manifest_keeps_slacks_limits(manifest: Manifest) -> None:
    """docs.slack.dev/reference/app-manifest."""
    about, features = manifest["display_information"], manifest["features"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 175 <= len(about["long_description"]) <= 4000
    assert re.fullmatch("#[0-9a-f]{6}", about["background_color"])
    assert len(features["bot_user"]["display_name"]) <= 80
    assert 1 <= len(features["shortcuts"]) <= 10
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
        assert len(shortcut["callback_id"]) <= 255
    for command in features["slash_commands"]:
        assert re.fullmatch(r"/[a-z]{1,31}", command["command"])
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000


# --- what is shown


def _shown(language: Language) -> list[dict[str, Any]]:
    """One of everything that has buttons or menus."""
    job = a_job()
    result = Result(width=1, height=1, seconds=1, full_size_url="https://a.example/")
    picture = {"image_url": "https://a.example/b.jpg"}
    variation = Variation(job, result, picture)
    failed = Failed(at=1.0, code=ErrorCode.PICTURE_ILLEGAL)
    cutout = CutOut(width=1, height=1, png_url="https://a.example/")
    home = Home(
        recent=[],
        usage=Usage(Used(0), Used(0)),
        settings=PersonSettings(),
        limits=Limits(watermark_optional=True),
    )
    two = Upload(id=job.id, jobs=(job.id, job.id))
    photos = [PhotoEnded(number, "cup.jpg", "made") for number in (1, 2)]
    return [
        *result_blocks(job, result, picture, language),
        *variations_blocks([variation], language),
        *sheet_blocks([variation], picture, language),
        *summary_blocks(replace(job, upload=two), photos, language),
        *variations_blocks([variation], language, chosen=job.id),
        *failure_blocks(job, failed, language),
        *cutout_blocks(job, cutout, picture, language),
        *cutout_blocks(replace(job, wish=Wish(packshot=Packshot())), cutout, picture, language),
        *progress_blocks(Progress(total=1), language, upload=job.upload),
        *home_view(home, language)["blocks"],
        *home_view(msgspec.structs.replace(home, pages=Pages((0, 10), 20)), language)["blocks"],
        *refusal_blocks([Problem(ErrorCode.PHOTO_MISSING, "photo")], language, fix="C1:1.0:1.0"),
    ]


OLD = {"size", "cutout"}  # on messages of older versions; the menu's entries lead to the same
LINKS = {"download"}  # a button that is only a link needs none


def test_every_button_has_a_listener_and_every_listener_a_button(
    table: dict[str, list[Any]],
) -> None:
    shown = {piece["action_id"] for piece in pieces(_shown("en")) if "action_id" in piece}
    routed = [one for one in table["action"] if not is_catch_all(one)]
    names = {one for one in routed if isinstance(one, str)}
    patterns = [one for one in routed if isinstance(one, re.Pattern)]
    by_pattern = {name for name in shown if any(one.match(name) for one in patterns)}
    assert shown | OLD == names | by_pattern | LINKS
    assert all(any(one.match(name) for name in shown) for one in patterns)
    assert is_catch_all(table["action"][-1])  # Bolt asks in this order
    assert is_catch_all(table["event"][-1])
