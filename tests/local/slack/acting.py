"""Act as people do on what the app shows: press, type a command, fill in a form and submit it."""

from typing import Any

from tests.local.slack.block_cases import actions, button, option, plain, select
from tests.local.slack.driver import ANNA, PHOTOS, Json, Slack

MENU = {
    "type": "overflow",
    "action_id": "menu",
    "options": [option("cut"), {"text": plain("Delete"), "value": "delete"}],
}


def of_type(seen: list[Json], kind: str) -> list[Json]:
    """Give the payloads of one type; events come from another thread, before or after others."""
    return [payload for payload in seen if payload.get("type") == kind]


def with_buttons(slack: Slack, **more: Any) -> str:
    blocks = [actions(button(value="job-1"), MENU, select(), block_id="row")]
    answer = slack.client.chat_postMessage(channel=PHOTOS, text="done", blocks=blocks, **more)
    return str(answer["ts"])


def press(slack: Slack, ts: str, action_id: str = "again", **more: Any) -> Json:
    where = {"channel": PHOTOS, "message_ts": ts, "block_id": "row", "action_id": action_id}
    return slack.act("POST", "actions", **{"user": ANNA, **where, **more})


def command(slack: Slack, text: str, **more: Any) -> Json:
    wish = {"user": ANNA, "channel": PHOTOS, "command": "/backdrop", "text": text, **more}
    return slack.act("POST", "commands", **wish)


def opened(slack: Slack) -> Json:
    assert command(slack, "form")["ok"]
    modal = slack.look("views", user=ANNA)["modal"]
    assert isinstance(modal, dict)
    return modal


def send(slack: Slack, wish: str, **values: Any) -> Json:
    view = opened(slack)
    entered = {"scene": {"scene": {"value": wish}}, **values}
    return slack.act("POST", "views/submit", user=ANNA, view_id=view["id"], values=entered)
