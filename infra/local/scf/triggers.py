"""Start functions by timers, and register COS triggers with the COS stand-in."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import msgspec

from infra.local.scf import upstream
from infra.local.scf.clock import Clock
from infra.local.scf.event_function import EventFunction
from infra.serverless_yml.deployment import ObjectTrigger, TimerTrigger

REGISTER_LIMIT_S = 15.0
RETRY_S = 0.1


async def register(triggers: Sequence[ObjectTrigger], *, scf: str, cos: str) -> None:
    """Tell the COS stand-in which URL to call for each trigger's objects and events.

    A trigger that is not enabled is left out. Raises ``RuntimeError`` if COS does not answer
    within 15 s or refuses.
    """
    wanted = [_registration(trigger, scf) for trigger in triggers if trigger.enabled]
    deadline = time.monotonic() + REGISTER_LIMIT_S
    while wanted:
        try:
            status = await asyncio.wait_for(
                upstream.put_json(cos, "/_control/triggers", msgspec.json.encode(wanted)),
                deadline - time.monotonic(),
            )
        except (upstream.Unreachable, upstream.Broken, asyncio.TimeoutError) as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"COS at {cos} did not take the triggers") from error
            await asyncio.sleep(RETRY_S)
        else:
            if status != 200:
                raise RuntimeError(f"COS at {cos} refused the triggers: HTTP {status}")
            return


def _registration(trigger: ObjectTrigger, scf: str) -> dict[str, str]:
    return {
        "name": trigger.function,
        "prefix": trigger.prefix,
        "suffix": trigger.suffix,
        "events": trigger.events,
        "url": f"http://{scf}/invoke/{trigger.function}?async=1",
    }


class Timers:
    """Fire timer triggers by the platform's clock, as long as ``on`` is true."""

    def __init__(self, clock: Clock, *, on: bool) -> None:
        self.on = on
        self._clock = clock
        self._origin = datetime.now(timezone.utc)

    async def run(self, trigger: TimerTrigger, function: EventFunction) -> None:
        """Send the trigger's events to its function until cancelled."""
        while due := trigger.cron.after(self._origin + timedelta(seconds=self._clock.seconds())):
            await self._clock.sleep_until((due - self._origin).total_seconds())
            if self.on and trigger.enabled:
                function.enqueue(timer_event(trigger, datetime.now(timezone.utc)))


def timer_event(trigger: TimerTrigger, at: datetime) -> bytes:
    """Build the event that a timer sends (583/9708). ``at`` is UTC."""
    return msgspec.json.encode(
        {
            "Type": "Timer",
            "TriggerName": trigger.name,
            "Time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Message": trigger.message,
        }
    )
