"""Run a plan to its end: everybody in it acts, until nothing is left to do."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

from functions.worker import photos
from tests.simulation import people
from tests.simulation.edges.calling import Fault, Faults
from tests.simulation.judging import Judge
from tests.simulation.plan import (
    Event,
    KeysEnd,
    Kill,
    LateTrigger,
    Mention,
    Overlap,
    Plan,
    Press,
    Quota,
    RacingCreates,
    Redelivered,
    Refusals,
    Silent,
    Stale,
    TakeBack,
    Webhook,
)
from tests.simulation.scheduler import START, Stuck
from tests.simulation.world import SHOPS, Settings, World

T = TypeVar("T")
WAITING = ("requests/", "tombstones/", "callbacks/")
LONGEST_S = 30 * 3600.0  # more than a client's job may wait: it fails after a day
SETTLED_S = 5.0
ACTED_WITHIN_S = 130.0


def run(plan: Plan) -> World:
    """Run ``plan``; return its world, whose ``broken`` lists the rules that were broken."""
    photos.load()
    settings = Settings(
        per_user_per_day=next((one.places for one in _of(plan, Quota)), 0),
        worker_instances=1,
    )
    world = World(plan.seed, settings, Faults([*_of(plan, Fault)]))
    judge = Judge(world, is_fair_weather=plan.is_fair_weather)
    _prepare(world, plan)
    actors = _Actors(world, plan)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        world.scheduler.run(lambda: _is_over(world, actors), judge.after_step)
        judge.at_rest()
    except Stuck as stuck:
        judge.breaks(f"stuck: {stuck}")
    finally:
        world.is_over = True
        world.scheduler.end()
        if was_enabled:
            gc.enable()
    return world


def _of(plan: Plan, kind: type[T]) -> list[T]:
    return [one for one in plan.events if isinstance(one, kind)]


def _prepare(world: World, plan: Plan) -> None:
    """Set up the vendors and the platform to behave as the plan says."""
    stale, silent = _of(plan, Stale), _of(plan, Silent)

    def lag_s() -> float:
        now = world.scheduler.now - START
        lags = [one.lag_s for one in stale if one.at <= now < one.at + one.seconds]
        return max(lags, default=0.0)

    def is_silent(host: str) -> bool:
        now = world.scheduler.now - START
        return any(f"{SHOPS[one.client]}.example" == host and now < one.seconds for one in silent)

    world.objects.lag_s = lag_s
    world.web.silent = is_silent
    if _of(plan, RacingCreates):
        world.objects.races = lambda: True
    world.key_life_s = {one.nth + 1: one.at for one in _of(plan, KeysEnd)}
    for refusals in _of(plan, Refusals):
        world.aiart.refusals += refusals.codes
    for overlap in _of(plan, Overlap):
        world.settings.worker_instances = 2
        world.ahead_s = {2: overlap.ahead_s}
    late = {one.nth: one for one in _of(plan, LateTrigger)}
    count = iter(range(10_000))

    def delays_s() -> tuple[float, ...]:
        one = late.get(next(count))
        soon = world.rng.uniform(0.1, 1.0)
        if one is None:
            return (soon,)
        if one.never:
            return ()
        return (soon, one.at) if one.twice else (one.at,)

    world.event_delay_s = delays_s
    world.redelivered = {one.nth: one.at for one in _of(plan, Redelivered)}


class _Actors:
    """Act out the plan's events. ``acting`` counts the events that have not ended yet."""

    def __init__(self, world: World, plan: Plan) -> None:
        self._world = world
        self.acting = 0
        self._jobs: dict[int, list[str]] = {}
        for number, event in enumerate(plan.events):
            act = self._act_of(event, number)
            if act:
                self.acting += 1
                world.scheduler.begin(world.outside, self._later(event, act), f"act-{number}")
        world.scheduler.begin(world.outside, world.timer, "timer")

    def _later(self, event: Event, act: Callable[[], None]) -> Callable[[], None]:
        def wait_and_act() -> None:
            try:
                self._world.scheduler.pause(getattr(event, "at", 0.0))
                act()
            finally:
                self.acting -= 1

        return wait_and_act

    def _act_of(self, event: Event, number: int) -> Callable[[], None] | None:
        match event:
            case Mention():
                user = people.PEOPLE[event.person]
                return lambda: _drop(people.mention(self._world, user, event.photos))
            case Press():
                return lambda: self._press(event)
            case Webhook():
                return lambda: self._webhook(event, number)
            case TakeBack():
                return lambda: self._take_back(event)
            case Kill():
                return lambda: self._kill(event.who)
        return None

    def _press(self, event: Press) -> None:
        """Press the button as soon as a message has it, and give up after ``ACTED_WITHIN_S``."""
        world, user = self._world, people.PEOPLE[event.person]
        ends_at = world.scheduler.now + ACTED_WITHIN_S
        while not people.press(world, user, event.action, among=event.among):
            if world.scheduler.now >= ends_at:
                return
            world.scheduler.pause(2.0)
        if event.twice:
            people.press(world, user, event.action, among=event.among)
        if event.action == "delete":
            world.scheduler.pause(1.0)
            people.confirm(world, user)

    def _webhook(self, event: Webhook, number: int) -> None:
        for _ in range(2 if event.twice else 1):
            ids = people.webhook(
                self._world, SHOPS[event.client], number, event.jobs, slack=event.slack
            )
            self._jobs.setdefault(event.client, []).extend(ids)

    def _take_back(self, event: TakeBack) -> None:
        world, client = self._world, event.client
        ends_at = world.scheduler.now + ACTED_WITHIN_S
        while not self._jobs.get(client):
            if world.scheduler.now >= ends_at:
                return
            world.scheduler.pause(2.0)
        jobs = self._jobs[client]
        people.take_back(world, SHOPS[client], jobs[event.which % len(jobs)])

    def _kill(self, who: str) -> None:
        world = self._world
        if who == "worker":
            busy = [one for one in world.workers if world.busy.get(one)]
            if busy:
                world.kill(busy[0])
        else:
            world.kill(world.bot if who == "bot" else world.gateway)


def _drop(_: object) -> None:
    pass


def _is_over(world: World, actors: _Actors) -> bool:
    """Say whether the run is over.

    It is when nobody acts, nothing is under way and the bucket holds no work, or after
    ``LONGEST_S``.
    """
    now = world.scheduler.now - START
    if now > LONGEST_S:
        return True
    if actors.acting or world.deliveries or any(world.busy.values()):
        return False
    return not any(key.startswith(WAITING) for key in world.objects.keys)
