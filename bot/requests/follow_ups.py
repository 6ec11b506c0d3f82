"""Make and accept the jobs that a button under an earlier job's result asks for."""

import time
from collections.abc import Mapping
from functools import partial

import msgspec

from bot.request_context import RequestContext
from bot.requests.new_job import Asked, PhotoAndMask, new_jobs
from bot.requests.policy import check_allowed
from bot.slack_api.block_actions import BlockAction
from bot.views.buttons import ButtonValue, parse_button_value
from bot.views.refusal import refusal_blocks
from functions.jobs.errors import Refused
from functions.jobs.job_ids import id_of_button, token_after
from functions.jobs.model import UNPAINTED, Asker, Gesture, Job, Parent, PicturesOf, Thread
from functions.jobs.report import JobReport, is_photo_kept, parent_job
from functions.jobs.wish import PACKSHOT_SIZE, Packshot, Resolution, Wish

SAME_PRESS_S = 60.0  # after a job's success a press within this time counts as a repetition
MAX_STALE_BUTTONS = 20  # tokens to follow, one after the other, from an outdated button's


class FollowUp(msgspec.Struct, frozen=True):
    """Describe what a button starts: ``count`` jobs, as variations if there is more than one.

    ``resolution`` is a size other than the parent's; ``pictures`` are those that a zip contains.
    ``accepted`` is the key, with its facts, of the text that answers the press.
    """

    gesture: Gesture
    count: int = 1
    resolution: Resolution | None = None
    pictures: PicturesOf | None = None
    accepted: tuple[str, Mapping[str, int]] = ("press.accepted", {})

    def ids(self, parent: Job, token: str) -> tuple[str, ...]:
        """Make the jobs' ids: equal for all presses of a button that has the same token."""
        name = f"{self.gesture} {self.resolution}" if self.resolution else self.gesture
        numbers = range(1, self.count + 1) if self.count > 1 else (0,)
        return tuple(id_of_button(parent.id, name, token, number) for number in numbers)


class FollowUpJobs(msgspec.Struct, frozen=True):
    """Hold the jobs that a press asks for. ``token`` is the one that the button should have now."""

    parent: JobReport
    child: FollowUp
    token: str

    @property
    def ids(self) -> tuple[str, ...]:
        """Give the jobs' ids."""
        return self.child.ids(self.parent.job, self.token)


def start_follow_up(action: BlockAction, context: RequestContext, child: FollowUp) -> None:
    """Accept the jobs that a button asks for, once however often it is pressed, and answer.

    What is refused, expired or gone is told to the presser alone.
    """
    found = kept_parent_of(action, context)
    if found is None:
        return
    wished = _open_follow_up(found[0], child, found[1].token, context)
    if wished is None:
        context.answer_text(action, "press.already")
        return
    asker = context.asker(action.user_id)
    try:
        # On Home there is no thread: the picture goes to the asker alone.
        place = action.place if action.channel else context.open_direct_message(action.user_id)
        jobs = _follow_up_jobs(wished, asker=asker, place=place, now=time.time())
        jobs = [_as_allowed(job, context) for job in jobs]
        check_allowed(jobs, context)
    except Refused as refused:
        context.answer(action, partial(refusal_blocks, refused.problems))
        return
    is_new = any(context.accept(jobs))
    if is_new and action.channel and child.gesture not in UNPAINTED:
        return  # its progress follows
    said, facts = child.accepted if is_new else ("press.already", {})
    if is_new and not action.channel:
        said = "press.accepted_home"
    context.answer_text(action, said, **facts)


def made_before(action: BlockAction, child: FollowUp, context: RequestContext) -> str:
    """Find the succeeded job of an earlier press for the same; give its id, or an empty string.

    The button's own token is ignored: all tokens are followed from the first.
    """
    said = parse_button_value(action.value)
    parent = parent_job(context.ledger, said.job_id) if said else None
    if parent is None:
        return ""
    token = ""
    for _ in range(MAX_STALE_BUTTONS):
        first = child.ids(parent.job, token)[0]
        outcome = context.ledger.outcome(first)
        if outcome is None or outcome.state == "succeeded":
            return first if outcome else ""
        token = token_after(first)
    return ""


def parent_job_of(
    action: BlockAction, context: RequestContext
) -> tuple[JobReport, ButtonValue] | None:
    """Give the job whose result's button was pressed, and the button's value.

    None if the job is unknown or deleted; the presser is told so.
    """
    said = parse_button_value(action.value)
    parent = parent_job(context.ledger, said.job_id) if said else None
    if said is None or parent is None:
        context.answer_text(action, "press.gone")
        return None
    return parent, said


def kept_parent_of(
    action: BlockAction, context: RequestContext
) -> tuple[JobReport, ButtonValue] | None:
    """Give the same as ``parent_job_of``, but None also if the job's photo is kept no longer.

    The presser is told so.
    """
    found = parent_job_of(action, context)
    if found is None or is_photo_kept(context.ledger, found[0]):
        return found
    context.answer_text(action, "press.expired")
    return None


def _open_follow_up(
    parent: JobReport, child: FollowUp, token: str, context: RequestContext
) -> FollowUpJobs | None:
    """Find the jobs that a press asks for; None if they succeeded within ``SAME_PRESS_S``, or after
    ``MAX_STALE_BUTTONS`` tokens.

    A button gets a new token when its jobs end. If Slack did not take that update, the button has
    an old token: its press then counts as one of the button with the newest token.
    """
    for _ in range(MAX_STALE_BUTTONS):
        wished = FollowUpJobs(parent, child, token)
        first = wished.ids[0]
        outcome = context.ledger.outcome(first)
        if outcome is None:
            return wished
        is_fresh = outcome.finished_at + SAME_PRESS_S > time.time()
        if is_fresh and outcome.state == "succeeded":
            return None
        token = token_after(first)
    return None


def _follow_up_jobs(wished: FollowUpJobs, *, asker: Asker, place: Thread, now: float) -> list[Job]:
    parent, child = wished.parent, wished.child
    wish = Wish() if child.pictures else parent.job.wish
    if child.gesture == "packshot":
        wish = _packshot_of(wish)
    if child.resolution:
        wish = msgspec.structs.replace(wish, resolution=child.resolution, shop="")
    asked = Asked(
        gesture=child.gesture,
        at=now,
        wish=wish,
        asker=asker,
        thread=place,
        parent=Parent(job_id=parent.job.id, token=wished.token),
    )
    pair: PhotoAndMask = (child.pictures, None) if child.pictures else (parent.photo, parent.mask)
    photos = [pair] * len(wished.ids)
    return new_jobs(asked, wished.ids, photos, together=child.count > 1)


def _packshot_of(wish: Wish) -> Wish:
    """Make the wish for a white packshot of the same product; of a packshot, toggle its shadow."""
    before = wish.packshot
    if before:
        other = msgspec.structs.replace(before, shadow=not before.shadow)
        return msgspec.structs.replace(wish, packshot=other)
    return Wish(product=wish.product, packshot=Packshot(), resolution=PACKSHOT_SIZE)


def _as_allowed(job: Job, context: RequestContext) -> Job:
    """Put the visible mark back if the asker may not (or no longer) leave it out or replace it."""
    wish, user_id = job.wish, job.asker.user_id
    may = context.may_replace_mark if wish.logo else context.may_leave_mark_out
    if wish.is_marked or may(user_id):
        return job
    marked: Wish = msgspec.structs.replace(wish, watermark=True, logo=None)
    return msgspec.structs.replace(job, wish=marked)
