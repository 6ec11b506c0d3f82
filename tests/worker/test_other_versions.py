"""What other versions have written is shown, deleted and finished, as far as it is known."""

import pytest
import requests

from bot.job_messages import job_message_of, message
from bot.texts import NAMES
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.report import JobReport, report_of
from functions.jobs.settings import channel_settings, person_settings
from functions.jobs.status import status_of
from functions.jobs.wish import Resolution
from infra.jobs import reports
from tests.block_judges import judge
from tests.caller import call
from tests.jobs.other_versions import CHANNEL, ENDED, JOBS, OPEN, VERSIONS, put_records
from tests.worker.conftest import WorkerHarness, photo_bytes

every_version = pytest.mark.parametrize("written_by", VERSIONS)


@pytest.fixture
def full(worker: WorkerHarness, written_by: str) -> WorkerHarness:
    """A worker over the bucket that another version has left."""
    asked = {"user": "U0MERCHEN1", "channel": CHANNEL, "text": "hello"}
    ts = str(call("POST", f"http://{worker.slack}/_client/messages", asked)["ts"])
    put_records(worker.ledger.bucket, written_by, file=photo_bytes(), thread_ts=ts)
    return worker


def links_of(worker: WorkerHarness) -> Links:
    return Links(worker.environ["LINK_BASE_URL"], [worker.environ["LINK_SECRETS"]])


def report(ledger: Ledger, job_id: str) -> JobReport:
    found = report_of(job_id, ledger)
    assert isinstance(found, JobReport), job_id
    return found


@every_version
def test_links_and_status_of_another_versions_jobs_work(full: WorkerHarness) -> None:
    links = links_of(full)
    states = {}
    for job_id in [*ENDED, *OPEN]:
        status = status_of(full.ledger, links, job_id)
        assert status is not None
        states[job_id] = status.state
        for picture in report(full.ledger, job_id).pictures:
            answer = requests.get(links.picture(job_id, picture.name), timeout=30)
            assert answer.status_code == 200, picture.name
    assert states[JOBS["good"]] == states[JOBS["templated"]] == "succeeded"
    assert states[JOBS["bad"]] == "failed"
    assert states[JOBS["cancelled"]] == "cancelled"
    assert {states[job_id] for job_id in OPEN} == {"queued"}


@every_version
def test_another_versions_results_are_told_in_blocks_that_slack_takes(full: WorkerHarness) -> None:
    told_jobs = set()
    for job_id in ENDED:
        found = report(full.ledger, job_id)
        told = job_message_of(found, links_of(full), full.ledger.bucket)
        for language in NAMES if told else ():
            assert told
            shown = message(found.job, told, language)
            pictures = [{"image_url": "https://pictures.example/p.jpg"} for _ in shown.drawings]
            assert judge(shown.blocks(pictures), "message") == []
            told_jobs.add(job_id)
    assert told_jobs == {*ENDED} - {JOBS["cancelled"]}


@every_version
def test_what_another_version_left_open_is_finished(full: WorkerHarness, written_by: str) -> None:
    full.run()
    ended = {one: full.ledger.outcome(one) for one in OPEN}
    is_kept = written_by == "a later version"  # its photo is where only that version can find it
    assert [one for one, outcome in ended.items() if outcome is None] == (
        [JOBS["waiting"]] if is_kept else []
    )
    assert full.keys("requests/") == ([f"requests/{JOBS['waiting']}.json"] if is_kept else [])
    cutout = ended[JOBS["cutout"]]
    assert cutout
    assert cutout.state == "succeeded"


@every_version
def test_what_another_version_finished_is_deleted(full: WorkerHarness) -> None:
    for job_id in ENDED:
        full.ledger.add_tombstone(job_id, why="delete", by="U0MERCHEN1")
    full.run(PAUSED="1")
    for job_id in ENDED:
        outcome = full.ledger.outcome(job_id)
        assert outcome
        assert (outcome.state, outcome.job) == ("deleted", None), job_id
        left = {key for key in full.keys("") if job_id in key}
        assert {key.partition("/")[0] for key in left} <= {"done", "days", "callbacks"}


@every_version
def test_the_operators_commands_read_what_another_version_wrote(full: WorkerHarness) -> None:
    assert {row.job_id for row in reports.open_rows(full.ledger)} == OPEN
    assert {*ENDED} <= {row.job_id for row in reports.done_rows(full.ledger, 50)}
    for job_id in [*ENDED, *OPEN]:
        assert [*reports.report(full.ledger, job_id, region="ap-guangzhou")]


@every_version
def test_another_versions_settings_hold_as_far_as_they_are_known(
    full: WorkerHarness, written_by: str
) -> None:
    bucket = full.ledger.bucket
    own = person_settings(bucket, "T0BACKDROP", "U0MERCHEN1")
    channel = channel_settings(bucket, CHANNEL)
    assert (own.watermark, channel.auto, channel.words) == (False, True, "on a beach")
    if written_by == "the last release":
        assert (own.language, own.resolution) == ("en", Resolution(width=801, height=1203))
    else:
        assert own.language == ""
        assert own.resolution
        assert not own.resolution.is_in_range  # and is left out of new wishes
