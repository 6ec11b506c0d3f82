"""What aiart answers, what may be tried again, and what a lost answer costs."""

import pytest

from functions.jobs.errors import ErrorCode
from functions.jobs.ledger import Ledger
from functions.jobs.model import Job
from functions.jobs.steps import Failed, Generated, Lease
from functions.worker.steps import aiart_slot, generate
from tests.worker.conftest import WorkerHarness


def failed_of(worker: WorkerHarness, job: Job) -> Failed:
    outcome = worker.ledger.outcome(job.id)
    assert outcome is not None
    assert outcome.failed is not None
    return outcome.failed


def succeeded(worker: WorkerHarness, job: Job) -> bool:
    outcome = worker.ledger.outcome(job.id)
    return outcome is not None and outcome.state == "succeeded"


def let_claims_run_out(worker: WorkerHarness, job: Job) -> None:
    """As if the time of a claim had passed."""
    for name in ("calling-1", "calling-2", "posting-1"):
        claim = worker.ledger.read_note(job.id, name, Lease)
        if claim:
            worker.ledger.write_note(job.id, name, Lease(nonce=claim.nonce, deadline=0))


@pytest.mark.parametrize(
    "code",
    ["RequestLimitExceeded.JobNumExceed", "RequestLimitExceeded", "FailedOperation.RateLimit"],
)
def test_a_busy_slot_is_waited_for_and_costs_no_try(worker: WorkerHarness, code: str) -> None:
    worker.monkeypatch.setattr(aiart_slot, "BUSY_PAUSE_S", 0.2)
    (job,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", error=code, times=3)
    worker.run()
    assert succeeded(worker, job)
    assert len(worker.tasks()) == 1
    outcome = worker.ledger.outcome(job.id)
    assert outcome is not None
    assert outcome.generated is not None
    assert outcome.generated.call == 1


def test_a_lease_that_another_worker_gives_back_meanwhile_is_no_lost_answer(
    worker: WorkerHarness,
) -> None:
    """Else both would call: we as the second call, and the other one with its lease anew."""
    (job,) = worker.ask()
    target = f"steps/{job.id}/calling-1.json"
    worker.fault("cos", op="PUT", target=target, error="FileAlreadyExists")
    worker.run()
    outcome = worker.ledger.outcome(job.id)
    assert outcome is not None
    assert outcome.generated is not None
    assert (outcome.generated.call, outcome.generated.perhaps_billed_twice) == (1, False)


def test_trouble_that_passes_is_tried_again(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", error="FailedOperation.RpcFail", times=2)
    worker.run()
    assert succeeded(worker, job)


def test_trouble_that_stays_ends_in_words_after_three_calls(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", error="FailedOperation.InnerError", times=-1)
    worker.run()
    assert failed_of(worker, job).code is ErrorCode.AIART_TROUBLE
    assert len(worker.calls("aiart", "ReplaceBackground")) == 3


@pytest.mark.parametrize(
    ("vendor_code", "code"),
    [
        ("OperationDenied.TextIllegalDetected", ErrorCode.WORDS_ILLEGAL),
        ("OperationDenied.ImageIllegalDetected", ErrorCode.PHOTO_ILLEGAL),
        ("InvalidParameterValue.ParameterValueError", ErrorCode.REQUEST_REFUSED),
        ("FailedOperation.ImageDecodeFailed", ErrorCode.PHOTO_REFUSED),
    ],
)
def test_a_refusal_is_final_and_names_the_request(
    worker: WorkerHarness, vendor_code: str, code: ErrorCode
) -> None:
    (job,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", error=vendor_code, times=-1)
    worker.run()
    failed = failed_of(worker, job)
    assert failed.code is code
    assert failed.request_id
    assert failed.request_id in worker.words(job)
    assert len(worker.calls("aiart", "ReplaceBackground")) == 1


@pytest.mark.parametrize("after_a_picture", [False, True])
def test_a_refusal_is_written_down_before_its_lease_is_given_back(
    worker: WorkerHarness, *, after_a_picture: bool
) -> None:
    """Else another worker takes the lease in between, and has the refused job painted and paid."""
    release, seen = Ledger.release, []

    def look_and_release(ledger: Ledger, job_id: str, what: str) -> None:
        seen.append(ledger.read_step(job_id, Failed))
        release(ledger, job_id, what)

    worker.monkeypatch.setattr(Ledger, "release", look_and_release)
    (job,) = worker.ask()
    if after_a_picture:  # that failed moderation, and is billed perhaps
        worker.fault("aiart", op="ReplaceBackground", error="FailedOperation.GenerateImageFailed")
    error = "OperationDenied.ImageIllegalDetected"
    worker.fault("aiart", op="ReplaceBackground", error=error, times=-1)
    worker.run()
    failed = failed_of(worker, job)
    assert (seen, failed.perhaps_billed) == ([failed], after_a_picture)


def test_a_refusal_that_cannot_be_written_down_at_once_is_later(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    error = "OperationDenied.ImageIllegalDetected"
    worker.fault("aiart", op="ReplaceBackground", error=error, times=-1)
    worker.fault("cos", op="PUT", target="steps/*/failed.json", status=503, times=4)
    worker.run()
    assert not failed_of(worker, job).perhaps_billed
    assert len(worker.calls("aiart", "ReplaceBackground")) == 1


def test_a_picture_that_fails_moderation_is_tried_once_more(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", error="FailedOperation.GenerateImageFailed")
    worker.run()
    assert succeeded(worker, job)


def test_a_picture_that_fails_moderation_twice_is_not_tried_again(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    error = "FailedOperation.GenerateImageFailed"
    worker.fault("aiart", op="ReplaceBackground", error=error, times=-1)
    worker.run()
    assert failed_of(worker, job).code is ErrorCode.PICTURE_ILLEGAL
    assert len(worker.calls("aiart", "ReplaceBackground")) == 2


def test_nobody_calls_again_before_a_lost_answers_deadline(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", drop="after")
    worker.run()
    worker.run()
    assert len(worker.tasks()) == 1
    assert worker.ledger.outcome(job.id) is None


def test_after_a_lost_answer_the_outcome_says_that_it_may_be_billed_twice(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", drop="after")
    worker.run()
    let_claims_run_out(worker, job)
    worker.run()
    outcome = worker.ledger.outcome(job.id)
    assert outcome is not None
    assert outcome.generated is not None
    assert outcome.generated.perhaps_billed_twice
    assert "billed twice" in worker.words(job)
    assert len(worker.tasks()) == 2


def test_two_lost_answers_are_the_end(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", drop="after", times=-1)
    for _ in range(3):
        worker.run()
        let_claims_run_out(worker, job)
    failed = failed_of(worker, job)
    assert failed.code is ErrorCode.ANSWER_LOST
    assert failed.perhaps_billed
    assert len(worker.tasks()) == 2


def test_a_run_that_died_after_generating_only_downloads(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("cos", op="PUT", target="results/*", error="InternalError", times=-1)
    worker.monkeypatch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 30.0)
    worker.run()
    assert worker.ledger.read_step(job.id, Generated) is not None
    worker.monkeypatch.undo()
    import requests  # noqa: PLC0415  # only here

    requests.delete(f"http://{worker.cos}/_control/faults", timeout=30)
    worker.run()
    assert succeeded(worker, job)
    assert len(worker.tasks()) == 1


def test_a_paid_answer_is_written_down_although_cos_has_trouble(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = worker.ask()
    monkeypatch.setattr(generate, "RECORD_PAUSES_S", (0.1, 0.1, 0.1))
    key = f"steps/{job.id}/generated.json"
    worker.fault("cos", op="PUT", target=key, error="SlowDown", status=503, times=4)
    worker.run()
    assert succeeded(worker, job)
    assert len(worker.tasks()) == 1


@pytest.mark.parametrize("kind", ["dead-link", "broken-image"])
def test_a_result_that_cannot_be_used_is_never_posted(worker: WorkerHarness, kind: str) -> None:
    (job,) = worker.ask()
    worker.aiart_settings(next_results=[kind])
    worker.run()
    failed = failed_of(worker, job)
    assert failed.code in {ErrorCode.PICTURE_GONE, ErrorCode.PICTURE_BROKEN}
    assert failed.perhaps_billed
    assert len(worker.tasks()) == 1


@pytest.mark.parametrize("kind", ["empty", "charset-error"])
def test_an_empty_answer_uses_up_a_try(worker: WorkerHarness, kind: str) -> None:
    (job,) = worker.ask()
    worker.aiart_settings(next_results=[kind])
    worker.run()
    assert succeeded(worker, job)
    assert len(worker.calls("aiart", "ReplaceBackground")) == 2


@pytest.mark.parametrize(
    "error",
    [
        "ResourceUnavailable.LowBalance",
        "FailedOperation.FreeResourcePackExhausted",
        "ResourceInsufficient.ChargeResourceExhaust",
        "FailedOperation.NobodyHasHeardOfTheseArrears",
    ],
)
def test_an_account_without_money_pauses_the_queue_once_and_keeps_every_job(
    worker: WorkerHarness, error: str
) -> None:
    jobs = [worker.ask()[0] for _ in range(3)]
    worker.fault("aiart", op="ReplaceBackground", error=error, times=-1)
    admin_channel = jobs[0].place.channel
    worker.run(ADMIN_CHANNEL=admin_channel)
    worker.run(ADMIN_CHANNEL=admin_channel)
    assert len(worker.calls("aiart", "ReplaceBackground")) <= 2
    assert len(list(worker.ledger.open_jobs())) == 3
    texts = [row["detail"].get("text", "") for row in worker.calls("slack", "chat.postMessage")]
    assert sum(error in text for text in texts) == 1


def test_what_aiart_says_calls_nobody_in_the_administrators_channel(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    error = "ResourceUnavailable.<!channel>"
    worker.fault("aiart", op="ReplaceBackground", error=error, times=-1)
    worker.run(ADMIN_CHANNEL=job.place.channel)
    said = [row["detail"].get("text", "") for row in worker.calls("slack", "chat.postMessage")]
    assert any("ResourceUnavailable.&lt;!channel&gt;" in text for text in said)
    assert not any("<!channel>" in text for text in said)


def test_two_workers_at_once_generate_once(worker: WorkerHarness) -> None:
    """Correctness does not rest on there being one instance: the claim decides."""
    (job,) = worker.ask()
    other = Ledger(worker.ledger.bucket)
    assert isinstance(other.acquire(job.id, "calling-1", seconds=60), Lease)
    worker.run()
    assert worker.tasks() == []
    other.release(job.id, "calling-1")
    worker.run()
    assert succeeded(worker, job)


def test_what_was_found_to_fail_is_not_tried_again_after_the_run_died(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", error="OperationDenied.TextIllegalDetected")
    worker.fault("slack", op="chat.postMessage", error="ratelimited", retry_after_s=600, skip=1)
    worker.run()
    assert worker.ledger.outcome(job.id) is None
    worker.no_faults("slack")
    worker.run()
    assert failed_of(worker, job).code is ErrorCode.WORDS_ILLEGAL
    assert worker.tasks() == []


def test_a_picture_that_was_paid_for_is_shown_however_late(worker: WorkerHarness) -> None:
    (job,) = worker.ask(created_at=worker.ledger.clock() - 7190)
    worker.fault("slack", op="chat.postMessage", error="ratelimited", retry_after_s=600, skip=1)
    worker.run()
    assert len(worker.tasks()) == 1
    worker.no_faults("slack")
    worker.monkeypatch.setattr("functions.worker.run.schedule.SLACK_JOB_LIMIT_S", 60.0)
    worker.run()
    assert succeeded(worker, job)


def test_a_job_given_up_after_a_lost_answer_says_that_it_may_have_been_billed(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", drop="after")
    worker.run()
    worker.monkeypatch.setattr("functions.worker.run.schedule.SLACK_JOB_LIMIT_S", -1.0)
    worker.run()
    failed = failed_of(worker, job)
    assert failed.code is ErrorCode.TOO_OLD
    assert failed.perhaps_billed


def test_so_does_one_whose_channel_closed_after_the_lost_answer(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", drop="after")
    worker.run()
    for op in ("chat.update", "chat.postMessage", "chat.delete"):
        worker.fault("slack", op=op, target=job.place.channel, error="is_archived", times=-1)
    let_claims_run_out(worker, job)
    worker.run()
    failed = failed_of(worker, job)
    assert failed.code is ErrorCode.CHANNEL_GONE
    assert failed.perhaps_billed
    assert len(worker.tasks()) == 1
