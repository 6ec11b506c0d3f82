"""Handle requests to check pictures against shops' rules: in a message, a shortcut, the command.

The worker looks at the pictures and answers in words.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from bot.listeners.message_jobs import accept_jobs
from bot.request_context import RequestContext
from bot.requests.new_job import Asked, new_jobs
from bot.requests.photo_above import (
    PhotoAbove,
    means_a_photo_above,
    photo_above,
    read_page,
    shown_parent,
)
from bot.requests.photo_urls import photo_from_url, typed_address
from bot.requests.policy import check_allowed
from bot.requests.prompt_parser import shops_to_check
from bot.slack_api.messages import UserMessage, pictures_of
from bot.texts import text
from bot.views import rich_text, section, with_code
from bot.views.refusal import refusal_blocks
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.file_names import file_name
from functions.jobs.job_ids import id_of_message, id_of_slash
from functions.jobs.model import Job, PicturesOf, SlackFile, Source, Thread
from functions.jobs.shops import Shop
from functions.jobs.wish import Wish

MOST = 10


def of_message(message: UserMessage, shops: Sequence[Shop], context: RequestContext) -> None:
    """Accept check jobs for a message's pictures, or for those of the nearest photo above it.

    ``shops`` is empty for all shops. What is refused is told to the author alone.
    """
    try:
        found = PhotoAbove(photos=tuple(message.files))
        if not message.files and means_a_photo_above(message):
            found = photo_above(message, read_page(message, context), context, as_shown=True)
        sources = _sources(found)
        ids = [
            id_of_message(message.channel, message.ts, f"check {number}")
            for number in range(len(sources))
        ]
        place = Thread(channel=message.channel, thread_ts=message.thread_ts)
        jobs = _allowed(_asked(message.user_id, place, shops, context), ids, sources, context)
    except Refused as refused:
        context.post_ephemeral_once(message, "refusal", partial(refusal_blocks, refused.problems))
        return
    accept_jobs(message, jobs, context)


def shortcut(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle the shortcut in a message's menu: check that message's pictures, for all shops."""
    raw, user_id = body["message"], str(body["user"]["id"])
    channel = str(body["channel"]["id"])
    place = Thread(channel=channel, thread_ts=str(raw.get("thread_ts") or raw["ts"]))
    aside = Thread(channel=channel, thread_ts=str(raw.get("thread_ts") or ""))
    parent = shown_parent(raw, context, as_shown=True)
    own = [one for one in pictures_of(raw) if raw.get("user") == user_id or not one.forwarded]
    try:
        sources = _sources(PhotoAbove(parent=parent) if parent else PhotoAbove(photos=tuple(own)))
        ids = [id_of_slash(str(body["trigger_id"]), f"check {n}") for n in range(len(sources))]
        jobs = _allowed(_asked(user_id, place, (), context), ids, sources, context)
    except Refused as refused:
        context.post_ephemeral(user_id, aside, partial(refusal_blocks, refused.problems))
        return
    context.accept(jobs)
    context.post_ephemeral(
        user_id, aside, lambda language: [section(text(language, "press.accepted"))]
    )


def of_address(
    said: str, command: Mapping[str, Any], context: RequestContext
) -> dict[str, Any] | None:
    """Handle ``/backdrop check``: check the picture at an address, and answer the command.

    ``said`` is the text behind ``check``: an address, then shops. Without an address the answer is
    help.
    """
    user_id, trigger = str(command["user_id"]), str(command["trigger_id"])
    address = typed_address(said)
    shops = shops_to_check(f"check {address.words}") if address else None
    if address is None or shops is None:
        return context.command_response(
            user_id,
            lambda language: [rich_text(*with_code(text(language, "help.check")))],
        )
    place = Thread(channel=str(command["channel_id"]))
    try:
        photo = photo_from_url(address.url, context)
        ids = [id_of_slash(trigger, f"check {address.url}")]
        jobs = _allowed(_asked(user_id, place, shops, context), ids, [photo], context)
    except Refused as refused:
        return context.command_response(user_id, partial(refusal_blocks, refused.problems))
    context.accept(jobs)
    return context.command_response(
        user_id, lambda language: [section(text(language, "press.accepted"))]
    )


def _sources(found: PhotoAbove) -> list[Source]:
    """Give the pictures to check: one of ours at full size, or files in Slack. Raises ``Refused``
    for none, and for more than ``MOST``.
    """
    if found.parent:
        job, shown = found.parent.job, found.parent.pictures[:1]
        return [PicturesOf(jobs=(job.id,), name=file_name(job, shown[0].name) if shown else "")]
    if not found.photos:
        raise Refused(Problem(ErrorCode.PHOTO_MISSING, "photo"))
    if len(found.photos) > MOST:
        facts: dict[str, str | int] = {"count": len(found.photos), "most": MOST}
        raise Refused(Problem(ErrorCode.PHOTOS_TOO_MANY, "photo", facts))
    photos: Sequence[SlackFile] = found.photos
    return [*photos]


def _asked(user_id: str, place: Thread, shops: Sequence[Shop], context: RequestContext) -> Asked:
    return Asked(
        gesture="check",
        at=time.time(),
        wish=Wish(shop=",".join(shop.key for shop in shops)),
        asker=context.asker(user_id),
        thread=place,
    )


def _allowed(
    asked: Asked, ids: Sequence[str], sources: Sequence[Source], context: RequestContext
) -> list[Job]:
    """Make a check job for each picture. Raises ``Refused`` if they are not allowed."""
    jobs = new_jobs(asked, ids, [(source, None) for source in sources])
    check_allowed(jobs, context)
    return jobs
