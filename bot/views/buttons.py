"""Draw the buttons under a result, and read their values; also the states of small forms.

A button's value is ``<job>:<token>``: the job whose result it stands under, and a token that the
message's update replaces once the press has led to a picture. So ten presses of a button are one
job, and a later press is another.
"""

from collections.abc import Mapping

import msgspec

from bot.texts import Language, text
from bot.views import Block, option, plain, section
from functions.jobs.job_ids import is_job_id
from functions.jobs.records import Record, prepared
from functions.jobs.wish import Resolution, parse_resolution

SIZES = ("1:1", "16:9", "9:16", "4:5", "3:2")
OTHER_SHAPES = ("1:1", "9:16", "16:9")  # the menu under a picture offers the first unlike its own
OTHER_SIZE = "other"
DELETE_CALLBACK, SCENE_CALLBACK, LOGO_CALLBACK = "delete", "scene", "logo"
# The gesture of the jobs that a button starts, by action_id; all other buttons start none.
GESTURES = {
    "again": "again",
    "variations": "variation",
    "size": "size",
    "cutout": "cutout",
    "packshot": "packshot",
}


class Buttons(msgspec.Struct, frozen=True):
    """Hold the tokens of one result's buttons, by the gesture of the jobs that they start.

    A gesture that has led to no job yet has no token.
    """

    tokens: Mapping[str, str] = {}

    def value(self, job_id: str, action_id: str) -> str:
        """Make a button's value, ``<job>:<token>``."""
        return f"{job_id}:{self.tokens.get(GESTURES.get(action_id, ''), '')}"


NO_TOKENS = Buttons()


class ButtonValue(msgspec.Struct, frozen=True):
    """Hold the value of a button or a menu's entry; ``size`` is a size entry's."""

    job_id: str
    token: str
    size: str = ""


def parse_button_value(value: str) -> ButtonValue | None:
    """Read a button's value; None for one that we never made."""
    job_id, _, rest = value.partition(":")
    token, _, size = rest.partition(":")
    return ButtonValue(job_id, token, size) if is_job_id(job_id) else None


def block_id(job_id: str) -> str:
    """Make the block_id of a result's buttons."""
    return f"result-{job_id}"


def result_buttons(
    job_id: str, buttons: Buttons, language: Language, *, url: str, resolution: Resolution
) -> Block:
    """Draw the buttons and the menu under a finished picture, the most used first.

    ``url`` is the picture's address for download, ``resolution`` the one that was asked for.
    """
    return {
        "type": "actions",
        "block_id": block_id(job_id),
        "elements": [
            button("again", job_id, buttons, language),
            button("variations", job_id, buttons, language),
            button("change", job_id, buttons, language),
            {**button("download", job_id, buttons, language), "url": url},
            button("scene", job_id, buttons, language),
            _more(job_id, buttons, language, resolution),
        ],
    }


def _more(job_id: str, buttons: Buttons, language: Language, resolution: Resolution) -> Block:
    """Draw the menu of what is used less. Slack allows five entries, so one shape is offered."""
    shapes = [shape for shape in OTHER_SHAPES if shape != named_size(resolution)]
    size = buttons.value(job_id, "size")
    entries = [
        *(
            (text(language, "more.size", size=size_label(one)), f"size/{size}:{one}")
            for one in shapes[:1]
        ),
        (text(language, "size.other"), f"size/{size}:{OTHER_SIZE}"),
        *(
            (text(language, f"button.{one}"), f"{one}/{buttons.value(job_id, one)}")
            for one in ("cutout", "packshot")
        ),
        (text(language, "more.delete"), f"delete/{buttons.value(job_id, 'delete')}"),
    ]
    options = [option(label, value) for label, value in entries]
    return {"type": "overflow", "action_id": "more", "options": options}


def entry_chosen(value: str) -> tuple[str, str]:
    """Split a menu entry's value into the button's action_id and the value of that button."""
    name, _, said = value.partition("/")
    return name, said


class DeleteState(Record, frozen=True, kw_only=True):
    """Hold what the question before deleting remembers: which message's picture to delete.

    ``file_ids`` are the uploaded files that show it, if Slack could not read its address.
    """

    job_id: str
    channel: str
    message_ts: str
    thread_ts: str = ""
    file_ids: tuple[str, ...] = ()


def delete_state(private_metadata: str) -> DeleteState:
    """Decode the question's state. Raises ``msgspec.DecodeError`` for what we never encoded."""
    return msgspec.json.decode(private_metadata, type=prepared(DeleteState))


def delete_view(state: DeleteState, language: Language) -> Block:
    """Draw the modal that asks for confirmation before a picture is deleted."""
    return {
        "type": "modal",
        "callback_id": DELETE_CALLBACK,
        "private_metadata": msgspec.json.encode(state).decode(),
        "title": plain(text(language, "button.delete")),
        "submit": plain(text(language, "button.delete")),
        "close": plain(text(language, "delete.keep")),
        "blocks": [
            section(text(language, "delete.title")),
            section(text(language, "delete.sure")),
        ],
    }


class SceneState(Record, frozen=True, kw_only=True):
    """Hold what the form for a scene remembers: the job it is made from, and the channel."""

    job_id: str
    channel: str = ""


class LogoState(Record, frozen=True, kw_only=True):
    """Hold what the form for a scene's logo remembers: the scene's name, place and channel."""

    name: str
    place: str
    channel: str = ""


def logo_state(private_metadata: str) -> LogoState:
    """Decode the logo form's state. Raises ``msgspec.DecodeError`` for what we never encoded."""
    return msgspec.json.decode(private_metadata, type=prepared(LogoState))


def scene_state(private_metadata: str) -> SceneState:
    """Decode the scene form's state. Raises ``msgspec.DecodeError`` for what we never encoded."""
    return msgspec.json.decode(private_metadata, type=prepared(SceneState))


def button(
    action_id: str, job_id: str, buttons: Buttons, language: Language, *, label: str = ""
) -> Block:
    """Draw a button about a job; ``label`` is the key of its text if not ``button.<action_id>``."""
    return {
        "type": "button",
        "action_id": action_id,
        "text": plain(text(language, label or f"button.{action_id}")),
        "value": buttons.value(job_id, action_id),
    }


def delete_button(job_id: str, buttons: Buttons, language: Language) -> Block:
    """Draw the delete button, with Slack's own confirmation, for messages without a menu."""
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
    """Draw the button Download all for the pictures of the job's upload."""
    return button("zip", job_id, NO_TOKENS, language)


def size_label(size: str) -> str:
    """Write a shape with its pixels, such as ``16:9 · 1280 × 720``."""
    resolution = parse_resolution(size)
    return f"{size} · {resolution.width} × {resolution.height}"


def named_size(resolution: Resolution) -> str:
    """Give the shape in ``SIZES`` that has exactly this resolution; empty if none has."""
    return next((size for size in SIZES if parse_resolution(size) == resolution), "")
