"""What the real Slack was recorded to send and answer, through the product's own parsers."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace
from slack_bolt import BoltRequest

from bot.requests.from_message import jobs_from_message
from bot.slack_api import payload_schemas
from bot.slack_api.client import (
    PAUSE_S,
    OutcomeUnknown,
    RateLimited,
    SlackRefused,
    call,
    web_client,
)
from bot.slack_api.files import FileUnfinished, SlackFiles, is_shared_in
from bot.slack_api.messages import files_of, message_of, pictures_of, sender_team
from bot.slack_api.pictures import PICTURE_REFUSED
from bot.views.form import STATES
from functions.config import SlackConfig
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.model import Asker, SlackFile
from tests.bot.test_files import HERE, Scripted, files_at, whole
from tests.conftest import BOT_TOKEN
from tests.jobs.driving import answering
from tests.recorded import read

OURS, CUP = "T0CCCCCCCCC", SlackFile(file_id="F0AAAAAAAAA", name="cup.jpg")
EVENTS = [
    "app_mention_thread_broadcast_files",
    "message_connect_other_team",
    "message_file_share_no_team",
]


def recorded(name: str) -> Any:
    return read(f"slack_{name}.json")


def team_in(body: dict[str, Any]) -> str | None:
    """As Bolt reads it from the raw request, which is what the desk gets."""
    headers: dict[str, str | Sequence[str]] = {"content-type": ["application/json"]}
    return BoltRequest(body=json.dumps(body), headers=headers).context.team_id


@pytest.mark.parametrize("name", [*EVENTS, "message_action_grid"])
def test_a_recorded_payload_is_understood_and_belongs_to_our_workspace(name: str) -> None:
    body = recorded(name)
    payload_schemas.validate_payload(body, STATES)
    assert team_in(body) == OURS


@pytest.mark.parametrize(
    "name", ["app_mention_thread_broadcast_files", "message_file_share_no_team"]
)
def test_a_recorded_photo_becomes_a_job_of_the_workspace_around_the_event(name: str) -> None:
    body = recorded(name)
    assert sender_team(body) == OURS
    asker = Asker(team_id=OURS, user_id=str(body["event"]["user"]))
    message = message_of(body["event"])
    (job,) = jobs_from_message(message, asker=asker, bot_user_id="U0BOTBOTBOT", now=1627400100.5)
    url = "https://files.slack.com/files-pri/T0CCCCCCCCC-F0AAAAAAAAA/download/cup.jpg"
    assert job.photo == replace(CUP, url=url)
    assert job.wish.prompt == "a beach"
    assert job.asker == Asker(team_id=OURS, user_id="U0BBBBBBBBB")


def test_a_recorded_guest_is_known_by_their_own_workspace() -> None:
    body = recorded("message_connect_other_team")
    assert sender_team(body) == "T0OTHERTEAM"
    assert not hasattr(message_of(body["event"]), "team_id")


def test_the_shortcut_of_an_organisation_finds_the_photo_and_nobody_foreign() -> None:
    body = recorded("message_action_grid")
    assert pictures_of(body["message"]) == [CUP]
    assert sender_team(body) == OURS


def test_the_stub_of_a_guests_file_may_be_a_picture() -> None:
    stub = recorded("file_connect_stub")
    assert pictures_of({"files": [stub]}) == [SlackFile(file_id="F0AAAAAAAAA")]


# --- files


def test_the_recorded_redirect_of_a_grid_is_followed_with_the_token_at_each_host() -> None:
    grid = recorded("file_redirect_grid")
    config = SlackConfig(bot_token="xoxb-madeup", api_url="https://slack.com/api/")
    headers_for = SlackFiles(web_client(config, timeout_s=1), config)._headers_for
    for url in (grid["request"]["url"], grid["answer"]["headers"]["Location"]):
        assert headers_for(url) == grid["request"]["headers"]


def test_the_recorded_way_to_the_sign_in_means_no_access() -> None:
    answer = recorded("file_redirect_signin")["answer"]
    headers = {name.replace("-", "_"): value for name, value in answer["headers"].items()}
    moved = whole(bytes(answer["body_bytes"]), f"{answer['status']} Found", **headers)
    with answering(Scripted(HERE, moved)) as at, pytest.raises(Refused) as refused:
        files_at(at).download("F1")
    assert refused.value.problems[0].code is ErrorCode.PHOTO_NO_ACCESS


def test_the_recorded_unfinished_upload_is_waited_for() -> None:
    unfinished = recorded("file_unfinished")
    file = unfinished["event's and files.info's file"]
    assert pictures_of({"files": [file]}) == [CUP]
    with pytest.raises(FileUnfinished):
        is_shared_in(file, "C0FFFFFFFFF")
    page = whole(unfinished["download 1.2 s later"]["body_starts"].encode())
    addresses = dict.fromkeys(("url_private", "url_private_download"), HERE["url_private"])
    with answering(Scripted(file | addresses, page)) as at, pytest.raises(FileUnfinished):
        files_at(at).download("F1")


def test_the_recorded_upload_is_not_ready_by_its_own_answer() -> None:
    uploaded = recorded("upload_v2")
    for step in list(uploaded)[2:]:
        (file,) = uploaded[step]["files"]
        assert files_of({"files": [file]}) == [CUP]
        assert not file["mimetype"]


# --- answers


@pytest.fixture
def answered() -> Callable[..., Exception]:
    """What comes of a recorded answer to a call."""

    def ask(status: int, body: Any, kind: str = "application/json", **headers: str) -> Exception:
        text = body if isinstance(body, str) else json.dumps(body)
        answer = whole(text.encode(), f"{status} So", Content_Type=kind, **headers)
        with answering(lambda _: answer) as at:
            config = SlackConfig(bot_token=BOT_TOKEN, api_url=f"http://{at}/api/")
            client = web_client(config, timeout_s=5)
            with pytest.raises(Exception) as error:  # noqa: PT011  # told apart by each test
                call(client.chat_postMessage, channel="C1", text="x")
        return error.value

    return ask


@pytest.mark.parametrize(("number", "wait_s"), [(0, 30.0), (1, PAUSE_S), (2, 1.0)])
def test_each_recorded_not_so_fast_is_waited_for(
    answered: Callable[..., Exception], number: int, wait_s: float
) -> None:
    said = recorded("rate_limited")[number]
    headers = {name.replace("-", "_"): value for name, value in said["headers"].items()}
    error = answered(said["status"], said["body"], **headers)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == wait_s


@pytest.mark.parametrize("number", [0, 1])
def test_both_recorded_refusals_of_a_picture_are_known(
    answered: Callable[..., Exception], number: int
) -> None:
    error = answered(200, recorded("invalid_blocks_image")[number])
    assert isinstance(error, SlackRefused)
    assert error.error in PICTURE_REFUSED


def test_slacks_edge_giving_up_is_unclear(answered: Callable[..., Exception]) -> None:
    said = recorded("headers")["timeout of Slack's edge"]
    error = answered(said["status"], said["body"], said["content_type"])
    assert isinstance(error, OutcomeUnknown)
    assert said["body"] not in str(error)


@pytest.mark.parametrize("name", ["views_open_error", "response_url_refused"])
def test_a_recorded_refusal_keeps_slacks_word(
    answered: Callable[..., Exception], name: str
) -> None:
    """No call of ours goes to a response_url: its refusal is read as any other."""
    said = recorded(name)
    body = said.get("body", said)
    error = answered(said.get("status", 200), body)
    assert isinstance(error, SlackRefused)
    assert error.error == body["error"]
