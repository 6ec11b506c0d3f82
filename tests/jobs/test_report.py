"""What became of a job, as everybody who shows it reads it."""

from msgspec.structs import replace

from functions.jobs.errors import ErrorCode
from functions.jobs.ledger import Ledger
from functions.jobs.model import EarlierJob, Job
from functions.jobs.report import Deleted, JobReport, parent_job, report_of, shown_report_of
from functions.jobs.steps import Billed, Failed, Generated, Picture, Stored
from tests.jobs.making import JOB_ID, a_job, a_success

GENERATED = Generated(at=1732270010, call=1, request_id="r-1", seconds=9.5)
FAILED = Failed(at=1.0, code=ErrorCode.PHOTO_EMPTY)
PICTURES = (
    Picture(name="picture.png", key="results/p", content_type="", size_bytes=1, width=1, height=1),
)


def report(ledger: Ledger, *, with_steps: bool = True) -> JobReport:
    found = report_of(JOB_ID, ledger, with_steps=with_steps)
    assert isinstance(found, JobReport)
    return found


def accepted(ledger: Ledger) -> Job:
    ledger.accept(a_job())
    job = ledger.job(JOB_ID)
    assert job is not None
    return job


def test_a_job_that_was_never_accepted_has_none(ledger: Ledger) -> None:
    assert report_of(JOB_ID, ledger) is None
    assert shown_report_of(JOB_ID, ledger) is None


def test_one_that_is_open_is_not_decided_until_its_steps_say_so(ledger: Ledger) -> None:
    accepted(ledger)
    assert (report(ledger).state, report(ledger).is_decided) == ("open", False)
    ledger.write_step(JOB_ID, GENERATED)
    assert not report(ledger).is_decided
    ledger.write_step(JOB_ID, Stored(pictures=PICTURES))
    assert report(ledger).is_decided


def test_the_steps_say_the_same_as_the_end_that_is_written_a_moment_later(ledger: Ledger) -> None:
    job = accepted(ledger)
    ledger.write_step(JOB_ID, GENERATED)
    ledger.write_step(JOB_ID, Stored(pictures=PICTURES))
    before = report(ledger)
    ledger.finish(job, a_success(job, pictures=PICTURES, generated=GENERATED))
    after = report(ledger)
    assert after.state == "succeeded"
    assert before == replace(after, outcome=None)


def test_a_failure_is_known_before_the_end_is_written_and_after(ledger: Ledger) -> None:
    job = accepted(ledger)
    ledger.write_step(JOB_ID, FAILED)
    assert (report(ledger).failed, report(ledger).state) == (FAILED, "open")
    ledger.finish(job, a_success(job, state="failed", failed=FAILED))
    assert (report(ledger).failed, report(ledger).state) == (FAILED, "failed")


def test_one_that_ends_between_the_two_looks_is_not_taken_for_unknown(ledger: Ledger) -> None:
    job = accepted(ledger)

    class EndingMeanwhile(Ledger):
        def job(self, job_id: str) -> Job | None:
            ledger.finish(job, a_success(job))
            return super().job(job_id)

    assert report(EndingMeanwhile(ledger.bucket)).state == "succeeded"


def test_what_was_deleted_is_still_known_to_have_been_there(ledger: Ledger) -> None:
    ledger.finish(a_job(), a_success(a_job(), pictures=PICTURES, generated=GENERATED))
    ledger.erase_record(JOB_ID, Billed(at=1.0))
    assert isinstance(report_of(JOB_ID, ledger), Deleted)
    assert shown_report_of(JOB_ID, ledger) is None
    assert parent_job(ledger, JOB_ID) is None


def test_what_is_to_be_deleted_is_shown_no_more_and_starts_nothing(ledger: Ledger) -> None:
    ledger.finish(a_job(), a_success(a_job(), pictures=PICTURES, generated=GENERATED))
    assert shown_report_of(JOB_ID, ledger) is not None
    ledger.add_tombstone(JOB_ID, why="delete", by="U1")
    assert shown_report_of(JOB_ID, ledger) is None
    assert parent_job(ledger, JOB_ID) is None
    assert report(ledger).state == "succeeded"


def test_a_new_job_takes_the_photo_as_it_was_staged_unless_the_old_one_failed(
    ledger: Ledger,
) -> None:
    job = a_job(mask=EarlierJob(job_id="m"))
    good, bad = JobReport(job), JobReport(job, failed=FAILED)
    assert good.photo == EarlierJob(job_id=job.id, name="cup.jpg")
    assert good.mask == EarlierJob(job_id=job.id)
    assert (bad.photo, bad.mask) == (job.photo, job.mask)
    assert JobReport(a_job()).mask is None
