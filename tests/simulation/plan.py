"""What happens in a run, decided by its seed before it begins: wishes, and bad luck.

A plan is a list of events, so that some can be left out: the run is the same but for what follows
from them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from tests.simulation.edges.calling import Fault


class _Event(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Something that happens ``at`` so many seconds after the beginning."""

    at: float = 0.0


class Mention(_Event, frozen=True, kw_only=True):
    """Somebody asks for pictures of so many photos in one message."""

    person: int
    photos: int = 1


class Press(_Event, frozen=True, kw_only=True):
    """Somebody presses a button, of several the ``among``-th; ``twice``: once more, at once."""

    person: int
    action: str  # cancel | again | variations | cutout | delete
    among: int = 0
    twice: bool = False


class Webhook(_Event, frozen=True, kw_only=True):
    """A program sends a job or a batch, to be shown in Slack as well or not."""

    client: int
    jobs: int = 1
    slack: bool = False
    twice: bool = False


class TakeBack(_Event, frozen=True, kw_only=True):
    """A program has one of its jobs deleted."""

    client: int
    which: int = 0


class Kill(_Event, frozen=True, kw_only=True):
    """A process dies: the worker's, the bot's or the gateway's."""

    who: str


class Overlap(_Event, frozen=True, kw_only=True):
    """From then on the platform runs two instances of the worker; one clock may be ahead."""

    ahead_s: float = 0.0


class Stale(_Event, frozen=True, kw_only=True):
    """For ``seconds`` a LIST shows what was true ``lag_s`` before."""

    seconds: float
    lag_s: float


class Redelivered(_Event, frozen=True, kw_only=True):
    """Slack tells of its ``nth`` event once more, ``at`` seconds after it."""

    nth: int


class LateTrigger(_Event, frozen=True, kw_only=True):
    """The ``nth`` new request wakes the worker only ``at`` seconds later, ``never``, or twice."""

    nth: int
    never: bool = False
    twice: bool = False


class KeysEnd(_Event, frozen=True, kw_only=True):
    """The keys of the ``nth`` invocation end ``at`` seconds after its start."""

    nth: int


class Silent(_Event, frozen=True, kw_only=True):
    """A program's host takes callbacks and says nothing, for ``seconds``."""

    client: int
    seconds: float


class Refusals(_Event, frozen=True, kw_only=True):
    """aiart's next tasks are refused with these codes."""

    codes: tuple[str, ...]


class Quota(_Event, frozen=True, kw_only=True):
    """Each person has so many pictures a day."""

    places: int


class RacingCreates(_Event, frozen=True, kw_only=True):
    """COS takes two create-only writes that are under way at the same time."""


Event = (
    Mention
    | Press
    | Webhook
    | TakeBack
    | Kill
    | Overlap
    | Stale
    | Redelivered
    | LateTrigger
    | KeysEnd
    | Silent
    | Refusals
    | Quota
    | RacingCreates
    | Fault
)


class Plan(msgspec.Struct, frozen=True):
    """A seed, and what happens. The rest (who is faster, how long it takes) the seed says."""

    seed: int
    events: tuple[Event, ...]

    @property
    def is_fair_weather(self) -> bool:
        """Whether nothing goes wrong."""
        return all(isinstance(one, Mention | Press | Webhook) for one in self.events)

    def without(self, left_out: Sequence[Event]) -> Plan:
        """The same with some events left out."""
        gone = {id(one) for one in left_out}
        return Plan(self.seed, tuple(one for one in self.events if id(one) not in gone))


VENDORS = {"cos": (7, 160), "slack": (4, 24), "aiart": (2, 4), "web": (1, 8)}  # weight, calls
CROWDS, LATE_LISTS, AFTER_THE_END, TWO_WORKERS = 0.05, 0.04, 0.03, 0.05  # of the seeds
KINDS = {"request-lost": 3, "answer-lost": 4, "refused": 3, "killed": 2}
OPS = {
    "cos": ("", "", "PUT_NEW", "PUT_NEW", "DELETE", "LIST", "GET"),
    "slack": ("", "chat.postMessage", "chat.postMessage", "chat.delete"),
}
CODES = (
    "FailedOperation.ServerError",
    "FailedOperation.RequestTimeout",
    "RequestLimitExceeded.JobNumExceed",
    "OperationDenied.ImageIllegalDetected",
    "FailedOperation.GenerateImageFailed",
    "ResourceInsufficient.ChargeResourceExhaust",
)
ACTIONS = {"cancel": 4, "again": 2, "delete": 3, "variations": 1, "cutout": 1}


def plan_of(seed: int) -> Plan:
    """What a seed has in store."""
    rng = random.Random(f"plan {seed}")  # no secret
    scene = rng.random()
    for share, acted in _SCENES:
        if 0 <= scene < share:
            return Plan(seed, tuple(acted(rng)))
        scene -= share
    events: list[Event] = [*_wishes(rng), *_second_thoughts(rng)]
    for chance, make in _LUCK:
        if rng.random() < chance:
            events.append(make(rng))
    events += [_fault(rng) for _ in range(rng.choice((0, 1, 1, 2, 3, 5)))]
    return Plan(seed, tuple(events))


def _crowd(rng: random.Random) -> list[Event]:
    """A good day: somebody with a batch, and others who come after them."""
    batch = Mention(person=0, photos=rng.choice((5, 6)))
    others = [Mention(at=round(rng.uniform(1, 12), 1), person=one) for one in (1, 2)]
    return [batch, *others[: rng.choice((1, 2))]]


def _late_lists(rng: random.Random) -> list[Event]:
    """Two workers at a batch that somebody takes back, while LIST shows none of it."""
    return [
        Mention(person=0, photos=rng.choice((4, 5, 6))),
        Press(at=round(rng.uniform(2, 15), 1), person=0, action=rng.choice(("cancel", "delete"))),
        Overlap(),
        Stale(seconds=900.0, lag_s=round(rng.uniform(60, 600), 1)),
        *([RacingCreates()] if rng.random() < 0.5 else ()),
        *(_fault(rng) for _ in range(rng.choice((0, 0, 1)))),
        *([Kill(at=round(rng.uniform(8, 40), 1), who="worker")] if rng.random() < 0.5 else ()),
    ]


def _after_end(rng: random.Random) -> list[Event]:
    """Slack tells of a message once more, when its job is long cancelled, or deleted."""
    return [
        Mention(person=0, photos=rng.choice((1, 1, 2))),
        Press(at=1.0, person=0, action=rng.choice(("cancel", "delete"))),
        Kill(at=round(rng.uniform(130, 400), 1), who="bot"),  # else it knows the message
        *(Redelivered(at=round(rng.uniform(500, 900), 1), nth=nth) for nth in range(3)),
    ]


def _two_workers(rng: random.Random) -> list[Event]:
    """Two workers that hear of the same jobs at the same time, and an aiart that says no."""
    photos = rng.choice((1, 2, 3))
    return [
        Mention(person=0, photos=photos),
        Overlap(),
        RacingCreates(),
        *(
            LateTrigger(at=round(rng.uniform(0.1, 1.0), 2), nth=nth, twice=True)
            for nth in range(photos)
        ),
        Refusals(codes=tuple(rng.choices(CODES[:4], k=rng.choice((0, 1, 2, 4))))),
        *(_fault(rng) for _ in range(rng.choice((0, 0, 1)))),
    ]


_SCENES = (
    (CROWDS, _crowd),
    (LATE_LISTS, _late_lists),
    (AFTER_THE_END, _after_end),
    (TWO_WORKERS, _two_workers),
)


def _picked(rng: random.Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def _wishes(rng: random.Random) -> list[Event]:
    found: list[Event] = []
    for _ in range(rng.choice((1, 1, 2, 2, 3))):
        at = round(rng.choice((0.0, rng.uniform(0, 20), rng.uniform(0, 90))), 1)
        if rng.random() < 0.65:
            photos = rng.choice((1, 1, 1, 2, 3))
            found.append(Mention(at=at, person=rng.randrange(3), photos=photos))
        else:
            jobs, twice = rng.choice((1, 1, 2, 3)), rng.random() < 0.2
            slack = rng.random() < 0.5
            found.append(
                Webhook(at=at, client=rng.randrange(2), jobs=jobs, slack=slack, twice=twice)
            )
    return found


def _second_thoughts(rng: random.Random) -> list[Event]:
    found: list[Event] = []
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        at = round(rng.uniform(2, 120), 1)
        if rng.random() < 0.15:
            found.append(TakeBack(at=at, client=rng.randrange(2), which=rng.randrange(3)))
        else:
            action, twice = _picked(rng, ACTIONS), rng.random() < 0.3
            found.append(
                Press(
                    at=at,
                    person=rng.randrange(3),
                    action=action,
                    among=rng.randrange(3),
                    twice=twice,
                )
            )
    return found


def _fault(rng: random.Random) -> Event:
    vendor = _picked(rng, {name: weight for name, (weight, _) in VENDORS.items()})
    op = rng.choice(OPS.get(vendor, ("",)))
    most = VENDORS[vendor][1] // (3 if op else 1)
    return Fault(
        vendor=vendor,
        op=op,
        nth=rng.randrange(most),
        kind=_picked(rng, KINDS),
        times=rng.choice((1, 1, 1, 3, 8)),
    )


def _stale(rng: random.Random) -> Event:
    at, seconds = rng.uniform(0, 30), rng.uniform(10, 120)
    return Stale(at=round(at, 1), seconds=round(seconds, 1), lag_s=round(rng.uniform(1, 60), 1))


def _trigger(rng: random.Random) -> Event:
    how = rng.random()
    at = round(rng.uniform(1, 200), 1)
    return LateTrigger(at=at, nth=rng.randrange(4), never=how < 0.3, twice=how > 0.6)


_LUCK = (
    (0.35, lambda rng: Kill(at=round(rng.uniform(1, 60), 2), who="worker")),
    (0.10, lambda rng: Kill(at=round(rng.uniform(0, 30), 2), who="bot")),
    (0.05, lambda rng: Kill(at=round(rng.uniform(0, 30), 2), who="gateway")),
    (0.35, lambda rng: Overlap(ahead_s=rng.choice((0.0, 0.0, -8.0, 8.0)))),
    (0.25, _stale),
    (0.30, lambda rng: Redelivered(at=rng.choice((0.1, 5.0, 70.0, 900.0)), nth=rng.randrange(4))),
    (0.30, _trigger),
    (0.10, lambda rng: KeysEnd(at=round(rng.uniform(0.5, 40), 1), nth=rng.randrange(3))),
    (0.10, lambda rng: Silent(client=rng.randrange(2), seconds=rng.choice((30.0, 300.0, 3000.0)))),
    (0.25, lambda rng: Refusals(codes=tuple(rng.choices(CODES, k=rng.choice((1, 1, 2, 4)))))),
    (0.10, lambda _: Quota(places=2)),
    (0.15, lambda _: RacingCreates()),
)  # fmt: skip
