"""Look up people and our own ids in Slack, and cache them in this process."""

import threading
import time
from collections.abc import Callable, Mapping

import msgspec
from slack_sdk import WebClient

from bot.slack_api.client import SLACK_TROUBLE, call

KEPT_S = 600.0
KEPT_PEOPLE = 5_000


class Profile(msgspec.Struct, frozen=True):
    """Hold what ``users.info`` says of a person.

    ``is_admin`` and ``is_guest`` count only where the person ``belongs_to`` the workspace in
    question. ``enterprise_id`` is their organisation on Enterprise Grid.
    """

    locale: str = ""
    team_id: str = ""
    enterprise_id: str = ""
    is_admin: bool = False
    is_guest: bool = False

    def belongs_to(self, team_id: str, enterprise_id: str) -> bool:
        """Say whether the person is of that workspace, or of another of the same organisation."""
        homes = {self.team_id, self.enterprise_id} - {""}
        return bool(homes & ({team_id, enterprise_id} - {""}))


class UserDirectory:
    """Cache people's profiles for all requests of a process, ``KEPT_PEOPLE`` at the most."""

    def __init__(self, slack: WebClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._slack = slack
        self._clock = clock
        self._lock = threading.Lock()
        self._profiles: dict[str, tuple[Profile, float]] = {}
        self._own_ids: Mapping[str, str] = {}

    def profile(self, user_id: str) -> Profile | None:
        """Give a profile at most ``KEPT_S`` old, by a call where none is cached.

        Where Slack does not answer, gives an older one, or None.
        """
        with self._lock:
            known, until = self._profiles.get(user_id, (None, 0.0))
        if known and until > self._clock():
            return known
        return self._asked_for(user_id) or known

    def locale(self, user_id: str) -> str:
        """Look up a person's locale, such as ``zh-CN``; empty when Slack does not say in time."""
        profile = self.profile(user_id)
        return profile.locale if profile else ""

    def is_admin(self, user_id: str, *, team_id: str, enterprise_id: str = "") -> bool:
        """Ask Slack whether a person administers that workspace; False where it does not answer.

        The cache is not used. An administrator of another workspace is none here.
        """
        profile = self._asked_for(user_id)
        return bool(profile and profile.is_admin and profile.belongs_to(team_id, enterprise_id))

    def own_bot_id(self) -> str:
        """Give our own bot id, as our messages carry it; empty when Slack does not say."""
        return self._ourselves().get("bot_id", "")

    def own_user_id(self) -> str:
        """Give our own user id, as mentions of us carry it; empty when Slack does not say."""
        return self._ourselves().get("user_id", "")

    def _ourselves(self) -> Mapping[str, str]:
        if not self._own_ids:
            try:
                said = call(self._slack.auth_test)
                self._own_ids = {name: str(said.get(name) or "") for name in ("bot_id", "user_id")}
            except SLACK_TROUBLE:
                return {}
        return self._own_ids

    def _asked_for(self, user_id: str) -> Profile | None:
        try:
            user = call(self._slack.users_info, user=user_id, include_locale=True)["user"]
        except SLACK_TROUBLE:
            return None
        profile = Profile(
            locale=str(user.get("locale") or ""),
            team_id=str(user.get("team_id") or ""),
            enterprise_id=str((user.get("enterprise_user") or {}).get("enterprise_id") or ""),
            is_admin=bool(user.get("is_admin") or user.get("is_owner")),
            is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        )
        with self._lock:
            if len(self._profiles) >= KEPT_PEOPLE:
                self._profiles.clear()
            self._profiles[user_id] = (profile, self._clock() + KEPT_S)
        return profile
