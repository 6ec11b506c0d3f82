"""App Home: shown when somebody looks at it, and anew when they have chosen something there."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import msgspec

from bot.job_messages import PictureReady
from bot.listeners.form import new_picture
from bot.request_context import RequestContext
from bot.slack_api.block_actions import parse_block_action
from bot.slack_api.client import SLACK_TROUBLE, call
from bot.usage import usage_of
from bot.views.home import AUTOMATIC, MAX_SHOWN, SWITCH, Home, Recent, home_view
from functions.jobs.errors import Refused
from functions.jobs.settings import PersonSettings
from functions.jobs.wish import parse_resolution
from functions.log import log

LOOKED_AT = 2 * MAX_SHOWN  # jobs, of which some have no picture


def on_home_opened(event: Mapping[str, Any], context: RequestContext) -> None:
    """``app_home_opened``."""
    if event.get("tab") == "home":
        show(str(event["user"]), context)


def new(body: Mapping[str, Any], context: RequestContext) -> None:
    """The button at the top."""
    new_picture(body, context)


def choose(body: Mapping[str, Any], context: RequestContext) -> None:
    """One of the own defaults was chosen: remember it, and show the tab as it is now."""
    action, action_id = parse_block_action(body), str(body["actions"][0]["action_id"])
    try:
        settings = with_choice(context.person_settings(action.user_id), action_id, action.value)
    except (Refused, msgspec.ValidationError):
        log("no such choice", action=action_id, event=context.event_id)  # of another version, say
    else:
        context.save_person_settings(action.user_id, settings)
    show(action.user_id, context)


def with_choice(settings: PersonSettings, action_id: str, value: str) -> PersonSettings:
    """The settings with one menu's choice.

    Raises ``Refused`` for a size that is none, ``msgspec.ValidationError`` for a language.
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
                msgspec.to_builtins(settings) | {"language": chosen}, PersonSettings
            )
    return settings


def show(user_id: str, context: RequestContext) -> None:
    """Publish a person's tab."""
    home = Home(
        recent=_recent(user_id, context),
        usage=usage_of(user_id, context),
        settings=context.person_settings(user_id),
        limits=context.config.limits,
    )
    view = home_view(home, context.language(user_id))
    try:
        call(context.slack.views_publish, user_id=user_id, view=view)
    except SLACK_TROUBLE as error:
        log("home was not shown", error=str(error))


def _recent(user_id: str, context: RequestContext) -> list[Recent]:
    links = context.links
    if links is None:
        return []
    past = islice(context.ledger.history(context.team_id, user_id), LOOKED_AT)
    job_ids = [one.job_id for one in past]
    found = context.map_concurrently(lambda job_id: context.job_message_of(job_id, links), job_ids)
    return [
        Recent(job, told.result, told.preview.url)
        for job, told in filter(None, found)
        if isinstance(told, PictureReady)
    ]
