"""Answer ``auth.test`` and ``users.*``."""

from infra.local.slack import world
from infra.local.slack.answers import Refused
from infra.local.slack.arguments import Arguments
from infra.local.slack.methods.registry import Method
from infra.local.slack.model import Json
from infra.local.slack.paging import page, with_cursor
from infra.local.slack.wire import user_json
from infra.local.slack.workspace import Workspace

LIST_DEFAULT, LIST_MOST = 1000, 1000


async def auth_test(slack: Workspace, _: Arguments) -> Json:
    """Answer ``auth.test``: name the workspace and the bot, for any valid token."""
    return {
        "url": f"{slack.base_url}/",
        "team": world.TEAM_NAME,
        "user": slack.state.people[world.BOT_USER_ID].handle,
        "team_id": world.TEAM_ID,
        "user_id": world.BOT_USER_ID,
        "bot_id": world.BOT_ID,
        "is_enterprise_install": False,
    }


async def info(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``users.info``, with the locale if it is asked for."""
    person = slack.state.people.get(arguments.required("user"))
    if person is None:
        raise Refused("user_not_found")
    return {"user": user_json(person, with_locale=arguments.flag("include_locale"))}


async def list_(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``users.list``: all people and the bot, in pages."""
    people, following = page(
        list(slack.state.people.values()),
        cursor=arguments.text("cursor"),
        limit=arguments.limit(default=LIST_DEFAULT, most=LIST_MOST),
        key=lambda one: one.id,
    )
    with_locale = arguments.flag("include_locale")
    shown = [user_json(one, with_locale=with_locale) for one in people]
    return with_cursor({"members": shown}, following)


METHODS = {
    "auth.test": Method(auth_test),
    "users.info": Method(info, "users:read", form_only=True),
    "users.list": Method(list_, "users:read", form_only=True),
}
