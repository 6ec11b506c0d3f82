"""Bundle what all parts of the stand-in share, so that each takes it as one argument."""

import time
from collections.abc import Callable

import msgspec

from infra.local.control import Control
from infra.local.slack import world
from infra.local.slack.delivery import Courier
from infra.local.slack.model import ResponseUrl, Trigger
from infra.local.slack.settings import Settings
from infra.local.slack.state import State, new_id

RESPONSE_URL_LIFE_S = 30 * 60
RESPONSE_URL_USES = 5


class Workspace:
    """Hold the state, the settings, the courier to the app, and the stand-in's own address."""

    def __init__(
        self, *, address: str, bot_token: str, signing_secret: str, settings: Settings
    ) -> None:
        self.address = address
        self.bot_token = bot_token
        self.control = Control("slack")
        self.first_settings = settings
        self.settings = msgspec.structs.replace(settings)
        self.state = State()
        self.courier = Courier(signing_secret, lambda: self.settings)

    @property
    def base_url(self) -> str:
        """Give the start of all URLs that the stand-in hands out, such as those of files."""
        return self.settings.base_url or f"http://{self.address}"

    def start_over(self) -> None:
        """Reset the workspace and the settings to those of the start; the app stays registered.

        Changes keep counting up, so that a waiting page notices the reset.
        """
        self.courier.forget()
        self.settings = msgspec.structs.replace(self.first_settings)
        self._have(State(last_change=self.state.last_change))

    def keep(self) -> Callable[[], None]:
        """Copy the state of now, and give a function that restores it each time it is called."""
        kept = self.state.copy()
        return lambda: self._have(kept.copy(last_change=self.state.last_change))

    def _have(self, state: State) -> None:
        old, self.state = self.state, state
        for one in (old, self.state):
            one.changed("reset")

    def new_trigger(self, user: str, *, from_view: str = "") -> str:
        """Make a trigger_id, with which the app may open a modal for the person who has acted."""
        trigger_id = f"{time.time_ns() // 1_000_000}.{world.TEAM_ID[1:]}.{new_id('').lower()}"
        self.state.triggers[trigger_id] = Trigger(
            user=user, from_view=from_view, expires_at=time.time() + self.settings.trigger_s
        )
        return trigger_id

    def new_response_url(
        self, *, channel: str, user: str, message_ts: str = "", thread_ts: str = ""
    ) -> str:
        """Make a response_url, at which the app may answer what a person did."""
        token = new_id("").lower() + new_id("").lower()
        self.state.responses[token] = ResponseUrl(
            channel=channel,
            user=user,
            message_ts=message_ts,
            thread_ts=thread_ts,
            expires_at=time.time() + RESPONSE_URL_LIFE_S,
            uses_left=RESPONSE_URL_USES,
        )
        return f"{self.base_url}/response/{token}"
