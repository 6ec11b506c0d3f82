"""App Home: shown when somebody looks at it, and anew when they have chosen something there."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import msgspec

from bot.desk import Desk
from bot.finished import ended
from bot.listeners.form import new_picture
from bot.pressing import press_of
from bot.slack import SLACK_TROUBLE, call
from bot.usage import usage_of
from bot.views.home import AUTOMATIC, SHOWN_MOST, SWITCH, Home, Recent, home_view
from bot.views.result import Result
from functions.jobs.errors import Refused
from functions.jobs.history import history
from functions.jobs.model import parse_resolution
from functions.jobs.settings import PersonSettings
from functions.log import log

LOOKED_AT = 2 * SHOWN_MOST  # jobs, of which some have no picture


def opened(event: Mapping[str, Any], desk: Desk) -> None:
    """``app_home_opened``."""
    if event.get("tab") == "home":
        show(str(event["user"]), desk)


def new(body: Mapping[str, Any], desk: Desk) -> None:
    """The button at the top."""
    new_picture(body, desk)


def choose(body: Mapping[str, Any], desk: Desk) -> None:
    """One of the own defaults was chosen: remember it, and show the tab as it is now."""
    press, action_id = press_of(body), str(body["actions"][0]["action_id"])
    try:
        settings = with_choice(desk.settings(press.user_id), action_id, press.value)
    except (Refused, msgspec.ValidationError):
        log("no such choice", action=action_id, event=desk.event_id)  # of another version, say
    else:
        desk.save_settings(press.user_id, settings)
    show(press.user_id, desk)


def with_choice(settings: PersonSettings, action_id: str, value: str) -> PersonSettings:
    """The settings with one menu's choice.

    Raises ``Refused`` for a size that is none, ``msgspec.ValidationError`` for a language.
    """
    match action_id:
        case "home_size":
            return msgspec.structs.replace(settings, resolution=parse_resolution(value))
        case "home_watermark":
            return msgspec.structs.replace(settings, watermark=value == SWITCH[True])
        case "home_language":
            chosen = "" if value == AUTOMATIC else value
            return msgspec.convert(
                msgspec.to_builtins(settings) | {"language": chosen}, PersonSettings
            )
    return settings


def show(user_id: str, desk: Desk) -> None:
    """Publish a person's tab."""
    home = Home(
        recent=_recent(user_id, desk),
        usage=usage_of(user_id, desk),
        settings=desk.settings(user_id),
        limits=desk.config.limits,
    )
    view = home_view(home, desk.language(user_id))
    try:
        call(desk.slack.views_publish, user_id=user_id, view=view)
    except SLACK_TROUBLE as error:
        log("home was not shown", error=str(error))


def _recent(user_id: str, desk: Desk) -> list[Recent]:
    links = desk.links
    if links is None:
        return []
    past = islice(history(desk.ledger.bucket, desk.team_id, user_id), LOOKED_AT)
    job_ids = [one.job_id for one in past]
    found = desk.side_by_side(lambda job_id: ended(job_id, links, desk.ledger), job_ids)
    return [
        Recent(one.job, one.shown, one.preview_url)
        for one in found
        if one and isinstance(one.shown, Result)
    ]
