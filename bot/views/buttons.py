"""Draw the buttons under a result, and read what a press of one says.

A button's value is ``<job>:<token>``: the job whose result it stands under, and a token that is
renewed on the message when the press has led to a picture. So ten presses are one job, and a
later press is another.
"""

from collections.abc import Mapping

import msgspec

from bot.texts import Language, text
from bot.views import Block, option, plain, section
from functions.jobs.job_ids import is_job_id
from functions.jobs.records import Record, prepared
from functions.jobs.wish import Resolution, parse_resolution

SIZES = ("1:1", "16:9", "9:16", "4:5", "3:2")
OTHER_SHAPES = ("1:1", "9:16", "16:9")  # that the menu under a picture offers, but its own
OTHER_SIZE = "other"
DELETE_CALLBACK, SCENE_CALLBACK, LOGO_CALLBACK = "delete", "scene", "logo"
# Which jobs a button's presses lead to; the buttons not named here start no job by themselves.
GESTURES = {
    "again": "again",
    "variations": "variation",
    "size": "size",
    "cutout": "cutout",
    "packshot": "packshot",
}


class Buttons(msgspec.Struct, frozen=True):
    """Hold the tokens of one result's buttons, by the gesture of the jobs that they start.

    A gesture that has led to nothing yet has none.
    """

    tokens: Mapping[str, str] = {}

    def value(self, job_id: str, action_id: str) -> str:
        """Say what the button is to say when it is pressed."""
        return f"{job_id}:{self.tokens.get(GESTURES.get(action_id, ''), '')}"


NO_TOKENS = Buttons()


class ButtonValue(msgspec.Struct, frozen=True):
    """Hold what a button or a size menu said; ``size`` is the menu's choice."""

    job_id: str
    token: str
    size: str = ""


def parse_button_value(value: str) -> ButtonValue | None:
    """Read a button's value; None for one that we never made."""
    job_id, _, rest = value.partition(":")
    token, _, size = rest.partition(":")
    return ButtonValue(job_id, token, size) if is_job_id(job_id) else None


def block_id(job_id: str) -> str:
    """Name the block that holds a result's buttons."""
    return f"result-{job_id}"


def result_buttons(
    job_id: str, buttons: Buttons, language: Language, *, url: str, resolution: Resolution
) -> Block:
    """Offer everything that can be done with a finished picture, in the order of use.

    ``url`` is where it can be downloaded, ``resolution`` the one that it was asked for in.
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
    """Draw the menu of what is used less. It holds five entries at the most, so not every shape."""
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
    """Read what was chosen in the menu: the action's name, and what its button would have said."""
    name, _, said = value.partition("/")
    return name, said


class DeleteState(Record, frozen=True, kw_only=True):
    """Hold what the question before deleting remembers; ``file_ids`` in Slack show the picture."""

    job_id: str
    channel: str
    message_ts: str
    thread_ts: str = ""
    file_ids: tuple[str, ...] = ()


def delete_state(private_metadata: str) -> DeleteState:
    """Read it back. Raises ``msgspec.DecodeError`` for what we never packed."""
    return msgspec.json.decode(private_metadata, type=prepared(DeleteState))


def delete_view(state: DeleteState, language: Language) -> Block:
    """Ask before anything is deleted."""
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
    """Hold what the form for a scene remembers: the job that it is saved from, and where."""

    job_id: str
    channel: str = ""


class LogoState(Record, frozen=True, kw_only=True):
    """Hold what the form for a scene's logo remembers: which scene, and where it is."""

    name: str
    place: str
    channel: str = ""


def logo_state(private_metadata: str) -> LogoState:
    """Read it back. Raises ``msgspec.DecodeError`` for what we never packed."""
    return msgspec.json.decode(private_metadata, type=prepared(LogoState))


def scene_state(private_metadata: str) -> SceneState:
    """Read it back. Raises ``msgspec.DecodeError`` for what we never packed."""
    return msgspec.json.decode(private_metadata, type=prepared(SceneState))


def button(
    action_id: str, job_id: str, buttons: Buttons, language: Language, *, label: str = ""
) -> Block:
    """Draw one button; ``label`` is the key of its text where it is not the usual one."""
    return {
        "type": "button",
        "action_id": action_id,
        "text": plain(text(language, label or f"button.{action_id}")),
        "value": buttons.value(job_id, action_id),
    }


def delete_button(job_id: str, buttons: Buttons, language: Language) -> Block:
    """Draw the button that asks by itself before it deletes; it stands where there is no menu."""
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
    """Draw the button for all pictures of the job's upload in one file."""
    return button("zip", job_id, NO_TOKENS, language)


def size_label(size: str) -> str:
    """Say a shape with its pixels, such as ``16:9 · 1280 × 720``."""
    resolution = parse_resolution(size)
    return f"{size} · {resolution.width} × {resolution.height}"


def named_size(resolution: Resolution) -> str:
    """Find the name under which a menu has that resolution; empty when it has none."""
    return next((size for size in SIZES if parse_resolution(size) == resolution), "")
