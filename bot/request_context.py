"""Give listeners what they work with during one request, and the answers the bot itself posts.

Slack waits three seconds: nothing here retries or sleeps, and every call has a short timeout.
"""

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import Any, Literal, TypeVar

import msgspec

from bot.job_messages import OneJobMessage, job_message_of
from bot.silence import Watch
from bot.slack_api.block_actions import BlockAction
from bot.slack_api.client import (
    SLACK_TROUBLE,
    BoundedClient,
    ChannelClosed,
    SlackRefused,
    TokenRevoked,
    call,
)
from bot.slack_api.content import UNSHOWN
from bot.slack_api.messages import UserMessage, files_of, is_ours
from bot.slack_api.pictures import with_pictures_or_words
from bot.slack_api.users import Profile, UserDirectory
from bot.texts import Language, language_of, text
from bot.views import Block, section, spoken
from bot.views.help import window
from functions.config import BotConfig
from functions.jobs.bucket import BucketUnavailable
from functions.jobs.bucket_layout import whispered_name
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.job_ids import id_of_upload
from functions.jobs.leases import HeldElsewhere, LeaseHeld
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.model import Asker, Job, SlackFile, Thread
from functions.jobs.recent_reads import RecentReads
from functions.jobs.records import Unreadable
from functions.jobs.report import shown_report_of
from functions.jobs.settings import PersonSettings, person_settings, save_person_settings
from functions.jobs.steps import Lease
from functions.log import log

T = TypeVar("T")
LOOKUP_TIMEOUT_S = 0.8
Whisper = Literal["refusal", "help", "sizes", "edited", "zip"]  # what an author alone is told
ACCEPTED_KEPT = 2_000


class AcceptedMessages:
    """Remember the messages whose jobs this process has accepted: Slack may send one three times.

    When the same message comes twice at once, the second request waits for the first. Where another
    process has accepted it, the job is found by its id, which is made from the message.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Hashable, tuple[threading.Lock, list[bool]]] = {}

    def once(self, message: Hashable, accept: Callable[[], bool]) -> None:
        """Call ``accept``, unless it has returned True for this ``message`` before."""
        with self._lock:
            if len(self._known) >= ACCEPTED_KEPT:
                self._known = {}
            lock, done = self._known.setdefault(message, (threading.Lock(), []))
        with lock:
            if not done and accept():
                done.append(True)


class RequestContext(msgspec.Struct, frozen=True):
    """Serve one request, with that request's COS keys.

    ``writers`` are the process's threads for what is done concurrently. ``people``, ``accepted``
    and ``recent`` belong to the process, too; ``event_id`` is for the log.
    """

    config: BotConfig
    ledger: Ledger
    slack: BoundedClient
    people: UserDirectory
    writers: ThreadPoolExecutor
    accepted: AcceptedMessages
    recent: RecentReads
    team_id: str
    bot_user_id: str
    app_id: str = ""  # ours, as Slack's payload says
    enterprise_id: str = ""  # the organisation that the workspace belongs to, on Enterprise Grid
    sender_team: str = ""  # the person's own workspace or organisation, where Slack says it
    is_shared: bool = True  # the channel, with another workspace; False only where Slack says so
    event_id: str = ""  # Slack's id of the event, or the trigger's of a press
    _settings: dict[str, PersonSettings] = {}

    @property
    def links(self) -> Links | None:
        """Give the maker of long-lived links; None until the operator has set them up."""
        if not self.config.link_base_url or not self.config.link_secrets:
            return None
        return Links(self.config.link_base_url, self.config.link_secrets)

    def map_concurrently(self, work: Callable[[str], T], names: Sequence[str]) -> list[T]:
        """Call ``work`` for all names at once, and give the results. The first error is raised."""
        if len(names) == 1:
            return [work(names[0])]
        return list(self.writers.map(work, names))

    def accept(self, jobs: Sequence[Job]) -> list[bool]:
        """Write the jobs to the open queue; say of each, in order, whether it is new.

        A job that is fitted from another one's picture is written after that one: the worker must
        never find it alone. If the worker is silent, the asker and the administrators are told.
        Raises ``BucketUnavailable`` or ``KeysExpired``.
        """
        looking = self.watch.begin(self.writers)
        by_id = {job.id: job for job in jobs}
        after = [job.id for job in jobs if job.parent and job.parent.job_id in by_id]
        accepted: dict[str, bool] = {}
        for ids in ([job_id for job_id in by_id if job_id not in after], after):
            new = self.map_concurrently(lambda job_id: self.ledger.accept(by_id[job_id]), ids)
            accepted.update(zip(ids, new, strict=True))
        for job in jobs:
            log(
                "accepted",
                job=job.id,
                event=self.event_id,
                upload=job.upload.id,
                gesture=job.gesture,
                new=accepted[job.id],
            )
        if any(accepted.values()):
            self._say_if_silent(self.watch.silent_minutes(looking), jobs[0])
        return [accepted[job.id] for job in jobs]

    @property
    def watch(self) -> Watch:
        """Make this request's check for a silent worker."""
        return Watch(
            self.ledger,
            self.slack,
            self.config.admin_channel,
            self.config.choices.worker_silent_after_s,
            self.recent,
        )

    def _say_if_silent(self, minutes: int | None, job: Job) -> None:
        """Tell the administrators and the asker at once, waiting ``LOOKUP_TIMEOUT_S`` at the most.

        Does nothing if ``minutes`` is None.
        """
        if minutes is None:
            return
        telling = [self.writers.submit(self.watch.tell_admins, minutes)]
        if job.thread and job.asker.user_id:
            # Slack shows an ephemeral message in a thread only if the thread has a reply already.
            place = job.thread if job.parent else Thread(channel=job.thread.channel)
            arguments = job.asker.user_id, place, "silent.kept"
            telling.append(
                self.writers.submit(self.post_ephemeral_text, *arguments, minutes=minutes)
            )
        wait(telling, LOOKUP_TIMEOUT_S)

    def with_timeout(self, work: Callable[[], T], default: T) -> T:
        """Give the result of ``work``, or ``default`` after ``LOOKUP_TIMEOUT_S`` or COS trouble.

        For what a form can be opened without: its trigger lives three seconds.
        """
        try:
            return self.writers.submit(work).result(LOOKUP_TIMEOUT_S)
        except (FutureTimeout, BucketUnavailable):
            return default

    def is_ours(self, message: Mapping[str, Any]) -> bool:
        """Say whether our app has posted a message: only then the job that it names is trusted."""
        return is_ours(message, self.app_id, self.people.own_bot_id)

    # --- people

    def asker(self, user_id: str) -> Asker:
        """Make the ``Asker`` that this person's jobs record, with their own choice of language."""
        return Asker(
            team_id=self.team_id,
            user_team="" if self.sender_team == self.team_id else self.sender_team,
            user_id=user_id,
            language=self.person_settings(user_id).language,
        )

    def is_external(self, user_id: str) -> bool | None:
        """Say whether a person belongs to another workspace and organisation; None if not known.

        As a rule the request's payload says it; else ``people`` is asked, which may call Slack.
        """
        if self.sender_team in {self.team_id, self.enterprise_id} - {""}:
            return False
        if self.sender_team and not self.enterprise_id:
            return True
        if not self.sender_team and not self.is_shared:
            return False
        profile = self.people.profile(user_id)
        return None if profile is None else not self._is_of_home(profile)

    def is_guest(self, user_id: str) -> bool | None:
        """Say whether a person is a guest of this workspace; None if Slack does not say.

        A guest of another workspace is none here: ``is_external`` says that.
        """
        profile = self.people.profile(user_id)
        return None if profile is None else profile.is_guest and self._is_of_home(profile)

    def is_admin(self, user_id: str) -> bool:
        """Say whether a person administers the workspace, as Slack says now."""
        return self.people.is_admin(user_id, team_id=self.team_id, enterprise_id=self.enterprise_id)

    def _is_of_home(self, profile: Profile) -> bool:
        return profile.belongs_to(self.team_id, self.enterprise_id)

    def person_settings(self, user_id: str) -> PersonSettings:
        """Give a person's own defaults; they are read once in a request. Raises as COS reads do."""
        if user_id not in self._settings:
            own = person_settings(self.ledger.bucket, self.team_id, user_id)
            self._settings[user_id] = own
        return self._settings[user_id]

    def save_person_settings(self, user_id: str, settings: PersonSettings) -> None:
        """Save a person's own defaults, also for the rest of this request."""
        save_person_settings(self.ledger.bucket, self.team_id, user_id, settings)
        self._settings[user_id] = settings

    def personal_defaults(self, user_id: str) -> dict[str, object]:
        """Give the ``Wish`` fields that the person has set as defaults: resolution and mark."""
        own = self.person_settings(user_id)
        fields: dict[str, object] = {}
        if own.resolution and own.resolution.is_in_range:  # the limits may have changed since
            fields["resolution"] = own.resolution
        if own.watermark is not None and self.may_leave_mark_out(user_id):
            fields["watermark"] = own.watermark
        return fields

    def may_leave_mark_out(self, user_id: str) -> bool:
        """Say whether a person may have pictures without the visible mark.

        The operator has to allow it, and the person to have agreed to what it means.
        """
        optional = self.config.limits.watermark_optional
        return optional and self.person_settings(user_id).agreed_unmarked_at > 0

    def may_replace_mark(self, user_id: str) -> bool:
        """Say whether a logo may replace the mark: allowed by the operator, and agreed to."""
        return self.config.choices.scene_logos and self.may_leave_mark_out(user_id)

    def language(self, user_id: str) -> Language:
        """Give a person's language: their own choice, else by their Slack locale, else English."""
        return self.person_settings(user_id).language or language_of(self.people.locale(user_id))

    # --- answers

    def react_with_eyes(self, channel: str, ts: str) -> None:
        """React to a message with eyes: it was understood. Slack's refusal is only logged."""
        try:
            call(self.slack.reactions_add, channel=channel, timestamp=ts, name="eyes")
        except SLACK_TROUBLE as error:
            if str(error) != "already_reacted":
                log("no reaction", error=str(error), event=self.event_id)

    def post_ephemeral_once(
        self, message: UserMessage, what: Whisper, blocks: Callable[[Language], list[Block]]
    ) -> None:
        """Post blocks about a message that only its author sees, once for each wording of it.

        Slack sends two events for one message, and repeats each of them. ``what`` is told so, and
        keeps nothing else from being told.
        """
        upload = id_of_upload(message.channel, message.ts)
        lease: Lease | HeldElsewhere | None = None
        with suppress(LeaseHeld):  # the records about this upload were deleted just now
            lease = self.ledger.acquire(upload, whispered_name(what, message.wording), seconds=0)
        if isinstance(lease, Lease):
            in_thread = message.thread_ts if message.thread_ts != message.ts else ""
            place = Thread(channel=message.channel, thread_ts=in_thread)
            self.post_ephemeral(message.user_id, place, blocks)

    def post_ephemeral(
        self, user_id: str, place: Thread, blocks: Callable[[Language], list[Block]]
    ) -> None:
        """Post blocks that only one person sees, in their language.

        What Slack refuses is only logged. Raises ``BucketUnavailable`` or ``KeysExpired``.
        """
        self.post_ephemeral_picture(user_id, place, lambda _, language: blocks(language))

    def post_ephemeral_picture(
        self,
        user_id: str,
        place: Thread,
        blocks: Callable[[Block, Language], list[Block]],
        picture: Block = UNSHOWN,
    ) -> None:
        """Post blocks with a picture as ``post_ephemeral`` does; words if Slack cannot show it.

        ``picture`` is its source, which ``blocks`` is given.
        """
        language = self.language(user_id)

        def post(sources: Sequence[Block]) -> None:
            shown = blocks(sources[0], language)
            call(
                self.slack.chat_postEphemeral,
                channel=place.channel,
                user=user_id,
                thread_ts=place.thread_ts or None,
                blocks=shown,
                text=spoken(shown),
            )

        try:
            with_pictures_or_words([picture], post)
        except SLACK_TROUBLE as error:
            log("could not whisper", error=str(error), event=self.event_id)

    def command_response(
        self, user_id: str, blocks: Callable[[Language], list[Block]]
    ) -> dict[str, Any]:
        """Make the answer to a command, which Slack shows to that person alone."""
        shown = blocks(self.language(user_id))
        return {
            "response_type": "ephemeral",
            "text": spoken(shown),
            "blocks": shown,
        }

    def answer(self, action: BlockAction, blocks: Callable[[Language], list[Block]]) -> None:
        """Answer a press for the presser alone: beside the message, or in a modal where there is
        none, as on Home. What Slack refuses is only logged.
        """
        if action.channel:
            self.post_ephemeral(action.user_id, action.ephemeral_place, blocks)
            return
        language = self.language(action.user_id)
        view = window(blocks(language), language)
        try:
            call(self.slack.views_open, trigger_id=action.trigger_id, view=view)
        except SLACK_TROUBLE as error:
            log("could not answer", error=str(error), event=self.event_id)

    def answer_text(self, action: BlockAction, key: str, **facts: str | int) -> None:
        """Answer a press with one text, named by its key."""
        self.answer(action, lambda language: [section(text(language, key, **facts))])

    def post_ephemeral_text(
        self, user_id: str, place: Thread, key: str, **facts: str | int
    ) -> None:
        """Post one text, named by its key, that only one person sees."""
        self.post_ephemeral(
            user_id, place, lambda language: [section(text(language, key, **facts))]
        )

    # --- looking things up

    def job_message_of(self, job_id: str, links: Links) -> tuple[Job, OneJobMessage] | None:
        """Look up a job and its job message, with the buttons' present tokens.

        None where there is nothing to show: undecided, cancelled, deleted, unknown or unreadable.
        """
        try:
            report = shown_report_of(job_id, self.ledger)
            has_buttons = report and report.pictures and report.generated
            tokens = self.ledger.buttons(job_id) if has_buttons else None
        except Unreadable as error:  # other jobs in the same message or page can be shown
            log("not shown", job=job_id, record=str(error))
            return None
        if report is None:
            return None
        job_message = job_message_of(report, links, self.ledger.bucket, tokens=tokens)
        return (report.job, job_message) if job_message else None

    def open_direct_message(self, user_id: str) -> Thread:
        """Open the conversation with one person. Raises ``Refused`` if Slack does not."""
        try:
            opened = call(self.slack.conversations_open, users=user_id)
        except SLACK_TROUBLE as error:
            log("no direct messages", error=str(error), event=self.event_id)
            raise Refused(Problem(ErrorCode.DIRECT_NOT_OPENED)) from error
        return Thread(channel=str(opened["channel"]["id"]))

    def messages_until(
        self, channel: str, ts: str, thread_ts: str, **how: str | int
    ) -> Mapping[str, Any]:
        """Read one page of Slack's messages up to the one at ``ts``; ``how`` are more arguments.

        A thread's page begins at its first message, a channel's ends at ``ts``. Raises as ``call``
        does.
        """
        where: dict[str, Any] = {"channel": channel, "latest": ts, "inclusive": True, **how}
        if thread_ts == ts:
            return call(self.slack.conversations_history, **where).data  # type: ignore[return-value]
        return call(self.slack.conversations_replies, ts=thread_ts, **where).data  # type: ignore[return-value]

    def files_on(self, channel: str, ts: str, thread_ts: str) -> list[SlackFile]:
        """Look up the files on a message, for an event that came without them; none if it is gone.

        Raises ``RateLimited`` or ``OutcomeUnknown``: Slack then sends the event again.
        """
        try:
            # Slack adds a thread's first message to every page, so two are asked for.
            page = self.messages_until(channel, ts, thread_ts, limit=2, oldest=ts)
        except (ChannelClosed, SlackRefused, TokenRevoked):
            return []
        found = [message for message in page["messages"] if message.get("ts") == ts]
        return files_of(found[0]) if found else []
