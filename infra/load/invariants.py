"""Check what must hold of jobs in every scenario: none is lost, doubled, or paid for twice."""

from collections import Counter
from collections.abc import Iterator, Sequence

from functions.jobs.errors import ErrorCode
from functions.jobs.steps import Outcome
from infra.load.system import PROGRESS, TOLD, Asked, System


def broken(system: System, asked: Sequence[Asked], *, unclear: bool = False) -> list[str]:
    """List each property that does not hold. All jobs should have ended before.

    ``unclear``: not all leases could be given back, because a process has died or its keys have
    expired. Only then may a job be billed twice or seem so, and its asker has to be told.
    """
    bills = Counter(task["prompt"] for task in system.tasks())
    found = [line for one in asked for line in _broken(system, one, bills, unclear=unclear)]
    histories = Counter(key.rpartition("-")[2] for key in system.keys("people/"))
    twice = [job_id for job_id, count in histories.items() if count > 1]
    return [*found, *(f"{job_id} is {histories[job_id]} times in the history" for job_id in twice)]


def _broken(system: System, asked: Asked, bills: Counter[str], *, unclear: bool) -> Iterator[str]:
    outcome = system.outcome(asked.job_id)
    if outcome is None:
        yield f"{asked.words}: lost"
        return
    if outcome.state != "succeeded":
        yield f"{asked.words}: {outcome.failed.code if outcome.failed else outcome.state}"
    told = system.thread(asked, TOLD)
    if len(told) != 1:
        yield f"{asked.words}: told {len(told)} times"
    if system.thread(asked, PROGRESS):
        yield f"{asked.words}: a progress message was left behind"
    is_said = says_perhaps_twice(outcome)
    if is_said and not unclear:
        yield f"{asked.words}: told that it may have been billed for nothing"
    if bills[asked.words] > 1 + (is_said and unclear):
        yield f"{asked.words}: billed {bills[asked.words]} times"


def have_lost_both_calls(system: System, asked: Sequence[Asked]) -> list[Asked]:
    """Find the jobs that failed because both their calls' answers were lost, and whose asker knows.

    Such a call may never have been sent after its lease was taken; nobody can know.
    """
    found: list[Asked] = []
    for one in asked:
        outcome = system.outcome(one.job_id)
        failed = outcome.failed if outcome else None
        is_said = failed and failed.code is ErrorCode.ANSWER_LOST and failed.perhaps_billed
        if is_said and len(system.thread(one, TOLD)) == 1:
            found.append(one)
    return found


def says_perhaps_twice(outcome: Outcome) -> bool:
    """Say whether the asker was told that a lost answer may have been billed."""
    generated, failed = outcome.generated, outcome.failed
    return bool(
        (generated and generated.perhaps_billed_twice) or (failed and failed.perhaps_billed)
    )
