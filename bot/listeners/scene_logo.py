"""Give a scene a logo: ``/backdrop scene logo summer`` opens a form for its picture and place.

Saving the scene again without one removes the logo.
"""

import time
from collections.abc import Mapping
from typing import Any, cast

from msgspec.structs import replace

from bot.request_context import RequestContext
from bot.requests.scenes import Place, may_change, save_for, scene_named, scene_places
from bot.slack_api.client import SLACK_TROUBLE, OutcomeUnknown, RateLimited, call
from bot.slack_api.files import FileUnfinished, SlackFiles
from bot.slack_api.messages import files_of
from bot.texts import error_text, text
from bot.views import section
from bot.views.buttons import LogoState, logo_state
from bot.views.form import FIELD
from bot.views.help import window
from bot.views.scenes import logo_form, saved_blocks
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.logos import LOGO_BYTES, logo_of, logo_unusable, store_logo
from functions.jobs.scenes import Scene
from functions.jobs.wish import Corner
from functions.log import log

SlackResponseBody = dict[str, Any]
DOWNLOAD_WITHIN_S = 1.2  # Slack waits three seconds for the answer


def open_logo_form(
    place: Place, scene: Scene, command: Mapping[str, Any], context: RequestContext
) -> SlackResponseBody | None:
    """Open the form for a scene's logo; give the command's answer if Slack did not open it.

    Raises ``Refused`` if this person may not give the scene one.
    """
    user_id, channel = str(command["user_id"]), str(command["channel_id"])
    _check_allowed(place, scene, user_id, context)
    state = LogoState(name=scene.name, place=place, channel=channel)
    view = logo_form(state, scene, context.language(user_id))
    try:
        call(context.slack.views_open, trigger_id=str(command["trigger_id"]), view=view)
    except SLACK_TROUBLE as error:
        log("the form for a logo was not opened", error=str(error), event=context.event_id)
        return context.command_response(
            user_id, lambda language: [section(text(language, "form.not_opened"))]
        )
    return None


def on_logo_submitted(body: Mapping[str, Any], context: RequestContext) -> SlackResponseBody:
    """Handle the form: store the logo and save the scene with it, or answer with errors."""
    user_id, view = str(body["user"]["id"]), body["view"]
    state = logo_state(str(view.get("private_metadata") or ""))
    given = {name: block[FIELD] for name, block in view["state"]["values"].items()}
    language = context.language(user_id)
    try:
        where = {state.place: scene_places(context, user_id, state.channel)[state.place]}
        _, scene = scene_named(context, where, state.name)
        _check_allowed(state.place, scene, user_id, context)
        saved = _with_logo(scene, given, context)
        save_for(context, user_id, state.channel, state.place, saved)
    except Refused as refused:
        said = [error_text(language, one.code, one.facts) for one in refused.problems]
        return {"response_action": "errors", "errors": {"logo": " ".join(said)}}
    shown = saved_blocks(saved, state.place, language, is_new=False)
    return {"response_action": "update", "view": window(shown, language)}


def _check_allowed(place: Place, scene: Scene, user_id: str, context: RequestContext) -> None:
    config = context.config
    if not (config.choices.scene_logos and config.limits.watermark_optional):
        raise Refused(Problem(ErrorCode.LOGO_NOT_ALLOWED, "logo"))
    if not may_change(context, user_id, place)(scene):
        raise Refused(Problem(ErrorCode.SCENE_NOT_YOURS, "scene", {"name": scene.name}))


def _with_logo(scene: Scene, given: Mapping[str, Any], context: RequestContext) -> Scene:
    """Store the uploaded logo, and give the scene with it. Raises ``Refused`` for a bad one."""
    files = files_of(given["logo"])
    if not files:
        raise logo_unusable("form")
    data = _logo_bytes(files[0].file_id, context)
    corner = cast("Corner", given["corner"]["selected_option"]["value"])
    share = int(given["share"]["selected_option"]["value"])
    logo = logo_of(data, corner=corner, share=share)
    store_logo(context.ledger.bucket, logo, data)
    return replace(scene, logo=logo, at=time.time())


def _logo_bytes(file_id: str, context: RequestContext) -> bytes:
    """Download the logo that was uploaded in the form, at most ``LOGO_BYTES``.

    Raises ``Refused``, also if it takes longer than ``DOWNLOAD_WITHIN_S``.
    """
    ends_at = time.monotonic() + DOWNLOAD_WITHIN_S

    def grown(size_bytes: int) -> None:
        if size_bytes > LOGO_BYTES:
            raise logo_unusable("bytes")
        if time.monotonic() > ends_at:
            raise TimeoutError

    files = SlackFiles(context.slack, context.config.slack)
    try:
        return files.download(file_id, grown=grown)
    except (FileUnfinished, OutcomeUnknown, RateLimited) as error:
        raise logo_unusable("later") from error
