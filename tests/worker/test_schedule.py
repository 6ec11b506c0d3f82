"""What may start now, and in whose turn; what need not wait any longer."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.jobs.errors import ErrorCode
from functions.jobs.model import Asker, Gesture, Upload
from functions.worker.errors import Cancelled, JobFailed
from functions.worker.run import turns
from functions.worker.run.lifecycle import ENDING, JobRun, State, StepResult
from functions.worker.run.schedule import Schedule
from functions.worker.run.turns import Room
from tests.jobs.making import a_job

NOW = 1000.0
ROOM = Room(reads=8, ahead=4, ahead_of_kind=8, at_aiart=2, is_announced=lambda _: True)
NOTHING = Room(reads=0, ahead=0, ahead_of_kind=0, at_aiart=0, is_announced=lambda _: True)
WAY = {
    State.LOADED: (State.LOADED,),
    State.STAGED: (State.LOADED, State.STAGED),
    State.GENERATED: (State.LOADED, State.GENERATED),
    State.DECIDED: (State.LOADED, State.GENERATED, State.DECIDED),
}


def put(
    schedule: Schedule,
    job_id: str,
    state: State = State.LOADED,
    *,
    person: str = "a",
    at: float = NOW,
    upload: Upload | None = None,
    gesture: Gesture = "mention",
    by_program: bool = False,
) -> JobRun:
    """A job in a state, as the runner brings it there."""
    run = schedule.add(job_id)
    job = a_job(
        job_id,
        gesture=gesture,
        created_at=at,
        asker=Asker(client=person) if by_program else Asker(user_id=person),
        upload=upload or Upload(id=f"u-{job_id}", jobs=(job_id,)),
    )
    for reached in WAY[state]:
        run.advance(StepResult(reached, job=job))
        schedule.sort_in(run)
    return run


def started(schedule: Schedule, room: Room = ROOM, *, now: float = NOW) -> list[str]:
    return [run.job_id for run in schedule.start(room, now=now)]


def test_what_is_begun_is_not_begun_again() -> None:
    schedule = Schedule()
    for state in WAY:
        put(schedule, state.value, state)
    assert len(started(schedule)) == len(WAY)
    assert started(schedule) == []
    assert schedule.is_busy


def test_nobodys_whole_batch_is_staged_or_called_before_another_s_first() -> None:
    schedule = Schedule()
    for n in range(20):
        put(schedule, f"batch-{n}", at=NOW + n, person="batch")
    put(schedule, "single", at=NOW + 50, person="single")
    assert "single" in started(schedule)[:2]


def test_only_as_many_photos_are_fetched_ahead_as_there_is_room_for() -> None:
    schedule = Schedule()
    for n in range(9):
        put(schedule, f"{n}")
    assert len(started(schedule)) == ROOM.ahead
    assert started(schedule) == []


def test_without_room_nobody_is_put_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = Schedule()
    for n in range(9):
        put(schedule, f"{n}")
    full = replace(ROOM, at_aiart=0)
    assert started(schedule, full)
    monkeypatch.delattr(turns.FairOrder, "ordered")
    assert started(schedule, full) == []


def test_who_waits_for_a_lease_has_no_place_that_others_need() -> None:
    schedule = Schedule()
    for n in range(9):
        run = put(schedule, f"{n}", State.STAGED)
        run.not_before = NOW + 150
        schedule.sort_in(run)
    put(schedule, "new")
    assert started(schedule) == ["new"]


def test_nothing_is_called_for_before_it_is_announced() -> None:
    schedule = Schedule()
    put(schedule, "a", State.STAGED)
    assert started(schedule, Room(8, 4, 8, 2, is_announced=lambda _: False)) == []
    assert started(schedule) == ["a"]


def test_what_waits_for_its_time_starts_then_and_wakes_the_runner() -> None:
    schedule = Schedule()
    run = put(schedule, "a")
    run.not_before = NOW + 5
    schedule.sort_in(run)
    assert started(schedule) == []
    assert schedule.next_wake(NOW) == NOW + 5
    assert started(schedule, now=NOW + 5) == ["a"]


def test_jobs_that_are_told_together_wait_for_the_last_and_go_one_by_one() -> None:
    schedule = Schedule()
    upload = Upload(id="u", jobs=("a", "b"), together=True)
    put(schedule, "a", State.DECIDED, upload=upload)
    other = put(schedule, "b", State.GENERATED, upload=upload)
    assert started(schedule) == ["b"]
    other.busy = False
    other.advance(StepResult(State.DECIDED))
    schedule.sort_in(other)
    assert started(schedule) == ["a"]


def test_nobody_waits_for_a_sibling_that_was_never_accepted() -> None:
    schedule = Schedule()
    upload = Upload(id="u", jobs=("a", "b"), together=True)
    missing = schedule.add("b")
    put(schedule, "a", State.DECIDED, upload=upload)
    assert started(schedule, NOTHING) == []
    missing.advance(StepResult(State.OVER))
    schedule.sort_in(missing)
    assert started(schedule, NOTHING) == ["a"]


@pytest.mark.parametrize(("gesture", "hours"), [("mention", 2), ("webhook", 24), ("workflow", 2)])
def test_a_job_is_too_old_after_its_hours(gesture: Gesture, hours: int) -> None:
    schedule = Schedule()
    run = put(schedule, "a", gesture=gesture)
    end = NOW + hours * 3600
    assert schedule.hopeless((), {}, now=end - 1) == []
    for later in (1, 3):  # whoever was busy is found once more
        ((found, why),) = schedule.hopeless((), {}, now=end + later)
        assert found is run
        assert isinstance(why, JobFailed)
        assert (why.code, why.facts) == (ErrorCode.TOO_OLD, {"hours": hours})


def test_what_was_taken_back_counts_before_whatever_else_is_wrong() -> None:
    schedule = Schedule()
    put(schedule, "a")
    put(schedule, "b", State.GENERATED)  # painted, and paid: too late
    closed = {"a": JobFailed(ErrorCode.CHANNEL_GONE), "b": JobFailed(ErrorCode.CHANNEL_GONE)}
    ((run, why),) = schedule.hopeless(("a", "b", "unknown"), closed, now=NOW)
    assert run.job_id == "a"
    assert isinstance(why, Cancelled)


def in_order(schedule: Schedule) -> list[str]:
    """The order that those who wait are shown: how many come before each job."""
    runs = [run for run in schedule if run.job]
    places = dict(zip(schedule.turns.places(runs, schedule._in_line), runs, strict=True))
    assert sorted(places) == list(range(len(runs)))
    for upload in {run.asked.upload.id: run.asked for run in runs}.values():
        own = [place for place, run in places.items() if run.asked.upload == upload.upload]
        assert schedule.places(upload) == [min(own), max(own)]
    return [places[place].job_id for place in sorted(places)]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=30))
def test_photos_are_fetched_in_the_order_that_is_shown(rows: list[tuple[str, int]]) -> None:
    schedule = Schedule()
    for n, (person, at) in enumerate(rows):
        put(schedule, f"{n:02d}", person=person, at=NOW + at)
    shown = in_order(schedule)
    everything = replace(NOTHING, ahead=len(rows), ahead_of_kind=len(rows))
    assert [s[0:2] for s in started(schedule, everything)] == shown


TROUBLES = st.lists(
    st.sampled_from(["none", "no photo", "not announced", "lease held"]), max_size=4
)


@given(TROUBLES, TROUBLES, st.integers(1, 10), st.booleans())
def test_whatever_hangs_elsewhere_aiart_gets_a_job_that_could_be_painted(
    people: list[str], programs: list[str], jobs_each: int, is_program: bool
) -> None:
    """Beside four people and four programs in whatever trouble, and within their turns."""
    schedule = Schedule()
    troubles = {}
    for by_program, others in ((False, people), (True, programs)):
        for person, trouble in enumerate(others):
            for n in range(jobs_each):
                job_id = f"{by_program}-{person}-{n}"
                troubles[job_id] = trouble
                put(schedule, job_id, person=f"{person}", at=NOW + n, by_program=by_program)
    put(schedule, "ours", person="we", at=NOW + 50, by_program=is_program)

    room = replace(
        ROOM, at_aiart=1, is_announced=lambda job: troubles.get(job.id) != "not announced"
    )
    calls: list[str] = []
    while begun := schedule.start(room, now=NOW):
        calls += [run.job_id for run in begun if run.step == "generate"]
        for run in begun:
            end_step(schedule, run, troubles.get(run.job_id, "none"))
    turns = sum(trouble in {"none", "lease held"} for trouble in people + programs)
    assert "ours" in calls[: turns + 1]


def end_step(schedule: Schedule, run: JobRun, trouble: str) -> None:
    """Let a step end well, or as that trouble has it."""
    if run.step == "stage" and trouble == "no photo":
        return  # it never ends
    run.busy = False
    if run.step == "generate" and trouble == "lease held":
        run.not_before = NOW + 150
    else:
        reached = {"stage": State.STAGED, "generate": State.GENERATED, "decide": State.DECIDED}
        run.advance(StepResult(reached.get(run.step, State.OVER)))
    schedule.sort_in(run)


@given(st.lists(st.sampled_from(["begin", "end", "fail", "sleep"]), max_size=40), st.randoms())
def test_every_job_stands_just_where_its_state_says(acts: list[str], draw: object) -> None:
    """However it goes: what is indexed is what a look at all of them finds."""
    schedule = Schedule()
    for n in range(6):
        put(schedule, f"{n}", person=f"{n % 2}")
    for n, act in enumerate(acts):
        run = list(schedule)[n % 6]
        if act == "begin" and not run.busy and run.state is not State.OVER:
            schedule.begin(run)
        elif act == "sleep":
            run.not_before = NOW + n
            schedule.sort_in(run)
        elif run.busy:
            run.busy = False
            run.handle_error(
                JobFailed(ErrorCode.INTERNAL) if act == "fail" else Cancelled(), now=NOW
            )
            schedule.sort_in(run)
    runs = list(schedule)
    lines = [line for kind in schedule._loaded.values() for line in kind.values()]
    in_lines = [run for line in lines for run in line]
    assert set(in_lines) == {r for r in runs if r.state is State.LOADED and not r.busy}
    assert set(schedule._busy.values()) == {run for run in runs if run.busy}
    ends = {run for run in runs if run.state in ENDING and not run.busy}
    assert set(schedule._endings.values()) == ends
    for state in State:
        assert set(schedule._by_state[state].values()) == {r for r in runs if r.state is state}


def over(schedule: Schedule, *job_ids: str) -> None:
    """They turn out to be gone."""
    for job_id in job_ids:
        run = schedule.add(job_id)
        run.busy = False
        run.advance(StepResult(State.OVER))
        schedule.sort_in(run)


def test_a_long_queue_is_read_from_everywhere_and_who_comes_is_read_first() -> None:
    schedule = Schedule()
    schedule.take_in(f"{n}" for n in range(100))
    schedule.backlog_reads = 8
    read = started(schedule)
    assert (read[0], read[4]) == ("0", "99")
    assert {int(one) // 25 for one in read} == {0, 1, 2, 3}  # in each quarter some
    assert started(schedule) == []  # until the queue is looked at again
    over(schedule, *read)
    schedule.add("new")
    schedule.backlog_reads = 1
    assert started(schedule) == ["new", "1"]


def long_queue(people: int = 100, each: int = 50, reads: int = 200) -> Schedule:
    """Many photos of many people, oldest first, of which so many may be read at first."""
    schedule = Schedule()
    schedule.take_in(f"{person}-{n}" for person in range(people) for n in range(each))
    schedule.backlog_reads = reads
    return schedule


def read_on(schedule: Schedule, *, each: int = 50) -> list[str]:
    """Let what may be read be read, until nothing more may. Gives it in order."""
    read: list[str] = []
    while found := schedule.start(replace(NOTHING, reads=8), now=NOW):
        for run in found:
            loaded(schedule, run, each=each)
            read.append(run.job_id)
    return read


def loaded(schedule: Schedule, run: JobRun, *, each: int = 50) -> None:
    person = run.job_id.partition("-")[0]
    upload = Upload(id=f"u-{person}", jobs=tuple(f"{person}-{n}" for n in range(each)))
    at = NOW + float(person)
    job = a_job(run.job_id, created_at=at, asker=Asker(user_id=person), upload=upload)
    run.busy = False
    run.advance(StepResult(State.LOADED, job=job))
    schedule.sort_in(run)


def test_of_a_long_queue_one_job_tells_of_its_whole_upload() -> None:
    schedule = long_queue()
    assert len(read_on(schedule)) < 130  # of 5,000
    shown = in_order(schedule)
    assert [job_id.partition("-")[0] for job_id in shown[:101]] == [*map(str, range(100)), "0"]
    assert len(shown) == 5_000
    assert all(schedule.unread_before(run.asked) == 0 for run in schedule)


def test_a_job_in_the_middle_of_anothers_thousands_is_read_at_first() -> None:
    schedule = Schedule()
    others = [f"{person}-{n}" for person in range(100) for n in range(50)]
    schedule.take_in([*others[:2345], "777-0", *others[2345:]])
    assert "777-0" in read_on(schedule)


def test_the_next_of_an_upload_is_read_when_those_that_were_have_begun() -> None:
    schedule = long_queue()
    read_on(schedule)
    lines = schedule._loaded[False]
    while len(lines["/0"]) > 1:
        schedule.begin(lines["/0"][0])
    assert started(schedule, replace(NOTHING, reads=8)) == []
    schedule.begin(lines["/0"][0])
    (next_one,) = started(schedule, replace(NOTHING, reads=8))
    assert next_one.startswith("0-")


def test_every_job_of_a_long_queue_has_its_turn() -> None:
    schedule, painted = long_queue(people=10, each=8, reads=5), []
    while begun := schedule.start(ROOM, now=NOW) or _looked_again(schedule):
        for run in begun:
            if run.state is State.NEW:
                loaded(schedule, run, each=8)
                continue
            painted += [run.job_id] if run.step == "generate" else []
            end_step(schedule, run, "none")
    assert len(set(painted)) == 80
    assert schedule.open == 0


def _looked_again(schedule: Schedule) -> list[JobRun]:
    schedule.backlog_reads = 5
    return schedule.start(ROOM, now=NOW)


def test_what_is_taken_back_of_a_long_queue_is_read_at_once() -> None:
    schedule = long_queue()
    read_on(schedule)
    schedule.hopeless(["70-33", "unknown"], {}, now=NOW)
    assert started(schedule, replace(NOTHING, reads=8)) == ["70-33"]


def test_what_cannot_be_read_now_does_not_hold_up_the_next_of_its_upload() -> None:
    schedule = long_queue()
    read_on(schedule)
    for run in list(schedule._loaded[False]["/0"]):
        schedule.begin(run)
    (waits,) = schedule.start(replace(NOTHING, reads=8), now=NOW)
    waits.busy, waits.not_before = False, NOW + 60
    schedule.sort_in(waits)
    (next_one,) = started(schedule, replace(NOTHING, reads=8))
    assert next_one.startswith("0-")


def test_behind_many_somebody_new_has_the_next_turn_but_not_each_one() -> None:
    schedule = long_queue()
    turns: list[str] = []
    read_on(schedule)
    while len(turns) < 12:
        if len(turns) == 6 and schedule.find("200-0") is None:
            for person in ("200", "201"):
                loaded(schedule, schedule.add(f"{person}-0"), each=1)
        for run in schedule.start(replace(ROOM, at_aiart=1), now=NOW):
            if run.state is State.NEW:
                loaded(schedule, run)
            else:
                turns += [run.job_id] if run.step == "generate" else []
                end_step(schedule, run, "none")
    assert [n for n, job_id in enumerate(turns) if job_id in {"200-0", "201-0"}] in ([6, 8], [7, 9])
    assert len({job_id.partition("-")[0] for job_id in turns}) == 12  # the others in their turn


def test_a_place_ahead_is_kept_for_somebody_new_behind_many_only() -> None:
    few, many = Schedule(), long_queue()
    for n in range(9):
        put(few, f"{n}", person=f"{n}")
    read_on(many)
    assert len(started(few)) == ROOM.ahead_of_kind
    assert len(started(many)) == ROOM.ahead_of_kind - 1
    loaded(many, many.add("200-0"), each=1)
    assert "200-0" in started(many)


def test_a_short_queue_is_read_in_its_order() -> None:
    schedule = Schedule()
    schedule.take_in(f"{n}" for n in range(5))
    assert started(schedule) == ["0", "1", "2", "3", "4"]


def test_the_order_may_change_until_all_are_read_that_may_be() -> None:
    schedule = long_queue(people=20, each=1)
    read = schedule.start(replace(NOTHING, reads=8), now=NOW)
    assert schedule.is_being_read
    for run in read:
        loaded(schedule, run, each=1)
    assert schedule.is_being_read  # between two readings nobody is announced out of turn
    read_on(schedule, each=1)
    assert not schedule.is_being_read


def test_more_than_may_be_read_for_now_is_not_waited_for() -> None:
    schedule = long_queue(people=20, each=1, reads=8)
    read_on(schedule, each=1)
    assert not schedule.is_being_read


def test_a_run_goes_on_while_some_of_a_long_queue_are_unread() -> None:
    schedule = Schedule()
    schedule.take_in(["0"])
    schedule.backlog_reads = 0
    assert started(schedule) == []
    assert schedule.has_work_by(NOW, replace(NOTHING, reads=8))
    assert not schedule.has_work_by(NOW, NOTHING)  # none that it could still paint


def test_whoever_waits_counts_those_before_them_that_nobody_has_read() -> None:
    schedule = Schedule()
    schedule.take_in(f"{n}" for n in range(20))
    schedule.backlog_reads = 3
    read = started(schedule)
    assert len(read) == 3
    over(schedule, *read)
    for n in range(20):
        before = len(set(map(str, range(n))) - set(read))
        job = a_job(f"{n}", upload=Upload(id="u", jobs=(f"{n}",)))
        assert schedule.unread_before(job) == before
