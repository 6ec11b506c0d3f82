"""What a listener works with during one request, and the few answers that the bot itself gives.

Slack waits three seconds: nothing here retries or sleeps, and every call has a short timeout.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient

from bot.asking import Message, files_of
from bot.slack import SlackBusy, SlackClosed, SlackRefused, SlackRevoked, SlackUnclear, call
from bot.texts import Language, language_of, text
from bot.views import Block
from functions.jobs import identity
from functions.jobs.ledger import Ledger
from functions.jobs.model import Job, SlackFile
from functions.jobs.steps import Claim
from functions.log import log

SLACK_TROUBLE = (SlackBusy, SlackClosed, SlackRefused, SlackRevoked, SlackUnclear)


@dataclass(frozen=True)
class Desk:
    """Built for each request, with that request's keys. ``writers`` accept jobs side by side."""

    ledger: Ledger
    slack: WebClient
    writers: ThreadPoolExecutor
    team_id: str
    bot_user_id: str

    def accept(self, jobs: Sequence[Job]) -> list[bool]:
        """Write the jobs down; True for each that is new. What COS refuses is raised."""
        if len(jobs) == 1:
            return [self.ledger.accept(jobs[0])]
        return list(self.writers.map(self.ledger.accept, jobs))

    def language(self, user_id: str) -> Language:
        """By the person's Slack locale; English when Slack does not say in time."""
        try:
            user = call(self.slack.users_info, user=user_id, include_locale=True)["user"]
        except SLACK_TROUBLE:
            return "en"
        return language_of(str(user.get("locale", "")))

    def seen(self, channel: str, ts: str) -> None:
        """The eyes on a message say that it was understood. A courtesy: it may fail."""
        try:
            call(self.slack.reactions_add, channel=channel, timestamp=ts, name="eyes")
        except SLACK_TROUBLE as error:
            if str(error) != "already_reacted":
                log("no reaction", error=str(error))

    def whisper_once(self, message: Message, blocks: Callable[[Language], list[Block]]) -> None:
        """Say something about a message that only its author sees.

        Once for each wording: Slack tells of one message by two events, and of each again.
        """
        upload = identity.of_upload(message.channel, message.ts)
        turn = self.ledger.claim(upload, f"whispered-{message.wording}", seconds=0)
        if not isinstance(turn, Claim):
            return
        language = self.language(message.user_id)
        try:
            call(
                self.slack.chat_postEphemeral,
                channel=message.channel,
                user=message.user_id,
                thread_ts=message.thread_ts if message.thread_ts != message.ts else None,
                blocks=blocks(language),
                text=text(language, "refusal.fallback"),
            )
        except SLACK_TROUBLE as error:
            log("could not whisper", error=str(error))

    def files_on(self, channel: str, ts: str, thread_ts: str) -> list[SlackFile]:
        """The files of a message, for an event that came without them.

        What Slack cannot say just now is raised, so that it asks again.
        """
        # A thread's first message comes with every answer, so two are asked for.
        where: dict[str, Any] = {"channel": channel, "latest": ts, "inclusive": True, "limit": 2}
        try:
            if thread_ts == ts:
                page = call(self.slack.conversations_history, **where)
            else:
                page = call(self.slack.conversations_replies, ts=thread_ts, oldest=ts, **where)
        except (SlackClosed, SlackRefused, SlackRevoked):
            return []
        found = [message for message in page["messages"] if message.get("ts") == ts]
        return files_of(found[0]) if found else []
