"""A message that was told is changed later: other buttons, the same pictures."""

import pytest
from msgspec.structs import replace

from bot.job_messages import PictureReady
from bot.slack_api.client import SlackRefused
from bot.slack_api.content import Preview
from bot.slack_api.threads import PostedMessage, ThreadClient
from bot.views.buttons import Buttons
from functions.jobs.model import Asker, Job, Thread
from tests.bot.looking import block_of, pieces
from tests.bot.telling import post, update
from tests.bot.test_thread import RESULT, preview, view_of
from tests.jobs.making import a_job
from tests.local.slack.driver import ANNA, PHOTOS, Slack

__all__ = ["preview"]  # a fixture
RENEWED = replace(RESULT, buttons=Buttons({"again": "renewed-token"}))


@pytest.fixture
def view(slack: Slack) -> ThreadClient:
    return view_of(slack)


@pytest.fixture
def job(slack: Slack) -> Job:
    ts = slack.write("the new cups")["ts"]
    place = Thread(channel=PHOTOS, thread_ts=ts)
    return a_job(thread=place, asker=Asker(team_id="T0BACKDROP", user_id=ANNA))


def values_of(slack: Slack, job: Job) -> list[str]:
    """What the buttons under the one reply say."""
    (reply,) = slack.messages(thread_ts=job.place.thread_ts)[1:]
    return [piece["value"] for piece in pieces(reply["blocks"]) if "value" in piece]


def test_a_renewed_message_stands_where_it_stood_and_calls_nobody_again(
    slack: Slack, view: ThreadClient, job: Job, preview: Preview
) -> None:
    shown = post(view, job, PictureReady(RESULT, preview))
    assert not any("renewed-token" in value for value in values_of(slack, job))
    update(view, job, PictureReady(RENEWED, preview), shown)
    assert any("renewed-token" in value for value in values_of(slack, job))
    assert len(slack.calls("chat.postMessage")) == 1


def test_an_uploaded_picture_is_shown_again_without_another_upload(
    slack: Slack, view: ThreadClient, job: Job, preview: Preview
) -> None:
    shown = post(view, job, PictureReady(RESULT, preview), files=[view.upload(preview)])
    assert len(shown.file_ids) == 1
    update(view, job, PictureReady(RENEWED, preview), shown)
    (reply,) = slack.messages(thread_ts=job.place.thread_ts)[1:]
    assert block_of(reply, "image")["slack_file"]["id"] == shown.file_ids[0]
    assert len(slack.calls("files.completeUploadExternal")) == 1


def test_a_message_that_was_found_again_is_renewed_with_its_upload(
    slack: Slack, view: ThreadClient, job: Job, preview: Preview
) -> None:
    shown = post(view, job, PictureReady(RESULT, preview), files=[view.upload(preview)])
    found = view.find_own_message(job.place, "told", job.id, since=0.0)
    assert found is not None
    assert (found.ts, found.thread_ts, found.file_ids) == (
        shown.ts,
        job.place.thread_ts,
        shown.file_ids,
    )


def test_a_message_that_people_took_away_is_left_alone(
    slack: Slack, view: ThreadClient, job: Job, preview: Preview
) -> None:
    shown = post(view, job, PictureReady(RESULT, preview))
    slack.act("DELETE", "messages", user="U0ADMIN001", channel=PHOTOS, ts=shown.ts)
    update(view, job, PictureReady(RENEWED, preview), shown)
    assert len(slack.calls("chat.postMessage")) == 1


def test_another_refusal_is_told(
    slack: Slack, view: ThreadClient, job: Job, preview: Preview
) -> None:
    shown = post(view, job, PictureReady(RESULT, preview))
    slack.fault(op="chat.update", error="msg_too_long")
    with pytest.raises(SlackRefused):
        update(view, job, PictureReady(RENEWED, preview), shown)


def test_where_a_message_stands_does_not_depend_on_how_it_was_found() -> None:
    assert PostedMessage("C1", "1.1", "1.0", ("F1",)) == PostedMessage("C1", "1.1")
