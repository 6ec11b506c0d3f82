"""Opens the form: from the command, from the shortcuts, and to change an earlier picture."""

import secrets

import msgspec

from bot.request_context import RequestContext
from bot.requests.prompt_parser import parse_options, parse_switch
from bot.slack_api.client import SLACK_TROUBLE, SlackRefused, call
from bot.texts import Language
from bot.views.form import FormOptions, FormState, FormValues, form
from functions.jobs.errors import Refused
from functions.jobs.model import SlackFile, Thread
from functions.jobs.report import JobReport
from functions.jobs.wish import Resolution, find_template, parse_resolution
from functions.log import log

MAX_FIELD_CHARS = 3000  # characters that a text field takes


class FormOpening(msgspec.Struct, frozen=True):
    """Which form for whom. ``trigger_id`` lives three seconds and opens one form."""

    user_id: str
    trigger_id: str
    state: FormState
    values: FormValues
    thumbnails: frozenset[str] = frozenset()  # file ids


def open_form(opening: FormOpening, context: RequestContext) -> bool:
    """Open it; False when Slack would not.

    A thumbnail that Slack cannot show refuses the whole form, so it is then tried without.
    """
    english: Language = "en"
    language = context.with_timeout(lambda: context.language(opening.user_id), english)
    for thumbnails in dict.fromkeys((opening.thumbnails, frozenset[str]())):
        looks = FormOptions(
            language=language,
            thumbnails=thumbnails,
            unseen=thumbnails != opening.thumbnails,
            watermark_optional=context.config.limits.watermark_optional,
        )
        view = form(opening.state, opening.values, looks)
        try:
            call(context.slack.views_open, trigger_id=opening.trigger_id, view=view)
        except SLACK_TROUBLE as error:
            log("the form was not opened", error=str(error), thumbnails=len(thumbnails))
            if not isinstance(error, SlackRefused):
                return False
        else:
            return True
    return False


def new_form_state(
    place: Thread | None = None,
    *,
    photos: tuple[SlackFile, ...] = (),
    parent: str = "",
    token: str = "",
) -> FormState:
    """For a form that is opened now. Without a ``place`` its pictures go to the asker alone."""
    return FormState(
        nonce=secrets.token_hex(8),
        channel=place.channel if place else "",
        thread_ts=place.thread_ts if place else "",
        photos=photos,
        parent=parent,
        token=token,
    )


def default_values(user_id: str, context: RequestContext) -> FormValues:
    """An empty form, with what the person has chosen once and for all."""
    nothing: dict[str, object] = {}
    own = context.with_timeout(lambda: context.personal_defaults(user_id), nothing)
    resolution = own.get("resolution")
    return FormValues(
        resolution=resolution if isinstance(resolution, Resolution) else None,
        watermark=own.get("watermark") is not False,
    )


def values_from_text(typed: str, start: FormValues) -> FormValues:
    """The form for what somebody has typed already; ``typed`` is decoded.

    What cannot be read stays as it is typed, in the field for the words.
    """
    as_it_is = FormValues(
        prompt=typed.strip()[:MAX_FIELD_CHARS],
        resolution=start.resolution,
        watermark=start.watermark,
    )
    try:
        found = parse_options(typed)
        options = found.options
        size, template = options.get("size"), options.get("template")
        mark = options.get("watermark")
        return FormValues(
            prompt=found.words[:MAX_FIELD_CHARS],
            template=find_template(template).name if template else "",
            product=options.get("product", "")[:MAX_FIELD_CHARS],
            avoid=options.get("avoid", "")[:MAX_FIELD_CHARS],
            resolution=parse_resolution(size) if size else start.resolution,
            watermark=parse_switch(mark) if mark else start.watermark,
        )
    except Refused:
        return as_it_is


def values_from_job(parent: JobReport) -> FormValues:
    """The form for an earlier job."""
    wish = parent.job.wish
    return FormValues(
        prompt=wish.prompt,
        template=wish.template,
        product=wish.product,
        avoid=wish.avoid,
        resolution=wish.resolution,
        watermark=wish.watermark,
    )
