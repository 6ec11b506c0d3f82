"""Check what must hold when a job has ended, whatever went wrong on the way."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.crash.cases import KILLED, Case
from tests.crash.kinds import PROGRESS, TOLD, Kind, kind_of
from tests.crash.people import Json
from tests.crash.shop import Heard

GROUPS = {True: 2, False: 1}  # a person's job counts towards their own quota and the team's


@dataclass(frozen=True)
class Seen:
    """Hold what is in the bucket and in Slack, what aiart billed, and the shop's callbacks.

    ``sizes`` are the objects' bytes by key, ``outcomes`` and ``callbacks`` records by job id,
    ``places`` the job ids by the key of their place in a quota, ``messages`` Slack's by ts.
    """

    sizes: Mapping[str, int]
    outcomes: Mapping[str, Json]
    callbacks: Mapping[str, Json]
    places: Mapping[str, str]
    messages: Mapping[str, Json]
    billed: int
    heard: list[Heard]

    def new_since(self, before: "Seen") -> dict[str, Json]:
        """Give the outcomes of the jobs that have ended since ``before``."""
        return {job: one for job, one in self.outcomes.items() if job not in before.outcomes}


def broken_in(kind: Kind, case: Case, before: Seen, after: Seen, *, secret: str) -> list[str]:
    """List, in words, what must hold and does not."""
    new = after.new_since(before)
    return [
        *_ended(kind, before, after),
        *_told(kind, before, after),
        *_billed(kind, case, before, after),
        *_counted(before, after),
        *(found for job, outcome in new.items() for found in _kept(outcome, job, after)),
        *(found for job in after.outcomes for found in _taken_back(job, after)),
        *(found for job in new for found in _called_back(job, after, secret)),
    ]


def _ended(kind: Kind, before: Seen, after: Seen) -> Iterator[str]:
    new = after.new_since(before)
    if not kind.least_jobs <= len(new) <= kind.jobs:
        yield f"{len(new)} new jobs have ended"
    mine = new if kind.jobs else after.outcomes
    wrong = {one["state"] for one in mine.values()} - {kind.state}
    if wrong - ({"failed"} if kind.state == "succeeded" else set()):
        yield f"ended as {', '.join(sorted(wrong))}"


def _told(kind: Kind, before: Seen, after: Seen) -> Iterator[str]:
    """Check that each job that is not taken back has just one result message.

    No progress message may be left, and no earlier message may be gone unless it was deleted.
    """
    told = {ts: one for ts, one in after.messages.items() if kind_of(one) == TOLD}
    about = Counter(one["metadata"]["event_payload"]["about"] for one in told.values())
    if any(count > 1 for count in about.values()):
        yield "told more than once"
    written = {
        outcome["posted"]["ts"]
        for outcome in after.outcomes.values()
        if (outcome.get("posted") or {}).get("ts")
    }
    batches = _batches(after)
    summaries = {
        ts for ts, one in told.items() if one["metadata"]["event_payload"]["about"] in batches
    }
    if written != set(told) - summaries:
        yield f"{len(told)} messages where {len(written)} are written down"
    untold = [
        job
        for job, outcome in after.outcomes.items()
        if outcome["state"] in {"succeeded", "failed"} and not (outcome["posted"] or {}).get("ts")
    ]
    if untold:
        yield f"{len(untold)} jobs were not told"
    if any(kind_of(one) == PROGRESS for one in after.messages.values()):
        yield "a progress message was left behind"
    if kind.state != "deleted" and not set(before.messages) <= set(after.messages):
        yield "an earlier message is gone"


def _batches(after: Seen) -> set[str]:
    """Give the ids of the uploads whose jobs have a message each, and a message that sums up."""
    uploads = [_upload(outcome) for outcome in after.outcomes.values()]
    return {one["id"] for one in uploads if len(one["jobs"]) > 1 and not one.get("together")}


def _upload(outcome: Json) -> Json:
    """Give an outcome's upload; an empty one for a deleted job, whose outcome does not say."""
    upload: Json = (outcome.get("job") or {}).get("upload") or {"id": "", "jobs": []}
    return upload


def _billed(kind: Kind, case: Case, before: Seen, after: Seen) -> Iterator[str]:
    """Check that each picture is billed once, or more where an outcome says so.

    That may be only where aiart's answer was lost or the process killed.
    """
    new, billed = after.new_since(before), after.billed - before.billed
    said = [
        outcome
        for outcome in new.values()
        if (outcome.get("generated") or {}).get("perhaps_billed_twice")
        or (outcome.get("failed") or {}).get("perhaps_billed")
    ]
    may_be_lost = case.sort.vendor == "aiart" or case.mode in KILLED
    wanted = len(new) if kind.paints else 0
    if billed - wanted > (len(said) if may_be_lost else 0):
        yield f"billed {billed} times for {wanted}, {len(said)} outcomes say so"


def _counted(before: Seen, after: Seen) -> Iterator[str]:
    """Check that a painted job has taken a place in each quota, and any other job none.

    A job that still has the lease of its call may have been painted, so it may have either.
    """
    new = after.new_since(before)
    taken = {key: job for key, job in after.places.items() if key not in before.places}
    if not set(before.places) <= set(after.places):
        yield "an earlier place was given back"
    if not set(taken.values()) <= set(new):
        yield "a place was taken by nobody"
    for job, outcome in new.items():
        groups = [key.rpartition("/")[0] for key, owner in taken.items() if owner == job]
        most = GROUPS[bool(outcome["job"]["asker"].get("user_id"))]
        is_unsure = f"steps/{job}/calling-1.json" in after.sizes
        right = {most} if outcome.get("generated") else {*range(most + 1 if is_unsure else 1)}
        if len(groups) != len(set(groups)) or len(groups) not in right:
            yield f"{len(groups)} places in quotas for a job that {outcome['state']}"


def _kept(outcome: Json, job: str, after: Seen) -> Iterator[str]:
    """Check that each picture of an outcome is whole, and that the job has no other result."""
    pictures = {one["key"]: one["size_bytes"] for one in outcome.get("pictures", [])}
    of_all = f"results/{job}/sheet-" if _upload(outcome).get("together") else "-"
    for key, size in pictures.items():
        if after.sizes.get(key) != size:
            yield f"{key} is missing or cut"
    for key in after.sizes:
        if key.startswith(f"results/{job}/") and key not in pictures and not key.startswith(of_all):
            yield f"{key} belongs to nothing"


def _taken_back(job: str, after: Seen) -> Iterator[str]:
    """Check that a deleted job has left nothing behind, and a cancelled one no photo."""
    gone = {
        "deleted": ("results", "photos", "uploads", "steps", "people"),
        "cancelled": ("results", "photos", "uploads"),
    }.get(after.outcomes[job]["state"], ())
    left = [key for key in after.sizes if job in key and key.startswith(gone)] if gone else []
    if left:
        yield f"left behind: {', '.join(left)}"


def _called_back(job: str, after: Seen, secret: str) -> Iterator[str]:
    """Check that the client was called back at least once, always with the same id and body."""
    outcome = after.outcomes[job]
    if not outcome["job"].get("callback"):
        return
    heard = [(headers, body) for headers, body in after.heard if headers["webhook-id"] == job]
    if not heard or len({body for _, body in heard}) != 1:
        yield f"called back {len(heard)} times"
    if after.callbacks.get(job, {}).get("state") != "delivered":
        yield "the callback is not written down as delivered"
    try:
        for headers, body in heard:
            told = Webhook(secret).verify(body, headers)
            if told["type"] != f"job.{outcome['state']}":
                yield f"called back with {told['type']}"
    except WebhookVerificationError:
        yield "a callback's signature is wrong"
