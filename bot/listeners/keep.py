"""Use this one: keeps one of several pictures and puts the others away, until Show all."""

from collections.abc import Mapping
from typing import Any

from bot.children import parent_of
from bot.desk import Desk
from bot.pressing import Press, press_of
from bot.several import show_several
from functions.jobs.chosen import choose
from functions.jobs.model import Job


def use_this(body: Mapping[str, Any], desk: Desk) -> None:
    """The button under one of several."""
    press = press_of(body)
    found = parent_of(press, desk)
    if found:
        job = found[0].job
        _show(job, press, desk, chosen=job.id)


def show_all(body: Mapping[str, Any], desk: Desk) -> None:
    """The way back."""
    press = press_of(body)
    found = parent_of(press, desk)
    if found:
        _show(found[0].job, press, desk, chosen="")


def _show(job: Job, press: Press, desk: Desk, *, chosen: str) -> None:
    choose(desk.ledger, job.upload.id, chosen)
    if show_several(job, press, desk, chosen=chosen) != "drawn":
        desk.whisper_line(press.user_id, press.aside, "press.trouble")
