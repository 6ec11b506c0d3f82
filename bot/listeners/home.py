"""Publish App Home, again after each choice in it, and welcome people in its Messages tab."""

from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Any

import msgspec

from bot.job_messages import PictureReady
from bot.listeners.form import new_picture
from bot.request_context import RequestContext
from bot.slack_api.block_actions import parse_block_action
from bot.slack_api.client import SLACK_TROUBLE, call
from bot.usage import usage_of
from bot.views import spoken
from bot.views.help import help_blocks, welcome_blocks
from bot.views.home import (
    AUTOMATIC,
    MAX_SHOWN,
    SWITCH,
    Home,
    Pages,
    Recent,
    home_view,
    unpacked_starts,
)
from functions.jobs.errors import Refused
from functions.jobs.records import prepared
from functions.jobs.settings import PersonSettings, note_welcomed
from functions.jobs.wish import parse_resolution
from functions.log import log

LOOKED_AT = 15  # jobs read for a page: some have no picture
COUNTED_MOST = 50  # jobs of a month that Home counts; /backdrop usage counts more


def on_home_opened(event: Mapping[str, Any], context: RequestContext) -> None:
    """Handle ``app_home_opened``: publish the Home tab, or welcome in the Messages tab."""
    user_id, channel = str(event["user"]), str(event.get("channel") or "")
    if event.get("tab") == "home":
        show(user_id, context)
    elif event.get("tab") == "messages" and channel:
        welcome(user_id, channel, context)


def welcome(user_id: str, channel: str, context: RequestContext) -> None:
    """Post the welcome to a person who opens the Messages tab for the first time.

    That is recorded before the message is posted, so opening the tab twice at once welcomes once.
    """
    bucket = context.ledger.bucket
    if not note_welcomed(bucket, context.team_id, user_id, at=context.ledger.clock()):
        return
    blocks = welcome_blocks(context.language(user_id))
    try:
        call(context.slack.chat_postMessage, channel=channel, text=spoken(blocks), blocks=blocks)
    except SLACK_TROUBLE as error:
        log("no welcome", error=str(error), event=context.event_id)


def turn(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle Older and Newer: show the page that the button's value names."""
    action = parse_block_action(body)
    show(action.user_id, context, unpacked_starts(action.value))


def how(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle How to use me: open the help in a modal, from Home or from the welcome."""
    limits = context.config.limits
    action = msgspec.structs.replace(parse_block_action(body), channel="")
    context.answer(action, partial(help_blocks, limits=limits))


def new(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle New background: open an empty form."""
    new_picture(body, context)


def choose(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle a choice in one of Home's menus: save it as the person's default, show Home again."""
    action, action_id = parse_block_action(body), str(body["actions"][0]["action_id"])
    try:
        settings = with_choice(context.person_settings(action.user_id), action_id, action.value)
    except (Refused, msgspec.ValidationError):
        log("no such choice", action=action_id, event=context.event_id)  # an older version's Home
    else:
        context.save_person_settings(action.user_id, settings)
    show(action.user_id, context)


def with_choice(settings: PersonSettings, action_id: str, value: str) -> PersonSettings:
    """Give the settings with one menu's choice.

    Raises ``Refused`` for an unknown size, ``msgspec.ValidationError`` for an unknown language.
    """
    match action_id:
        case "home_size":
            return msgspec.structs.replace(settings, resolution=parse_resolution(value))
        case "home_watermark":
            marked = value == SWITCH[True] or not settings.agreed_unmarked_at
            return msgspec.structs.replace(settings, watermark=marked)
        case "home_language":
            chosen = "" if value == AUTOMATIC else value
            return msgspec.convert(
                msgspec.to_builtins(settings) | {"language": chosen}, prepared(PersonSettings)
            )
    return settings


def show(user_id: str, context: RequestContext, starts: tuple[int, ...] = (0,)) -> None:
    """Publish a person's Home tab with a page of pictures. Slack's refusal is only logged.

    ``starts`` are the places in the history where the pages up to this one begin.
    """
    recent, following = _recent(user_id, context, starts[-1])
    home = Home(
        recent=recent,
        usage=usage_of(user_id, context, count_most=COUNTED_MOST),
        settings=context.person_settings(user_id),
        limits=context.config.limits,
        pages=Pages(starts, following),
    )
    view = home_view(home, context.language(user_id))
    try:
        call(context.slack.views_publish, user_id=user_id, view=view)
    except SLACK_TROUBLE as error:
        log("home was not shown", error=str(error))


def _recent(user_id: str, context: RequestContext, start: int) -> tuple[list[Recent], int]:
    """Find the pictures of the page at ``start``, and where the next page begins; 0 for none.

    At most ``LOOKED_AT`` jobs are read, so a page is short where many have failed.
    """
    links = context.links
    if links is None:
        return [], 0
    past = context.ledger.history(context.team_id, user_id)
    job_ids = [one.job_id for one in islice(past, start, start + LOOKED_AT + 1)]
    found = context.map_concurrently(
        lambda job_id: context.job_message_of(job_id, links), job_ids[:LOOKED_AT]
    )
    recent: list[Recent] = []
    for place, one in enumerate(found):
        if len(recent) == MAX_SHOWN:
            return recent, start + place
        if one and isinstance(one[1], PictureReady):
            recent.append(Recent(one[0], one[1].result, one[1].preview.url))
    return recent, start + LOOKED_AT if len(job_ids) > LOOKED_AT else 0
