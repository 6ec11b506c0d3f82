"""Several photos of one upload: each has a message, and all have one summary."""

from unittest.mock import patch

from msgspec.structs import replace

from functions.jobs.model import Job, Thread
from functions.worker.errors import RetryAt
from tests.worker.conftest import PROGRESS, TOLD, WorkerHarness

ASKER = "U0MERCHEN1"


def calls_somebody(message: dict[str, object]) -> bool:
    return f"<@{ASKER}>" in str(message["text"]) or "'user_id'" in str(message["blocks"])


def test_of_a_batch_the_first_message_and_the_summary_mention_the_asker(
    worker: WorkerHarness,
) -> None:
    worker.aiart_settings(duration_s=0.4)
    jobs = worker.ask(photos=4)
    worker.run()
    *results, summary = worker.thread(jobs[0])
    assert [calls_somebody(one) for one in results] == [True, False, False, False]
    assert calls_somebody(summary)
    assert "All 4 pictures are ready." in str(summary["blocks"])
    for number in range(4):
        name = f"photo-{number}.jpg · photo {number + 1} of 4"
        assert sum(name in str(one["blocks"]) and name in str(one["text"]) for one in results) == 1
        assert name in str(summary["blocks"])


def test_the_progress_of_a_batch_is_of_the_whole_and_lists_what_is_ready(
    worker: WorkerHarness,
) -> None:
    worker.aiart_settings(duration_s=0.5)
    worker.ask(photos=3)
    worker.run()
    shown = [row["detail"] for row in worker.calls("slack", "chat.update")]
    last = [one for one in shown if str(one["text"]).startswith("2 of 3 ready")][-1]
    assert "s to go" in str(last["text"])
    assert last["blocks"] == ["context", "rich_text"]  # a line for each that is ready


def test_a_cancelled_batch_leaves_a_line_that_stays(worker: WorkerHarness) -> None:
    first, *others = worker.ask(photos=4)
    for job in others:
        worker.ledger.add_tombstone(job.id, why="cancel", by=ASKER)
    worker.run()
    result, summary = worker.thread(first)
    assert "photo-0.jpg" in str(result["blocks"])
    assert "1 made, 3 cancelled" in str(summary["text"])
    assert "1 made, 3 cancelled" in str(summary["blocks"])
    assert worker.thread(first, PROGRESS) == []
    worker.run()  # the timer's sweep takes the tombstones away, and leaves the line
    assert len(worker.thread(first)) == 2


def test_a_batch_of_which_nothing_is_left_is_told_too(worker: WorkerHarness) -> None:
    jobs = worker.ask(photos=3)
    for job in jobs:
        worker.ledger.add_tombstone(job.id, why="cancel", by=ASKER)
    worker.run()
    (summary,) = worker.thread(jobs[0])
    assert "3 cancelled" in str(summary["text"])


def test_one_that_fails_is_counted(worker: WorkerHarness) -> None:
    jobs = worker.ask(photos=3)
    refused = "OperationDenied.TextIllegalDetected"
    worker.fault("aiart", op="ReplaceBackground", error=refused, skip=1)
    worker.run()
    *results, summary = worker.thread(jobs[0])
    assert "2 made, 1 failed" in str(summary["text"])
    assert [calls_somebody(one) for one in results].count(True) == 1


def test_a_summary_whose_answer_was_lost_is_not_posted_again(worker: WorkerHarness) -> None:
    jobs = worker.ask(photos=2)
    # the progress, two results, and then the summary
    worker.fault("slack", op="chat.postMessage", drop="after", skip=3)
    worker.run()
    assert len(worker.thread(jobs[0])) == 3
    assert all(worker.outcome(job).state == "succeeded" for job in jobs)


def test_a_run_that_dies_before_the_summary_leaves_it_to_the_next(worker: WorkerHarness) -> None:
    jobs = worker.ask(photos=2)
    later = RetryAt(worker.ledger.clock() + 600)
    with patch("functions.worker.run.progress.post_summary", side_effect=later):
        worker.run()
    assert len(worker.thread(jobs[0])) == 2
    worker.run()
    assert "All 2 pictures" in str(worker.thread(jobs[0])[-1]["text"])
    assert list(worker.ledger.open_jobs()) == []


def test_what_is_deleted_leaves_the_summary_too(worker: WorkerHarness) -> None:
    jobs = worker.ask(photos=2)
    worker.run()
    worker.ledger.add_tombstone(jobs[0].id, why="delete", by=ASKER)
    worker.run()
    left = worker.words(jobs[1])
    assert "photo-1.jpg" in left
    assert "photo-0.jpg" not in left
    worker.ledger.add_tombstone(jobs[1].id, why="delete", by=ASKER)
    worker.run()
    assert worker.thread(jobs[0]) == []


def asked_in_a_form(worker: WorkerHarness, *, photos: int) -> list[Job]:
    jobs = worker.ask(photos=photos)
    changed = []
    for job in jobs:
        worker.ledger.close_request(job.id)
        place = Thread(channel=job.place.channel)
        changed.append(replace(job, gesture="form", thread=place))
        worker.ledger.accept(changed[-1])
    return changed


def test_a_forms_photos_have_one_parent_message_with_a_thread(worker: WorkerHarness) -> None:
    jobs = asked_in_a_form(worker, photos=3)
    worker.run()
    (parent,) = worker.thread(jobs[0], PROGRESS)
    assert "3 photos" in str(parent["blocks"])
    assert "3 of 3 ready" in str(parent["text"])
    assert not calls_somebody(parent)
    assert worker.thread(jobs[0], TOLD) == []  # in the channel itself
    below = replace(jobs[0], thread=Thread(channel=jobs[0].place.channel, thread_ts=parent["ts"]))
    assert len(worker.thread(below)) == 3 + 1
    posted = worker.outcome(jobs[1]).posted
    assert posted is not None
    assert posted.thread_ts == parent["ts"]


def test_a_forms_only_photo_needs_no_parent_message(worker: WorkerHarness) -> None:
    (job,) = asked_in_a_form(worker, photos=1)
    worker.run()
    assert worker.thread(job, PROGRESS) == []
    assert len(worker.thread(job)) == 1
