"""Steps, claims and ends: written once, and whoever comes second learns what stands there."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from functions.jobs.bucket import Bucket, BucketConfig, BucketUnavailable, KeysExpired
from functions.jobs.bucket_layout import ERASED, step_key
from functions.jobs.leases import AttemptsExhausted, HeldElsewhere, LeaseHeld
from functions.jobs.ledger import Ledger
from functions.jobs.model import Asker
from functions.jobs.records import Records, Unreadable
from functions.jobs.steps import Lease, Posted, Staged
from tests.clock import NOW, Clock
from tests.conftest import KEYS
from tests.jobs.driving import Cos
from tests.jobs.making import JOB_ID, a_job, a_success, job_ids

STAGED = Staged(photo_key="photos/x/product.png", width=600, height=400)


@pytest.fixture
def timed(bucket: Bucket, clock: Clock) -> Ledger:
    return Ledger(bucket, clock=clock)


# --- steps


def test_a_step_that_was_not_taken_has_no_record(ledger: Ledger) -> None:
    assert ledger.read_step(JOB_ID, Staged) is None


def test_a_step_is_written_down_once_and_the_first_record_stands(ledger: Ledger) -> None:
    assert ledger.write_step(JOB_ID, STAGED) == STAGED
    later = Staged(photo_key="other", width=1, height=1)
    assert ledger.write_step(JOB_ID, later) == STAGED
    assert ledger.read_step(JOB_ID, Staged) == STAGED


def test_steps_of_one_job_do_not_touch_another(ledger: Ledger, cos: Cos) -> None:
    one, two = job_ids(2)
    ledger.write_step(one, STAGED)
    ledger.write_step(two, Posted(where="thread"))
    assert ledger.read_step(two, Staged) is None
    assert cos.listed() == sorted([f"steps/{one}/staged.json", f"steps/{two}/posted.json"])


def test_a_step_whose_answer_was_lost_stands_at_the_next_try(ledger: Ledger, cos: Cos) -> None:
    cos.fault(op="PUT", drop="after")
    with pytest.raises(BucketUnavailable):
        ledger.write_step(JOB_ID, STAGED)
    assert ledger.write_step(JOB_ID, STAGED) == STAGED


def test_a_note_is_overwritten(ledger: Ledger) -> None:
    assert ledger.read_note(JOB_ID, "progress", Posted) is None
    ledger.write_note(JOB_ID, "progress", Posted(where="thread", ts="1"))
    ledger.write_note(JOB_ID, "progress", Posted(where="thread", ts="2"))
    assert ledger.read_note(JOB_ID, "progress", Posted) == Posted(where="thread", ts="2")


# --- claims


def test_a_claim_is_ours_until_its_deadline(timed: Ledger) -> None:
    claim = timed.acquire(JOB_ID, "calling-1", seconds=90)
    assert isinstance(claim, Lease)
    assert claim.deadline == NOW + 90


def test_a_claim_that_somebody_holds_says_until_when(timed: Ledger, clock: Clock) -> None:
    timed.acquire(JOB_ID, "calling-1", seconds=90)
    clock.now += 10
    assert timed.acquire(JOB_ID, "calling-1", seconds=90) == HeldElsewhere(until=NOW + 90)


def test_a_claim_whose_deadline_is_past_is_not_taken_over(timed: Ledger, clock: Clock) -> None:
    """Its holder may have paid: only another claim (calling-2) may follow."""
    timed.acquire(JOB_ID, "calling-1", seconds=90)
    clock.now += 91
    assert timed.acquire(JOB_ID, "calling-1", seconds=90) == HeldElsewhere(until=NOW + 90)
    assert isinstance(timed.acquire(JOB_ID, "calling-2", seconds=90), Lease)


def test_a_released_claim_is_free_again(timed: Ledger) -> None:
    timed.acquire(JOB_ID, "calling-1", seconds=90)
    timed.release(JOB_ID, "calling-1")
    assert isinstance(timed.acquire(JOB_ID, "calling-1", seconds=90), Lease)


def test_a_claim_that_was_released_while_we_looked_is_no_lapsed_one(
    timed: Ledger, cos: Cos
) -> None:
    """However late we looked: taken for lapsed, it would be a lost call, and another paid for."""
    cos.fault(op="PUT", error="FileAlreadyExists", times=2)
    with pytest.raises(LeaseHeld) as held:
        timed.acquire(JOB_ID, "calling-1", seconds=90)
    assert NOW < held.value.until < NOW + 5  # it may be asked for again in a moment
    with pytest.raises(LeaseHeld):
        timed.acquire_attempt(JOB_ID, "staging", seconds=90, limit=3)


def test_of_two_threads_of_a_worker_that_ask_for_one_lease_only_one_gets_it(
    timed: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As two variations do, which are told in one message: it would be posted twice."""
    create, others = Records.create, []

    def ask() -> object:
        return timed.acquire_unless(lambda: None, JOB_ID, "posting", seconds=90, limit=2)

    def while_the_other_asks(records: Records, *about: Any) -> None:
        create(records, *about)
        monkeypatch.setattr(Records, "create", create)
        with pytest.raises(LeaseHeld) as held:
            ask()
        others.append(held.value.until)

    monkeypatch.setattr(Records, "create", while_the_other_asks)
    assert (ask(), others) == (1, [NOW + 90])


def test_of_two_that_claim_at_once_exactly_one_wins(ledger: Ledger) -> None:
    for job_id in job_ids(20):
        together = threading.Barrier(2)

        def claim(
            job_id: str = job_id, together: threading.Barrier = together
        ) -> Lease | HeldElsewhere:
            together.wait(5)
            return ledger.acquire(job_id, "calling-1", seconds=90)

        with ThreadPoolExecutor(2) as pool:
            one, other = (future.result() for future in [pool.submit(claim) for _ in range(2)])
        assert {type(one), type(other)} == {Lease, HeldElsewhere}


def test_two_first_writes_that_both_got_through_leave_one_winner(timed: Ledger, cos: Cos) -> None:
    """Whether COS serialises them is not known, so the claim is read back."""
    theirs = b'{"nonce":"theirs","deadline":1732270050.0}'
    cos.write(f"steps/{JOB_ID}/calling-1.json", theirs)
    cos.fault(op="PUT", status=200, body="")  # the write seems to succeed, theirs stands
    claim = timed.acquire(JOB_ID, "calling-1", seconds=90, clock_within_s=math.inf)
    assert claim == HeldElsewhere(until=1732270050.0)


def test_what_is_not_paid_for_is_claimed_in_one_call(timed: Ledger, cos: Cos) -> None:
    timed.acquire_attempt(JOB_ID, "posting", seconds=90, limit=2)
    assert [(one["op"], one["status"]) for one in cos.calls()] == [("PUT", 200)]


def test_what_an_earlier_attempt_has_left_is_read_only_where_there_was_one(
    timed: Ledger, cos: Cos
) -> None:
    def posted() -> Posted | None:
        return timed.read_step(JOB_ID, Posted)

    def claim() -> int | Posted:
        return timed.acquire_unless(posted, JOB_ID, "posting", seconds=90, limit=2)

    assert claim() == 1
    assert [one["op"] for one in cos.calls()] == ["PUT"]
    with pytest.raises(LeaseHeld):
        claim()
    timed.write_step(JOB_ID, Posted(where="thread", ts="1"))
    assert claim() == Posted(where="thread", ts="1")


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_first_claim_that_trouble_kept_us_from_knowing_of_is_ours_the_next_time(
    timed: Ledger, cos: Cos, drop: str
) -> None:
    def claim() -> int | Posted:
        return timed.acquire_unless(lambda: None, JOB_ID, "posting", seconds=90, limit=2)

    cos.fault(op="PUT", drop=drop)
    with pytest.raises(BucketUnavailable):
        claim()
    assert claim() == 1
    with pytest.raises(LeaseHeld):
        claim()


@pytest.mark.parametrize("op", ["PUT", "GET"])
def test_a_claim_that_trouble_kept_us_from_knowing_of_is_ours_the_next_time(
    timed: Ledger, cos: Cos, clock: Clock, op: str
) -> None:
    cos.fault(op=op, drop="after")
    with pytest.raises(BucketUnavailable):
        timed.acquire(JOB_ID, "calling-1", seconds=90, clock_within_s=math.inf)
    clock.now += 30
    claim = timed.acquire(JOB_ID, "calling-1", seconds=90, clock_within_s=math.inf)
    assert isinstance(claim, Lease)
    assert claim.deadline == NOW + 120
    assert timed.read_note(JOB_ID, "calling-1", Lease) == claim


def test_a_claim_that_could_not_be_released_is_ours_the_next_time(timed: Ledger, cos: Cos) -> None:
    timed.acquire(JOB_ID, "staging-1", seconds=90)
    cos.fault(op="DELETE", status=503, error="SlowDown")
    with pytest.raises(BucketUnavailable):
        timed.release(JOB_ID, "staging-1")
    assert isinstance(timed.acquire(JOB_ID, "staging-1", seconds=90), Lease)
    # Once: from now on it is a claim like any other.
    assert timed.acquire(JOB_ID, "staging-1", seconds=90) == HeldElsewhere(until=NOW + 90)


def test_a_claim_is_given_back_once_as_it_may_be_anothers_by_then(
    place: BucketConfig, clock: Clock, cos: Cos
) -> None:
    """Else the SDK, which has heard of no answer, gives back what another has taken."""
    ledger = Ledger(Bucket(msgspec.structs.replace(place, retries=2), KEYS), clock=clock)
    ledger.acquire(JOB_ID, "calling-1", seconds=60)
    cos.fault(op="DELETE", drop="after")
    with pytest.raises(BucketUnavailable):
        ledger.release(JOB_ID, "calling-1")
    assert len(cos.calls("DELETE")) == 1


def test_a_claim_that_a_run_could_not_release_is_the_next_ones(
    bucket: Bucket, clock: Clock, cos: Cos
) -> None:
    """Its keys were over; a warm instance goes on with new ones."""
    unused: dict[str, str] = {}
    run = Ledger(bucket, clock=clock, unused_leases=unused)
    run.acquire(JOB_ID, "calling-1", seconds=90)
    cos.fault(op="DELETE", error="ExpiredToken")
    with pytest.raises(KeysExpired):
        run.release(JOB_ID, "calling-1")
    next_run = Ledger(bucket, clock=clock, unused_leases=unused)
    assert isinstance(next_run.acquire(JOB_ID, "calling-1", seconds=90), Lease)
    assert unused == {}


def test_a_claim_that_we_do_not_know_to_be_ours_dies_at_its_deadline(
    timed: Ledger, cos: Cos, clock: Clock
) -> None:
    """Somebody else may have taken the next one."""
    cos.fault(op="GET", drop="after")
    with pytest.raises(BucketUnavailable):
        timed.acquire(JOB_ID, "calling-1", seconds=90, clock_within_s=math.inf)
    clock.now += 90
    assert timed.acquire(JOB_ID, "calling-1", seconds=90) == HeldElsewhere(until=NOW + 90)


def test_a_claim_of_somebody_else_is_not_ours_whatever_trouble_we_had(
    bucket: Bucket, timed: Ledger, cos: Cos, clock: Clock
) -> None:
    other = Ledger(bucket, clock=clock)
    cos.fault(op="PUT", drop="before")
    with pytest.raises(BucketUnavailable):
        timed.acquire(JOB_ID, "calling-1", seconds=90)
    assert isinstance(other.acquire(JOB_ID, "calling-1", seconds=90), Lease)
    assert timed.acquire(JOB_ID, "calling-1", seconds=90) == HeldElsewhere(until=NOW + 90)


# --- the end


def test_a_finished_job_is_done_and_no_longer_open(ledger: Ledger, cos: Cos) -> None:
    ledger.accept(a_job())
    ledger.finish(a_job(), a_success(a_job()))
    assert ledger.outcome(JOB_ID) == a_success(a_job())
    assert ledger.job(JOB_ID) is None
    assert not cos.listed("requests/")


def test_finishing_twice_changes_nothing(ledger: Ledger, cos: Cos) -> None:
    ledger.finish(a_job(), a_success(a_job()))
    before = cos.listed()
    ledger.finish(a_job(), a_success(a_job(), finished_at=1.0, state="failed"))
    assert ledger.outcome(JOB_ID) == a_success(a_job())
    assert cos.listed() == before


@pytest.mark.parametrize("op", ["PUT", "DELETE"])
@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("drop", ["before", "after"])
def test_whatever_breaks_finishing_the_next_try_completes_it(
    op: str, skip: int, drop: str, ledger: Ledger, cos: Cos
) -> None:
    ledger.accept(a_job())
    cos.fault(op=op, skip=skip, drop=drop)
    for _ in range(2):
        try:
            ledger.finish(a_job(), a_success(a_job()))
        except BucketUnavailable:
            continue
    assert [key.partition("/")[0] for key in cos.listed()] == ["done", "people"]


def test_a_persons_history_lists_the_newest_first(ledger: Ledger, cos: Cos) -> None:
    ids = job_ids(3)
    for job_id, at in zip(ids, (1732270000.001, 1732270000.002, 1999999999.0), strict=True):
        job = a_job(job_id, created_at=at)
        ledger.finish(job, a_success(job))
    keys = cos.listed("people/T0BACKDROP/U0MERCHEN1/")
    assert [key.rpartition("-")[2] for key in keys] == ids[::-1]


def test_everybody_has_a_history_of_their_own(ledger: Ledger, cos: Cos) -> None:
    one, two = job_ids(2)
    for job_id, user in ((one, "U1"), (two, "U2")):
        job = a_job(job_id, asker=Asker(team_id="T1", user_id=user))
        ledger.finish(job, a_success(job))
    assert len(cos.listed("people/T1/U1/")) == len(cos.listed("people/T1/U2/")) == 1


def test_a_person_whose_team_is_not_known_has_a_history_too(ledger: Ledger, cos: Cos) -> None:
    job = a_job(asker=Asker(user_id="U1"))
    ledger.finish(job, a_success(job))
    assert len(cos.listed("people/-/U1/")) == 1


def test_a_program_has_no_history(ledger: Ledger, cos: Cos) -> None:
    job = a_job(asker=Asker(client="shop"))
    ledger.finish(job, a_success(job))
    assert cos.listed("people/") == []
    assert ledger.outcome(job.id) is not None


# --- what later wishes build on


def test_the_buttons_under_a_result_say_something_new_once_they_have_led_to_something(
    ledger: Ledger,
) -> None:
    assert ledger.buttons(JOB_ID) == {}
    assert ledger.renew_button(JOB_ID, "again", "one") == {"again": "one"}
    ledger.renew_button(JOB_ID, "size", "two")
    ledger.renew_button(JOB_ID, "again", "three")
    assert ledger.buttons(JOB_ID) == {"again": "three", "size": "two"}


def test_a_thread_knows_its_newest_picture(ledger: Ledger) -> None:
    one, two = job_ids(2)
    assert ledger.latest_in_thread("C1", "1.1") is None
    ledger.set_latest_in_thread("C1", "1.1", one)
    ledger.set_latest_in_thread("C1", "1.1", two)
    assert ledger.latest_in_thread("C1", "1.1") == two
    assert ledger.latest_in_thread("C1", "1.2") is None


def test_a_tombstone_is_written_once_and_seen(ledger: Ledger) -> None:
    assert not ledger.has_tombstone(JOB_ID)
    assert ledger.add_tombstone(JOB_ID, why="delete", by="U1")
    assert not ledger.add_tombstone(JOB_ID, why="delete", by="U2")
    assert ledger.has_tombstone(JOB_ID)
    assert ledger.has_tombstone(JOB_ID, "cancel")  # the only one that is looked at before the call


def test_a_call_whose_lease_cannot_be_read_counts_as_made(ledger: Ledger, cos: Cos) -> None:
    assert not ledger.has_been_called(JOB_ID)
    cos.write(step_key(JOB_ID, "calling-1"), b"{")
    assert ledger.has_been_called(JOB_ID)


def test_nobody_who_was_erased_is_forgotten_over_a_damaged_record(ledger: Ledger, cos: Cos) -> None:
    cos.write(ERASED, b"{")
    with pytest.raises(Unreadable):
        ledger.workspace.remember_erased("U1")
    assert cos.read(ERASED) == b"{"


def test_a_cancel_is_no_delete(ledger: Ledger) -> None:
    assert ledger.add_tombstone(JOB_ID, why="cancel", by="U1")
    assert not ledger.has_tombstone(JOB_ID)
    assert ledger.add_tombstone(JOB_ID, why="delete", by="U1")


def test_the_next_attempt_is_made_once_the_one_before_is_taken_to_have_died(
    timed: Ledger, cos: Cos
) -> None:
    assert timed.acquire_attempt(JOB_ID, "staging", seconds=90, limit=2) == 1
    with pytest.raises(LeaseHeld) as held:
        Ledger(timed.bucket, clock=lambda: NOW + 89).acquire_attempt(
            JOB_ID, "staging", seconds=90, limit=2
        )
    assert held.value.until == NOW + 90
    later = Ledger(timed.bucket, clock=lambda: NOW + 91)
    assert later.acquire_attempt(JOB_ID, "staging", seconds=90, limit=2) == 2
    assert sorted(later.step_names(JOB_ID)) == ["staging-1", "staging-2"]


def test_after_the_last_attempt_there_is_no_other(timed: Ledger) -> None:
    assert timed.acquire_attempt(JOB_ID, "staging", seconds=90, limit=1) == 1
    later = Ledger(timed.bucket, clock=lambda: NOW + 91)
    with pytest.raises(AttemptsExhausted):
        later.acquire_attempt(JOB_ID, "staging", seconds=90, limit=1)
