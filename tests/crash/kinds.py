"""Define the kinds of job: how the scene is prepared, what is done in it, how it should end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.crash.people import PHOTOS, Json, insist

if TYPE_CHECKING:  # the two modules would import each other
    from tests.crash.harness import CrashHarness

WORDS = "on warm sand"
TOLD, PROGRESS = "backdrop_told", "backdrop_progress"


@dataclass(frozen=True)
class Scene:
    """Hold what there is at the start: jobs that have ended, and the message with the result."""

    jobs: tuple[str, ...] = ()
    message: Json | None = None

    @property
    def result(self) -> Json:
        """Give the message with the result, which a scene with a finished job in Slack has."""
        assert self.message is not None
        return self.message


@dataclass(frozen=True)
class Kind:
    """Describe a kind of job: ``act`` leads to ``jobs`` new jobs, which end in ``state``.

    ``paints``: each job makes a picture that is paid for.
    ``may_be_fewer``: a press that got no answer may have led to only some of the jobs, and is not
    repeated once one of them is to be seen.
    ``fresh_bot``: begin with a bot that has not yet asked Slack for the person's language.
    ``fresh_worker``: begin with a new worker: the timer runs meanwhile, and some of its chores are
    done only once per instance.
    """

    act: Callable[[CrashHarness, Scene], None]
    prepare: Callable[[CrashHarness], Scene] = lambda _: Scene()
    jobs: int = 1
    paints: bool = True
    may_be_fewer: bool = False
    state: str = "succeeded"
    fresh_bot: bool = False
    fresh_worker: bool = False

    @property
    def least_jobs(self) -> int:
        """Give the least number of new jobs."""
        return 1 if self.may_be_fewer else self.jobs


def kind_of(message: Json) -> str:
    """Give the kind of one of the bot's messages, from its metadata; empty if it has none."""
    return str((message.get("metadata") or {}).get("event_type", ""))


# --- scenes


def _finished(yard: CrashHarness) -> Scene:
    """Prepare a finished job, with its picture in a thread."""
    yard.person.write(f"@Backdrop {WORDS}", 1)
    yard.settle(1)
    (message,) = [one for one in yard.person.messages() if kind_of(one) == TOLD]
    return Scene(tuple(yard.look().outcomes), message)


def _finished_for_a_shop(yard: CrashHarness) -> Scene:
    yard.sender.send(_wish(yard))
    yard.settle(1)
    return Scene(tuple(yard.look().outcomes))


def _slot_in_use(yard: CrashHarness) -> Scene:
    """Take aiart's slot away, as if another used the same account, so that jobs must wait."""
    yard.control("aiart", "PUT", "settings", {"concurrency": 0})
    return Scene()


# --- acts


def _mention(yard: CrashHarness, _: Scene) -> None:
    yard.person.write(f"@Backdrop {WORDS}", 1)


def _two_photos(yard: CrashHarness, _: Scene) -> None:
    yard.person.write(f"@Backdrop {WORDS}", 2)


def _form(yard: CrashHarness, _: Scene) -> None:
    photo_id = yard.person.upload()
    insist(lambda: yard.person.open_form(WORDS), "the form to open")
    insist(lambda: yard.person.submit(photo_id), "the form to close")


def _press(action_id: str) -> Callable[[CrashHarness, Scene], None]:
    """Make an act that presses a button, and again as long as no new message shows an effect."""

    def press(yard: CrashHarness, scene: Scene) -> None:
        before = {one["ts"] for one in yard.person.messages()}

        def is_taken() -> bool:
            new = [one for one in yard.person.messages() if one["ts"] not in before]
            if any(kind_of(one) in {TOLD, PROGRESS} for one in new):
                return True
            return yard.person.press(scene.result, action_id)

        insist(is_taken, action_id)

    return press


def _cancel(yard: CrashHarness, _: Scene) -> None:
    """Ask for two pictures, cancel them while they wait for aiart's slot, then free the slot.

    There are two photos because the job whose turn it is is shown as being painted. The slot is
    freed only when the worker has looked for each job's tombstone again: before that it may be
    about to call aiart, and then it is too late to cancel.
    """
    yard.person.write(f"@Backdrop {WORDS}", 2)
    yard.wait_for(lambda: yard.calls("aiart") and _cancellable(yard), "a button that cancels")

    def is_taken() -> bool:
        shown = _cancellable(yard)
        return shown is None or yard.person.press(shown, "cancel")

    insist(is_taken, "cancel")
    before = _looks(yard)
    waiting = {key.removesuffix(".json").partition("/")[2] for key in yard.open_keys("requests/")}

    def has_looked() -> bool:
        looked, left = _looks(yard) - before, yard.open_keys("requests/")
        return not any(f"requests/{job}.json" in left and not looked[job] for job in waiting)

    yard.wait_for(has_looked, "the worker to look")
    yard.control("aiart", "PUT", "settings", {"concurrency": 1})


def _looks(yard: CrashHarness) -> Counter[str]:
    """Count by job how often a function has looked for its cancel tombstone."""
    heads = [one["target"].split("/") for one in yard.calls("cos") if one["op"] == "HEAD"]
    return Counter(key[1] for key in heads if key[-1] == "cancel.json")


def _cancellable(yard: CrashHarness) -> Json | None:
    shown = [one for one in yard.person.messages() if kind_of(one) == PROGRESS]
    return next((one for one in shown if '"cancel"' in str(one["blocks"]).replace("'", '"')), None)


def _webhook(yard: CrashHarness, _: Scene) -> None:
    yard.sender.send(_wish(yard))


def _webhook_batch(yard: CrashHarness, _: Scene) -> None:
    yard.sender.send({"jobs": [_wish(yard), _wish(yard)]}, "/v1/batches")


def _retraction(yard: CrashHarness, scene: Scene) -> None:
    yard.sender.take_back(scene.jobs[0])


def _wish(yard: CrashHarness) -> Json:
    deliver = {"slack": {"channel": PHOTOS}, "callback_url": yard.shop.hook_url}
    return {"image_url": yard.shop.photo_url, "prompt": WORDS, "deliver": deliver}


KINDS = {
    "mention": Kind(_mention),
    "two photos": Kind(_two_photos, jobs=2),
    "form": Kind(_form, fresh_bot=True),
    "again": Kind(_press("again"), _finished, fresh_bot=True),
    "variations": Kind(_press("variations"), _finished, jobs=3, may_be_fewer=True, fresh_bot=True),
    "cut out": Kind(_press("cutout"), _finished, paints=False, fresh_bot=True),
    "webhook": Kind(_webhook),
    "webhook batch": Kind(_webhook_batch, jobs=2),
    "cancel": Kind(
        _cancel,
        _slot_in_use,
        jobs=2,
        paints=False,
        state="cancelled",
        fresh_bot=True,
        fresh_worker=True,
    ),
    "delete": Kind(
        _press("delete"),
        _finished,
        jobs=0,
        paints=False,
        state="deleted",
        fresh_bot=True,
        fresh_worker=True,
    ),
    "webhook delete": Kind(
        _retraction,
        _finished_for_a_shop,
        jobs=0,
        paints=False,
        state="deleted",
        fresh_worker=True,
    ),
}
