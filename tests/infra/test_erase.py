"""``python -m infra.jobs erase``: nothing of a person is left, wherever it was."""

from collections import Counter

import msgspec
import pytest
import requests

from functions.jobs.bucket_layout import (
    ERASED,
    WORKSPACE_SCENES,
    done_key,
    history_prefix,
    person_scenes,
    scene_key,
)
from functions.jobs.job_ids import id_of_jobs
from functions.jobs.links import Links
from functions.jobs.model import Asker, Job
from functions.jobs.scenes import Scene, save_scene, scene_names
from functions.jobs.settings import (
    ChannelSettings,
    PersonSettings,
    channel_settings,
    save_channel_settings,
    save_person_settings,
)
from functions.jobs.wish import Wish
from infra.jobs.__main__ import main
from infra.local.slack.world import MERCHANDISER_ID, OPERATIONS_ID, TEAM_ID
from tests.infra.test_jobs import env_file, operator
from tests.worker.conftest import WorkerHarness, photo_bytes, standing_environ, worker

__all__ = ["env_file", "operator", "standing_environ", "worker"]

PERSON = f"{TEAM_ID}/{MERCHANDISER_ID}"
WORDS = "an emerald parlour"  # nobody else's
THEIRS = Wish(prompt=f"{WORDS} at noon", product="samovar of theirs")
OTHERS = Wish(prompt="on a beach", product="cup")
QUOTAS = {"QUOTA_PER_USER_PER_DAY": "50"}


def ask(worker: WorkerHarness, **changes: object) -> Job:
    """An accepted job of the person's, before a run."""
    (job,) = worker.ask(THEIRS)
    worker.ledger.close_request(job.id)
    changed = msgspec.structs.replace(job, **changes)
    worker.ledger.accept(changed)
    return changed


def traces_of(worker: WorkerHarness, photos: set[bytes]) -> Counter[str]:
    """Count the objects that say who they were, what they typed, or show what they sent."""
    bucket, found = worker.ledger.bucket, Counter[str]()
    for row in bucket.list(""):
        data, below = bucket.get(row.key), row.key.partition("/")[0]
        found[f"{below}: id"] += MERCHANDISER_ID in row.key or MERCHANDISER_ID.encode() in data
        found[f"{below}: words"] += any(one.encode() in data for one in (WORDS, "of theirs"))
        found[f"{below}: photo"] += data in photos
    return +found


def left_by(worker: WorkerHarness) -> set[bytes]:
    """The person's everything, as years leave it; gives their photos' and pictures' bytes."""
    bucket, ledger = worker.ledger.bucket, worker.ledger
    first = ask(worker)
    elsewhere = ask(worker, asker=Asker(team_id="T0OTHER", user_id=MERCHANDISER_ID))
    nowhere = ask(worker, asker=Asker(user_id=MERCHANDISER_ID))
    worker.run(**QUOTAS)
    (again,) = worker.press(first, "again", user=OPERATIONS_ID)
    worker.run(**QUOTAS)
    (size,) = worker.press(again, "size", user=OPERATIONS_ID)
    worker.press(elsewhere, "variation", count=3)
    worker.run(**QUOTAS)
    worker.ask(THEIRS, data=b"no picture")
    back = ask(worker)
    ledger.add_tombstone(back.id, why="cancel", by=MERCHANDISER_ID)
    worker.run(**QUOTAS)
    assert worker.outcome(size).state == worker.outcome(nowhere).state == "succeeded"
    for row in list(bucket.list(history_prefix(TEAM_ID, MERCHANDISER_ID))):
        bucket.delete(row.key)  # it has expired
    (begun,) = worker.ask(THEIRS)
    worker.run(PAUSED="1")  # staged, and open
    worker.press(again, "cutout", user=OPERATIONS_ID)
    assert ledger.job(begun.id)
    save_person_settings(bucket, TEAM_ID, MERCHANDISER_ID, PersonSettings(language="zh"))
    save_person_settings(bucket, "", MERCHANDISER_ID, PersonSettings(language="zh"))
    theirs = ChannelSettings(auto=True, words=WORDS, by=MERCHANDISER_ID)
    save_channel_settings(bucket, "C0THEIRS01", theirs)
    for place in (person_scenes(TEAM_ID, MERCHANDISER_ID), WORKSPACE_SCENES):
        scene = Scene(name="theirs", prompt=WORDS, by=MERCHANDISER_ID)
        save_scene(bucket, place, scene, may_change=lambda _: True)
    damaged = scene_key(person_scenes(TEAM_ID, MERCHANDISER_ID), "damaged")
    bucket.put(damaged, b"{", content_type="application/json")
    ledger.add_tombstone(id_of_jobs(["x"]), why="delete", by=MERCHANDISER_ID)
    return photos_of(worker)


def photos_of(worker: WorkerHarness, *jobs: Job) -> set[bytes]:
    """The photos and pictures of some jobs, or of all."""
    bucket, ids = worker.ledger.bucket, [f"{job.id}/" for job in jobs] or [""]
    below = [f"{prefix}{one}" for prefix in ("photos/", "results/") for one in ids]
    return {bucket.get(row.key) for prefix in below for row in bucket.list(prefix)}


def others_left(worker: WorkerHarness) -> Job:
    """What somebody else has asked for, with a photo of their own."""
    data = photo_bytes(width=300, height=300)
    (job,) = worker.ask(OTHERS, data=data, user=OPERATIONS_ID)
    worker.run()
    chosen = ChannelSettings(auto=True, words="on a beach", by=OPERATIONS_ID)
    save_channel_settings(worker.ledger.bucket, "C0OTHERS01", chosen)
    scene = Scene(name="others", prompt="on a beach", by=OPERATIONS_ID)
    save_scene(worker.ledger.bucket, WORKSPACE_SCENES, scene, may_change=lambda _: True)
    return job


def test_after_erase_and_two_runs_nothing_in_the_bucket_is_theirs(
    operator: WorkerHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    others = others_left(operator)
    photos = left_by(operator) - photos_of(operator, others)
    before = traces_of(operator, photos)
    assert {*before} >= {
        *("done: id", "done: words", "requests: id", "requests: words", "people: id"),
        *("settings: id", "settings: words", "quota: id", "tombstones: id", "steps: id"),
        *("photos: photo", "results: photo"),
    }
    capsys.readouterr()
    assert main(["erase", PERSON]) == 0
    said = capsys.readouterr().out
    operator.run()
    operator.run()  # what ended only in the first
    assert traces_of(operator, photos) == {}
    assert operator.keys("requests/") == []
    assert "9 jobs of theirs" in said
    assert "3 jobs that others made of these go likewise; 2 were open" in said
    assert "C0THEIRS01" in said
    assert "for a channel or the workspace are gone: theirs" in said
    # and what is somebody else's stays
    assert operator.outcome(others).job
    assert channel_settings(operator.ledger.bucket, "C0OTHERS01").auto
    assert scene_names(operator.ledger.bucket, WORKSPACE_SCENES) == ["others"]
    links = Links(operator.environ["LINK_BASE_URL"], [operator.environ["LINK_SECRETS"]])
    assert requests.get(links.picture(others.id, "picture"), timeout=30).status_code == 200


def test_what_an_erased_person_asked_for_before_and_comes_late_is_forgotten(
    operator: WorkerHarness,
) -> None:
    assert main(["erase", PERSON]) == 0
    remembered = operator.ledger.bucket.get(ERASED)
    assert MERCHANDISER_ID.encode() not in remembered
    late = ask(operator, created_at=operator.ledger.clock() - 60)
    operator.run()
    assert operator.tasks() == operator.thread(late) == []
    assert traces_of(operator, set()) == {}
    assert operator.keys("requests/") == []
    assert operator.keys("done/") == [done_key(late.id)]  # so that it does not come once more


def test_whoever_was_erased_may_ask_again(operator: WorkerHarness) -> None:
    assert main(["erase", PERSON]) == 0
    (new,) = operator.ask(created_at=operator.ledger.clock() + 1)
    operator.run()
    assert operator.outcome(new).state == "succeeded"


def test_a_damaged_record_of_the_erased_stops_it_in_words(
    operator: WorkerHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.ledger.bucket.put(ERASED, b"{", content_type="application/json")
    assert main(["erase", PERSON]) == 1
    assert f"not done: a record cannot be read ({ERASED}" in capsys.readouterr().err


def test_records_that_the_law_asks_for_stay_and_are_told(
    operator: WorkerHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    (job,) = operator.ask(msgspec.structs.replace(THEIRS, watermark=False))
    operator.ask_by_program(wish=msgspec.structs.replace(OTHERS, watermark=False))
    operator.run()
    keys = operator.keys("unmarked/")
    assert f"unmarked/{job.id}.json" in keys
    assert main(["erase", PERSON]) == 0
    assert "1 records of pictures without a mark stay" in capsys.readouterr().out
    operator.run()
    assert operator.outcome(job).state == "deleted"
    assert operator.keys("unmarked/") == keys
    assert WORDS.encode() not in operator.ledger.bucket.get(f"unmarked/{job.id}.json")


@pytest.mark.parametrize("person", ["", "T1", "T1/", "/U1", "T1/U1/x"])
def test_a_person_is_named_with_team_and_user(
    person: str, operator: WorkerHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["erase", person]) == 1
    assert "TEAM/USER" in capsys.readouterr().err
