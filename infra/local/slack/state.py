"""Remember the workspace, all of it in memory and touched from one event loop only."""

import asyncio
import copy
import secrets
import string
import time
from collections import deque

from infra.local.slack import world
from infra.local.slack.model import (
    Change,
    Channel,
    Execution,
    File,
    Message,
    Person,
    ResponseUrl,
    Trigger,
    Values,
    View,
)

ID_CHARACTERS = string.ascii_uppercase + string.digits
CHANGES_KEPT = 20_000


def new_id(prefix: str) -> str:
    """Make an id of Slack's form: ``prefix`` says what it is, then ten capitals and digits."""
    return prefix + "".join(secrets.choice(ID_CHARACTERS) for _ in range(10))


class State:
    """Hold the workspace: who is there, what was said, what is open."""

    def __init__(self, *, last_change: int = 0) -> None:
        self.people: dict[str, Person] = {one.id: one for one in world.starting_people()}
        self.channels: dict[str, Channel] = {
            one.id: one for one in world.starting_channels(int(time.time()))
        }
        self.files: dict[str, File] = {}
        self.modals: dict[str, list[View]] = {}  # person: the stack, the last on top
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.responses: dict[str, ResponseUrl] = {}
        self.executions: dict[str, Execution] = {}
        self.message_values: dict[tuple[str, str, str], Values] = {}  # channel, ts, person
        self.upload_tickets: dict[str, str] = {}  # ticket: file id
        self.post_times: dict[str, deque[float]] = {}  # channel: when, for the rate limit
        self.changes: deque[Change] = deque(maxlen=CHANGES_KEPT)
        self._last_us = 0
        self._last_change = last_change
        self._changed = asyncio.Event()

    def copy(self, *, last_change: int = 0) -> "State":
        """Copy the workspace, with nobody waiting and with changes counted from ``last_change``."""
        other = State(last_change=last_change)
        world = {name: one for name, one in vars(self).items() if not name.startswith("_")}
        vars(other).update(copy.deepcopy(world))
        other._last_us = self._last_us
        return other

    @property
    def last_change(self) -> int:
        """Give the number of the newest change."""
        return self._last_change

    def next_ts(self) -> str:
        """Give a timestamp that no message has and that is larger than every one before."""
        self._last_us = max(time.time_ns() // 1000, self._last_us + 1)
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"

    def channel_named(self, name: str) -> Channel | None:
        """Find a channel by id, ``#name`` or ``name``, or the bot's DM by its person's id."""
        if name in self.channels:
            return self.channels[name]
        for one in self.channels.values():
            if (one.name and one.name == name.removeprefix("#")) or (one.user and one.user == name):
                return one
        return None

    def is_shared(self, channel: Channel | None) -> bool:
        """Tell whether people of another workspace are in the channel."""
        members = channel.members if channel else set()
        return any(self.people[one].team for one in members if one in self.people)

    def team_of(self, user: str) -> str:
        """Give the workspace that a person belongs to; for an unknown one it is this one."""
        person = self.people.get(user)
        return (person.team if person else "") or world.TEAM_ID

    def message(self, channel: str, ts: str) -> Message | None:
        """Find a message that everybody in the channel can see, so no ephemeral one."""
        home = self.channels.get(channel)
        return home.messages.get(ts) if home else None

    def view(self, view_id: str) -> View | None:
        """Find an open modal or a Home tab."""
        stacked = [one for stack in self.modals.values() for one in stack]
        for one in [*stacked, *self.homes.values()]:
            if one.id == view_id:
                return one
        return None

    def changed(self, kind: str, *, channel: str = "", ts: str = "") -> None:
        """Count a change, keep it and wake those who wait."""
        self._last_change += 1
        self.changes.append(Change(n=self._last_change, kind=kind, channel=channel, ts=ts))
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, since: int, *, timeout_s: float) -> list[Change]:
        """List the changes after number ``since``; wait for one, at most ``timeout_s`` seconds."""
        if self._last_change <= since:
            try:
                await asyncio.wait_for(self._changed.wait(), timeout_s)
            except asyncio.TimeoutError:
                return []
        return [one for one in self.changes if one.n > since]
