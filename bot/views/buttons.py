"""The buttons under a result, and what a press of one says.

A button's value is ``<job>:<token>``: the job whose result it stands under, and a token that is
renewed on the message when the press has led to a picture. So ten presses are one job, and a
later press is another.
"""

from collections.abc import Mapping

import msgspec

from bot.texts import Language, text
from bot.views import Block, option, plain
from functions.jobs.job_ids import is_job_id
from functions.jobs.wish import Resolution, parse_resolution

SIZES = ("1:1", "16:9", "9:16", "4:5", "3:2")
OTHER_SIZE = "other"
# Which jobs a button's presses lead to; the buttons not named here start no job by themselves.
GESTURES = {"again": "again", "variations": "variation", "size": "size", "cutout": "cutout"}


class Buttons(msgspec.Struct, frozen=True):
    """The tokens of one result's buttons, by the gesture of the jobs that they start.

    A gesture that has led to nothing yet has none.
    """

    tokens: Mapping[str, str] = {}

    def value(self, job_id: str, action_id: str) -> str:
        """What the button is to say when it is pressed."""
        return f"{job_id}:{self.tokens.get(GESTURES.get(action_id, ''), '')}"


NO_TOKENS = Buttons()


class ButtonValue(msgspec.Struct, frozen=True):
    """What a button or a size menu said; ``size`` is the menu's choice."""

    job_id: str
    token: str
    size: str = ""


def parse_button_value(value: str) -> ButtonValue | None:
    """Reads a button's value; None for one that we never made."""
    job_id, _, rest = value.partition(":")
    token, _, size = rest.partition(":")
    return ButtonValue(job_id, token, size) if is_job_id(job_id) else None


def block_id(job_id: str) -> str:
    """Of the block that holds a result's buttons."""
    return f"result-{job_id}"


def result_buttons(job_id: str, buttons: Buttons, language: Language) -> Block:
    """Everything that can be done with a finished picture."""
    return {
        "type": "actions",
        "block_id": block_id(job_id),
        "elements": [
            button("again", job_id, buttons, language),
            button("change", job_id, buttons, language),
            button("variations", job_id, buttons, language),
            size_menu(job_id, buttons, language),
            button("cutout", job_id, buttons, language),
            delete_button(job_id, buttons, language),
        ],
    }


def button(
    action_id: str, job_id: str, buttons: Buttons, language: Language, *, label: str = ""
) -> Block:
    """One button; ``label`` is the key of its text where it is not the usual one."""
    return {
        "type": "button",
        "action_id": action_id,
        "text": plain(text(language, label or f"button.{action_id}")),
        "value": buttons.value(job_id, action_id),
    }


def delete_button(job_id: str, buttons: Buttons, language: Language) -> Block:
    """Asks before it deletes."""
    return {
        **button("delete", job_id, buttons, language),
        "style": "danger",
        "confirm": {
            "title": plain(text(language, "delete.title")),
            "text": plain(text(language, "delete.sure")),
            "confirm": plain(text(language, "button.delete")),
            "deny": plain(text(language, "delete.keep")),
            "style": "danger",
        },
    }


def zip_button(job_id: str, language: Language) -> Block:
    """All pictures of the upload that the job is of, in one file."""
    return button("zip", job_id, NO_TOKENS, language)


def size_menu(job_id: str, buttons: Buttons, language: Language) -> Block:
    """The same picture in another shape. The last entry asks for one in a form."""
    value = buttons.value(job_id, "size")
    sizes = [option(size_label(size), f"{value}:{size}") for size in SIZES]
    other = option(text(language, "size.other"), f"{value}:{OTHER_SIZE}")
    return {
        "type": "static_select",
        "action_id": "size",
        "placeholder": plain(text(language, "button.size")),
        "options": [*sizes, other],
    }


def size_label(size: str) -> str:
    """A shape with its pixels, such as ``16:9 · 1280 × 720``."""
    resolution = parse_resolution(size)
    return f"{size} · {resolution.width} × {resolution.height}"


def named_size(resolution: Resolution) -> str:
    """The name under which a menu has that resolution; empty when it has none."""
    return next((size for size in SIZES if parse_resolution(size) == resolution), "")
