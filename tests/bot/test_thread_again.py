"""Messages that are changed, taken away, or looked for because an answer was lost."""

import time
from typing import Any

import pytest

from bot.job_messages import JobFailedMessage, line_for_admins
from bot.slack_api.client import ChannelClosed, OutcomeUnknown, SlackRefused
from bot.slack_api.threads import PostedMessage, ThreadClient
from bot.views.progress import Progress
from functions.jobs.errors import ErrorCode
from functions.jobs.model import Asker, Job, Thread
from functions.jobs.steps import Failed
from tests.bot.looking import shown_text
from tests.bot.telling import post, post_direct, show_progress
from tests.bot.test_thread import view_of
from tests.jobs.making import a_job, job_ids
from tests.local.slack.driver import ANNA, PHOTOS, YUN, Slack

FAILED = JobFailedMessage(Failed(at=1.0, code=ErrorCode.PHOTO_EMPTY))
DIRECT = "D0MERCHEN1"


@pytest.fixture
def view(slack: Slack) -> ThreadClient:
    return view_of(slack)


@pytest.fixture
def job(slack: Slack) -> Job:
    """A job in a thread of its own."""
    ts = slack.write("the new cups")["ts"]
    place = Thread(channel=PHOTOS, thread_ts=ts)
    return a_job(thread=place, asker=Asker(team_id="T0BACKDROP", user_id=ANNA))


def replies(slack: Slack, job: Job) -> list[dict[str, Any]]:
    return slack.messages(thread_ts=job.place.thread_ts)[1:]


def found(view: ThreadClient, job: Job, kind: str = "told") -> PostedMessage | None:
    about = job.id if kind == "told" else job.upload.id
    return view.find_own_message(job.place, kind, about, since=time.time() - 60)


def test_another_apps_message_with_our_metadata_is_not_taken_for_ours(
    slack: Slack, view: ThreadClient, job: Job
) -> None:
    metadata = {"event_type": "backdrop_told", "event_payload": {"about": job.id}}
    forged = {"channel": PHOTOS, "thread_ts": job.place.thread_ts, "text": "done"}
    said = slack.ask("POST", "/_control/other_app", json={**forged, "metadata": metadata})
    assert said.status_code == 200
    assert found(view, job) is None


# --- progress


def test_progress_is_one_message_that_changes(slack: Slack, view: ThreadClient, job: Job) -> None:
    shown = show_progress(view, job, Progress(total=1, ahead=3))
    (before,) = replies(slack, job)
    assert "3" in shown_text(before)
    assert show_progress(view, job, Progress(total=1, painting=True), shown=shown) == shown
    (after,) = replies(slack, job)
    assert after["ts"] == before["ts"]
    assert shown_text(after) != shown_text(before)


def test_progress_calls_nobody(slack: Slack, view: ThreadClient, job: Job) -> None:
    show_progress(view, job, Progress(total=2, done=1))
    (message,) = replies(slack, job)
    assert "<@" not in message["text"]
    assert "user_id" not in str(message["blocks"])


def test_a_progress_message_that_people_took_away_is_posted_anew(
    slack: Slack, view: ThreadClient, job: Job
) -> None:
    shown = show_progress(view, job, Progress(total=1))
    slack.act("DELETE", "messages", user="U0ADMIN001", channel=PHOTOS, ts=shown.ts)
    again = show_progress(view, job, Progress(total=1, painting=True), shown=shown)
    assert again != shown
    assert [message["ts"] for message in replies(slack, job)] == [again.ts]


@pytest.mark.parametrize("error", ["cant_update_message", "edit_window_closed"])
def test_a_progress_message_that_cannot_be_changed_is_posted_anew(
    error: str, slack: Slack, view: ThreadClient, job: Job
) -> None:
    shown = show_progress(view, job, Progress(total=1))
    slack.fault(op="chat.update", error=error)
    assert show_progress(view, job, Progress(total=1), shown=shown) != shown


def test_another_refusal_of_a_change_is_told(slack: Slack, view: ThreadClient, job: Job) -> None:
    shown = show_progress(view, job, Progress(total=1))
    slack.fault(op="chat.update", error="msg_too_long")
    with pytest.raises(SlackRefused):
        show_progress(view, job, Progress(total=1), shown=shown)
    assert len(replies(slack, job)) == 1


def test_a_progress_message_is_taken_away_once_and_twice(
    slack: Slack, view: ThreadClient, job: Job
) -> None:
    shown = show_progress(view, job, Progress(total=1))
    view.remove(shown)
    assert replies(slack, job) == []
    view.remove(shown)


def test_what_cannot_be_taken_away_is_told(slack: Slack, view: ThreadClient, job: Job) -> None:
    with pytest.raises(SlackRefused):
        view.remove(PostedMessage(PHOTOS, job.place.thread_ts))  # somebody else's message
    slack.fault(op="chat.delete", error="channel_not_found")
    with pytest.raises(ChannelClosed):
        view.remove(PostedMessage(PHOTOS, "1.000001"))


# --- looked for


def test_a_message_whose_answer_was_lost_is_found(
    slack: Slack, view: ThreadClient, job: Job
) -> None:
    slack.fault(op="chat.postMessage", drop="after")
    with pytest.raises(OutcomeUnknown):
        post(view, job, FAILED)
    (message,) = replies(slack, job)
    assert found(view, job) == PostedMessage(PHOTOS, message["ts"])


def test_a_message_that_was_never_posted_is_not_found(
    slack: Slack, view: ThreadClient, job: Job
) -> None:
    slack.fault(op="chat.postMessage", drop="before")
    with pytest.raises(OutcomeUnknown):
        post(view, job, FAILED)
    assert found(view, job) is None


def test_only_that_kind_of_message_about_that_job_is_found(view: ThreadClient, job: Job) -> None:
    post(view, job, FAILED)
    progress = show_progress(view, job, Progress(total=1))
    assert found(view, job, "progress") == progress
    other = a_job(job_ids(1)[0], thread=job.thread)
    assert found(view, other) is None


def test_what_a_person_wrote_is_never_taken_for_ours(
    slack: Slack, view: ThreadClient, job: Job
) -> None:
    slack.write(f"backdrop_told {job.id}", thread_ts=job.place.thread_ts)
    assert found(view, job) is None


def test_a_message_is_found_behind_two_hundred_others(
    slack: Slack, view: ThreadClient, job: Job
) -> None:
    for n in range(205):
        slack.write(f"reply {n}", thread_ts=job.place.thread_ts)
    shown = post(view, job, FAILED)
    assert found(view, job) == shown
    assert len(slack.calls("conversations.replies")) == 2


def test_a_message_in_a_channel_without_a_thread_is_found(view: ThreadClient, job: Job) -> None:
    in_channel = a_job(thread=Thread(channel=PHOTOS), asker=job.asker)
    shown = post(view, in_channel, FAILED)
    assert found(view, in_channel) == shown


def test_a_message_that_went_to_the_channel_is_found_when_its_answer_was_lost(
    slack: Slack, view: ThreadClient, job: Job
) -> None:
    slack.act("DELETE", "messages", user=ANNA, channel=PHOTOS, ts=job.place.thread_ts)
    slack.fault(op="chat.postMessage", skip=1, drop="after")
    with pytest.raises(OutcomeUnknown):
        post(view, job, FAILED)
    (message,) = slack.messages()
    assert found(view, job) == PostedMessage(PHOTOS, message["ts"])


def test_nothing_is_found_where_nobody_may_look(slack: Slack, view: ThreadClient) -> None:
    away = a_job(thread=Thread(channel="C0SHOPNEWS", thread_ts="1.000001"))
    with pytest.raises(ChannelClosed):
        found(view, away)
    slack.without_scope("channels:history")
    with pytest.raises(SlackRefused):
        found(view, a_job(thread=Thread(channel=PHOTOS, thread_ts="1.000001")))


def test_what_the_asker_was_told_alone_is_found(slack: Slack, view: ThreadClient, job: Job) -> None:
    since = time.time() - 60
    assert view.find_own_direct_message(job.asker, job.id, since=since) is None
    shown = post_direct(view, job, FAILED)
    assert view.find_own_direct_message(job.asker, job.id, since=since) == shown
    slack.without_scope("im:history")
    assert view.find_own_direct_message(job.asker, job.id, since=since) is None


# --- whom we speak to


def test_a_persons_language_is_asked_for_once(slack: Slack, view: ThreadClient) -> None:
    asker = Asker(team_id="T1", user_id=YUN)
    assert [view.language(asker) for _ in range(3)] == ["zh"] * 3
    assert len(slack.calls("users.info")) == 1


def test_a_language_that_is_known_already_is_not_asked_for(
    slack: Slack, view: ThreadClient
) -> None:
    assert view.language(Asker(team_id="T1", user_id=ANNA, language="zh-TW")) == "zh"
    assert view.language(Asker(team_id="T1", user_id=YUN, language="de-DE")) == "en"
    assert slack.calls("users.info") == []


@pytest.mark.parametrize(
    "fault", [{"error": "missing_scope"}, {"status": 500}, {"error": "ratelimited"}]
)
def test_when_slack_does_not_say_it_is_english_for_now(
    fault: dict[str, Any], slack: Slack, view: ThreadClient
) -> None:
    asker = Asker(team_id="T1", user_id=YUN)
    slack.fault(op="users.info", **fault)
    assert view.language(asker) == "en"
    assert view.language(asker) == "zh"


def test_administrators_get_a_line_in_which_nothing_is_markup(
    slack: Slack, view: ThreadClient
) -> None:
    view.tell_admins(PHOTOS, line_for_admins("aiart <!channel> & more"))
    (message,) = slack.messages()
    assert message["text"] == "aiart &lt;!channel&gt; &amp; more"
