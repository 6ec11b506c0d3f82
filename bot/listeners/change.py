"""Change...: the form, filled in as the picture was asked for."""

from collections.abc import Mapping
from typing import Any

from bot.children import parent_of
from bot.desk import Desk
from bot.opening import Opening, draft_again, fresh_memory, open_form
from bot.pressing import press_of


def change(body: Mapping[str, Any], desk: Desk) -> None:
    """The button under a result."""
    press = press_of(body)
    found = parent_of(press, desk)
    if found is None:
        return
    parent, said = found
    opened = open_form(
        Opening(
            user_id=press.user_id,
            trigger_id=press.trigger_id,
            memory=fresh_memory(press.place, parent=parent.job.id, token=said.token),
            draft=draft_again(parent),
        ),
        desk,
    )
    if not opened:
        desk.whisper_line(press.user_id, press.aside, "form.not_opened")
