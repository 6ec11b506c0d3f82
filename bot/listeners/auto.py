"""Handle /backdrop auto on | always | off | status: make every photo posted in a channel a job.

``on`` uses a photo's caption, or the channel's scene where it has none; ``always`` uses the scene
whatever the caption. The scene is typed behind that, or is a saved one (``--scene summer``). A
saved one is looked up for each photo, so that a change of it counts for later photos.
"""

import re
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from bot.request_context import RequestContext
from bot.requests.policy import channel_problems, person_problems, watermark_problems
from bot.requests.prompt_parser import build_wish, typed_prompt
from bot.requests.scenes import scene_fields
from bot.slack_api.client import (
    ChannelClosed,
    OutcomeUnknown,
    RateLimited,
    SlackRefused,
    TokenRevoked,
    call,
)
from bot.texts import text
from bot.views import section
from bot.views.auto import auto_blocks
from bot.views.refusal import refusal_blocks
from functions.jobs.errors import ErrorCode, Facts, Problem, Refused
from functions.jobs.scenes import scene_name
from functions.jobs.settings import ChannelSettings, channel_settings, save_channel_settings

SlackResponseBody = dict[str, Any]
AUTO = re.compile(
    r"(?:auto|自动)(?:\s+(?P<what>on|always|off|status|开|总是|始终|关|状态)(?:\s+(?P<scene>.+))?)?$",
    re.IGNORECASE | re.DOTALL,
)
ON, ALWAYS, OFF = {"on", "开"}, {"always", "总是", "始终"}, {"off", "关"}
ANY_WORDS = {"prompt": "any"}  # a stand-in prompt: a channel may have no background of its own


def auto(said: str, command: Mapping[str, Any], context: RequestContext) -> SlackResponseBody:
    """Switch automatic mode, or say its state; ``said`` is the command's text (``AUTO``)."""
    user_id, channel = str(command["user_id"]), str(command["channel_id"])
    match = AUTO.match(said)
    what = (match["what"] or "status").lower() if match else "status"
    if channel.startswith("D"):
        return context.command_response(
            user_id, lambda language: [section(text(language, "auto.direct"))]
        )
    if what in ON | ALWAYS:
        scene = (match["scene"] if match else "") or ""
        return _switch_on(user_id, channel, scene, context, always=what in ALWAYS)
    if what in OFF:
        settings = ChannelSettings(auto=False, by=user_id, at=time.time())
        save_channel_settings(context.ledger.bucket, channel, settings)
        return context.command_response(user_id, partial(auto_blocks, settings))
    settings = channel_settings(context.ledger.bucket, channel)
    return context.command_response(user_id, partial(auto_blocks, settings))


def _switch_on(
    user_id: str, channel: str, scene: str, context: RequestContext, *, always: bool
) -> SlackResponseBody:
    try:
        settings = _settings(scene, user_id, channel, context, always=always)
    except Refused as refused:
        return context.command_response(user_id, partial(refusal_blocks, refused.problems))
    save_channel_settings(context.ledger.bucket, channel, settings)
    return context.command_response(user_id, partial(auto_blocks, settings))


def _settings(
    scene: str, user_id: str, channel: str, context: RequestContext, *, always: bool
) -> ChannelSettings:
    """Make a channel's settings from the typed scene.

    Raises ``Refused`` for a scene that no job could have, for what the operator does not allow, for
    a channel without us, and for a person who may not switch automatic mode on.
    """
    optional = context.config.limits.watermark_optional
    typed = typed_prompt(scene, watermark_optional=optional)
    named = partial(scene_fields, context, "", channel)
    build_wish(typed, {} if always else ANY_WORDS, named)
    has_size = not typed.options.keys().isdisjoint({"size", "for"})
    options = {name: value for name, value in typed.options.items() if name != "scene"}
    wish = build_wish(replace(typed, options=options), ANY_WORDS)
    problems = [
        *person_problems(user_id, context),
        *channel_problems(channel, context.config.limits),
        *watermark_problems(wish, user_id, context),
    ]
    if "watermark" in typed.options and not problems:
        facts: Facts = {"option": typed.names["watermark"], "rule": "auto"}
        problems.append(Problem(ErrorCode.SCENE_OPTION, "scene", facts))
    found = _asked_about(channel, context)
    if found is not None and not found.get("is_member"):
        problems.append(Problem(ErrorCode.CHANNEL_NOT_MEMBER))
    if not _may_switch_on(user_id, found or {}, context):
        problems.append(Problem(ErrorCode.AUTO_FOR_ADMINS))
    if problems:
        raise Refused(*problems)
    return ChannelSettings(
        auto=True,
        always=always,
        words="" if wish.packshot else typed.words,
        scene=scene_name(typed.options["scene"]) if "scene" in typed.options else "",
        template=wish.template,
        packshot=wish.packshot,
        product=wish.product,
        avoid=wish.avoid,
        resolution=wish.resolution if has_size or wish.packshot else None,
        by=user_id,
        at=time.time(),
    )


def _asked_about(channel: str, context: RequestContext) -> Mapping[str, Any] | None:
    """Look up the channel; empty if Slack hides it from us, None if Slack does not answer now."""
    try:
        answer = call(context.slack.conversations_info, channel=channel)
    except (RateLimited, OutcomeUnknown, TokenRevoked):
        return None
    except (ChannelClosed, SlackRefused):
        return {}
    found: Mapping[str, Any] = answer["channel"]
    return found


def _may_switch_on(user_id: str, channel: Mapping[str, Any], context: RequestContext) -> bool:
    """Say whether a person may switch automatic mode on, by the operator's choice.

    Unless that is everybody, it is the channel's creator and admins, as far as Slack says so.
    """
    if context.config.choices.auto_on_by == "everybody":
        return True
    return channel.get("creator") == user_id or context.is_admin(user_id)
