"""Handle Fix… under a refusal: open the form with the photos and the words that were refused.

The message is read anew, so edits since then count. It must be the presser's own: then they may see
it and what stands above it.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from bot.request_context import RequestContext
from bot.requests.form_opening import (
    FormOpening,
    default_values,
    new_form_state,
    open_form,
    picture_of,
    values_from_job,
    values_from_text,
)
from bot.requests.photo_above import (
    NOTHING_ABOVE,
    UNREAD,
    Page,
    PhotoAbove,
    means_a_photo_above,
    photo_above,
    read_page,
    showable_of,
)
from bot.requests.photo_urls import photo_from_url, typed_address
from bot.requests.prompt_parser import unescape, without_mentions
from bot.slack_api.block_actions import BlockAction, parse_block_action
from bot.slack_api.messages import UserMessage, message_of, pictures_of
from bot.views.form import MAX_PHOTOS
from bot.views.refusal import COMMAND, parse_fix_value
from functions.jobs.errors import Refused
from functions.jobs.model import Thread
from functions.jobs.report import is_photo_kept


def fix(body: Mapping[str, Any], context: RequestContext) -> None:
    """Open the form for what was refused. Its trigger lives three seconds, so look-ups overlap."""
    action = parse_block_action(body)
    context.writers.submit(context.language, action.user_id)  # cached for when the form is drawn
    is_command = action.value.startswith(COMMAND)
    opening = (_for_command if is_command else _for_message)(action, context)
    if opening is None:
        context.post_ephemeral_text(action.user_id, action.ephemeral_place, "fix.unread")
        return
    if opening.values.own_size:  # an unreadable size, in a field far down the form
        opening = replace(opening, focus="own_size")
    if not open_form(opening, context):
        context.post_ephemeral_text(action.user_id, action.ephemeral_place, "form.not_opened")


def _for_command(action: BlockAction, context: RequestContext) -> FormOpening:
    """Fill the form for a refused command with a photo's address, from the button's value."""
    address = typed_address(action.value.removeprefix(COMMAND))
    url = address.url if address else ""
    try:
        photo_from_url(url, context)
    except Refused:
        url = ""  # the address was what was refused: the form asks for a photo
    start = default_values(action.user_id, context)
    return FormOpening(
        user_id=action.user_id,
        trigger_id=action.trigger_id,
        state=new_form_state(Thread(channel=action.channel), photo_url=url),
        values=values_from_text(address.words if address else "", start),
    )


def _for_message(action: BlockAction, context: RequestContext) -> FormOpening | None:
    """Fill the form for a refused message; None if Slack does not give it, or it is another's."""
    page, raw = _read(action, context)
    if raw is None or raw.get("user") != action.user_id:
        return None
    message = message_of({**raw, "channel": action.channel})
    own = tuple(pictures_of(raw))
    above = NOTHING_ABOVE if own else _above(message, page, context)
    photos = own or above.photos
    parent, like, user_id = above.parent, above.like, action.user_id
    if parent and not is_photo_kept(context.ledger, parent):
        parent = None  # its photo is gone: the form asks for one
    start = values_from_job(like, user_id, context) if like else default_values(user_id, context)
    said = unescape(without_mentions(message.text), bot_user_id="")
    return FormOpening(
        user_id=user_id,
        trigger_id=action.trigger_id,
        state=new_form_state(
            Thread(channel=message.channel, thread_ts=message.thread_ts),
            photos=photos[:MAX_PHOTOS],
            parent=parent.job.id if parent else "",
        ),
        values=values_from_text(said, start),
        thumbnails=showable_of(raw) or above.showable,
        picture=picture_of(parent, context.links) if parent else {},
        left_out=max(0, len(photos) - MAX_PHOTOS),
    )


def _read(action: BlockAction, context: RequestContext) -> tuple[Page, Mapping[str, Any] | None]:
    """Read the message that the button names, and the page with those above it.

    ``UNREAD`` and None if the button names another channel's message, or Slack does not give it.
    """
    named = parse_fix_value(action.value)
    if named is None or named[0].channel != action.channel:
        return UNREAD, None
    place, ts = named
    message = UserMessage(
        channel=place.channel,
        user_id=action.user_id,
        ts=ts,
        thread_ts=place.thread_ts,
        text="",
        files=(),
    )
    page = read_page(message, context)
    return page, page.message_at(ts)


def _above(message: UserMessage, page: Page, context: RequestContext) -> PhotoAbove:
    try:
        return (
            photo_above(message, page, context) if means_a_photo_above(message) else NOTHING_ABOVE
        )
    except Refused:
        return NOTHING_ABOVE
