"""Open the form, filled in from what was typed, from a message or from an earlier job."""

import secrets
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import msgspec

from bot.request_context import RequestContext
from bot.requests.option_parser import OPTIONS
from bot.requests.prompt_parser import (
    ParsedPrompt,
    asks_for_packshot,
    parse_switch,
    typed_prompt,
)
from bot.requests.scenes import names_in_time
from bot.slack_api.client import SLACK_TROUBLE, SlackRefused, call
from bot.texts import Language
from bot.views import Block
from bot.views.form import PACKSHOT, PACKSHOTS, FormOptions, FormState, FormValues, form
from functions.jobs.characters import has_words
from functions.jobs.errors import Refused
from functions.jobs.links import Links
from functions.jobs.model import SlackFile, Thread
from functions.jobs.report import JobReport
from functions.jobs.scenes import scene_name
from functions.jobs.steps import picture_named
from functions.jobs.wish import (
    BACKGROUNDS,
    PACKSHOT_SIZE,
    Packshot,
    Resolution,
    find_template,
    parse_resolution,
)
from functions.log import log

MAX_FIELD_CHARS = 3000  # Slack's limit for a text field
SHOWN_ENDINGS = {".png", ".jpg", ".jpeg", ".gif"}  # of files that Slack shows in a block


class FormOpening(msgspec.Struct, frozen=True):
    """Say which form to open for whom. ``trigger_id`` lives three seconds and opens one form."""

    user_id: str
    trigger_id: str
    state: FormState
    values: FormValues
    thumbnails: frozenset[str] = frozenset()  # ids of files shown as pictures
    picture: Block = {}  # the source of the earlier photo's picture; see ``picture_of``
    focus: str = ""  # block_id of the field with the cursor
    left_out: int = 0  # count of the message's photos that the form has no room for


def open_form(opening: FormOpening, context: RequestContext) -> bool:
    """Open a form; False if Slack did not.

    Slack refuses a form with a thumbnail that it cannot show: then it is tried without pictures.
    """
    english: Language = "en"
    scenes = names_in_time(context, opening.user_id, opening.state.channel)
    values = _with_its_scene(opening.values, [one for names in scenes.values() for one in names])
    seen = FormOptions(
        language=context.with_timeout(lambda: context.language(opening.user_id), english),
        thumbnails=opening.thumbnails,
        picture=opening.picture,
        focus=opening.focus,
        left_out=opening.left_out,
        watermark_optional=context.config.limits.watermark_optional,
        scenes=scenes,
    )
    unseen = msgspec.structs.replace(
        seen, thumbnails=frozenset(), picture={}, unseen=bool(opening.thumbnails)
    )
    for looks in [seen] if seen == unseen else [seen, unseen]:
        view = form(opening.state, values, looks)
        try:
            call(context.slack.views_open, trigger_id=opening.trigger_id, view=view)
        except SLACK_TROUBLE as error:
            log("the form was not opened", error=str(error), thumbnails=len(looks.thumbnails))
            if not isinstance(error, SlackRefused):
                return False
        else:
            return True
    return False


def _with_its_scene(values: FormValues, names: Sequence[str]) -> FormValues:
    """Move a scene that the menu lacks into the words, where its name can be edited."""
    if not values.scene or values.scene in names:
        return values
    prompt = f"{values.prompt} --scene {values.scene}".strip()
    return msgspec.structs.replace(values, prompt=prompt[:MAX_FIELD_CHARS], scene="")


def new_form_state(
    place: Thread | None = None,
    *,
    photos: tuple[SlackFile, ...] = (),
    photo_url: str = "",
    parent: str = "",
    token: str = "",
) -> FormState:
    """Make a form's state with a new nonce. No ``place``: its pictures go to the asker alone."""
    return FormState(
        nonce=secrets.token_hex(8),
        channel=place.channel if place else "",
        thread_ts=place.thread_ts if place else "",
        photos=photos,
        photo_url=photo_url,
        parent=parent,
        token=token,
    )


def default_values(user_id: str, context: RequestContext) -> FormValues:
    """Give an empty form's values: the person's own defaults, and the product they last named."""
    nothing: dict[str, object] = {}
    own, product = context.with_timeout(
        lambda: (context.personal_defaults(user_id), context.person_settings(user_id).product),
        (nothing, ""),
    )
    resolution = own.get("resolution")
    return FormValues(
        product=product,
        resolution=resolution if isinstance(resolution, Resolution) else None,
        watermark=own.get("watermark") is not False,
    )


def values_from_text(typed: str, start: FormValues) -> FormValues:
    """Give the form's values for decoded text that was typed, over those of ``start``.

    An unreadable size stays as typed in the field for one's own size; all else that is unreadable
    stays among the words. The background of ``start`` stays if no other was typed.
    """
    if asks_for_packshot(typed):
        return msgspec.structs.replace(
            start, prompt="", template=PACKSHOT, resolution=PACKSHOT_SIZE
        )
    found = typed_prompt(typed)
    fields, unread = _fields_of(found)
    is_told = bool(found.words) or not BACKGROUNDS.isdisjoint(found.options)
    prompt = " ".join(one for one in (found.words if is_told else start.prompt, *unread) if one)
    draft = msgspec.structs.replace(
        start,
        prompt=prompt[:MAX_FIELD_CHARS],
        template="" if is_told else start.template,
    )
    return msgspec.structs.replace(draft, **fields)


def _fields_of(found: ParsedPrompt) -> tuple[dict[str, Any], list[str]]:
    """Give the options as ``FormValues`` fields, and the unreadable ones as they were typed.

    A mistyped option fills the field of the nearest name; the person sees it before sending.
    """
    fields: dict[str, Any] = {}
    unread = []
    slips = [(OPTIONS[one.nearest], one.typed, one.value) for one in found.unread if one.nearest]
    unknown = [(one.name, one.typed, one.value) for one in found.unread if not one.nearest]
    known = [(name, found.names[name], value) for name, value in found.options.items()]
    for name, typed, value in (*slips, *known, *unknown):
        try:
            fields |= _field_of(name, value)
        except Refused:
            unread.append(f"{typed} {value}".strip())
    return fields, unread


def _field_of(name: str, value: str) -> dict[str, Any]:
    match name:
        case "template":
            return {"template": find_template(value).name}
        case "watermark":
            return {"watermark": parse_switch(value)}
        case "scene":
            return {"scene": scene_name(value)}
        case "size":
            try:
                return {"resolution": parse_resolution(value)}
            except Refused:
                return {"own_size": value[:MAX_FIELD_CHARS]}
        case "product" | "avoid" if has_words(value):
            return {name: value[:MAX_FIELD_CHARS]}
    raise Refused


def picture_of(parent: JobReport, links: Links | None) -> Block:
    """Give the source of a picture of an earlier job's photo; empty if none can be shown."""
    match parent.job.photo:
        case SlackFile(file_id=file_id, name=name, forwarded=False):
            if PurePath(name.lower()).suffix in SHOWN_ENDINGS:
                return {"slack_file": {"id": file_id}}
    before = picture_named(parent.pictures, "before")
    return {"image_url": links.picture(parent.job.id, before.name)} if before and links else {}


def _packshot_as_typed(packshot: Packshot) -> tuple[str, str]:
    """Give the words or else the menu's entry (the other is empty) that ask for this packshot."""
    named = next((name for name, one in PACKSHOTS.items() if one == packshot), "")
    shadow = "on" if packshot.shadow else "off"
    typed = f"--packshot {packshot.background} --fill {packshot.fill} --shadow {shadow}"
    return ("", named) if named else (typed, "")


def values_from_job(parent: JobReport, user_id: str, context: RequestContext) -> FormValues:
    """Give the form's values for an earlier job; with the mark if the person may not omit it."""
    wish = parent.job.wish
    unmarked = not wish.watermark and context.with_timeout(
        lambda: context.may_leave_mark_out(user_id),
        False,
    )
    prompt, template = _packshot_as_typed(wish.packshot) if wish.packshot else ("", "")
    return FormValues(
        prompt=prompt or wish.prompt,
        template=template or wish.template,
        product=wish.product,
        avoid=wish.avoid,
        resolution=wish.resolution,
        watermark=not unmarked,
    )
