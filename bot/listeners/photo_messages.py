"""Handle messages that bring or mean a photo, and edits of them: mentions, direct messages, and
photos posted in a channel with automatic mode.

Slack sends up to three events for one upload (``message`` with ``file_share``, ``app_mention``,
``file_shared``), and repeats each that is not answered; a job's id, made from the message, makes
them one job. An ``app_mention`` may come without its message's files, or not at all. Editing a
message raises ``app_mention`` again if it mentions us, else only ``message_changed``.

After ``/backdrop auto on`` every photo that is posted in the channel becomes a job. The message's
text is the prompt; without one, or with ``auto always``, the channel's scene is used.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from bot.listeners import check, zip_pictures
from bot.listeners.message_jobs import accept_jobs, is_too_late, say_sizes
from bot.request_context import RequestContext
from bot.requests.from_message import ParseOptions, jobs_from_message
from bot.requests.photo_above import (
    NOTHING_ABOVE,
    UNREAD,
    Page,
    PhotoAbove,
    means_a_photo_above,
    photo_above,
    read_page,
)
from bot.requests.policy import (
    channel_problems,
    check_allowed,
    check_kept,
    person_problems,
    watermark_problems,
)
from bot.requests.prompt_parser import (
    asks_for_help,
    asks_for_zip,
    is_courtesy,
    mentions,
    shops_to_check,
    unescape,
)
from bot.requests.scenes import scene_fields
from bot.slack_api.messages import UserMessage, files_of, message_of, pictures_of, raw_files
from bot.views.help import help_blocks
from bot.views.refusal import fix_value, is_about_words, refusal_blocks
from functions.jobs.characters import has_words
from functions.jobs.errors import Facts, Problem, Refused
from functions.jobs.model import Gesture, Job
from functions.jobs.report import JobReport
from functions.jobs.settings import ChannelSettings, channel_settings
from functions.jobs.wish import BACKGROUNDS, Wish

WRITTEN = {None, "file_share", "thread_broadcast"}  # subtypes of a person's own new messages


def is_from_a_person(event: Mapping[str, Any]) -> bool:
    """Say whether a person wrote a message: bots, ourselves among them, may start no job."""
    return bool(event.get("user")) and not event.get("bot_id")


def on_app_mention(event: Mapping[str, Any], context: RequestContext) -> None:
    """Handle ``app_mention``: photos and words, or words for a photo above.

    Files that the event may lack are read from the message.
    """
    if not is_from_a_person(event):
        return
    message, page = message_of(event), None
    if not message.files:
        page = read_page(message, context) if means_a_photo_above(message) else UNREAD
        own = page.message_at(message.ts)
        files = (
            files_of(own)
            if own
            else context.files_on(message.channel, message.ts, message.thread_ts)
        )
        message = replace(message, files=files)
    _accept_message(message, context, gesture="mention", page=page)


def _is_mention(event: Mapping[str, Any], context: RequestContext) -> bool:
    """Say whether the message's text mentions us."""
    return mentions(str(event.get("text") or ""), context.bot_user_id)


def is_direct(event: Mapping[str, Any]) -> bool:
    """Say whether a ``message`` event comes from a direct message to us."""
    return event.get("channel_type") == "im"


def on_direct_message(event: Mapping[str, Any], context: RequestContext) -> None:
    """Handle a direct message: a photo and words, or words for the last photo, without mention."""
    if is_from_a_person(event) and event.get("subtype") in WRITTEN:
        _accept_message(message_of(event), context, gesture="direct")


def is_edit(event: Mapping[str, Any]) -> bool:
    """Say whether a ``message`` event reports that a person edited a message's text."""
    now, before = event.get("message"), event.get("previous_message")
    if event.get("subtype") != "message_changed" or not (now and before):
        return False
    return bool(now.get("edited")) and now.get("text") != before.get("text")


def on_edit(event: Mapping[str, Any], context: RequestContext) -> None:
    """Handle an edited message as it is now, unless an ``app_mention`` comes for it as well."""
    message = {**event["message"], "channel": event["channel"]}
    if is_direct(event):
        on_direct_message(message, context)
    elif not _is_mention(message, context):
        on_file_share(message, context)


def on_file_share(event: Mapping[str, Any], context: RequestContext) -> None:
    """Handle a channel's message with files or a forwarded photo.

    It counts if it mentions us, or outside of threads if the channel has automatic mode.
    """
    if not is_from_a_person(event):
        return
    message = message_of(event)
    if _is_mention(event, context):
        _accept_message(message, context, gesture="mention")
        return
    pictures = pictures_of(event)
    if not pictures or message.thread_ts != message.ts:
        return
    channel = channel_settings(context.ledger.bucket, message.channel)
    is_older = message.edited and float(message.ts) < channel.at  # posted before it was switched on
    if channel.auto and not is_older:
        _accept_posted(replace(message, files=pictures), channel, context)


def forwards_a_photo(event: Mapping[str, Any]) -> bool:
    """Say whether a message forwards one with files; Slack gives it no ``subtype``."""
    return not event.get("subtype") and any(forwarded for _, forwarded in raw_files(event))


def _refuse(message: UserMessage, problems: Sequence[Problem], context: RequestContext) -> None:
    """Tell the author alone what is wrong with a message, with Fix… to mend it in the form."""
    fix = fix_value(message.channel, message.ts, message.thread_ts)
    context.post_ephemeral_once(message, "refusal", partial(refusal_blocks, problems, fix=fix))


# --- a channel where every photo becomes a job


def _accept_posted(message: UserMessage, channel: ChannelSettings, context: RequestContext) -> None:
    """Accept a job for each photo in an automatic channel, with its caption or the channel's scene.

    A caption may be chat that was not meant for us. So if it cannot be the words, the scene is used
    instead, and if there is no scene, the photo is ignored without a refusal.
    """
    try:
        scene = _scene_of(channel, message.channel, context)
    except Refused as refused:
        _refuse(message, refused.problems, context)
        return
    reading = ParseOptions(
        gesture="upload",
        defaults={**context.personal_defaults(message.user_id), **scene},
        watermark_optional=context.config.limits.watermark_optional,
    )
    problems: Sequence[Problem] = ()
    for caption in [""] if channel.always else [message.text, ""]:
        try:
            _check_place(message, context)
            jobs = _jobs(replace(message, text=caption), context, reading)
        except Refused as refused:
            problems = refused.problems
            if not any(map(is_about_words, problems)):
                break
        else:
            if not is_too_late(message, jobs, context):
                say_sizes(message, jobs, context)
                context.accept(jobs)
                context.react_with_eyes(message.channel, message.ts)
            return
    is_chat = has_words(message.text) and any(map(is_about_words, problems))
    if not is_chat:
        _refuse(message, problems, context)


def _scene_of(
    channel: ChannelSettings, channel_id: str, context: RequestContext
) -> dict[str, object]:
    """Give the ``Wish`` fields of an automatic channel: its saved scene, and what it sets itself.

    Raises ``Refused`` if the saved scene no longer exists.
    """
    size, saved = channel.resolution, dict[str, object]()
    if channel.scene:
        try:
            saved.update(scene_fields(context, "", channel_id, channel.scene))
        except Refused as refused:
            facts: Facts = {"typed": channel.scene, "rule": "auto"}
            raise Refused(*(replace(one, facts=facts) for one in refused.problems)) from None
    if channel.template or channel.words or channel.packshot:
        saved = {name: value for name, value in saved.items() if name not in BACKGROUNDS}
    fields = {
        "template": channel.template,
        "prompt": "" if channel.template else channel.words,
        "product": channel.product,
        "avoid": channel.avoid,
        "resolution": size if size and size.is_in_range else None,  # the limits may have changed
        "packshot": channel.packshot,
    }
    return {**saved, **{name: value for name, value in fields.items() if value}}


# --- messages that ask us: mentions and direct messages


def _accept_message(
    message: UserMessage,
    context: RequestContext,
    *,
    gesture: Gesture,
    page: Page | None = None,
) -> None:
    """Answer a message to us: with jobs and a reaction, a refusal, or what else it asks for.

    Help, a zip and a check are asked for in words; a courtesy gets no answer. ``page`` has the
    message and those above it, if they were read already.
    """
    said = unescape(message.text, bot_user_id=context.bot_user_id)
    shops = shops_to_check(said)
    if shops is not None:
        check.of_message(message, shops, context)
        return
    if not (message.files or message.forwards):
        if asks_for_help(said):
            limits = context.config.limits
            context.post_ephemeral_once(message, "help", partial(help_blocks, limits=limits))
            return
        if is_courtesy(said):
            return
        if asks_for_zip(said):
            zip_pictures.of_message(message, context)
            return

    def accept() -> bool:
        try:
            jobs = _asked_jobs(message, context, gesture=gesture, page=page)
        except Refused as refused:
            _refuse(message, refused.problems, context)
            return False
        accept_jobs(message, jobs, context)
        return True

    told = (message.channel, message.ts, message.wording, message.edited)
    context.accepted.once(told, accept)


def _asked_jobs(
    message: UserMessage,
    context: RequestContext,
    *,
    gesture: Gesture,
    page: Page | None,
) -> list[Job]:
    """Make the jobs that a message to us asks for. Raises ``Refused`` with every problem."""
    _check_place(message, context)
    found, missing = _photo_meant(message, context, page)
    reading = ParseOptions(
        gesture="change" if found.parent else gesture,
        defaults=_defaults(context, message.user_id, found.like),
        scene=_scene(found.like),
        parent=found.parent,
        photos=found.photos,
        missing=missing,
        watermark_optional=context.config.limits.watermark_optional,
    )
    return _jobs(message, context, reading)


def _check_place(message: UserMessage, context: RequestContext) -> None:
    """Check person and channel, before anything the message says. Raises ``Refused``."""
    problems = person_problems(message.user_id, context)
    problems += channel_problems(message.channel, context.config.limits)
    if problems:
        raise Refused(*problems)


def _jobs(message: UserMessage, context: RequestContext, reading: ParseOptions) -> list[Job]:
    """Make a message's jobs and check that they are allowed. Raises ``Refused``."""
    unmarked = watermark_problems(Wish(watermark=False), message.user_id, context)
    jobs = jobs_from_message(
        message,
        asker=context.asker(message.user_id),
        bot_user_id=context.bot_user_id,
        now=time.time(),
        options=replace(
            reading,
            unmarked=unmarked,
            scenes=partial(scene_fields, context, message.user_id, message.channel),
        ),
    )
    check_allowed(jobs, context)
    return jobs


def _photo_meant(
    message: UserMessage, context: RequestContext, page: Page | None
) -> tuple[PhotoAbove, tuple[Problem, ...]]:
    """Find the photo that a message without one means, or the problems if that cannot be told.

    Both are empty if the message has files, or no photo can stand above it.
    """
    if message.files or message.forwards or not means_a_photo_above(message):
        return NOTHING_ABOVE, ()
    found = NOTHING_ABOVE
    try:
        found = photo_above(message, page or read_page(message, context), context)
        check_kept(found.parent, context)
    except Refused as refused:
        return replace(found, parent=None), tuple(refused.problems)
    return found, ()


def _defaults(context: RequestContext, user_id: str, like: JobReport | None) -> dict[str, object]:
    """Give ``Wish`` fields for what the message does not say.

    They are those of ``like``, the job whose photo is meant, or else the person's own defaults.
    """
    if like is None:
        return context.personal_defaults(user_id)
    wish = like.job.wish
    return {
        "product": wish.product,
        "avoid": wish.avoid,
        "resolution": wish.resolution,
        "watermark": wish.watermark or not context.may_leave_mark_out(user_id),
        "logo": wish.logo if context.may_replace_mark(user_id) else None,
    }


def _scene(like: JobReport | None) -> dict[str, object]:
    """Give the background of the job whose photo is meant: a message with only options keeps it."""
    if like is None:
        return {}
    wish = like.job.wish
    return {"prompt": wish.prompt, "template": wish.template, "packshot": wish.packshot}
