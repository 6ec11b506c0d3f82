"""What Slack, people and COS do to a mention after it was sent: again, changed, in trouble."""

from typing import Any

import pytest

from functions.jobs.errors import ErrorCode
from functions.jobs.ledger import Ledger
from functions.jobs.steps import Failed, Outcome
from functions.jobs.wish import Wish
from tests.bot.driving import (
    Bot,
    environ_of,
    eyes_on,
    requests_in,
    running_bot,
    settled,
    whispers,
)
from tests.jobs.driving import Cos
from tests.jobs.making import a_job, a_success
from tests.local.slack.driver import ANNA, PHOTOS, Slack, eventually

WORDS = "@Backdrop on a wet street"


@pytest.fixture
def sent(bot: Bot, slack: Slack, jpeg: bytes) -> dict[str, Any]:
    """A message that was answered."""
    message = slack.write(WORDS, file_ids=[slack.upload(jpeg, name="car.jpg")])
    settled(slack, 3)
    return message


def edit(slack: Slack, message: dict[str, Any], text: str) -> None:
    """The person changes the words; waits until the bot has answered to that."""
    before = len(slack.deliveries("app_mention"))
    slack.act("PATCH", "messages", user=ANNA, channel=PHOTOS, ts=message["ts"], text=text)
    eventually(lambda: [r for r in slack.deliveries("app_mention")[before:] if r["answered_at"]])


# --- again


@pytest.mark.parametrize("kind", ["app_mention", "message.file_share"])
@pytest.mark.parametrize("new_event_id", [False, True])
def test_a_redelivery_is_the_same_job(
    kind: str, new_event_id: bool, sent: dict[str, Any], cos: Cos, slack: Slack
) -> None:
    before = {key: cos.read(key) for key in cos.listed("requests/")}
    (first,) = slack.deliveries(kind)
    again = {"event_id": first["event_id"], "times": 5, "new_event_id": new_event_id}
    rows = slack.ask("POST", "/_control/redeliver", json=again).json()["deliveries"]
    assert [row["status"] for row in rows] == [200] * 5
    assert {key: cos.read(key) for key in cos.listed("requests/")} == before
    assert eyes_on(slack, sent["ts"]) == ["U0BACKDROP"]
    assert whispers(slack) == []


@pytest.mark.usefixtures("sent")
def test_a_redelivery_to_another_process_after_the_end_opens_the_job_for_the_worker_to_close(
    cos: Cos, slack: Slack, ledger: Ledger
) -> None:
    (record,) = requests_in(cos)
    job = a_job(record["id"])
    ledger.finish(job, a_success(job))
    (first,) = slack.deliveries("app_mention")
    with running_bot(environ_of(cos, slack.address)) as another:
        slack.ask("PUT", "/_control/app", json={"events_url": another.events_url})
        slack.ask("POST", "/_control/redeliver", json={"event_id": first["event_id"]})
    assert len(requests_in(cos)) == 1
    assert ledger.outcome(record["id"]) == a_success(job)


@pytest.mark.usefixtures("bot")
def test_a_redelivered_refusal_is_not_said_again(slack: Slack) -> None:
    slack.write(WORDS)
    settled(slack, 2)
    (first,) = slack.deliveries("app_mention")
    slack.ask("POST", "/_control/redeliver", json={"event_id": first["event_id"], "times": 3})
    assert len(whispers(slack)) == 1


@pytest.mark.usefixtures("bot")
def test_the_same_photo_in_another_message_is_another_job(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    photo = slack.upload(jpeg)
    slack.write(WORDS, file_ids=[photo])
    slack.write(WORDS, file_ids=[photo])
    settled(slack, 6)
    assert len(requests_in(cos)) == 2


# --- changed


def test_an_edit_after_acceptance_changes_nothing_and_says_so(
    sent: dict[str, Any], cos: Cos, slack: Slack
) -> None:
    edit(slack, sent, "@Backdrop on a sunny beach")
    (job,) = requests_in(cos)
    assert job["wish"] == {"prompt": "on a wet street"}
    (said,) = whispers(slack)
    assert said.startswith("I used the words as they were first sent.")


def test_an_edit_after_the_end_does_not_even_open_the_job(
    sent: dict[str, Any], cos: Cos, slack: Slack, ledger: Ledger
) -> None:
    job = a_job(requests_in(cos)[0]["id"], wish=Wish(prompt="on a wet street"))
    ledger.finish(job, a_success(job))
    edit(slack, sent, "@Backdrop on a sunny beach")
    assert requests_in(cos) == []
    assert len(whispers(slack)) == 1


def test_every_edit_is_answered_once(sent: dict[str, Any], slack: Slack) -> None:
    edit(slack, sent, "@Backdrop on a sunny beach")
    edit(slack, sent, "@Backdrop on a sunny beach with palms")
    assert len(whispers(slack)) == 2


@pytest.mark.usefixtures("bot")
def test_an_edit_that_adds_the_missing_words_is_accepted(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    message = slack.write("@Backdrop", file_ids=[slack.upload(jpeg)])
    settled(slack, 3)
    edit(slack, message, WORDS)
    (job,) = requests_in(cos)
    assert job["wish"] == {"prompt": "on a wet street"}
    assert eyes_on(slack, message["ts"]) == ["U0BACKDROP"]
    assert len(whispers(slack)) == 1  # what was missing at first


@pytest.mark.usefixtures("bot")
def test_an_edit_that_adds_the_mention_is_accepted(cos: Cos, slack: Slack, jpeg: bytes) -> None:
    message = slack.write("on a wet street", file_ids=[slack.upload(jpeg)])
    settled(slack, 2)
    edit(slack, message, WORDS)
    assert len(requests_in(cos)) == 1
    assert whispers(slack) == []


@pytest.mark.usefixtures("bot")
def test_an_edit_that_is_still_wrong_is_told_what_is_wrong_now(slack: Slack, jpeg: bytes) -> None:
    message = slack.write("@Backdrop", file_ids=[slack.upload(jpeg)])
    settled(slack, 3)
    edit(slack, message, "@Backdrop a beach --size large")
    assert [said.split()[0] for said in whispers(slack)] == ["Tell", "I"]


# --- in trouble


@pytest.mark.usefixtures("bot")
def test_what_cos_cannot_take_is_500_and_accepted_at_the_next_delivery(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    cos.fault(op="PUT", target="requests/*", error="ServiceUnavailable", status=503, times=3)
    message = slack.write(WORDS, file_ids=[slack.upload(jpeg)])
    rows = settled(slack, 3)
    assert [row["status"] for row in rows].count(500) == 3
    assert len(requests_in(cos)) == 1
    assert eyes_on(slack, message["ts"]) == ["U0BACKDROP"]


@pytest.mark.usefixtures("bot")
def test_a_lost_answer_of_cos_does_not_make_two_jobs(cos: Cos, slack: Slack, jpeg: bytes) -> None:
    cos.fault(op="PUT", target="requests/*", drop="after")
    slack.write(WORDS, file_ids=[slack.upload(jpeg)])
    rows = settled(slack, 3)
    assert [row["status"] for row in rows].count(500) == 1
    assert len(requests_in(cos)) == 1


@pytest.mark.usefixtures("bot")
def test_of_several_photos_those_that_were_lost_come_with_the_next_delivery(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    cos.fault(op="PUT", target="requests/*", skip=2, error="SlowDown", times=4)
    slack.write(WORDS, file_ids=[slack.upload(jpeg) for _ in range(5)])
    settled(slack, 7)
    jobs = requests_in(cos)
    assert len(jobs) == 5
    assert len({job["upload"]["id"] for job in jobs}) == 1


@pytest.mark.usefixtures("bot")
def test_a_bucket_that_hangs_costs_less_than_slacks_patience(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    app = slack.ask("GET", "/_control/app").json()
    slack.ask("PUT", "/_control/app", json=app | {"events": ["app_mention"]})
    cos.fault(op="PUT", target="requests/*", delay_s=4)
    slack.write(WORDS, file_ids=[slack.upload(jpeg)])
    rows = settled(slack, 1)
    assert [row["error"] for row in rows] == ["http_error", ""]  # and no http_timeout
    assert len(requests_in(cos)) == 1


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("fault", [{"error": "missing_scope"}, {"status": 500}, {"drop": "after"}])
def test_eyes_that_slack_does_not_take_do_not_stop_the_job(
    fault: dict[str, Any], cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    slack.fault(op="reactions.add", times=-1, **fault)
    slack.write(WORDS, file_ids=[slack.upload(jpeg)])
    assert {row["status"] for row in settled(slack, 3)} == {200}
    assert len(requests_in(cos)) == 1


def test_an_edit_after_a_failure_says_how_to_go_on(
    sent: dict[str, Any], cos: Cos, slack: Slack, ledger: Ledger
) -> None:
    job = a_job(requests_in(cos)[0]["id"])
    failed = Failed(at=1.0, code=ErrorCode.PHOTO_EMPTY)
    ledger.finish(job, Outcome(state="failed", finished_at=1.0, job=job, failed=failed))
    edit(slack, sent, "@Backdrop on a sunny beach")
    (said,) = whispers(slack)
    assert said.startswith("That did not work with your message as it was first sent.")
    assert requests_in(cos) == []
