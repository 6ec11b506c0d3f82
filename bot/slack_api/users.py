"""Ask Slack about people, and remember it for a while in this process."""

import threading
import time
from collections.abc import Callable

from slack_sdk import WebClient

from bot.slack_api.client import SLACK_TROUBLE, call

KEPT_S = 600.0
KEPT_PEOPLE = 5_000


class UserDirectory:
    """Remember people's locales, for all requests of a process."""

    def __init__(self, slack: WebClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._slack = slack
        self._clock = clock
        self._lock = threading.Lock()
        self._locales: dict[str, tuple[str, float]] = {}

    def locale(self, user_id: str) -> str:
        """Look up a person's locale, such as ``zh-CN``; empty when Slack does not say in time."""
        with self._lock:
            locale, until = self._locales.get(user_id, ("", 0.0))
        if until > self._clock():
            return locale
        try:
            user = call(self._slack.users_info, user=user_id, include_locale=True)["user"]
        except SLACK_TROUBLE:
            return locale  # an old answer is better than none
        locale = str(user.get("locale") or "")
        with self._lock:
            if len(self._locales) >= KEPT_PEOPLE:
                self._locales.clear()
            self._locales[user_id] = (locale, self._clock() + KEPT_S)
        return locale

    def is_admin(self, user_id: str) -> bool:
        """Say whether they administer the workspace, as Slack says now; no when it does not say."""
        try:
            user = call(self._slack.users_info, user=user_id)["user"]
        except SLACK_TROUBLE:
            return False
        return bool(user.get("is_admin") or user.get("is_owner"))
