"""Save, list, rename and delete scenes: a person's own, a channel's, or the workspace's.

Save as scene… under a result opens a form for the name. The command does it all:
``/backdrop scene save | list | rename | delete | logo``.

A place, ``channel`` or ``workspace``, may stand behind the verb. Without one a scene is saved for
oneself; the other verbs find a scene as ``--scene`` does.
"""

import re
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bot.listeners.scene_logo import open_logo_form
from bot.request_context import RequestContext
from bot.requests.follow_ups import parent_job_of
from bot.requests.policy import channel_problems, person_problems
from bot.requests.prompt_parser import build_wish, typed_prompt
from bot.requests.scenes import Place, may_change, save_for, scene_named, scene_places
from bot.slack_api.block_actions import parse_block_action
from bot.slack_api.client import SLACK_TROUBLE, call
from bot.texts import Language, error_text, text
from bot.views import Block
from bot.views.buttons import SceneState, scene_state
from bot.views.form import FIELD
from bot.views.help import window
from bot.views.refusal import refusal_blocks
from bot.views.scenes import (
    deleted_blocks,
    renamed_blocks,
    saved_blocks,
    scene_form,
    scenes_blocks,
)
from functions.jobs.characters import fold
from functions.jobs.errors import ErrorCode, Facts, Problem, Refused
from functions.jobs.model import Job
from functions.jobs.report import parent_job
from functions.jobs.scenes import (
    Scene,
    delete_scene,
    read_scenes,
    rename_scene,
    scene_name,
    scene_names,
)
from functions.log import log

Blocks = Callable[[Language], list[Block]]
SlackResponseBody = dict[str, Any]
SCENE = re.compile(
    r"(?:scenes?|场景)(?:\s+(?P<verb>save|list|rename|delete|logo|保存|列表|改名|删除|标志)"
    r"(?:\s+(?P<rest>.+))?)?$",
    re.IGNORECASE | re.DOTALL,
)
VERBS = {"保存": "save", "列表": "list", "改名": "rename", "删除": "delete", "标志": "logo"}
PLACES: dict[str, Place] = {
    "channel": "channel",
    "频道": "channel",
    "workspace": "workspace",
    "工作区": "workspace",
}
SAYS = ("template", "avoid", "size")  # the options that a scene keeps
ANY_WORDS = {"prompt": "any"}  # a stand-in prompt: a scene may have no background of its own


def scene(
    said: str, command: Mapping[str, Any], context: RequestContext
) -> SlackResponseBody | None:
    """Handle ``/backdrop scene``; ``said`` is the command's text, which matches ``SCENE``.

    Gives the answer, or None if the form for a logo was opened.
    """
    user_id, channel = str(command["user_id"]), str(command["channel_id"])
    match = SCENE.match(said)
    verb = (match["verb"] or "list").lower() if match else "list"
    rest = (match["rest"] or "") if match else ""
    verb = VERBS.get(verb, verb)
    problems = person_problems(user_id, context)
    problems += channel_problems(channel, context.config.limits)
    if problems:
        return context.command_response(user_id, partial(refusal_blocks, problems))
    try:
        if verb == "logo":
            place, found, _ = _found(rest, user_id, channel, context)
            return open_logo_form(place, found, command, context)
        blocks = ACTS[verb](rest, user_id, channel, context)
    except Refused as refused:
        blocks = partial(refusal_blocks, refused.problems)
    return context.command_response(user_id, blocks)


# --- from a picture


def ask(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle Save as scene… under a result: open the form that asks for a name and a place."""
    action = parse_block_action(body)
    found = parent_job_of(action, context)
    if found is None:
        return
    problems = person_problems(action.user_id, context)
    if problems:
        context.answer(action, partial(refusal_blocks, problems))
        return
    job = found[0].job
    view = scene_form(
        SceneState(job_id=job.id, channel=action.channel),
        _scene_of(job, "", action.user_id),
        [*scene_places(context, action.user_id, action.channel)],
        context.language(action.user_id),
    )
    try:
        call(context.slack.views_open, trigger_id=action.trigger_id, view=view)
    except SLACK_TROUBLE as error:
        log("the form for a scene was not opened", error=str(error), job=job.id)
        context.post_ephemeral_text(action.user_id, action.ephemeral_place, "form.not_opened")


def on_scene_submitted(
    body: Mapping[str, Any], context: RequestContext
) -> SlackResponseBody | None:
    """Handle that form: save the scene and say so in its place, or put errors under the name."""
    user_id, view = str(body["user"]["id"]), body["view"]
    state = scene_state(str(view.get("private_metadata") or ""))
    given = view["state"]["values"]
    place = str(given["place"][FIELD]["selected_option"]["value"])
    language = context.language(user_id)
    parent = parent_job(context.ledger, state.job_id)
    try:
        if parent is None:
            return _errors(text(language, "press.gone"))
        name = _new_name(str(given["name"][FIELD].get("value") or ""))
        saved = _scene_of(parent.job, name, user_id)
        _check_person(user_id, context)
        is_new = save_for(context, user_id, state.channel, place, saved)
    except Refused as refused:
        return _errors(
            " ".join(error_text(language, one.code, one.facts) for one in refused.problems)
        )
    shown = saved_blocks(saved, place, language, is_new=is_new)
    return {"response_action": "update", "view": window(shown, language)}


def _errors(sentence: str) -> SlackResponseBody:
    return {"response_action": "errors", "errors": {"name": sentence}}


def _check_person(user_id: str, context: RequestContext) -> None:
    problems = person_problems(user_id, context)
    if problems:
        raise Refused(*problems)


def _scene_of(job: Job, name: str, user_id: str) -> Scene:
    """Make a scene of a job's wish: background, avoid and resolution, but not the product."""
    wish = job.wish
    return Scene(
        name=name,
        prompt=wish.prompt,
        template=wish.template,
        avoid=wish.avoid,
        resolution=wish.resolution,
        by=user_id,
        at=time.time(),
    )


# --- by the command


def _save(rest: str, user_id: str, channel: str, context: RequestContext) -> Blocks:
    place, rest = _place(rest)
    name, words = _first_word(rest)
    saved = _scene(_new_name(name), words, user_id)
    is_new = save_for(context, user_id, channel, place or "person", saved)
    return partial(saved_blocks, saved, place or "person", is_new=is_new)


def _scene(name: str, words: str, user_id: str) -> Scene:
    """Make a scene from typed words and options.

    Raises ``Refused`` for what no job could have, for other options than ``SAYS``, and for nothing.
    """
    typed = typed_prompt(words)
    other = [typed.names[option] for option in typed.options if option not in SAYS]
    if other:
        raise Refused(Problem(ErrorCode.SCENE_OPTION, "scene", {"option": other[0]}))
    wish = build_wish(typed, ANY_WORDS)
    if wish.packshot:  # in words: "white packshot"
        raise Refused(Problem(ErrorCode.SCENE_OPTION, "scene", {"option": "--packshot"}))
    made = Scene(
        name=name,
        prompt=typed.words,
        template=wish.template,
        avoid=wish.avoid,
        resolution=wish.resolution if "size" in typed.options else None,
        by=user_id,
        at=time.time(),
    )
    if not made.fields():
        raise Refused(Problem(ErrorCode.SCENE_EMPTY, "scene"))
    return made


def _rename(rest: str, user_id: str, channel: str, context: RequestContext) -> Blocks:
    place, found, rest = _found(rest, user_id, channel, context)
    new = _new_name(_first_word(rest)[0])
    where = scene_places(context, user_id, channel)[place]
    allowed = may_change(context, user_id, place)
    rename_scene(context.ledger.bucket, where, found, new, may_change=allowed)
    log("a scene was renamed", place=place, event=context.event_id)
    return partial(renamed_blocks, found, new, place)


def _delete(rest: str, user_id: str, channel: str, context: RequestContext) -> Blocks:
    place, found, _ = _found(rest, user_id, channel, context)
    where = scene_places(context, user_id, channel)[place]
    allowed = may_change(context, user_id, place)
    delete_scene(context.ledger.bucket, where, found, may_change=allowed)
    log("a scene was deleted", place=place, event=context.event_id)
    return partial(deleted_blocks, found, place)


def _list(_: str, user_id: str, channel: str, context: RequestContext) -> Blocks:
    """List all scenes that can be named in this channel; ``_`` is what was typed, and ignored."""
    bucket = context.ledger.bucket
    places = scene_places(context, user_id, channel)
    names = dict(
        zip(
            places,
            context.map_concurrently(lambda at: scene_names(bucket, at), [*places.values()]),
            strict=True,
        )
    )
    keys = [(place, name) for place, found in names.items() for name in found]
    read = context.writers.map(lambda one: read_scenes(bucket, places[one[0]], [one[1]]), keys)
    shown: dict[Place, list[Scene]] = {place: [] for place in places}
    for (place, _name), scenes in zip(keys, read, strict=True):
        shown[place] += scenes
    return partial(scenes_blocks, shown)


ACTS = {"save": _save, "list": _list, "rename": _rename, "delete": _delete}


def _found(
    rest: str, user_id: str, channel: str, context: RequestContext
) -> tuple[Place, Scene, str]:
    """Look up the scene that was typed, maybe behind its place. Raises ``Refused``.

    Gives its place, itself, and the text behind its name.
    """
    place, rest = _place(rest)
    name, behind = _first_word(rest)
    if not name:
        scene_name(name)  # raises ``Refused``, which says what a name may be
    places = scene_places(context, user_id, channel)
    if place and place not in places:
        raise Refused(Problem(ErrorCode.SCENE_NO_CHANNEL, "scene"))
    where, found = scene_named(context, {place: places[place]} if place else places, name)
    return where, found, behind


def _place(rest: str) -> tuple[Place | None, str]:
    """Split a place's word off the front; None and the whole text if there is none."""
    word, behind = _first_word(rest)
    place = PLACES.get(fold(word).text)
    return place, behind if place else rest


def _new_name(typed: str) -> str:
    """Read a name for a scene. Raises ``Refused``, also for a place's word."""
    name = scene_name(typed)
    if name in PLACES:
        facts: Facts = {"rule": "place", "name": name}
        raise Refused(Problem(ErrorCode.SCENE_NAME, "scene", facts))
    return name


def _first_word(text: str) -> tuple[str, str]:
    first, *behind = text.split(None, 1) or [""]
    return first, behind[0] if behind else ""
