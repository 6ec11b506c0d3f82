"""Find the scene that somebody names, and save one where they may.

A name is looked for among their own scenes, then among the channel's, then the workspace's.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import wait

import msgspec

from bot.request_context import LOOKUP_TIMEOUT_S, RequestContext
from functions.jobs.bucket_layout import WORKSPACE_SCENES, channel_scenes, person_scenes
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.model import CHANNEL_ID
from functions.jobs.scenes import SCENES_MOST, Scene, find_scene, save_scene, scene_names
from functions.log import log

Place = str  # "person", "channel" or "workspace"


def scene_places(context: RequestContext, user_id: str, channel: str) -> dict[Place, str]:
    """Give where scenes lie that somebody may name there, the nearest first.

    A workflow and a channel's automatic mode (no ``user_id``) have none of their own, nor has a
    conversation between two.
    """
    places: dict[Place, str] = {}
    if user_id:
        places["person"] = person_scenes(context.team_id, user_id)
    if re.fullmatch(CHANNEL_ID, channel):
        places["channel"] = channel_scenes(channel)
    places["workspace"] = WORKSPACE_SCENES
    return places


def scene_named(
    context: RequestContext, places: Mapping[Place, str], typed: str
) -> tuple[Place, Scene]:
    """Give a scene, and where it is. Raises ``Refused``, with the names that there are."""
    found = list(places.values())
    try:
        place, scene = find_scene(context.ledger.bucket, typed, found)
    except Refused as refused:
        raise Refused(*(_with_names(one, context, found) for one in refused.problems)) from None
    return next(kind for kind, one in places.items() if one == place), scene


def scene_fields(
    context: RequestContext, user_id: str, channel: str, typed: str
) -> Mapping[str, object]:
    """Give what a scene says of a wish. Raises ``Refused``.

    Its logo is left out where the operator allows none, and where nobody asks who could agree.
    """
    found = scene_named(context, scene_places(context, user_id, channel), typed)[1]
    has_logo = context.config.choices.scene_logos and context.config.limits.watermark_optional
    return found.fields() if has_logo and user_id else found.without_logo().fields()


def names_in_time(context: RequestContext, user_id: str, channel: str) -> dict[Place, list[str]]:
    """List the scenes that can be named there, for a form, whose trigger lives three seconds.

    A name is in the first place that has it. Where COS takes too long, there are none.
    """
    bucket, seen = context.ledger.bucket, set[str]()
    places = scene_places(context, user_id, channel)
    looking = {kind: context.writers.submit(scene_names, bucket, at) for kind, at in places.items()}
    wait(looking.values(), LOOKUP_TIMEOUT_S)
    found: dict[Place, list[str]] = {}
    for kind, future in looking.items():
        known = future.done() and future.exception() is None
        names = [name for name in future.result() if name not in seen] if known else []
        seen.update(names)
        found[kind] = names[:SCENES_MOST]
    return found


def may_change(context: RequestContext, user_id: str, place: Place) -> Callable[[Scene], bool]:
    """Say which scenes somebody may change there: who made one, and workspace admins."""
    return lambda scene: place == "person" or scene.by == user_id or context.is_admin(user_id)


def save_for(
    context: RequestContext, user_id: str, channel: str, place: Place, scene: Scene
) -> bool:
    """Save a scene in one of the places; True when it is new there. Raises ``Refused``.

    A scene of the whole workspace is not for guests to save, nor for people of another one.
    """
    where = scene_places(context, user_id, channel).get(place)
    if where is None:
        raise Refused(Problem(ErrorCode.SCENE_NO_CHANNEL, "scene"))
    if place == "workspace" and _is_guest(context, user_id):
        raise Refused(
            Problem(ErrorCode.SCENE_NOT_YOURS, "scene", {"rule": "guest", "name": scene.name})
        )
    allowed = may_change(context, user_id, place)
    is_new = save_scene(context.ledger.bucket, where, scene, may_change=allowed)
    log("a scene was saved", place=place, new=is_new, event=context.event_id)
    return is_new


def _is_guest(context: RequestContext, user_id: str) -> bool:
    """Say whether a person is a guest here, or of another workspace. Raises ``Refused``."""
    found = (context.is_guest(user_id), context.is_external(user_id))
    if None in found:
        raise Refused(Problem(ErrorCode.PERSON_UNKNOWN))
    return any(found)


def _with_names(problem: Problem, context: RequestContext, places: Sequence[str]) -> Problem:
    """Name the scenes that there are to who has mistyped one."""
    found = context.map_concurrently(lambda at: scene_names(context.ledger.bucket, at), places)
    names = ", ".join(dict.fromkeys(name for one in found for name in one))
    facts = {**problem.facts, **({"names": names} if names else {"rule": "none"})}
    return msgspec.structs.replace(problem, facts=facts)
