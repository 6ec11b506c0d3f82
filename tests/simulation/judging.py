"""Check the rules that must hold after every step, and those when nothing is left to do."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from bot.slack_api.client import OutcomeUnknown, RateLimited
from functions.jobs.bucket import BucketUnavailable, KeysExpired
from tests.simulation.edges.aiart import Task
from tests.simulation.edges.cos import Stored
from tests.simulation.people import PROGRESS, TOLD, messages
from tests.simulation.world import World

Json = dict[str, Any]
LEASE = re.compile(r"steps/(?P<about>\w+)/(?P<what>calling|posting|showing|counting)-\d+\.json")
OTHERS_FAULT = (BucketUnavailable, KeysExpired, OutcomeUnknown, RateLimited)
GIVEN_BACK_S = 5.0  # a lease may be released this much later than its slot at aiart
TURNS = 3  # how many jobs of one person may start before a job of another that is ready
LOOKED_WITHIN_S = 45.0  # how old the check may be that a step is not done yet
TAKEN_BACK_WITHIN_S = 45.0  # a tombstone may be noticed so late: a slow call may follow the check


class Judge:
    """Watch a world while it runs, and record each broken rule."""

    def __init__(self, world: World, *, is_fair_weather: bool = False) -> None:
        self._world = world
        self._is_fair_weather = is_fair_weather
        # By job that is ready for aiart: how many jobs of each other person started before it.
        self._passed_over: dict[str, Counter[str]] = {}
        self.jobs: dict[str, Json] = {}  # as they were accepted
        self._posted: Counter[tuple[str, str]] = Counter()
        self._tombstones: dict[tuple[str, str], float] = {}
        # By process and job: when the process got the lease of a call that has not ended.
        self._leases: dict[str, dict[str, float]] = defaultdict(dict)
        world.objects.on_put.append(self._on_put)
        world.objects.on_delete.append(self._on_delete)
        world.aiart.on_begun.append(self._on_begun)
        world.on_posted = self._on_posted
        world.on_call = self._on_call

    def breaks(self, what: str) -> None:
        """Record that a rule is broken; only once for the same words."""
        if what not in self._world.broken:
            self._world.broken.append(what)
            self._world.tell("judge", "BROKEN", "", what)

    # --- after every step

    def after_step(self) -> None:
        """Check that no task raised an exception, and that the product logged no crash."""
        world = self._world
        while world.scheduler.raised:
            task, error = world.scheduler.raised.pop()
            if not (task.name == "main" and isinstance(error, OTHERS_FAULT)):
                self.breaks(f"{task.name} raised {type(error).__name__}: {error}")
        while world.crashes:
            error = world.crashes.pop()
            if not isinstance(error, OTHERS_FAULT):
                self.breaks(f"crash: {type(error).__name__}: {error}")

    def _on_put(self, key: str, stored: Stored, before: Stored | None) -> None:
        place, _, rest = key.partition("/")
        if place == "requests":
            record = json.loads(stored.data)
            self.jobs.setdefault(record["id"], record)
        elif place == "tombstones" and not rest.startswith("slack/"):
            job_id, _, why = rest.removesuffix(".json").partition("/")
            self._tombstones.setdefault((job_id, why), stored.at)
        elif place == "done" and before is not None:
            state = json.loads(stored.data)["state"]
            if state != "deleted" and not self._world.objects.is_racing(key):
                self.breaks(f"an end was written over: {state}")
        elif place == "steps" and rest.endswith("/staged.json"):
            self._passed_over[rest.partition("/")[0]] = Counter()
        elif found := LEASE.fullmatch(key):
            self._on_lease(found, stored, before)

    def _on_lease(self, found: re.Match[str], stored: Stored, before: Stored | None) -> None:
        new = json.loads(stored.data)
        old = json.loads(before.data) if before else {"nonce": new["nonce"], "deadline": 0.0}
        is_others = old["nonce"] not in ("", new["nonce"])
        in_flight = self._world.objects.is_racing(found[0])  # COS took two create-only writes
        if is_others and new["nonce"] and old["deadline"] > stored.at and not in_flight:
            self.breaks(f"somebody else's lease was written over: {found['what']}")
        if before and is_others:  # the other process notices when it reads its lease back
            self._leases[before.by].pop(found["about"], None)
        told = self._world.objects.objects.get(f"steps/{found['about']}/posted.json")
        if found["what"] == "posting" and told and stored.at - told.at > LOOKED_WITHIN_S:
            self.breaks("to be told again, long after it was told")
        if found["what"] == "calling" and new["nonce"]:
            held = self._leases[stored.by]
            others = [at for about, at in held.items() if about != found["about"]]
            if (
                sum(at < stored.at - GIVEN_BACK_S for at in others)
                >= self._world.settings.concurrency
            ):
                self.breaks("more leases for calls than places at aiart")
            held.setdefault(found["about"], stored.at)

    def _on_delete(self, key: str, before: Stored, by: str) -> None:
        found = LEASE.fullmatch(key)
        is_swept = any(why == "delete" for _, why in self._tombstones)
        if found and before.by != by and not is_swept:
            self.breaks(f"somebody else's lease was given back: {found['what']}")

    def _on_call(self, vendor: str, op: str, target: str, how: str) -> None:
        """Forget a lease when its call has ended, even if the answer did not reach the caller."""
        by = self._world.caller
        if vendor == "aiart":
            self._leases[by].pop(target, None)
        elif target.startswith("steps/") and (
            op == "DELETE" or how.endswith("lost") or how.startswith(("refused", "KeysExpired"))
        ):  # the process releases the lease, or may not know that it has one
            self._leases[by].pop(target.split("/")[1], None)

    def _on_begun(self, task: Task) -> None:
        tasks = [one for one in self._world.aiart.tasks if one.job_id == task.job_id]
        if len(tasks) > 2:
            self.breaks("a job was called for three times")
        painted = self._world.objects.objects.get(f"steps/{task.job_id}/generated.json")
        if painted and task.started - painted.at > LOOKED_WITHIN_S:
            self.breaks("a job was called for, long after its picture was written down")
        for one in tasks[:-1]:
            if not one.billed:
                self.breaks("a job was called for while it is being painted")
            elif one.is_answered and one.by in self._world.living and not self._world.key_life_s:
                self.breaks("a job was called for again although its answer had come")
        for why in ("cancel", "delete"):
            at = self._tombstones.get((task.job_id, why), float("inf"))
            if task.started - at > TAKEN_BACK_WITHIN_S:
                self.breaks(f"a job was painted after its {why}")
        if json.loads(self._record(f"done/{task.job_id}") or b"null"):
            self.breaks("a job was painted after its end")
        self._check_order(task)

    def _check_order(self, task: Task) -> None:
        """Check that, when nothing goes wrong, nobody waits behind another's whole batch."""
        self._passed_over.pop(task.job_id, None)
        if not self._is_fair_weather:
            return
        person = self.jobs[task.job_id]["asker"]
        for job_id, by in self._passed_over.items():
            if self.jobs[job_id]["asker"] != person:
                by[str(person)] += 1
                if by[str(person)] > TURNS:
                    self.breaks("somebody waited behind another's whole batch")

    def _on_posted(self, kind: str, about: str) -> None:
        self._posted[kind, about] += 1
        if kind == TOLD and self._posted[kind, about] > 1:
            self.breaks("told twice")
        at = self._tombstones.get((about, "delete"), float("inf"))
        if kind == TOLD and self._world.scheduler.now - at > TAKEN_BACK_WITHIN_S:
            self.breaks("told after it was deleted")

    # --- at rest

    def at_rest(self) -> None:
        """Check at the end that every job has ended, and that records, bills and messages agree."""
        self.after_step()
        keys = self._world.objects.keys
        left = [key for key in keys if key.startswith(("requests/", "tombstones/", "callbacks/"))]
        if left:
            self.breaks(f"never at rest: {', '.join(sorted({one.split('/')[0] for one in left}))}")
            return
        for job_id, job in self.jobs.items():
            outcome: Json = json.loads(self._record(f"done/{job_id}") or b"{}")
            if not outcome:
                self.breaks("a job has no end")
                continue
            for what in (*self._told(job, outcome), *self._paid(job_id, outcome)):
                self.breaks(what)
            for what in (*self._called_back(job, outcome), *self._taken_back(job_id, outcome)):
                self.breaks(what)
        for what in (*self._uploads_left(), *self._counted(), *self._left_in_slack()):
            self.breaks(what)

    def _record(self, key: str) -> bytes | None:
        stored = self._world.objects.objects.get(f"{key}.json")
        return stored.data if stored else None

    def _told(self, job: Json, outcome: Json) -> Iterator[str]:
        if outcome["state"] in {"cancelled", "deleted"}:
            return
        posted = outcome.get("posted") or {}
        where = posted.get("where")
        if job.get("thread") is None:
            if where != "unasked":
                yield f"told although nobody wanted it: {where}"
            return
        if where not in {"thread", "direct-message"}:
            yield f"told nowhere: {where}"
        upload = job["upload"]
        about = {upload["id"], *upload["jobs"]} if upload.get("together") else {job["id"]}
        if not any(self._posted[TOLD, one] for one in about):
            yield "not told"

    def _paid(self, job_id: str, outcome: Json) -> Iterator[str]:
        billed = self._world.aiart.billed(job_id)
        generated, failed = outcome.get("generated") or {}, outcome.get("failed") or {}
        said = generated.get("perhaps_billed_twice") or failed.get("perhaps_billed")
        if outcome["state"] in {"cancelled", "deleted"}:
            return
        if generated and billed == 0:
            yield "a picture that is on no bill"
        if billed > (1 if generated else 0) and not said:
            yield f"billed {billed} times, and nobody was told ({outcome['state']})"
        begun = [one for one in self._world.aiart.tasks if one.job_id == job_id]
        is_lost = any(not one.is_answered for one in begun)
        if generated.get("perhaps_billed_twice") and not (is_lost or self._may_have_died(job_id)):
            yield "said to be billed twice, and no answer was lost"

    def _may_have_died(self, job_id: str) -> bool:
        """Say whether a worker may have died, or got no answer, while it had the job's lease."""
        world = self._world
        is_bucket_troubled = any(fault.vendor == "cos" for fault in world.faults.planned)
        is_unsure = world.has_ended_a_worker or bool(world.key_life_s) or is_bucket_troubled
        return is_unsure or job_id in world.unanswered

    def _called_back(self, job: Json, outcome: Json) -> Iterator[str]:
        if not job.get("callback") or outcome["state"] == "deleted":
            return
        heard = [one for one in self._world.web.heard if one.headers["webhook-id"] == job["id"]]
        note: Json = json.loads(self._record(f"steps/{job['id']}/callback") or b"{}")
        if note.get("state") == "delivered" and not heard:
            yield "a callback is written down as delivered, and nobody has heard it"
        if note.get("state") not in {"delivered", "given-up"}:
            yield f"a callback is {note.get('state', 'missing')}"
        if len({one.body for one in heard}) > 1:
            yield "a callback said two things"

    def _taken_back(self, job_id: str, outcome: Json) -> Iterator[str]:
        if (job_id, "delete") not in self._tombstones:
            return
        if outcome["state"] != "deleted":
            yield f"a job to be deleted is {outcome['state']}"
        kept = ("results", "photos", "uploads", "steps", "people")
        if left := [
            key for key in self._world.objects.keys if job_id in key and key.startswith(kept)
        ]:
            yield f"left behind: {left[0].split('/')[0]}"
        if any(self._latest_in(key) == job_id for key in self._world.objects.below("threads/")):
            yield "left behind: a thread shows it last"

    def _latest_in(self, key: str) -> str:
        return str(json.loads(self._world.objects.objects[key].data)["job_id"])

    def _uploads_left(self) -> Iterator[str]:
        """Check that the records of an upload are gone when all of its jobs are deleted."""
        uploads = {job["upload"]["id"]: job["upload"]["jobs"] for job in self.jobs.values()}
        for upload, jobs in uploads.items():
            ends = [json.loads(self._record(f"done/{one}") or b"{}").get("state") for one in jobs]
            if set(ends) == {"deleted"} and any(upload in key for key in self._world.objects.keys):
                yield "left behind: an upload"

    def _counted(self) -> Iterator[str]:
        limit = self._world.settings.per_user_per_day
        if not limit:
            return
        places = {
            key: self._world.objects.objects[key].data.decode()
            for key in self._world.objects.below("quota/")
        }
        owners = Counter(places.values())
        for job_id, job in self.jobs.items():
            outcome: Json = json.loads(self._record(f"done/{job_id}") or b"{}")
            if not job["asker"].get("user_id") or outcome.get("state") == "deleted":
                continue
            is_unsure = self._record(f"steps/{job_id}/calling-1") is not None
            taken = owners[job_id]
            if outcome.get("generated") and taken != 1:
                yield f"{taken} places in a quota for a picture"
            if not outcome.get("generated") and taken > (1 if is_unsure else 0):
                yield f"{taken} places in a quota for no picture"

    def _left_in_slack(self) -> Iterator[str]:
        channel = self._world.slack.state.channels
        for message in messages(self._world, PROGRESS):
            if not channel[message.channel].replies(message.ts):
                yield "a progress message remains"
