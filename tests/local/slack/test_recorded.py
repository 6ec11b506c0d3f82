"""The stand-in against recordings of the real Slack: the same fields, types and nulls.

Where it differs on purpose, ``ON_PURPOSE`` says why; any other difference fails.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.local.slack.acting import command
from tests.local.slack.conftest import picture
from tests.local.slack.driver import ANNA, PHOTOS, Json, Receiver, Slack, eventually, refusal
from tests.recorded import HERE, differences, read

Told = Callable[..., Json]  # of a type, and a field that it has

MENTION = "@Backdrop a beach"
BLOCKS = "what people type has a rich_text block as well; the recording was trimmed"
CLIENT_ID = "every message that a person types has one; the recording was trimmed"
TEAM = "recorded without files"
FAVOURITE = "files.info's: the recording is the event's form of the file"
ON_PURPOSE: dict[str, dict[str, str]] = {
    "app_mention_thread_broadcast_files": {
        "event.blocks": BLOCKS,
        "event.upload": "as in every message with files; the recording was trimmed",
        "event.display_as_bot": "as in every message with files; the recording was trimmed",
        "event.root.blocks": BLOCKS,
        "event.root.team": TEAM,
        "event.root.reply_users_count": "the figures of a thread; the recording was trimmed",
        "event.root.latest_reply": "the figures of a thread; the recording was trimmed",
        "event.root.reply_users": "the figures of a thread; the recording was trimmed",
        "event.root.is_locked": "the figures of a thread; the recording was trimmed",
        "event.root.subscribed": "the figures of a thread; the recording was trimmed",
    },
    "file_connect_stub": {},
    "file_redirect_grid": {},
    "file_redirect_signin": {},
    "file_unfinished": {},
    "headers": {},
    "invalid_blocks_image": {},
    "message_action_grid": {
        "team": "this is a workspace of its own, not an organisation's",
        "enterprise": "this is a workspace of its own, not an organisation's",
        "api_app_id": "the recording was trimmed",
        "message.blocks": BLOCKS,
        "message.subtype": "the message has files; the recording was put together",
    },
    "message_connect_other_team": {
        "event.blocks": BLOCKS,
        "event.parent_user_id": "of a reply; the recording was trimmed",
    },
    "message_file_share_no_team": {
        "event.blocks": BLOCKS,
        "event.client_msg_id": CLIENT_ID,
    },
    "rate_limited": {},
    "response_url_refused": {
        "errors": "where they stand helps whoever reads it; recorded was the error alone",
        "response_metadata": "as above",
    },
    "upload_v2": {},
    "views_open_error": {},
}


def recorded(name: str) -> Any:
    return read(f"slack_{name}.json")


def test_each_recording_has_a_line_and_each_line_a_recording() -> None:
    names = {path.stem.removeprefix("slack_") for path in HERE.glob("slack_*.json")}
    assert names == set(ON_PURPOSE)


def compare(name: str, real: Any, ours: Any) -> None:
    """No difference that the table does not explain, and nothing explained that is none."""
    found, reasons = differences(real, ours), ON_PURPOSE[name]
    explained = {path: [why for why in reasons if _is_within(path, why)] for path in found}
    assert {path: found[path] for path, by in explained.items() if not by} == {}
    assert set(reasons) == {why for by in explained.values() for why in by}


def _is_within(path: str, place: str) -> bool:
    return path == place or path.startswith((f"{place}.", f"{place}["))


@pytest.fixture
def told(slack: Slack, receiver: Receiver) -> Told:
    """An event's payload of that type, once it has come; the last of those that have a field."""
    slack.register(receiver)

    def payloads(kind: str, having: str) -> list[Json]:
        bodies = [json.loads(body) for _, body in receiver.got if body.startswith(b"{")]
        return [
            one for one in bodies if one["event"]["type"] == kind and having in {"", *one["event"]}
        ]

    # Two events that follow each other at once may come in either order.
    return lambda kind, having="": eventually(lambda: payloads(kind, having))[-1]


@pytest.fixture
def photo(slack: Slack) -> str:
    return slack.upload(picture("JPEG"), name="cup.jpg")


# --- events


def test_a_broadcast_mention_with_a_photo_that_was_edited(
    slack: Slack, told: Told, photo: str
) -> None:
    root = slack.write("root")["ts"]
    said = slack.write(MENTION, thread_ts=root, broadcast=True, file_ids=[photo])
    slack.act("PATCH", "messages", user=ANNA, channel=PHOTOS, ts=said["ts"], text=MENTION)
    name = "app_mention_thread_broadcast_files"
    compare(name, recorded(name), told("app_mention", "edited"))


def test_a_message_with_a_photo_has_no_team(slack: Slack, told: Told, photo: str) -> None:
    slack.write(MENTION, file_ids=[photo])
    compare("message_file_share_no_team", recorded("message_file_share_no_team"), told("message"))


def test_a_guests_message_names_the_guests_workspace(slack: Slack, told: Told) -> None:
    guest = slack.ask("POST", "/_control/guest").json()
    root = slack.write("root", user=guest["user"])["ts"]
    slack.write("a forest", user=guest["user"], thread_ts=root)
    ours = told("message", "thread_ts")
    compare("message_connect_other_team", recorded("message_connect_other_team"), ours)
    assert ours["event"]["team"] == guest["team"] != ours["team_id"]


def test_a_guests_file_is_a_stub(slack: Slack, told: Told) -> None:
    guest = slack.ask("POST", "/_control/guest").json()
    photo = slack.upload(picture("JPEG"), user=guest["user"])
    slack.write("a forest", user=guest["user"], file_ids=[photo])
    (ours,) = told("message")["event"]["files"]
    compare("file_connect_stub", recorded("file_connect_stub"), ours)


def test_a_shortcut_on_a_message(slack: Slack, receiver: Receiver, photo: str) -> None:
    slack.register(receiver, interactions_url=f"http://{receiver.address}/slack/events")
    ts = slack.write("cup", file_ids=[photo])["ts"]
    where = {"channel": PHOTOS, "message_ts": ts, "callback_id": "backdrop_message"}
    slack.act("POST", "shortcuts", user=ANNA, **where)
    forms = [parse_qs(body.decode()) for _, body in receiver.got if body.startswith(b"payload=")]
    ours = json.loads(forms[0]["payload"][0])
    compare("message_action_grid", recorded("message_action_grid"), ours)


def test_a_retried_event_says_so(slack: Slack, receiver: Receiver) -> None:
    slack.settings(minute_s=0.05, answer_limit_s=0.3)
    receiver.answers = [(200, 1.0)]
    slack.register(receiver)
    slack.write("hello")
    got = eventually(lambda: receiver.got[1:])
    real = recorded("headers")["retried event"]
    assert {name: got[0][0].get(name.lower()) for name in real} == real


# --- files


def test_an_unfinished_upload(slack: Slack, told: Told, photo: str) -> None:
    slack.settings(late_uploads_s=60)
    slack.write(MENTION, file_ids=[photo])
    real = recorded("file_unfinished")
    info = slack.client.files_info(file=photo)["file"]
    for ours in (told("message")["event"]["files"][0], info):
        assert ours["mimetype"] == ours["filetype"] == ours["pretty_type"] == ""
        compare("file_unfinished", real["event's and files.info's file"], ours)
    page = fetched(slack, info["url_private"])
    said = real["download 1.2 s later"]
    assert page.status_code == said["status"]
    assert page.text.startswith(said["body_starts"])


def fetched(slack: Slack, url: str, *, with_token: bool = True) -> requests.Response:
    headers = {"authorization": f"Bearer {slack.client.token}"} if with_token else {}
    return requests.get(url, headers=headers, timeout=10, allow_redirects=False)


def test_a_redirect_on_enterprise_grid(slack: Slack, photo: str) -> None:
    slack.settings(grid="on")
    slack.write(MENTION, file_ids=[photo])
    url = slack.client.files_info(file=photo)["file"]["url_private_download"]
    real, first = recorded("file_redirect_grid"), fetched(slack, url)
    assert first.status_code == real["answer"]["status"]
    to, there = first.headers["Location"], real["answer"]["headers"]["Location"]
    assert urlsplit(there).path == urlsplit(real["request"]["url"]).path
    # On purpose not another host, which could not be on loopback, but another path of this one.
    assert to == url.replace("/files-pri/", "/origin/files-pri/")
    second = real["second hop with the bearer"]
    ours = fetched(slack, to)
    assert (ours.status_code, ours.headers["Content-Type"]) == (
        second["status"],
        second["headers"]["Content-Type"],
    )
    without, page = real["second hop without the bearer"], fetched(slack, to, with_token=False)
    assert (page.status_code, page.headers["Content-Type"]) == (
        without["status"],
        without["headers"]["Content-Type"],
    )
    assert page.text.startswith(without["body_starts"])


def test_a_redirect_to_the_sign_in(slack: Slack, photo: str) -> None:
    slack.settings(grid="no_access")
    slack.write(MENTION, file_ids=[photo])
    url = slack.client.files_info(file=photo)["file"]["url_private_download"]
    real, ours = recorded("file_redirect_signin")["answer"], fetched(slack, url)
    assert ours.status_code == real["status"]
    assert ours.headers["x-slack-meta"] == real["headers"]["x-slack-meta"]
    assert len(ours.content) == real["body_bytes"]
    there, here = (urlsplit(one["Location"]) for one in (real["headers"], ours.headers))
    assert here.path == there.path
    assert parse_qs(here.query) == {"redir": [urlsplit(url).path]}
    assert parse_qs(there.query) == {"redir": [urlsplit(recorded_address()).path]}


def recorded_address() -> str:
    return str(recorded("file_redirect_signin")["request"]["url"])


@pytest.mark.parametrize("alt_txt", ["", "a cup"])
def test_an_upload_in_three_steps(slack: Slack, alt_txt: str) -> None:
    real, data = recorded("upload_v2"), picture("JPEG")
    slack.settings(ready_delay_s=60)
    more = {"alt_txt": alt_txt} if alt_txt else {}
    first = slack.client.files_getUploadURLExternal(filename="cup.jpg", length=len(data), **more)
    assert not differences(real["files.getUploadURLExternal"], first.data)
    sent = requests.post(first["upload_url"], data, timeout=10)
    posted = real["POST of the bytes"]
    assert (sent.status_code, sent.headers["content-type"]) == (200, posted["content_type"])
    assert sent.text == f"OK - {len(data)}"
    last = slack.client.files_completeUploadExternal(files=[{"id": first["file_id"]}]).data
    assert isinstance(last, dict)
    last["files"][0].pop("alt_txt", None)  # recorded as missing in the real answer
    compare("upload_v2", real["files.completeUploadExternal"], last)
    assert last["files"][0]["mimetype"] == ""


# --- refusals


def test_pictures_that_cannot_be_shown(slack: Slack) -> None:
    slack.settings(image_failures=1, ready_delay_s=60)
    by_address: Json = {"image_url": "http://127.0.0.1:9/cup.png"}
    file_id = slack.client.files_upload_v2(content=picture("PNG"), filename="a.png")["file"]["id"]
    for source, real in zip(
        (by_address, {"slack_file": {"id": file_id}}), recorded("invalid_blocks_image"), strict=True
    ):
        blocks = [{"type": "image", "alt_text": "a cup", **source}]
        post = partial(slack.client.chat_postMessage, channel=PHOTOS, text="x", blocks=blocks)
        ours = refusal(post)
        assert ours == real


def test_not_so_fast(slack: Slack) -> None:
    faults: list[Json] = [
        {"error": "ratelimited", "retry_after_s": 30},
        {"error": "ratelimited", "retry_after_s": -1},
        {"error": "rate_limited"},
    ]
    for fault, real in zip(faults, recorded("rate_limited"), strict=True):
        slack.fault(op="auth.test", **fault)
        ours = slack.ask("POST", "/api/auth.test", headers=bearer(slack))
        assert (ours.status_code, ours.json()) == (real["status"], real["body"])
        assert ours.headers.get("Retry-After") == real["headers"].get("Retry-After")


def bearer(slack: Slack) -> dict[str, str]:
    return {"authorization": f"Bearer {slack.client.token}"}


def test_an_answer_of_the_web_api_is_json_and_has_an_id(slack: Slack) -> None:
    real = recorded("headers")["Web API answer"]
    ours = slack.ask("POST", "/api/auth.test", headers=bearer(slack)).headers
    assert ours["Content-Type"] == real["Content-Type"]
    assert ours["X-Slack-Req-Id"]
    # What Slack's own edge adds (Via, X-Slack-Backend, the CORS list) no client of ours reads.
    missing = {name for name in real if name not in ours}
    assert missing == {"Access-Control-Expose-Headers", "Via", "X-Slack-Backend"}


def test_slacks_edge_giving_up_can_be_played(slack: Slack) -> None:
    real = recorded("headers")["timeout of Slack's edge"]
    slack.fault(op="auth.test", status=real["status"], body=real["body"])
    ours = slack.ask("POST", "/api/auth.test", headers=bearer(slack))
    assert (ours.status_code, ours.text) == (real["status"], real["body"])


def test_a_response_url_that_does_not_take_the_blocks(slack: Slack, seen: list[Json]) -> None:
    command(slack, "hi")
    real = recorded("response_url_refused")
    ours = requests.post(seen[0]["response_url"], json={"blocks": [{"type": "no"}]}, timeout=10)
    assert ours.status_code == real["status"]
    compare("response_url_refused", real["body"], ours.json())


def test_a_view_that_is_none(slack: Slack, seen: list[Json]) -> None:
    command(slack, "hi")
    trigger = seen[0]["trigger_id"]
    ours = refusal(lambda: slack.client.views_open(trigger_id=trigger, view={"title": "no"}))
    real = recorded("views_open_error")
    assert ours["error"] == real["error"]
    compare("views_open_error", real, ours)
    assert real["response_metadata"]["messages"][1] in ours["response_metadata"]["messages"]
