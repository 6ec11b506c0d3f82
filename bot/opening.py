"""Opens the form: from the command, from the shortcuts, and to change an earlier picture."""

import secrets

import msgspec

from bot import words
from bot.desk import Desk
from bot.earlier import Earlier
from bot.slack import SLACK_TROUBLE, SlackRefused, call
from bot.texts import Language
from bot.views.form import Draft, Looks, Memory, form
from functions.jobs.errors import Refused
from functions.jobs.model import Resolution, SlackFile, Thread, find_template, parse_resolution
from functions.log import log

DRAFT_MOST = 3000  # characters that a text field takes


class Opening(msgspec.Struct, frozen=True):
    """Which form for whom. ``trigger_id`` lives three seconds and opens one form."""

    user_id: str
    trigger_id: str
    memory: Memory
    draft: Draft
    thumbnails: frozenset[str] = frozenset()  # file ids


def open_form(opening: Opening, desk: Desk) -> bool:
    """Open it; False when Slack would not.

    A thumbnail that Slack cannot show refuses the whole form, so it is then tried without.
    """
    english: Language = "en"
    language = desk.in_a_moment(lambda: desk.language(opening.user_id), english)
    for thumbnails in dict.fromkeys((opening.thumbnails, frozenset[str]())):
        looks = Looks(
            language=language,
            thumbnails=thumbnails,
            unseen=thumbnails != opening.thumbnails,
            watermark_optional=desk.config.limits.watermark_optional,
        )
        view = form(opening.memory, opening.draft, looks)
        try:
            call(desk.slack.views_open, trigger_id=opening.trigger_id, view=view)
        except SLACK_TROUBLE as error:
            log("the form was not opened", error=str(error), thumbnails=len(thumbnails))
            if not isinstance(error, SlackRefused):
                return False
        else:
            return True
    return False


def fresh_memory(
    place: Thread | None = None,
    *,
    photos: tuple[SlackFile, ...] = (),
    parent: str = "",
    token: str = "",
) -> Memory:
    """For a form that is opened now. Without a ``place`` its pictures go to the asker alone."""
    return Memory(
        nonce=secrets.token_hex(8),
        channel=place.channel if place else "",
        thread_ts=place.thread_ts if place else "",
        photos=photos,
        parent=parent,
        token=token,
    )


def own_draft(user_id: str, desk: Desk) -> Draft:
    """An empty form, with what the person has chosen once and for all."""
    nothing: dict[str, object] = {}
    own = desk.in_a_moment(lambda: desk.own_defaults(user_id), nothing)
    resolution = own.get("resolution")
    return Draft(
        resolution=resolution if isinstance(resolution, Resolution) else None,
        watermark=own.get("watermark") is not False,
    )


def typed_draft(typed: str, start: Draft) -> Draft:
    """The form for what somebody has typed already; ``typed`` is decoded.

    What cannot be read stays as it is typed, in the field for the words.
    """
    as_it_is = Draft(
        prompt=typed.strip()[:DRAFT_MOST],
        resolution=start.resolution,
        watermark=start.watermark,
    )
    try:
        found = words.read(typed)
        options = found.options
        size, template = options.get("size"), options.get("template")
        mark = options.get("watermark")
        return Draft(
            prompt=found.words[:DRAFT_MOST],
            template=find_template(template).name if template else "",
            product=options.get("product", "")[:DRAFT_MOST],
            avoid=options.get("avoid", "")[:DRAFT_MOST],
            resolution=parse_resolution(size) if size else start.resolution,
            watermark=words.switched(mark) if mark else start.watermark,
        )
    except Refused:
        return as_it_is


def draft_again(parent: Earlier) -> Draft:
    """The form for an earlier job."""
    wish = parent.job.wish
    return Draft(
        prompt=wish.prompt,
        template=wish.template,
        product=wish.product,
        avoid=wish.avoid,
        resolution=wish.resolution,
        watermark=wish.watermark,
    )
