"""Plan what happens in a run, from its seed: what people ask for, and what goes wrong.

A plan is a list of events. Without some of them, the rest of the run stays the same but for their
consequences, so that a failing plan can be shrunk.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from tests.simulation.edges.calling import Fault


class _Event(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Describe an event that happens ``at`` seconds after the run's start."""

    at: float = 0.0


class Mention(_Event, frozen=True, kw_only=True):
    """Have a person send one message with ``photos`` photos."""

    person: int
    photos: int = 1


class Press(_Event, frozen=True, kw_only=True):
    """Have a person press a button: of several the ``among``-th, and again at once if ``twice``."""

    person: int
    action: str  # cancel | again | variations | cutout | delete
    among: int = 0
    twice: bool = False


class Webhook(_Event, frozen=True, kw_only=True):
    """Have a program send a job or a batch; with ``slack``, it is shown in Slack as well."""

    client: int
    jobs: int = 1
    slack: bool = False
    twice: bool = False


class TakeBack(_Event, frozen=True, kw_only=True):
    """Have a program delete one of its jobs."""

    client: int
    which: int = 0


class Kill(_Event, frozen=True, kw_only=True):
    """Kill a process of the worker, the bot or the gateway."""

    who: str


class Overlap(_Event, frozen=True, kw_only=True):
    """Let two instances of the worker run at once; the second's clock is ``ahead_s`` ahead."""

    ahead_s: float = 0.0


class Stale(_Event, frozen=True, kw_only=True):
    """Have LIST show the bucket as it was ``lag_s`` ago, for ``seconds``."""

    seconds: float
    lag_s: float


class Redelivered(_Event, frozen=True, kw_only=True):
    """Have Slack deliver its ``nth`` event again, ``at`` seconds after the event."""

    nth: int


class LateTrigger(_Event, frozen=True, kw_only=True):
    """Have the ``nth`` request invoke the worker only ``at`` seconds later, ``never``, or twice.

    With ``twice``, it does so soon and again ``at`` seconds later.
    """

    nth: int
    never: bool = False
    twice: bool = False


class KeysEnd(_Event, frozen=True, kw_only=True):
    """Have the keys of the ``nth`` invocation expire ``at`` seconds after its start."""

    nth: int


class Silent(_Event, frozen=True, kw_only=True):
    """Have a program's host not answer callbacks in the first ``seconds`` of the run."""

    client: int
    seconds: float


class Refusals(_Event, frozen=True, kw_only=True):
    """Have aiart refuse its first tasks, with these codes."""

    codes: tuple[str, ...]


class Quota(_Event, frozen=True, kw_only=True):
    """Allow each person ``places`` pictures a day."""

    places: int


class RacingCreates(_Event, frozen=True, kw_only=True):
    """Have COS take both of two create-only writes of one key at the same time."""


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
    """Hold a run's seed and events; the seed also decides durations and the order of tasks."""

    seed: int
    events: tuple[Event, ...]

    @property
    def is_fair_weather(self) -> bool:
        """Say whether nothing goes wrong in this plan."""
        return all(isinstance(one, Mention | Press | Webhook) for one in self.events)

    def without(self, left_out: Sequence[Event]) -> Plan:
        """Make the same plan with some events left out."""
        gone = {id(one) for one in left_out}
        return Plan(self.seed, tuple(one for one in self.events if id(one) not in gone))


# By vendor: how often it gets a fault, relative to the others, and among how many first calls.
VENDORS = {"cos": (7, 160), "slack": (4, 24), "aiart": (2, 4), "web": (1, 8)}
CROWDS, LATE_LISTS, AFTER_THE_END, TWO_WORKERS = 0.05, 0.04, 0.03, 0.05  # shares of the seeds
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
    """Make the plan of a seed: one of the scenes, or random events."""
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
    """Plan a run without faults: one person sends a batch, and others ask after them."""
    batch = Mention(person=0, photos=rng.choice((5, 6)))
    others = [Mention(at=round(rng.uniform(1, 12), 1), person=one) for one in (1, 2)]
    return [batch, *others[: rng.choice((1, 2))]]


def _late_lists(rng: random.Random) -> list[Event]:
    """Plan a batch that is taken back while two workers are at it and LIST is minutes late."""
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
    """Plan events that Slack delivers again long after the job was cancelled or deleted."""
    return [
        Mention(person=0, photos=rng.choice((1, 1, 2))),
        Press(at=1.0, person=0, action=rng.choice(("cancel", "delete"))),
        Kill(at=round(rng.uniform(130, 400), 1), who="bot"),  # it would remember the message
        *(Redelivered(at=round(rng.uniform(500, 900), 1), nth=nth) for nth in range(3)),
    ]


def _two_workers(rng: random.Random) -> list[Event]:
    """Plan two workers that get the same requests at the same time, while aiart refuses tasks."""
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
