"""New jobs from an earlier one, started by a button under its result."""

import time
from functools import partial

import msgspec

from bot.desk import Desk
from bot.earlier import Earlier, earlier_job
from bot.limits import refuse_unallowed
from bot.pressing import Press
from bot.views.buttons import Pressed, pressed
from bot.views.refusal import refusal_blocks
from functions.jobs import identity
from functions.jobs.errors import Refused
from functions.jobs.model import Asker, Gesture, Job, Parent, Resolution, Thread, Upload, Wish

SAME_PRESS_S = 60.0  # so long after the end a press still means the picture that came of it
STALE_MOST = 20  # results whose message could not be given a new button, one after the other


class Child(msgspec.Struct, frozen=True):
    """What a button starts: ``count`` jobs, told together when there is more than one.

    ``resolution`` is a size other than the parent's.
    """

    gesture: Gesture
    count: int = 1
    resolution: Resolution | None = None

    def ids(self, parent: Job, token: str) -> tuple[str, ...]:
        """The jobs' ids: the same for every press of a button that says the same."""
        name = f"{self.gesture} {self.resolution}" if self.resolution else self.gesture
        numbers = range(1, self.count + 1) if self.count > 1 else (0,)
        return tuple(identity.of_button(parent.id, name, token, number) for number in numbers)


class Wished(msgspec.Struct, frozen=True):
    """The jobs that one wish leads to. ``token`` is what the button said, or should have said."""

    parent: Earlier
    child: Child
    token: str

    @property
    def ids(self) -> tuple[str, ...]:
        """The jobs' ids."""
        return self.child.ids(self.parent.job, self.token)


def start(press: Press, desk: Desk, child: Child) -> None:
    """Accept what a button asks for, once however often it is pressed, and say so."""
    found = parent_of(press, desk)
    if found is None:
        return
    wished = _open_wish(found[0], child, found[1].token, desk)
    if wished is None:
        desk.whisper_line(press.user_id, press.aside, "press.already")
        return
    asker = desk.asker(press.user_id)
    jobs = _jobs(wished, asker=asker, place=press.place, now=time.time())
    jobs = [_as_allowed(job, desk) for job in jobs]
    try:
        refuse_unallowed(jobs, desk)
    except Refused as refused:
        desk.whisper(press.user_id, press.aside, partial(refusal_blocks, refused.problems))
        return
    is_new = any(desk.accept(jobs))
    desk.whisper_line(press.user_id, press.aside, "press.accepted" if is_new else "press.already")


def parent_of(press: Press, desk: Desk) -> tuple[Earlier, Pressed] | None:
    """The job whose result was pressed, and what the button said.

    None when it is unknown or deleted; the person is told then.
    """
    said = pressed(press.value)
    parent = earlier_job(desk.ledger, said.job_id) if said else None
    if said is None or parent is None:
        desk.whisper_line(press.user_id, press.aside, "press.gone")
        return None
    return parent, said


def _open_wish(parent: Earlier, child: Child, token: str, desk: Desk) -> Wished | None:
    """The wish that a press means; None for one that was fulfilled just now.

    A button is renewed when its wish is fulfilled. One that could not be renewed says an old
    token: then a press means what it would mean on the renewed one.
    """
    for _ in range(STALE_MOST):
        wished = Wished(parent, child, token)
        first = wished.ids[0]
        outcome = desk.ledger.outcome(first)
        if outcome is None:
            return wished
        is_fresh = outcome.finished_at + SAME_PRESS_S > time.time()
        if is_fresh and outcome.state == "succeeded":
            return None
        token = first[:8]
    return None


def _jobs(wished: Wished, *, asker: Asker, place: Thread, now: float) -> list[Job]:
    parent, child = wished.parent, wished.child
    wish = parent.job.wish
    if child.resolution:
        wish = msgspec.structs.replace(wish, resolution=child.resolution)
    upload = Upload(id=identity.of_jobs(wished.ids), jobs=wished.ids, together=child.count > 1)
    return [
        Job(
            id=job_id,
            gesture=child.gesture,
            created_at=now,
            wish=wish,
            photo=parent.photo,
            mask=parent.mask,
            asker=asker,
            thread=place,
            upload=upload,
            parent=Parent(job_id=parent.job.id, token=wished.token),
            variation=number if upload.together else 0,
        )
        for number, job_id in enumerate(wished.ids, start=1)
    ]


def _as_allowed(job: Job, desk: Desk) -> Job:
    """What was allowed for the parent need not be so any more."""
    if job.wish.watermark or desk.config.limits.watermark_optional:
        return job
    marked: Wish = msgspec.structs.replace(job.wish, watermark=True)
    return msgspec.structs.replace(job, wish=marked)
