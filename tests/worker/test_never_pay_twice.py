"""What aiart answers, what may be tried again, and what a lost answer costs."""

import pytest

from functions.jobs.errors import ErrorCode
from functions.jobs.ledger import Ledger
from functions.jobs.model import Job
from functions.jobs.steps import Claim, Failed, Generated
from functions.worker import painting
from tests.worker.conftest import Shop


def failed_of(shop: Shop, job: Job) -> Failed:
    outcome = shop.ledger.outcome(job.id)
    assert outcome is not None
    assert outcome.failed is not None
    return outcome.failed


def succeeded(shop: Shop, job: Job) -> bool:
    outcome = shop.ledger.outcome(job.id)
    return outcome is not None and outcome.state == "succeeded"


def let_claims_run_out(shop: Shop, job: Job) -> None:
    """As if the time of a claim had passed."""
    for name in ("calling-1", "calling-2", "posting-1"):
        claim = shop.ledger.noted(job.id, name, Claim)
        if claim:
            shop.ledger.note(job.id, name, Claim(nonce=claim.nonce, deadline=0))


@pytest.mark.parametrize(
    "code",
    ["RequestLimitExceeded.JobNumExceed", "RequestLimitExceeded", "FailedOperation.RateLimit"],
)
def test_a_busy_slot_is_waited_for_and_costs_no_try(shop: Shop, code: str) -> None:
    shop.monkeypatch.setattr(painting, "BUSY_PAUSE_S", 0.2)
    (job,) = shop.ask()
    shop.fault("aiart", op="ReplaceBackground", error=code, times=3)
    shop.run()
    assert succeeded(shop, job)
    assert len(shop.tasks()) == 1
    outcome = shop.ledger.outcome(job.id)
    assert outcome is not None
    assert outcome.generated is not None
    assert outcome.generated.call == 1


def test_trouble_that_passes_is_tried_again(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("aiart", op="ReplaceBackground", error="FailedOperation.RpcFail", times=2)
    shop.run()
    assert succeeded(shop, job)


def test_trouble_that_stays_ends_in_words_after_three_calls(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("aiart", op="ReplaceBackground", error="FailedOperation.InnerError", times=-1)
    shop.run()
    assert failed_of(shop, job).code is ErrorCode.AIART_TROUBLE
    assert len(shop.calls("aiart", "ReplaceBackground")) == 3


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
    shop: Shop, vendor_code: str, code: ErrorCode
) -> None:
    (job,) = shop.ask()
    shop.fault("aiart", op="ReplaceBackground", error=vendor_code, times=-1)
    shop.run()
    failed = failed_of(shop, job)
    assert failed.code is code
    assert failed.request_id
    assert failed.request_id in shop.words(job)
    assert len(shop.calls("aiart", "ReplaceBackground")) == 1


def test_a_picture_that_fails_moderation_is_tried_once_more(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("aiart", op="ReplaceBackground", error="FailedOperation.GenerateImageFailed")
    shop.run()
    assert succeeded(shop, job)


def test_a_picture_that_fails_moderation_twice_is_not_tried_again(shop: Shop) -> None:
    (job,) = shop.ask()
    error = "FailedOperation.GenerateImageFailed"
    shop.fault("aiart", op="ReplaceBackground", error=error, times=-1)
    shop.run()
    assert failed_of(shop, job).code is ErrorCode.PICTURE_ILLEGAL
    assert len(shop.calls("aiart", "ReplaceBackground")) == 2


def test_nobody_calls_again_before_a_lost_answers_deadline(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("aiart", op="ReplaceBackground", drop="after")
    shop.run()
    shop.run()
    assert len(shop.tasks()) == 1
    assert shop.ledger.outcome(job.id) is None


def test_after_a_lost_answer_the_outcome_says_that_it_may_be_billed_twice(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("aiart", op="ReplaceBackground", drop="after")
    shop.run()
    let_claims_run_out(shop, job)
    shop.run()
    outcome = shop.ledger.outcome(job.id)
    assert outcome is not None
    assert outcome.generated is not None
    assert outcome.generated.perhaps_billed_twice
    assert "billed twice" in shop.words(job)
    assert len(shop.tasks()) == 2


def test_two_lost_answers_are_the_end(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("aiart", op="ReplaceBackground", drop="after", times=-1)
    for _ in range(3):
        shop.run()
        let_claims_run_out(shop, job)
    failed = failed_of(shop, job)
    assert failed.code is ErrorCode.ANSWER_LOST
    assert failed.perhaps_billed
    assert len(shop.tasks()) == 2


def test_a_run_that_died_after_generating_only_downloads(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("cos", op="PUT", target="results/*", error="InternalError", times=-1)
    shop.monkeypatch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 30.0)
    shop.run()
    assert shop.ledger.step(job.id, Generated) is not None
    shop.monkeypatch.undo()
    import requests  # noqa: PLC0415  # only here

    requests.delete(f"http://{shop.cos}/_control/faults", timeout=30)
    shop.run()
    assert succeeded(shop, job)
    assert len(shop.tasks()) == 1


def test_a_paid_answer_is_written_down_although_cos_has_trouble(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = shop.ask()
    monkeypatch.setattr(painting, "RECORD_PAUSES_S", (0.1, 0.1, 0.1))
    key = f"steps/{job.id}/generated.json"
    shop.fault("cos", op="PUT", target=key, error="SlowDown", status=503, times=4)
    shop.run()
    assert succeeded(shop, job)
    assert len(shop.tasks()) == 1


@pytest.mark.parametrize("kind", ["dead-link", "broken-image"])
def test_a_result_that_cannot_be_used_is_never_posted(shop: Shop, kind: str) -> None:
    (job,) = shop.ask()
    shop.aiart_settings(next_results=[kind])
    shop.run()
    failed = failed_of(shop, job)
    assert failed.code in {ErrorCode.PICTURE_GONE, ErrorCode.PICTURE_BROKEN}
    assert failed.perhaps_billed
    assert len(shop.tasks()) == 1


@pytest.mark.parametrize("kind", ["empty", "charset-error"])
def test_an_empty_answer_uses_up_a_try(shop: Shop, kind: str) -> None:
    (job,) = shop.ask()
    shop.aiart_settings(next_results=[kind])
    shop.run()
    assert succeeded(shop, job)
    assert len(shop.calls("aiart", "ReplaceBackground")) == 2


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
    shop: Shop, error: str
) -> None:
    jobs = [shop.ask()[0] for _ in range(3)]
    shop.fault("aiart", op="ReplaceBackground", error=error, times=-1)
    admin_channel = jobs[0].place.channel
    shop.run(ADMIN_CHANNEL=admin_channel)
    shop.run(ADMIN_CHANNEL=admin_channel)
    assert len(shop.calls("aiart", "ReplaceBackground")) <= 2
    assert len(list(shop.ledger.open_jobs())) == 3
    texts = [row["detail"].get("text", "") for row in shop.calls("slack", "chat.postMessage")]
    assert sum(error in text for text in texts) == 1


def test_two_workers_at_once_generate_once(shop: Shop) -> None:
    """Correctness does not rest on there being one instance: the claim decides."""
    (job,) = shop.ask()
    other = Ledger(shop.ledger.bucket)
    assert isinstance(other.claim(job.id, "calling-1", seconds=60), Claim)
    shop.run()
    assert shop.tasks() == []
    other.release(job.id, "calling-1")
    shop.run()
    assert succeeded(shop, job)


def test_what_was_found_to_fail_is_not_tried_again_after_the_run_died(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("aiart", op="ReplaceBackground", error="OperationDenied.TextIllegalDetected")
    shop.fault("slack", op="chat.postMessage", error="ratelimited", retry_after_s=600, skip=1)
    shop.run()
    assert shop.ledger.outcome(job.id) is None
    shop.no_faults("slack")
    shop.run()
    assert failed_of(shop, job).code is ErrorCode.WORDS_ILLEGAL
    assert shop.tasks() == []


def test_a_picture_that_was_paid_for_is_shown_however_late(shop: Shop) -> None:
    (job,) = shop.ask(created_at=shop.ledger.clock() - 7190)
    shop.fault("slack", op="chat.postMessage", error="ratelimited", retry_after_s=600, skip=1)
    shop.run()
    assert len(shop.tasks()) == 1
    shop.no_faults("slack")
    shop.monkeypatch.setattr("functions.worker.run.schedule.SLACK_JOB_LIMIT_S", 60.0)
    shop.run()
    assert succeeded(shop, job)


def test_a_job_given_up_after_a_lost_answer_says_that_it_may_have_been_billed(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("aiart", op="ReplaceBackground", drop="after")
    shop.run()
    shop.monkeypatch.setattr("functions.worker.run.schedule.SLACK_JOB_LIMIT_S", -1.0)
    shop.run()
    failed = failed_of(shop, job)
    assert failed.code is ErrorCode.TOO_OLD
    assert failed.perhaps_billed


def test_so_does_one_whose_channel_closed_after_the_lost_answer(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("aiart", op="ReplaceBackground", drop="after")
    shop.run()
    for op in ("chat.update", "chat.postMessage", "chat.delete"):
        shop.fault("slack", op=op, target=job.place.channel, error="is_archived", times=-1)
    let_claims_run_out(shop, job)
    shop.run()
    failed = failed_of(shop, job)
    assert failed.code is ErrorCode.CHANNEL_GONE
    assert failed.perhaps_billed
    assert len(shop.tasks()) == 1
