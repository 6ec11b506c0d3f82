"""Keep the workspace in memory. Only code on one event loop may use it."""

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
    """Make an id of Slack's form: ``prefix`` for the kind, then ten random capitals and digits."""
    return prefix + "".join(secrets.choice(ID_CHARACTERS) for _ in range(10))


class State:
    """Hold the workspace: people, channels with messages, files, open views, and recent changes."""

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
        """Copy the workspace; the copy numbers its changes from ``last_change`` on."""
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
        """Make a message's timestamp. It is larger than every earlier one, so no two are equal."""
        self._last_us = max(time.time_ns() // 1000, self._last_us + 1)
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"

    def channel_named(self, name: str) -> Channel | None:
        """Find a channel by id, ``#name`` or ``name``, or the bot's DM by the person's id."""
        if name in self.channels:
            return self.channels[name]
        for one in self.channels.values():
            if (one.name and one.name == name.removeprefix("#")) or (one.user and one.user == name):
                return one
        return None

    def is_shared(self, channel: Channel | None) -> bool:
        """Tell whether a channel has members from another workspace."""
        members = channel.members if channel else set()
        return any(self.people[one].team for one in members if one in self.people)

    def team_of(self, user: str) -> str:
        """Give the id of a person's workspace; for an unknown person, this workspace's."""
        person = self.people.get(user)
        return (person.team if person else "") or world.TEAM_ID

    def message(self, channel: str, ts: str) -> Message | None:
        """Find a message by its channel and ts. Ephemeral messages are not looked for."""
        home = self.channels.get(channel)
        return home.messages.get(ts) if home else None

    def view(self, view_id: str) -> View | None:
        """Find an open modal or a Home tab by its id."""
        stacked = [one for stack in self.modals.values() for one in stack]
        for one in [*stacked, *self.homes.values()]:
            if one.id == view_id:
                return one
        return None

    def changed(self, kind: str, *, channel: str = "", ts: str = "") -> None:
        """Record a change under the next number, and wake the requests that wait for one."""
        self._last_change += 1
        self.changes.append(Change(n=self._last_change, kind=kind, channel=channel, ts=ts))
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, since: int, *, timeout_s: float) -> list[Change]:
        """Wait until there are changes after number ``since``, up to ``timeout_s``; list them."""
        if self._last_change <= since:
            try:
                await asyncio.wait_for(self._changed.wait(), timeout_s)
            except asyncio.TimeoutError:
                return []
        return [one for one in self.changes if one.n > since]
