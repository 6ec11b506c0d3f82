"""Slack's own failures: the asker is told exactly once, wherever that is still possible."""

import pytest

from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.jobs.steps import Failed, Outcome, Posted, Stored
from infra.local.slack.world import ARCHIVED_ID, SHOP_NEWS_ID
from tests.caller import call
from tests.worker.conftest import PROGRESS, WorkerHarness
from tests.worker.test_never_pay_twice import let_claims_run_out


def outcome_of(worker: WorkerHarness, job: Job) -> Outcome:
    outcome = worker.ledger.outcome(job.id)
    assert outcome is not None
    assert outcome.posted is not None
    return outcome


def direct_messages(worker: WorkerHarness, job: Job) -> list[str]:
    opened = call("GET", f"http://{worker.slack}/_client/state?user={job.asker.user_id}")
    dm = next(c["id"] for c in opened["channels"] if c["id"].startswith("D"))
    messages = call("GET", f"http://{worker.slack}/_client/messages?channel={dm}")["messages"]
    return [str(message["blocks"]) for message in messages]


def test_a_post_whose_answer_was_lost_is_found_and_not_repeated(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("slack", op="chat.postMessage", drop="after", skip=1)  # the first is progress
    worker.run()
    assert len(worker.thread(job)) == 1
    assert outcome_of(worker, job).posted is not None


def test_a_run_that_died_after_telling_tells_nobody_again(worker: WorkerHarness) -> None:
    """Nor does its job wait until the claim to post runs out."""
    (job,) = worker.ask()
    worker.monkeypatch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 60.0)
    worker.fault("cos", op="PUT", target="done/*", error="SlowDown", status=503, times=-1)
    worker.run()
    assert worker.ledger.read_step(job.id, Posted) is not None
    worker.no_faults("cos")
    worker.run()
    assert worker.outcome(job).state == "succeeded"
    assert len(worker.thread(job)) == 1


def test_a_run_that_died_while_posting_is_looked_into_before_posting_again(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask()
    key = f"steps/{job.id}/posted.json"
    worker.fault("cos", op="PUT", target=key, error="SlowDown", status=503, times=-1)
    worker.monkeypatch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 60.0)
    worker.run()
    assert len(worker.thread(job)) == 1
    call("DELETE", f"http://{worker.cos}/_control/faults")
    let_claims_run_out(worker, job)
    worker.run()
    assert len(worker.thread(job)) == 1
    assert outcome_of(worker, job).state == "succeeded"


def test_a_lost_progress_post_leaves_no_message_behind(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.worker.run.progress_message.PROGRESS_LIMIT_S", 0.5)
    (job,) = worker.ask()
    worker.fault("slack", op="chat.postMessage", drop="after")
    worker.run()
    assert len(worker.thread(job)) == 1
    assert worker.thread(job, PROGRESS) == []


@pytest.mark.parametrize("error", ["rate_limited", "org_login_required"])
def test_slacks_other_words_for_later_are_waited_for_too(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    """The picture is paid for: it must not end up told nowhere."""
    monkeypatch.setattr("bot.slack_api.client.LONG_PAUSE_S", 0.2, raising=False)
    (job,) = worker.ask()
    worker.fault("slack", op="chat.postMessage", error=error, times=2, skip=1)
    worker.run()
    assert len(worker.thread(job)) == 1
    posted = outcome_of(worker, job).posted
    assert posted is not None
    assert posted.where == "thread"


def test_slack_asking_to_wait_is_waited_for(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("slack", op="chat.postMessage", error="ratelimited", retry_after_s=1, times=3)
    worker.run()
    assert len(worker.thread(job)) == 1


@pytest.mark.parametrize("channel", [SHOP_NEWS_ID, ARCHIVED_ID])
def test_a_closed_channel_costs_nothing_and_the_asker_is_told_directly(
    worker: WorkerHarness, channel: str
) -> None:
    (job,) = worker.ask()
    worker.ledger.close_request(job.id)
    import msgspec  # noqa: PLC0415  # only here

    elsewhere = msgspec.structs.replace(job.place, channel=channel)
    worker.ledger.accept(msgspec.structs.replace(job, thread=elsewhere))
    worker.run()
    outcome = outcome_of(worker, job)
    assert outcome.failed is not None
    assert outcome.failed.code in {ErrorCode.CHANNEL_NOT_MEMBER, ErrorCode.CHANNEL_GONE}
    assert outcome.posted is not None
    assert outcome.posted.where == "direct-message"
    assert worker.tasks() == []


def test_a_channel_that_closes_after_painting_sends_the_picture_directly(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask()
    worker.fault(
        "slack",
        op="chat.postMessage",
        target=job.place.channel,
        error="is_archived",
        skip=1,
        times=-1,
    )
    worker.run()
    outcome = outcome_of(worker, job)
    assert outcome.state == "succeeded"
    assert outcome.posted is not None
    assert outcome.posted.where == "direct-message"
    assert any("could not post it" in blocks for blocks in direct_messages(worker, job))


def test_a_channel_that_closes_between_two_photos_takes_nothing_back(worker: WorkerHarness) -> None:
    jobs = worker.ask(photos=2)
    for op in ("chat.update", "chat.delete"):
        worker.fault("slack", op=op, error="is_archived", times=-1)
    worker.run()
    outcomes = [outcome_of(worker, job) for job in jobs]
    made = [one for one in outcomes if one.state == "succeeded"]
    assert len(made) == len(worker.tasks()) > 0  # what was paid for is not written down as failed
    assert all(one.pictures for one in made)


def test_a_revoked_token_ends_the_job_without_a_call(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.slack_settings(token_state="revoked")
    worker.run()
    outcome = outcome_of(worker, job)
    assert outcome.failed is not None
    assert outcome.failed.code is ErrorCode.SLACK_REVOKED
    assert outcome.posted is not None
    assert outcome.posted.where == "nowhere"
    assert worker.tasks() == []


def test_a_missing_scope_is_named(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    scopes = call("GET", f"http://{worker.slack}/_control/settings")["scopes"]
    worker.slack_settings(scopes=[scope for scope in scopes if scope != "files:read"])
    worker.run()
    assert "files:read" in worker.words(job)


def test_a_file_that_is_gone_is_said_to_be_gone(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("slack", op="files.info", error="file_deleted", times=-1)
    worker.run()
    outcome = outcome_of(worker, job)
    assert outcome.failed is not None
    assert outcome.failed.code is ErrorCode.PHOTO_GONE


def test_a_picture_that_slack_cannot_download_is_uploaded(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.slack_settings(image_failures=5, ready_delay_s=0.3)
    worker.run()
    assert "slack_file" in worker.words(job)


def test_a_deleted_progress_message_is_posted_anew_and_taken_away(worker: WorkerHarness) -> None:
    jobs = worker.ask(photos=2)
    worker.fault("slack", op="chat.update", error="message_not_found")
    worker.run()
    assert len(worker.thread(jobs[0])) == 2 + 1


def test_a_deleted_thread_gets_its_answer_in_the_channel(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("slack", op="chat.postMessage", error="thread_not_found", skip=1)
    worker.run()
    outcome = outcome_of(worker, job)
    assert outcome.posted is not None
    assert outcome.posted.where == "thread"
    where = f"channel={job.place.channel}"
    messages = call("GET", f"http://{worker.slack}/_client/messages?{where}")["messages"]
    assert outcome.posted.ts in {message["ts"] for message in messages}


@pytest.mark.parametrize("reached", ["nothing", "staged", "generated"])
def test_a_failure_that_is_written_down_stands_whatever_its_run_had_reached(
    worker: WorkerHarness, reached: str
) -> None:
    (job,) = worker.ask()
    worker.monkeypatch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 60.0)
    if reached != "nothing":
        worker.fault("cos", op="PUT", target="results/*", error="InternalError", times=-1)
        worker.run(PAUSED="1" if reached == "staged" else "")
        worker.no_faults("cos")
    painted = len(worker.tasks())
    failed = Failed(at=worker.ledger.clock(), code=ErrorCode.PHOTO_GONE)
    worker.ledger.write_step(job.id, failed)
    worker.run()
    assert worker.outcome(job).failed == failed
    assert len(worker.tasks()) == painted
    assert len(worker.thread(job)) == 1
    assert worker.ledger.read_step(job.id, Stored) is None
