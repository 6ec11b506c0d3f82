"""What the worker posts: where it stands, who is called, and what happens when Slack refuses."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.job_messages import JobFailedMessage, PictureReady
from bot.slack_api import threads as thread_module
from bot.slack_api.client import ChannelClosed, RateLimited, SlackRefused, TokenRevoked, web_client
from bot.slack_api.content import Preview
from bot.slack_api.threads import PicturesRefused, ThreadClient
from bot.views.result import Result, shown_job
from functions.config import SlackConfig
from functions.jobs.characters import without_direction
from functions.jobs.errors import ErrorCode
from functions.jobs.model import Asker, Job, SlackFile, Thread
from functions.jobs.steps import Failed
from functions.jobs.wish import Wish
from tests.bot.looking import block_of, shown_text
from tests.bot.telling import post, post_direct
from tests.conftest import BOT_TOKEN
from tests.jobs.driving import answering
from tests.jobs.making import a_job
from tests.local.slack.driver import ANNA, PHOTOS, YUN, Slack, eventually

Json = dict[str, Any]
RESULT = Result(
    width=1280, height=720, seconds=12, full_size_url="https://gateway.example/i/a/b/picture.png"
)
FAILED = JobFailedMessage(Failed(at=1.0, code=ErrorCode.PHOTO_EMPTY, request_id="req-1"))
DIRECT = "D0MERCHEN1"


def view_of(slack: Slack, *, timeout_s: float = 5) -> ThreadClient:
    config = SlackConfig(bot_token=BOT_TOKEN, api_url=f"http://{slack.address}/api/")
    return ThreadClient(web_client(config, timeout_s=timeout_s))


@pytest.fixture
def view(slack: Slack) -> ThreadClient:
    return view_of(slack)


@pytest.fixture
def asked(slack: Slack) -> Callable[..., Job]:
    """A job in a thread of its own; ``changes`` are the job's fields."""

    def make(*, user: str = ANNA, channel: str = PHOTOS, **changes: Any) -> Job:
        ts = slack.write("the new cups", user=user, channel=channel)["ts"]
        place = Thread(channel=channel, thread_ts=ts)
        return a_job(thread=place, asker=Asker(team_id="T0BACKDROP", user_id=user), **changes)

    return make


@pytest.fixture
def preview(jpeg: bytes) -> Iterator[Preview]:
    """A picture that Slack can download."""
    head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    with answering(lambda _: head.encode() + jpeg) as at:
        yield Preview(url=f"http://{at}/i/a/b/preview.jpg", read=lambda: jpeg)


def replies(slack: Slack, job: Job) -> list[Json]:
    """What stands below the message that asked."""
    return slack.messages(channel=job.place.channel, thread_ts=job.place.thread_ts)[1:]


# --- a result


def test_a_result_is_a_reply_that_calls_the_asker_and_shows_the_picture(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job], preview: Preview
) -> None:
    job = asked()
    shown = post(view, job, PictureReady(RESULT, preview))
    (reply,) = replies(slack, job)
    assert (shown.channel, shown.ts) == (PHOTOS, reply["ts"])
    assert reply["text"].startswith(f"<@{ANNA}> ")
    assert block_of(reply, "image")["image_url"] == preview.url
    assert {"type": "user", "user_id": ANNA} in reply["blocks"][0]["elements"][0]["elements"]
    assert "on a wet street at night" in shown_text(reply)
    assert reply["metadata"] == {
        "event_type": "backdrop_told",
        "event_payload": {"about": job.id},
    }


def test_everybody_is_spoken_to_in_their_language(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job], preview: Preview
) -> None:
    english, chinese = asked(), asked(user=YUN)
    for job in (english, chinese):
        post(view, job, PictureReady(RESULT, preview))
    assert "picture" in replies(slack, english)[0]["text"]
    assert "图片" in replies(slack, chinese)[0]["text"]


def test_a_picture_that_slack_could_not_download_once_is_posted_at_the_second_try(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job], preview: Preview
) -> None:
    slack.settings(image_failures=1)
    job = asked()
    post(view, job, PictureReady(RESULT, preview))
    (reply,) = replies(slack, job)
    assert "image_url" in block_of(reply, "image")
    assert len(slack.calls("chat.postMessage")) == 2


def test_a_picture_that_slack_cannot_download_is_refused_and_nothing_is_posted(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job], preview: Preview
) -> None:
    slack.settings(image_failures=2)
    job = asked()
    with pytest.raises(PicturesRefused):
        post(view, job, PictureReady(RESULT, preview))
    assert replies(slack, job) == []
    assert len(slack.calls("chat.postMessage")) == 2


def test_its_picture_can_be_an_uploaded_file(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job], preview: Preview, jpeg: bytes
) -> None:
    slack.settings(ready_delay_s=0.2)
    file_id = view.upload(preview)
    assert not view.is_ready(file_id)
    eventually(lambda: view.is_ready(file_id))
    job = asked()
    shown = post(view, job, PictureReady(RESULT, preview), files=[file_id])
    (reply,) = replies(slack, job)
    assert block_of(reply, "image")["slack_file"]["id"] == file_id
    assert shown.file_ids == (file_id,)
    assert slack.ask("GET", f"/_client/files/{file_id}").content == jpeg


def test_a_file_that_slack_does_not_show_yet_is_asked_for_once(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job], preview: Preview
) -> None:
    slack.settings(invalid_file_s=60)
    file_id = view.upload(preview)
    assert view.is_ready(file_id)
    with pytest.raises(PicturesRefused):
        post(view, asked(), PictureReady(RESULT, preview), files=[file_id])
    assert len(slack.calls("chat.postMessage")) == 1


def test_without_its_picture_a_result_has_words_and_the_link(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job], preview: Preview
) -> None:
    job = asked()
    post(view, job, PictureReady(RESULT, preview), files=())
    (reply,) = replies(slack, job)
    assert "could not show the picture" in shown_text(reply)
    assert RESULT.full_size_url in str(reply["blocks"])
    assert shown_job(reply["blocks"][1]) == job.id


@pytest.mark.parametrize("delay_s", [0.0, 1.0])
def test_a_picture_that_took_too_long_is_known_to_be_broken(
    slack: Slack,
    view: ThreadClient,
    asked: Callable[..., Job],
    preview: Preview,
    monkeypatch: pytest.MonkeyPatch,
    delay_s: float,
) -> None:
    """Slack posts the message without an error; only the picture's size is missing from it."""
    monkeypatch.setattr(thread_module, "SLOW_PICTURE_S", 0.5)
    slack.settings(image_limit_s=0.5)
    slack.fault(op="image.download", delay_s=delay_s)
    job = asked()
    shown = post(view, job, PictureReady(RESULT, preview))
    assert shown.is_broken is (delay_s > 0.5)
    found = view.find_own_message(job.place, "told", job.id, since=0.0)
    assert found is not None
    assert found.is_broken is shown.is_broken


def test_blocks_that_slack_never_takes_are_refused_in_the_end(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job], preview: Preview
) -> None:
    slack.fault(op="chat.postMessage", error="invalid_blocks", times=-1)
    with pytest.raises(SlackRefused) as refused:
        post(view, asked(), PictureReady(RESULT, preview), files=())
    assert not isinstance(refused.value, PicturesRefused)
    assert len(slack.calls("chat.postMessage")) == 1


def test_the_upload_without_its_scope_is_refused(
    slack: Slack, view: ThreadClient, preview: Preview
) -> None:
    slack.without_scope("files:write")
    with pytest.raises(SlackRefused) as refused:
        view.upload(preview)
    assert refused.value.needed == "files:write"


def test_a_long_and_strange_wish_is_shown_as_it_was_typed(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job], preview: Preview
) -> None:
    typed = ("<!channel> *b* & `c` <@U1> \u202eRTL 🚗 " * 20)[:256]
    job = asked(wish=Wish(prompt=typed, product="<!here> & <b>"))
    post(view, job, PictureReady(RESULT, preview))
    (reply,) = replies(slack, job)
    seen = without_direction(typed)
    assert seen in shown_text(reply)
    assert block_of(reply, "image")["alt_text"].endswith(seen)
    assert "<!" not in reply["text"]


# --- a failure


def test_a_failure_is_a_reply_that_calls_the_asker_and_says_what_to_do(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job]
) -> None:
    job = asked(photo=SlackFile(file_id="F1", name="<!channel> & *cup*.jpg"))
    post(view, job, FAILED)
    (reply,) = replies(slack, job)
    assert reply["text"].startswith(f"<@{ANNA}> ")
    assert "<!" not in reply["text"]
    assert "<!channel> & *cup*.jpg" in shown_text(reply)
    assert "upload it again" in shown_text(reply)
    assert "req-1" in shown_text(reply)
    assert reply["metadata"]["event_payload"] == {"about": job.id}


def test_a_failure_that_may_have_cost_something_says_so(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job]
) -> None:
    job = asked()
    failed = Failed(at=1.0, code=ErrorCode.ANSWER_LOST, perhaps_billed=True)
    post(view, job, JobFailedMessage(failed))
    assert "may have been billed" in shown_text(replies(slack, job)[0])


# --- when the place is gone


def test_when_the_message_that_asked_was_deleted_the_channel_is_told(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job], preview: Preview
) -> None:
    job = asked()
    slack.act("DELETE", "messages", user=ANNA, channel=PHOTOS, ts=job.place.thread_ts)
    shown = post(view, job, PictureReady(RESULT, preview))
    (message,) = slack.messages()
    assert (message["ts"], message.get("thread_ts")) == (shown.ts, None)


@pytest.mark.parametrize(
    ("channel", "code"),
    [("C0SHOPNEWS", ErrorCode.CHANNEL_NOT_MEMBER), ("C0ARCHIVED", ErrorCode.CHANNEL_GONE)],
)
def test_a_closed_place_is_told_apart(
    channel: str, code: ErrorCode, view: ThreadClient, preview: Preview
) -> None:
    job = a_job(thread=Thread(channel=channel, thread_ts="1.000001"), asker=Asker(user_id=ANNA))
    with pytest.raises(ChannelClosed) as closed:
        post(view, job, PictureReady(RESULT, preview))
    assert closed.value.code is code
    with pytest.raises(ChannelClosed) as closed:
        post(view, job, FAILED)
    assert closed.value.code is code


def test_the_asker_is_told_alone_instead(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job], preview: Preview
) -> None:
    job = asked()
    shown = post_direct(view, job, PictureReady(RESULT, preview))
    assert shown.channel == DIRECT
    (message,) = slack.messages(channel=DIRECT)
    assert message["ts"] == shown.ts
    assert block_of(message, "image")["image_url"] == preview.url
    assert "could not post it where you asked" in shown_text(message)
    post_direct(view, job, FAILED)
    assert "upload it again" in shown_text(slack.messages(channel=DIRECT)[1])


def test_a_person_who_left_cannot_be_told(view: ThreadClient) -> None:
    job = a_job(asker=Asker(team_id="T1", user_id="U0NOBODY01"))
    with pytest.raises(SlackRefused):
        post_direct(view, job, FAILED)
    assert view.find_own_direct_message(job.asker, job.id, since=0.0) is None


def test_a_revoked_token_is_told_apart(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job], preview: Preview
) -> None:
    job = asked()
    slack.settings(token_state="revoked")
    with pytest.raises(TokenRevoked):
        post(view, job, PictureReady(RESULT, preview))


def test_being_told_to_wait_is_passed_on(
    slack: Slack, view: ThreadClient, asked: Callable[..., Job]
) -> None:
    job = asked()
    slack.fault(op="chat.postMessage", error="ratelimited", retry_after_s=11)
    with pytest.raises(RateLimited) as busy:
        post(view, job, FAILED)
    assert busy.value.retry_after_s == 11
    assert replies(slack, job) == []
