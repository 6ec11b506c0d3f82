"""``python -m infra.jobs costs``: what a month has cost, held against the stand-in's own bill."""

import csv
from collections import Counter
from datetime import datetime
from typing import Any

import msgspec
import pytest

from functions.jobs.bucket_layout import done_key, step_key
from functions.jobs.errors import ErrorCode
from functions.jobs.job_ids import id_of_button, id_of_jobs
from functions.jobs.ledger import Ledger
from functions.jobs.model import Asker, Job, PicturesOf, Upload
from functions.jobs.steps import Billed, Failed, Generated, Lease, Outcome
from functions.jobs.wish import Resolution, Wish
from functions.worker.steps import generate
from infra.jobs import costs
from infra.jobs.__main__ import main
from infra.jobs.costs import DELETED, Group, Sum, costs_of
from infra.local.slack.world import ADMIN_ID, MERCHANDISER_ID, OPERATIONS_ID, TEAM_ID
from tests.infra.test_jobs import env_file, operator
from tests.jobs.making import CHANNEL, a_job, a_success, job_ids
from tests.worker.conftest import WorkerHarness, standing_environ, worker
from tests.worker.test_never_pay_twice import let_claims_run_out

__all__ = ["env_file", "operator", "standing_environ", "worker"]

Capture = pytest.CaptureFixture[str]

PROGRAMS = 4  # jobs of a program's; with 24 of them the day has had fifty
MADE_BUT_REFUSED = "FailedOperation.GenerateImageFailed"
MONTH, IN_IT = "2024-11", 1732270000.0  # 22 November, as ``a_job`` was asked for
PERSON, OTHER, LEAVING = (
    f"{TEAM_ID}/{user}" for user in (MERCHANDISER_ID, OPERATIONS_ID, ADMIN_ID)
)
WORDS = {PERSON: "on a beach", OTHER: "in a forest", LEAVING: "in the snow", "shop": "on a table"}


def wish_of(whose: str) -> Wish:
    return Wish(prompt=WORDS[whose], resolution=Resolution(width=512, height=512))


def this_month() -> str:
    return datetime.now(costs.MONTHS_ARE_OF).strftime("%Y-%m")


def rows_of(capsys: Capture, *more: str) -> list[dict[str, str]]:
    """What the command gives as CSV."""
    capsys.readouterr()
    assert main(["costs", "--month", this_month(), "--csv", *more]) == 0
    return list(csv.DictReader(capsys.readouterr().out.splitlines()))


def calls_by(rows: list[dict[str, str]], name: str) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        least, most = found.get(row[name], (0, 0))
        found[row[name]] = (least + int(row["calls_least"]), most + int(row["calls_most"]))
    return found


class Shop:
    """Jobs of a bad day, with all that makes a bill differ from the number of pictures."""

    def __init__(self, operator: WorkerHarness) -> None:
        self.worker = operator
        self.jobs: list[Job] = []

    def ask(self, whose: str, **more: Any) -> list[Job]:
        jobs = self.worker.ask(wish_of(whose), user=whose.partition("/")[2], **more)
        self.jobs += jobs
        return jobs

    def ask_by_program(self, count: int) -> None:
        wish = wish_of("shop")
        self.jobs += [self.worker.ask_by_program(id=one, wish=wish) for one in job_ids(count)]

    def asked_with(self, whose: str, photos: int = 1, **fault: Any) -> list[Job]:
        """Have aiart fail as many times as there are photos, if nothing else is said."""
        jobs = self.ask(whose, photos=photos)
        self.worker.fault("aiart", op="ReplaceBackground", **{"times": photos, **fault})
        self.worker.run()
        self.worker.no_faults("aiart")
        return jobs

    def zip_of(self, parent: Job) -> None:
        job_id = id_of_button(parent.id, "zip", "")
        job = msgspec.structs.replace(
            parent,
            id=job_id,
            gesture="zip",
            photo=PicturesOf(jobs=(parent.id,)),
            upload=Upload(id=id_of_jobs([job_id]), jobs=(job_id,)),
        )
        self.worker.ledger.accept(job)
        self.jobs.append(job)

    def let_leases_run_out(self) -> None:
        for row in list(self.worker.ledger.open_jobs()):
            (job,) = (one for one in self.jobs if one.id == row.job_id)
            let_claims_run_out(self.worker, job)

    # --- the day

    def goes_well(self) -> Job:
        """Have pictures painted, and more made of one of them; gives that one."""
        first, *_ = self.ask(PERSON, photos=3)
        self.ask(PERSON, data=b"%PDF-", photos=2)
        self.ask_by_program(PROGRAMS)
        self.worker.run()
        self.jobs += self.worker.press(first, "variation", count=3)
        self.jobs += self.worker.press(first, "cutout")
        self.zip_of(first)
        self.worker.run()
        return first

    def is_refused(self) -> None:
        """Refused for free, and painted on the second try; what is billed without a picture."""
        self.asked_with(OTHER, photos=2, error="OperationDenied.TextIllegalDetected")
        self.asked_with(OTHER, error="FailedOperation.RpcFail")
        for photos, answers in (3, [MADE_BUT_REFUSED, "normal", "broken-image"]), (1, ["empty"]):
            self.ask(OTHER, photos=photos)
            self.worker.aiart_settings(next_results=answers)
            self.worker.run()
        self.asked_with(OTHER, error=MADE_BUT_REFUSED)
        self.asked_with(OTHER, error=MADE_BUT_REFUSED, times=2)  # and has no picture at all

    def loses_answers(self) -> None:
        """Lost before and after the call was billed, with a run that died, twice, for good."""
        worker = self.worker
        self.asked_with(LEAVING, photos=2, drop="after")
        self.asked_with(LEAVING, drop="before")
        (died,) = self.ask(LEAVING)
        key = step_key(died.id, "generated")
        worker.fault("cos", op="PUT", target=key, error="InternalError", times=-1)
        worker.run()
        worker.no_faults("cos")
        (cancelled,) = self.asked_with(PERSON, drop="after")
        worker.ledger.add_tombstone(cancelled.id, why="cancel", by=MERCHANDISER_ID)
        self.let_leases_run_out()
        worker.run()
        self.asked_with(LEAVING, drop="after")
        self.let_leases_run_out()
        worker.fault("aiart", op="ReplaceBackground", drop="after")
        worker.run()
        self.let_leases_run_out()
        worker.run()
        self.asked_with(OTHER, drop="after")  # is still open


def test_after_a_bad_day_the_costs_are_the_stand_ins_own_bill(
    operator: WorkerHarness, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "RECORD_PAUSES_S", ())
    monkeypatch.setenv("PRICE_PER_CALL", "0.25")
    shop = Shop(operator)
    first = shop.goes_well()
    shop.is_refused()
    shop.loses_answers()
    assert len(shop.jobs) == 26 + PROGRAMS

    bill = Counter(task["prompt"] for task in operator.tasks())
    rows = rows_of(capsys)
    assert sum(int(row["jobs"]) for row in rows) == len(shop.jobs)
    by_person = calls_by(rows, "person")
    assert by_person == {PERSON: (6, 7), OTHER: (6, 12), LEAVING: (4, 10), "": (PROGRAMS, PROGRAMS)}
    assert calls_by(rows, "client")["shop"] == (PROGRAMS,) * 2 == (bill[WORDS["shop"]],) * 2
    for whose, (least, most) in by_person.items():
        assert least <= bill[WORDS[whose or "shop"]] <= most, whose
    by_kind = calls_by(rows, "kind")
    assert by_kind["cutout"] == by_kind["zip"] == (0, 0)
    assert by_kind["variation"] == (3, 3)
    least, most = (sum(int(row[name]) for row in rows) for name in ("calls_least", "calls_most"))
    assert least < sum(bill.values()) < most  # so a range was needed
    for row in rows:
        assert float(row["cost_most"]) == int(row["calls_most"]) * 0.25

    # What is deleted, and a person who is erased, cost what they did; nobody is named any more.
    operator.ledger.add_tombstone(first.id, why="delete", by=MERCHANDISER_ID)
    assert main(["erase", LEAVING]) == 0
    operator.run()
    operator.run()
    left = rows_of(capsys)
    expected = {PERSON: (5, 6), OTHER: by_person[OTHER], "": (PROGRAMS, PROGRAMS), DELETED: (5, 11)}
    assert calls_by(left, "person") == expected
    assert ADMIN_ID not in str(left)


def test_the_table_sums_up_by_each_of_the_four_and_says_when_there_is_no_price(
    operator: WorkerHarness, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.ask(photos=2)
    operator.ask_by_program()
    operator.run()
    assert main(["costs", "--month", this_month()]) == 0
    said = capsys.readouterr()
    assert "price_per_call is not set" in said.err
    assert "CNY" not in said.out
    monkeypatch.setenv("PRICE_PER_CALL", "0.1")
    assert main(["costs", "--month", this_month()]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][-6:] == ["3", "jobs", "3", "calls", "0.3", "CNY"]
    assert [PERSON, "2", "jobs", "2", "calls", "0.2", "CNY"] in lines
    assert ["shop", "1", "jobs", "1", "calls", "0.1", "CNY"] in lines
    assert [line[1] for line in lines if line[0] == "by"] == [*Group.__struct_fields__]


def test_records_that_have_expired_are_not_passed_over_in_silence(
    operator: WorkerHarness, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["costs", "--month", MONTH]) == 0
    assert "gone" not in capsys.readouterr().err
    monkeypatch.setenv("RETENTION_DAYS", "30")
    assert main(["costs", "--month", MONTH]) == 0
    assert "records of more than 60 days ago are gone" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "november", "2026-1", "2026-11-01", "٢٠٢٦-١١"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(SystemExit):
        main(["costs", "--month", text])


# --- the records, without a worker

GENERATED = Generated(at=IN_IT, call=1, request_id="r", seconds=9.0)
GROUP = Group(person="T0BACKDROP/U0MERCHEN1", channel=CHANNEL, client="", kind="mention")


def ended(ledger: Ledger, **changes: Any) -> Sum | None:
    """What one job that ended so adds to November; None where nothing does."""
    ledger.finish(a_job(), a_success(a_job(), **changes))
    return costs_of(ledger, MONTH).get(GROUP)


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (1730390399.0, "2024-10"),  # 2024-10-31T15:59:59 UTC, a second before Beijing's midnight
        (1730390400.0, "2024-11"),
        (1732982399.0, "2024-11"),
        (1732982400.0, "2024-12"),
    ],
)
def test_a_month_is_beijings(ledger: Ledger, at: float, month: str) -> None:
    ledger.finish(a_job(), a_success(a_job(), billed=Billed(at=at, least=1, most=1)))
    found = {one: costs_of(ledger, one) for one in ("2024-10", "2024-11", "2024-12")}
    assert {one for one, sums in found.items() if sums} == {month}


@pytest.mark.parametrize(
    ("changes", "calls"),
    [
        ({"generated": GENERATED}, (1, 1)),
        ({"generated": msgspec.structs.replace(GENERATED, call=2)}, (1, 2)),
        ({"state": "failed", "failed": Failed(at=IN_IT, code=ErrorCode.PHOTO_EMPTY)}, (0, 0)),
        (
            {
                "state": "failed",
                "failed": Failed(at=IN_IT, code=ErrorCode.ANSWER_LOST, perhaps_billed=True),
            },
            (0, 2),
        ),
        ({"state": "cancelled"}, (0, 0)),
    ],
)
def test_what_earlier_versions_have_written_is_counted_as_far_as_it_says(
    ledger: Ledger, changes: dict[str, Any], calls: tuple[int, int]
) -> None:
    assert ended(ledger, **changes) == Sum(1, *calls)


def test_of_an_earlier_versions_lost_answer_the_leases_say_how_many(ledger: Ledger) -> None:
    ledger.write_note(a_job().id, "calling-1", Lease(nonce="n", deadline=1.0))
    assert ended(ledger, state="cancelled") == Sum(1, 0, 1)


def test_what_an_earlier_version_has_deleted_may_have_cost_two_calls(ledger: Ledger) -> None:
    gone = Outcome(state="deleted", finished_at=IN_IT)
    ledger.finish(a_job(), gone)
    assert costs_of(ledger, MONTH) == {Group(*[DELETED] * 4): Sum(1, 0, 2)}


def test_a_record_that_cannot_be_read_counts_as_what_it_may_have_cost(ledger: Ledger) -> None:
    ledger.bucket.put(done_key(a_job().id), b"no JSON", content_type="application/json")
    assert costs_of(ledger, this_month()) == {Group(*["(unreadable)"] * 4): Sum(1, 0, 2)}


def test_a_job_that_is_open_and_done_counts_once(ledger: Ledger) -> None:
    ended(ledger, generated=GENERATED)
    ledger.accept(a_job())  # a late redelivery
    assert costs_of(ledger, MONTH) == {GROUP: Sum(1, 1, 1)}


def test_many_records_are_read_in_turns_and_it_is_said_how_far_it_is(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(costs, "READ_AT_ONCE", 4)
    program = Asker(client="shop")
    for job_id in job_ids(9):
        job = a_job(job_id, asker=program, thread=None, gesture="webhook")
        ledger.finish(job, a_success(job, generated=GENERATED))
    group = Group(person="", channel="", client="shop", kind="webhook")
    assert costs_of(ledger, MONTH) == {group: Sum(9, 9, 9)}
    assert capsys.readouterr().err.splitlines() == ["4 records read", "8 records read"]
