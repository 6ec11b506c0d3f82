"""Photos that are fetched at once fit into the worker's memory, and large ones hold up no other."""

from contextlib import ExitStack

import msgspec
import pytest

from functions.config import worker_config
from functions.jobs.steps import Generated
from functions.worker import photos
from functions.worker.context import PhotoMemory, PhotoMemoryFull
from functions.worker.errors import RetryAt
from functions.worker.handler import context_of
from functions.worker.photos import pixels
from functions.worker.run.runner import AHEAD_OF_KIND
from functions.worker.steps.check_picture import check_picture
from functions.worker.steps.stage import stage
from functions.worker.steps.store import COPIES, store
from tests.worker.conftest import WorkerHarness


@pytest.fixture
def memory() -> PhotoMemory:
    return PhotoMemory(own_bytes=10, shared_bytes=20)


def test_a_large_photo_is_put_off_while_others_hold_what_is_shared(memory: PhotoMemory) -> None:
    with memory.holding() as late:
        with memory.holding() as slow:
            slow.grown("photo", 25)
            late.grown("photo", 15)
            with pytest.raises(PhotoMemoryFull):
                late.grown("photo", 16)
        late.grown("photo", 30)  # the slow one is staged


def test_an_ordinary_photo_never_waits_for_large_ones(memory: PhotoMemory) -> None:
    with memory.holding() as slow, memory.holding() as ordinary:
        slow.grown("photo", 30)
        ordinary.grown("photo", 10)


def test_a_jobs_photo_and_mask_count_together(memory: PhotoMemory) -> None:
    with memory.holding() as held, memory.holding() as other:
        other.grown("photo", 11)
        held.grown("photo", 20)
        held.grown("mask", 9)
        with pytest.raises(PhotoMemoryFull):
            held.grown("mask", 10)


def test_what_broke_off_does_not_count_when_it_is_fetched_anew(memory: PhotoMemory) -> None:
    with memory.holding() as held, memory.holding() as other:
        held.grown("photo", 30)
        held.grown("photo", 0)
        other.grown("photo", 30)


def test_who_was_put_off_holds_nothing(memory: PhotoMemory) -> None:
    with memory.holding() as first:
        first.grown("photo", 25)
        with memory.holding() as second:
            second.grown("photo", 15)
            with pytest.raises(PhotoMemoryFull):
                second.grown("photo", 16)
        first.grown("photo", 30)


def test_as_many_as_are_fetched_at_once_hold_less_than_half_of_the_functions_memory() -> None:
    memory, held_mb = PhotoMemory(), 0
    with ExitStack() as stack:
        for _ in range(2 * AHEAD_OF_KIND):
            held = stack.enter_context(memory.holding())
            for mb in range(1, 101):  # a photo and a mask of the most that is taken
                try:
                    held.grown("photo", mb * 1_000_000)
                except PhotoMemoryFull:
                    break
                held_mb += 1
    assert 300 < held_mb < 500


def test_who_needs_more_than_there_is_has_all_of_it(memory: PhotoMemory) -> None:
    with memory.holding() as held, memory.holding() as other:
        held.grown("photo", 1_000)
        other.grown("photo", 10)
        with pytest.raises(PhotoMemoryFull):
            other.grown("photo", 11)


def test_an_answer_of_aiarts_is_held_until_it_is_stored_and_waits_for_room(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = worker.ask()
    context = msgspec.structs.replace(
        context_of(worker_config(worker.environ)),
        photo_memory=PhotoMemory(own_bytes=0, shared_bytes=20_000_000),
    )
    staged, ledger = stage(context, job), context.ledger
    picture = ledger.bucket.get(staged.photo_key)
    ledger.bucket.put("results/picture", picture, content_type="image/jpeg")
    generated = Generated(
        at=ledger.clock(), call=1, request_id="r", seconds=1.0, picture_key="results/picture"
    )
    with context.photo_memory.holding() as others:
        others.grown("photo", 20_000_000)
        with pytest.raises(RetryAt):
            store(context, job, staged, generated)
    free: list[int] = []

    def previewed(data: bytes) -> photos.PreviewedPicture:
        free.append(context.photo_memory._free_bytes)
        return pixels.previewed(data)

    monkeypatch.setattr(photos, "previewed", previewed)
    assert store(context, job, staged, generated).pictures
    assert free == [20_000_000 - COPIES * len(picture)]
    assert context.photo_memory._free_bytes == 20_000_000


def test_a_job_whose_photo_does_not_fit_in_is_staged_later(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    context = msgspec.structs.replace(
        context_of(worker_config(worker.environ)),
        photo_memory=PhotoMemory(own_bytes=0, shared_bytes=20_000_000),
    )
    with context.photo_memory.holding() as others:
        others.grown("photo", 20_000_000)
        with pytest.raises(RetryAt) as later:
            stage(context, job)
    assert later.value.until > context.ledger.clock()
    assert stage(context, job).photo_key


def test_what_does_not_fit_in_is_checked_later_too(worker: WorkerHarness) -> None:
    (asked,) = worker.ask()
    job = msgspec.structs.replace(asked, gesture="check")
    memory = PhotoMemory(own_bytes=0, shared_bytes=20_000_000)
    context = msgspec.structs.replace(
        context_of(worker_config(worker.environ)), photo_memory=memory
    )
    with memory.holding() as others:
        others.grown("photo", 20_000_000)
        with pytest.raises(RetryAt):
            check_picture(context, job)
    assert check_picture(context, job).checked


def test_a_picture_is_held_for_as_long_as_it_is_measured(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    (asked,) = worker.ask()
    job = msgspec.structs.replace(asked, gesture="check")
    context = msgspec.structs.replace(
        context_of(worker_config(worker.environ)),
        photo_memory=PhotoMemory(own_bytes=0, shared_bytes=20_000_000),
    )
    free: list[int] = []

    def measured(_: bytes) -> photos.Measured:
        free.append(context.photo_memory._free_bytes)
        return photos.Measured(size=(800, 800), background="white", not_white=0.0, fill=90)

    monkeypatch.setattr(photos, "measured", measured)
    check_picture(context, job)
    assert free[0] < 20_000_000 == context.photo_memory._free_bytes
