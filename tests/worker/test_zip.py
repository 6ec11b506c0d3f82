"""Zips: the pictures that there are, in one file, which lives no longer than each of them."""

import io
import time
import zipfile
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import requests

from functions.config import worker_config
from functions.jobs.bucket import Bucket
from functions.jobs.bucket_layout import job_of_result_key
from functions.jobs.errors import ErrorCode
from functions.jobs.job_ids import id_of_button, id_of_jobs, id_of_message
from functions.jobs.leases import LeaseHeld
from functions.jobs.ledger import Ledger
from functions.jobs.model import Asker, Job, PicturesOf, SlackFile, Upload
from functions.jobs.steps import Generated, Picture, Stored
from functions.jobs.wish import Wish
from functions.worker.context import WorkerContext
from functions.worker.errors import RetryAt
from functions.worker.handler import context_of
from functions.worker.steps import pack as packing
from infra.local.slack.world import MERCHANDISER_ID, OPERATIONS_ID, TEAM_ID
from tests.caller import call
from tests.jobs.making import a_job, a_success
from tests.worker.conftest import PROGRESS, WorkerHarness

GENERATED = Generated(at=1.0, call=1, request_id="r", seconds=1.0)


def a_zip(worker: WorkerHarness, shown_with: Job, *jobs: str, nonce: str = "") -> Job:
    """The accepted job for a zip of these jobs, or of all that the thread shows."""
    job_id = id_of_button(shown_with.id, "zip", nonce)
    job = Job(
        id=job_id,
        gesture="zip",
        created_at=worker.ledger.clock(),
        wish=Wish(),
        photo=PicturesOf(jobs=jobs),
        asker=Asker(team_id=TEAM_ID, user_id=MERCHANDISER_ID),
        thread=shown_with.thread,
        upload=Upload(id=id_of_jobs([job_id]), jobs=(job_id,)),
    )
    worker.ledger.accept(job)
    return job


def made(worker: WorkerHarness, count: int, data: bytes = b"picture", **changes: Any) -> list[Job]:
    """Jobs that ended well long ago, all of photos of one name."""
    (asked,) = worker.ask()
    worker.ledger.close_request(asked.id)
    found = []
    for number in range(count):
        job = msgspec.structs.replace(
            asked,
            id=id_of_message("C", f"{number}", "F"),
            photo=SlackFile(file_id="F1", name="mug.jpg"),
        )
        key = f"results/{job.id}/picture.png"
        shape = {"content_type": "image/png", "size_bytes": len(data), "width": 9, "height": 9}
        worker.ledger.bucket.put(key, data, content_type="image/png")
        picture = Picture(**{"name": "picture.png", "key": key, **shape, **changes})
        worker.ledger.finish(job, a_success(job, pictures=(picture,), generated=GENERATED))
        found.append(job)
    return found


def zip_of(worker: WorkerHarness, job: Job) -> dict[str, bytes]:
    """What the link in the thread gives, by name."""
    answer = requests.get(link(worker, job), timeout=30)
    assert answer.status_code == 200
    assert 'filename="pictures-2' in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
        return {name: archive.read(name) for name in archive.namelist()}


def link(worker: WorkerHarness, job: Job) -> str:
    told = next(one for one in worker.thread(job) if is_about(one, job))
    return str(told["blocks"][1]["elements"][0]["elements"][0]["url"])


def is_about(message: dict[str, Any], job: Job) -> bool:
    return bool(message["metadata"]["event_payload"]["about"] == job.id)


def unfinished(worker: WorkerHarness) -> list[str]:
    """The uploads that are neither completed nor aborted, with the account owner's right."""
    bucket = worker.ledger.bucket
    found = bucket._client.list_multipart_uploads(Bucket=bucket._name)
    return [str(row["Key"]) for row in found.get("Upload", [])]


def context_at(worker: WorkerHarness, later_s: float = 0.0) -> WorkerContext:
    """Another worker's context, so much later."""
    context = context_of(worker_config(worker.environ))
    ledger = Ledger(context.ledger.bucket, clock=lambda: time.time() + later_s)
    return msgspec.structs.replace(context, ledger=ledger)


def test_a_batch_becomes_one_file_and_its_link_is_told(worker: WorkerHarness) -> None:
    jobs = worker.ask(photos=3)
    worker.run()
    asked = a_zip(worker, jobs[0], *(job.id for job in jobs))
    worker.run()
    pictures = [worker.outcome(job).pictures[0] for job in jobs]
    assert zip_of(worker, asked) == {
        f"photo-{number}.{picture.name.rpartition('.')[2]}": worker.ledger.bucket.get(picture.key)
        for number, picture in enumerate(pictures)
    }
    told = worker.thread(asked)[-1]
    assert told["text"].startswith(f"<@{MERCHANDISER_ID}> here is your zip: 3 pictures, ")
    assert len(worker.tasks()) == 3  # none more than for the pictures
    assert worker.thread(asked, PROGRESS) == []
    assert unfinished(worker) == []


def test_a_thread_is_packed_as_it_is_shown_without_what_was_deleted(worker: WorkerHarness) -> None:
    jobs = worker.ask(photos=2)
    worker.run()
    (cut,) = worker.press(jobs[0], "cutout")
    worker.run()
    worker.ledger.add_tombstone(jobs[1].id, why="delete", by=MERCHANDISER_ID)
    asked = a_zip(worker, jobs[0])
    worker.run()
    assert sorted(zip_of(worker, asked)) == ["photo-0.jpg", "picture-cutout.png"]
    assert {job_of_result_key(key) for key in contained(worker, asked)} == {jobs[0].id, cut.id}


def test_another_apps_message_in_the_thread_puts_nobody_elses_picture_into_the_zip(
    worker: WorkerHarness,
) -> None:
    """Its blocks may be a copy of ours from somebody's direct message."""
    (job,) = worker.ask()
    (private,) = worker.ask(user=OPERATIONS_ID)
    worker.run()
    (told,) = worker.thread(private)
    forged = {"channel": job.place.channel, "thread_ts": job.place.thread_ts, "text": "look"}
    where = f"http://{worker.slack}/_control/other_app"
    assert call("POST", where, {**forged, "blocks": told["blocks"]})["ts"]
    asked = a_zip(worker, job)
    worker.run()
    assert {job_of_result_key(key) for key in contained(worker, asked)} == {job.id}


def test_variations_side_by_side_are_packed_one_by_one(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run()
    jobs = worker.press(parent, "variation", count=3)
    worker.run()
    asked = a_zip(worker, parent)
    worker.run()
    packed = {job_of_result_key(key) for key in contained(worker, asked)}
    assert packed == {parent.id, *(job.id for job in jobs)}


def contained(worker: WorkerHarness, job: Job) -> tuple[str, ...]:
    return worker.outcome(job).pictures[0].contains


def test_files_of_one_name_are_told_apart(worker: WorkerHarness) -> None:
    jobs = made(worker, 3)
    asked = a_zip(worker, jobs[0], *(job.id for job in jobs))
    worker.run()
    assert list(zip_of(worker, asked)) == ["mug.png", "mug-2.png", "mug-3.png"]


def test_a_zip_of_a_zips_thread_holds_no_zip(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.run()
    first = a_zip(worker, job)
    worker.run()
    second = a_zip(worker, job, job.id, first.id, nonce="2")
    worker.run()
    assert list(zip_of(worker, second)) == ["photo-0.jpg"]


# --- too little, too much


@pytest.mark.parametrize(
    ("count", "changes", "code", "words"),
    [
        (0, {}, ErrorCode.ZIP_EMPTY, "no picture to pack"),
        (101, {}, ErrorCode.ZIP_TOO_MANY, "These are 101 pictures; a zip takes up to 100"),
        (2, {"size_bytes": 260_000_000}, ErrorCode.ZIP_TOO_LARGE, "520 MB together"),
    ],
)
def test_what_cannot_be_packed_is_told_in_words(
    worker: WorkerHarness, count: int, changes: dict[str, Any], code: ErrorCode, words: str
) -> None:
    jobs = made(worker, count, **changes) or [a_job(thread=worker.ask()[0].thread)]
    asked = a_zip(worker, jobs[0], *(job.id for job in jobs))
    worker.run()
    outcome = worker.outcome(asked)
    assert outcome.failed
    assert outcome.failed.code is code
    assert words in worker.words(asked)
    assert not worker.calls("cos", "BEGIN_UPLOAD")


# --- what is deleted


def test_a_zip_is_gone_as_soon_as_one_of_its_pictures_is_deleted(worker: WorkerHarness) -> None:
    jobs = made(worker, 2)
    asked = a_zip(worker, jobs[0], *(job.id for job in jobs))
    worker.run()
    url = link(worker, asked)
    assert requests.get(url, timeout=30).status_code == 200
    worker.ledger.add_tombstone(jobs[1].id, why="delete", by=MERCHANDISER_ID)
    answer = requests.get(url, timeout=30)
    assert (answer.status_code, "was deleted" in answer.text) == (410, True)
    worker.run()
    assert worker.keys(f"results/{asked.id}/") == []  # nor are its bytes kept
    assert requests.get(url, timeout=30).status_code == 410


def test_a_zip_is_gone_once_one_of_its_pictures_has_expired(worker: WorkerHarness) -> None:
    jobs = made(worker, 2)
    asked = a_zip(worker, jobs[0], *(job.id for job in jobs))
    worker.run()
    worker.ledger.bucket.delete(f"results/{jobs[0].id}/picture.png")
    assert requests.get(link(worker, asked), timeout=30).status_code == 410


def test_deleting_a_zip_deletes_no_picture(worker: WorkerHarness) -> None:
    jobs = made(worker, 2)
    asked = a_zip(worker, jobs[0], *(job.id for job in jobs))
    worker.run()
    url = link(worker, asked)
    worker.ledger.add_tombstone(asked.id, why="delete", by=MERCHANDISER_ID)
    worker.run()
    assert requests.get(url, timeout=30).status_code == 410
    assert worker.keys(f"results/{asked.id}/") == []
    assert all(worker.keys(f"results/{job.id}/") for job in jobs)


def test_a_picture_that_is_deleted_while_it_is_packed_is_not_in_the_zip(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = made(worker, 2)
    read = packing.picture_bytes

    def delete_after_reading(context: WorkerContext, picture: Picture) -> bytes:
        data = read(context, picture)
        worker.ledger.add_tombstone(jobs[0].id, why="delete", by=MERCHANDISER_ID)
        return data

    monkeypatch.setattr(packing, "picture_bytes", delete_after_reading)
    asked = a_zip(worker, jobs[0], *(job.id for job in jobs))
    worker.run()
    assert contained(worker, asked) == (f"results/{jobs[1].id}/picture.png",)
    assert len(worker.keys(f"results/{asked.id}/")) == 1


# --- trouble


class Killed(BaseException):
    """Stands for the end of the process: nothing that catches errors catches it."""


def die_at_part(monkeypatch: pytest.MonkeyPatch, number: int) -> Callable[[], None]:
    """The process ends when a part has been sent; what is given takes that back."""
    put_part = Bucket.put_part

    def put(self: Bucket, key: str, upload_id: str, count: int, data: bytes) -> str:
        etag = put_part(self, key, upload_id, count, data)
        if count == number:
            raise Killed
        return etag

    monkeypatch.setattr(Bucket, "put_part", put)
    return lambda: monkeypatch.setattr(Bucket, "put_part", put_part)


def test_a_worker_that_dies_leaves_an_upload_that_the_next_one_aborts(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PART_BYTES", 2**20)
    jobs = made(worker, 3, b"x" * 700_000)
    asked = a_zip(worker, jobs[0], *(job.id for job in jobs))
    come_back = die_at_part(monkeypatch, 1)
    with pytest.raises(Killed):
        packing.pack(context_at(worker), asked)
    come_back()
    assert unfinished(worker) == [f"results/{asked.id}/pictures-1.zip"]
    with pytest.raises(LeaseHeld):  # it may be alive
        packing.pack(context_at(worker), asked)
    stored = packing.pack(context_at(worker, packing.ATTEMPT_S + 1), asked)
    assert unfinished(worker) == []
    assert stored.pictures[0].key == f"results/{asked.id}/pictures-2.zip"
    worker.run()  # which tells of it, and packs nothing more
    assert len(zip_of(worker, asked)) == 3
    assert len(worker.calls("cos", "COMPLETE_UPLOAD")) == 1


def test_one_that_was_taken_for_dead_completes_nothing(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when an instance was frozen: it goes on after another one has begun."""
    jobs = made(worker, 2)
    asked = a_zip(worker, jobs[0], *(job.id for job in jobs))
    read = packing.picture_bytes
    begun: list[bool] = []
    others: list[Stored] = []

    def overtaken(context: WorkerContext, picture: Picture) -> bytes:
        if not begun:
            begun.append(True)
            others.append(packing.pack(context_at(worker, packing.ATTEMPT_S + 1), asked))
        return read(context, picture)

    monkeypatch.setattr(packing, "picture_bytes", overtaken)
    with pytest.raises(RetryAt):
        packing.pack(context_at(worker), asked)
    assert worker.ledger.read_step(asked.id, Stored) == others[0]
    assert worker.keys(f"results/{asked.id}/") == [f"results/{asked.id}/pictures-2.zip"]
    assert unfinished(worker) == []


def test_after_trouble_with_cos_the_upload_is_aborted_and_made_again(
    worker: WorkerHarness,
) -> None:
    jobs = made(worker, 2)
    asked = a_zip(worker, jobs[0], *(job.id for job in jobs))
    worker.fault("cos", op="PUT_PART", error="InternalError", status=500, times=4)
    worker.run()
    assert len(zip_of(worker, asked)) == 2
    assert len(worker.calls("cos", "ABORT_UPLOAD")) == 1
    assert unfinished(worker) == []
    told = [one for one in worker.thread(asked) if is_about(one, asked)]
    assert len(told) == 1


def test_trouble_with_cos_before_the_upload_costs_no_attempt(worker: WorkerHarness) -> None:
    jobs = made(worker, 2)
    asked = a_zip(worker, jobs[0], *(job.id for job in jobs))
    worker.fault("cos", op="BEGIN_UPLOAD", error="InternalError", status=500, times=4)
    worker.run()
    assert len(zip_of(worker, asked)) == 2
    assert [one for one in worker.keys(f"steps/{asked.id}/") if "packing-2" in one] == []


def test_a_zip_that_is_asked_for_twice_is_packed_once(worker: WorkerHarness) -> None:
    jobs = made(worker, 2)
    ids = [job.id for job in jobs]
    asked = a_zip(worker, jobs[0], *ids)
    worker.run()
    a_zip(worker, jobs[0], *ids)  # a redelivery, after the end
    worker.run()
    assert len(worker.calls("cos", "COMPLETE_UPLOAD")) == 1
    assert len([one for one in worker.thread(asked) if is_about(one, asked)]) == 1


def test_a_large_zip_goes_out_in_parts_of_one_size(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PART_BYTES", 2**20)
    jobs = made(worker, 5, bytes(range(256)) * 3000)
    asked = a_zip(worker, jobs[0], *(job.id for job in jobs))
    worker.run()
    assert set(zip_of(worker, asked).values()) == {bytes(range(256)) * 3000}
    assert len(worker.calls("cos", "PUT_PART")) == 4
    size = worker.outcome(asked).pictures[0].size_bytes
    assert f", {size / 1e6:.1f} MB." in worker.words(asked)
    assert (
        call("GET", f"http://{worker.cos}/_control/objects?prefix=results/{asked.id}")[0]["size"]
        == size
    )
