"""A judge that never says no would be worth nothing: each of the rules can be broken."""

from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.crash.cases import MODES, Sort, case_of, cases_of, counted_in, sort_of
from tests.crash.harness import Run
from tests.crash.judging import Seen, broken_in
from tests.crash.kinds import KINDS, PROGRESS, TOLD
from tests.crash.records import Records, finished, table

SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
JOB = "abcdefghijklmnopqrst"
CASE = case_of("mention: cos PUT done/*.json #0, answer lost")
NOTHING = Seen({}, {}, {}, {}, {}, 0, [])


def told(ts: str = "1.000001", about: str = JOB, kind: str = TOLD) -> dict[str, Any]:
    return {"ts": ts, "metadata": {"event_type": kind, "event_payload": {"about": about}}}


GOOD = Seen(
    sizes={f"results/{JOB}/picture.jpg": 7},
    outcomes={
        JOB: {
            "state": "succeeded",
            "job": {"asker": {"user_id": "U0"}},
            "posted": {"ts": "1.000001"},
            "generated": {"at": 1.0},
            "pictures": [{"key": f"results/{JOB}/picture.jpg", "size_bytes": 7}],
        }
    },
    callbacks={},
    places={"quota/2026-11-22/people/T/U/000000": JOB, "quota/2026-11-22/teams/T/000000": JOB},
    messages={"1.000001": told()},
    billed=1,
    heard=[],
)


def found(after: Seen, *, kind: str = "mention", before: Seen = NOTHING) -> list[str]:
    return broken_in(KINDS[kind], CASE, before, after, secret=SECRET)


def with_outcome(**changes: Any) -> Seen:
    return replace(GOOD, outcomes={JOB: {**GOOD.outcomes[JOB], **changes}})


def test_a_job_that_went_well_is_not_broken() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (NOTHING, "0 new jobs have ended"),
        (with_outcome(state="cancelled"), "ended as cancelled"),
        (
            replace(GOOD, messages={**GOOD.messages, "1.000002": told("1.000002")}),
            "told more than once",
        ),
        (
            replace(GOOD, messages={**GOOD.messages, "1.000002": told("1.000002", "other")}),
            "2 messages where 1 are written down",
        ),
        (with_outcome(posted={"where": "nowhere"}), "1 jobs were not told"),
        (
            replace(GOOD, messages={**GOOD.messages, "1.000002": told("1.000002", kind=PROGRESS)}),
            "a progress message was left behind",
        ),
        (replace(GOOD, billed=2), "billed 2 times for 1, 0 outcomes say so"),
        (replace(GOOD, places={}), "0 places in quotas for a job that succeeded"),
        (
            replace(GOOD, places={**GOOD.places, "quota/2026-11-22/teams/T/000001": JOB}),
            "3 places in quotas for a job that succeeded",
        ),
        (
            replace(GOOD, places={**GOOD.places, "quota/2026-11-22/teams/T/000001": "other"}),
            "a place was taken by nobody",
        ),
        (
            replace(GOOD, sizes={f"results/{JOB}/picture.jpg": 3}),
            f"results/{JOB}/picture.jpg is missing or cut",
        ),
        (
            replace(GOOD, sizes={**GOOD.sizes, f"results/{JOB}/picture.png": 3}),
            f"results/{JOB}/picture.png belongs to nothing",
        ),
    ],
)
def test_what_does_not_hold_is_said(after: Seen, words: str) -> None:
    assert words in found(after)


def test_a_batch_has_one_summary_besides_and_variations_their_pictures_of_all() -> None:
    def of(upload: dict[str, Any]) -> Seen:
        seen = with_outcome(job={"asker": {"user_id": "U0"}, "upload": upload})
        return replace(seen, messages={**GOOD.messages, "1.000002": told("1.000002", "upload")})

    batch = {"id": "upload", "jobs": [JOB, "other"]}
    assert found(of(batch)) == []
    assert "2 messages where 1 are written down" in found(of({**batch, "jobs": [JOB]}))
    summed_up_twice = {**of(batch).messages, "1.000003": told("1.000003", "upload")}
    assert "told more than once" in found(replace(of(batch), messages=summed_up_twice))

    sheet = {f"results/{JOB}/sheet-123.jpg": 3}
    together = with_outcome(job={"asker": {"user_id": "U0"}, "upload": {**batch, "together": True}})
    assert found(replace(together, sizes={**GOOD.sizes, **sheet})) == []
    assert found(replace(GOOD, sizes={**GOOD.sizes, **sheet})) != []


def test_twice_billed_is_right_only_where_aiarts_own_answer_was_lost_and_it_is_said() -> None:
    said = replace(with_outcome(generated={"perhaps_billed_twice": True}), billed=2)
    assert found(said) != []
    lost = case_of("mention: aiart ReplaceBackground * #0, answer lost")
    assert broken_in(KINDS["mention"], lost, NOTHING, said, secret=SECRET) == []
    unsaid = replace(GOOD, billed=2)
    assert broken_in(KINDS["mention"], lost, NOTHING, unsaid, secret=SECRET) != []


def test_what_was_there_before_stays_unless_it_was_deleted() -> None:
    after = replace(GOOD, places={}, messages={})
    broken = found(after, before=GOOD)
    assert "an earlier place was given back" in broken
    assert "an earlier message is gone" in broken
    blank = {"state": "deleted", "finished_at": 1.0}
    deleted = replace(GOOD, outcomes={JOB: blank}, messages={}, sizes={})
    assert found(deleted, kind="delete", before=GOOD) == []
    left = replace(deleted, sizes={f"photos/{JOB}/product.jpg": 1})
    assert found(left, kind="delete", before=GOOD) == [f"left behind: photos/{JOB}/product.jpg"]


def test_a_callback_may_be_repeated_with_the_same_words() -> None:
    outcome = {**GOOD.outcomes[JOB], "job": {"asker": {}, "callback": {"url": "http://x"}}}
    places = {"quota/2026-11-22/clients/shop/000000": JOB}
    asked = replace(GOOD, outcomes={JOB: outcome}, places=places)
    delivered = replace(asked, callbacks={JOB: {"state": "delivered"}})
    once = replace(delivered, heard=[callback('{"type": "job.succeeded"}')])
    assert found(asked) == [
        "called back 0 times",
        "the callback is not written down as delivered",
    ]
    assert found(once) == []
    assert found(replace(delivered, heard=once.heard * 2)) == []
    assert found(replace(once, heard=[callback('{"type": "job.failed"}')])) != []
    spoilt = [({**once.heard[0][0], "webhook-signature": "v1,AAAA"}, once.heard[0][1])]
    assert found(replace(once, heard=spoilt)) == ["a callback's signature is wrong"]


def callback(body: str) -> tuple[dict[str, str], bytes]:
    now = datetime.now(timezone.utc)
    headers = {
        "webhook-id": JOB,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(JOB, now, body),
    }
    return headers, body.encode()


def test_a_case_is_read_as_it_is_printed() -> None:
    sort = sort_of("cos", {"op": "PUT", "target": f"steps/{JOB}/calling-1.json"})
    assert sort.target == "steps/*/calling-1.json"
    assert sort.fits({"op": "PUT", "target": "steps/zzzzzzzzzzzzzzzzzzzz/calling-1.json"})
    for case in cases_of("two photos", {sort: 2}):
        assert case_of(str(case)) == case
    assert len(cases_of("two photos", {sort: 2})) == 2 * len(MODES)
    with pytest.raises(ValueError, match="not a case"):
        case_of("mention: cos PUT steps/*/calling-1.json #0, melted")


def test_a_call_is_named_by_what_it_is_and_not_by_how_long_it_took() -> None:
    ends = [
        sort_of("cos", {"op": "PUT", "target": f"days/2026-11-27/{JOB}.succeeded.-.{took}"})
        for took in ("36.51", "3600.5112", "7.-")
    ]
    assert {one.target for one in ends} == {"days/*/*.succeeded.*"}
    assert ends[0].fits({"op": "PUT", "target": f"days/2026-11-28/{JOB}.succeeded.-.40.1"})
    assert not ends[0].fits({"op": "PUT", "target": f"days/2026-11-28/{JOB}.failed.Sensitive.4.1"})


def test_only_what_every_run_calls_is_counted() -> None:
    listing, posting = Sort("cos", "LIST", "requests/"), Sort("slack", "chat.postMessage", "*")
    runs = [Counter({listing: 3, posting: 1}), Counter({listing: 2})]
    assert counted_in(runs) == Counter({listing: 2})


def run_of(case: str, *, broken: list[str] | None = None, met: bool = True) -> Run:
    return Run(case_of(case), broken or [], met, ["succeeded"], 1.5)


def test_an_interrupted_run_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "crash" / "code.jsonl"
    made = Counter({Sort("cos", "LIST", "requests/"): 2})
    case = "mention: cos LIST requests/ #1, hang"
    with closing(Records(path)) as records:
        records.count("mention", made)
        records.finish(finished(run_of(case), runs=1))
    with path.open("ab") as file:
        file.write(b'{"type":"Finished","case":"cut o')
    with closing(Records(path)) as records:
        assert records.counted("mention") == made
        assert list(records.finished) == [case]
        records.finish(finished(run_of("form: cos LIST requests/ #0, busy"), runs=1))
    with closing(Records(path)) as records:
        assert len(records.finished) == 2
    with closing(Records(path, fresh=True)) as records:
        assert records.finished == {}


def test_the_table_counts_each_case_once_and_says_how_a_bad_one_is_run_alone() -> None:
    bad, unmade = "mention: cos LIST requests/ #1, hang", "mention: cos LIST requests/ #2, hang"
    seldom = "mention: cos LIST requests/ #3, hang"
    lines = table(
        [
            finished(run_of("mention: cos LIST requests/ #0, hang"), runs=1),
            finished(run_of(bad, broken=["told more than once"]), runs=3, broken_runs=2),
            finished(run_of(unmade, met=False), runs=6),
            finished(run_of(seldom, met=False), runs=6, is_always_made=False),
        ]
    ).splitlines()
    (mention,) = [line.split() for line in lines if line.startswith("mention ")]
    assert mention == ["mention", *["0/0/0"] * 4, "1/1/1", "0/0/0", "1/1/1"]
    assert "BROKEN in 2 of 3 runs: told more than once" in lines
    assert "NEVER MADE in 6 runs: the call was not made" in lines
    assert f"left out, not always made: {seldom}" in lines
    commands = [line.strip() for line in lines if "--case" in line]
    assert commands == [f'.venv/bin/python -m tests.crash --case "{one}"' for one in (bad, unmade)]
