"""Find the scene that a person names, and save scenes where the person may.

A name is looked up among the person's own scenes, then the channel's, then the workspace's.
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
    """Give the bucket's folders of the scenes that can be named in a channel, in order of look-up.

    Without ``user_id`` (a workflow, a channel's automatic mode) there are no personal scenes; a
    direct message has no channel's scenes.
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
    """Look up a scene by its name; give its place and itself.

    Raises ``Refused`` with the existing names.
    """
    found = list(places.values())
    try:
        place, scene = find_scene(context.ledger.bucket, typed, found)
    except Refused as refused:
        raise Refused(*(_with_names(one, context, found) for one in refused.problems)) from None
    return next(kind for kind, one in places.items() if one == place), scene


def scene_fields(
    context: RequestContext, user_id: str, channel: str, typed: str
) -> Mapping[str, object]:
    """Give the ``Wish`` fields of the scene so named. Raises ``Refused``.

    Its logo is left out if the operator allows none, or without ``user_id``: nobody could have
    agreed to it.
    """
    found = scene_named(context, scene_places(context, user_id, channel), typed)[1]
    has_logo = context.config.choices.scene_logos and context.config.limits.watermark_optional
    return found.fields() if has_logo and user_id else found.without_logo().fields()


def names_in_time(context: RequestContext, user_id: str, channel: str) -> dict[Place, list[str]]:
    """List the names of scenes for a form's menu, by place, within ``LOOKUP_TIMEOUT_S``.

    A name is listed only in the first place that has it. A place that could not be read in time has
    none; a form's trigger lives three seconds.
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
    """Make the check whether a person may change a scene in a place.

    One's own scenes always; elsewhere the scene's author and workspace admins may.
    """
    return lambda scene: place == "person" or scene.by == user_id or context.is_admin(user_id)


def save_for(
    context: RequestContext, user_id: str, channel: str, place: Place, scene: Scene
) -> bool:
    """Save a scene in a place; True if its name is new there. Raises ``Refused``.

    Guests and people of another workspace may not save a scene of the whole workspace.
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
    """Say whether a person is a guest or external. Raises ``Refused`` if Slack does not say."""
    found = (context.is_guest(user_id), context.is_external(user_id))
    if None in found:
        raise Refused(Problem(ErrorCode.PERSON_UNKNOWN))
    return any(found)


def _with_names(problem: Problem, context: RequestContext, places: Sequence[str]) -> Problem:
    """Add the existing scenes' names to the problem of a name that was not found."""
    found = context.map_concurrently(lambda at: scene_names(context.ledger.bucket, at), places)
    names = ", ".join(dict.fromkeys(name for one in found for name in one))
    facts = {**problem.facts, **({"names": names} if names else {"rule": "none"})}
    return msgspec.structs.replace(problem, facts=facts)
