"""Open the form as a person does, and read what it holds."""

from typing import Any

from tests.bot.gestures.driving import BotHarness
from tests.bot.looking import Json
from tests.local.slack.driver import ANNA

FIELDS = ["photos", "words", "template", "product", "avoid", "size", "own_size", "shops", "mask"]


def fields_of(view: Json) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def initial(view: Json, name: str) -> Any:
    (block,) = [one for one in view["blocks"] if one.get("block_id") == name]
    element = block["element"]
    return element.get("initial_value") or (element.get("initial_option") or {}).get("value")


def opened(stage: BotHarness, *, user: str = ANNA, text: str = "") -> Json:
    assert stage.command(text, user=user)["ok"]
    view = stage.modal(user)
    assert view
    return view


def shortcut(stage: BotHarness, callback_id: str, *, user: str = ANNA, **where: str) -> Json | None:
    sent = stage.slack.act("POST", "shortcuts", user=user, callback_id=callback_id, **where)
    assert sent["ok"]
    return stage.modal(user)


def wish_of(job: Json) -> Json:
    """Give a job's wish, without the usual size."""
    usual = {"width": 1280, "height": 1280}
    return {name: value for name, value in job["wish"].items() if value != usual}
