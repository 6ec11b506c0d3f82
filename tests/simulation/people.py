"""Act as people and programs do: write, press, delete, and send webhooks."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

import msgspec
from standardwebhooks.webhooks import Webhook

from infra.local.slack import choices, interactions, posting
from infra.local.slack import world as place
from infra.local.slack.blocks import elements_of
from infra.local.slack.client import Written, typed_message
from infra.local.slack.formstate import FIELDS
from infra.local.slack.model import File, Json, Message
from infra.local.slack.state import new_id
from tests.simulation.world import World, photo, secret_of

FORM = "application/x-www-form-urlencoded"
CHANNEL = place.PRODUCT_PHOTOS_ID
PEOPLE = (place.MERCHANDISER_ID, place.OPERATIONS_ID, place.ADMIN_ID)
NAMES = dict(zip(PEOPLE, ("Anna", "Yun", "Ada"), strict=True))
TOLD, PROGRESS = "backdrop_told", "backdrop_progress"


def mention(world: World, user: str, photos: int) -> Message:
    """Send a message that mentions the bot, with photos."""
    files = [_file(world, user, f"cup-{n}.jpg") for n in range(photos)]
    text = f"@{place.BOT_NAME} on warm sand"
    written = Written(user=user, channel=CHANNEL, text=text, file_ids=tuple(files))
    message = typed_message(world.slack, written)
    world.tell(NAMES[user], "writes", message.ts, f"{text}, {photos} photo(s)")
    return posting.post(world.slack, message)


def _file(world: World, user: str, name: str) -> str:
    data = photo()
    file = File(
        id=new_id("F"),
        name=name,
        user=user,
        created=int(world.scheduler.now),
        data=data,
        length_bytes=len(data),
        mimetype="image/jpeg",
        filetype="jpg",
        is_uploaded=True,
        is_complete=True,
    )
    world.slack.state.files[file.id] = file
    return file.id


def messages(world: World, kind: str) -> list[Message]:
    """List the bot's messages of a kind that are in the channel, oldest first."""
    channel = world.slack.state.channels[CHANNEL]
    return [
        one
        for one in channel.messages.values()
        if one.by_bot and (one.metadata or {}).get("event_type") == kind
    ]


def press(world: World, user: str, action_id: str, *, among: int) -> bool:
    """Press a button, or choose an entry of a menu, in one of the messages that have it.

    Gives False if no message has it.
    """
    kind = PROGRESS if action_id == "cancel" else TOLD
    found = [
        (message, block, element)
        for message in messages(world, kind)
        for block in message.blocks
        for element in elements_of(block)
        if _is_for(element, action_id)
    ]
    if not found:
        return False
    message, block, element = found[among % len(found)]
    given = {"selected_option": _entry(element, action_id)} if _entry(element, action_id) else {}
    action = choices.action(
        element, block_id=block["block_id"], given=given, action_ts=world.slack.state.next_ts()
    )
    payload = interactions.message_action(world.slack, message, user, {}) | {"actions": [action]}
    world.tell(NAMES[user], f"presses {action_id}", message.ts)
    _send(world, payload)
    return True


def _is_for(element: Json, action_id: str) -> bool:
    return element.get("action_id") == action_id or bool(_entry(element, action_id))


def _entry(element: Json, action_id: str) -> str:
    """Give the value of the menu entry for an action; empty if the element has none."""
    options = element.get("options", []) if element.get("type") == "overflow" else []
    values = [str(one["value"]) for one in options]
    return next((one for one in values if one.startswith(f"{action_id}/")), "")


def confirm(world: World, user: str) -> bool:
    """Submit the modal that is open. Gives False if none is."""
    stack = world.slack.state.modals.get(user)
    if not stack:
        return False
    view = stack.pop()
    world.tell(NAMES[user], "says yes", view.id)
    _send(world, interactions.submission(world.slack, view))
    return True


def _send(world: World, payload: Json) -> None:
    body = urlencode({"payload": msgspec.json.encode(payload).decode()}).encode()
    answer = world.ask_bot(body, FORM)
    world.tell("slack", "delivers", payload["type"], str(answer.status) if answer else "no answer")


# --- programs


def webhook(world: World, client: str, number: int, jobs: int, *, slack: bool) -> list[str]:
    """Send a job or a batch until the gateway takes it, at most four times; give the jobs' ids."""
    deliver: Json = {"callback_url": f"https://{client}.example/hook"}
    if slack:
        deliver["slack"] = {"channel": CHANNEL}
    wish = {"image_url": f"https://{client}.example/cup.jpg", "prompt": "on warm sand"}
    wish_json: Json = {**wish, "deliver": deliver}
    if jobs == 1:
        path, sent = "/v1/jobs", wish_json
    else:
        path, sent = "/v1/batches", {"jobs": [wish_json] * jobs}
    body = json.dumps(sent).encode()
    for pause_s in (1.0, 5.0, 30.0, 300.0):
        answer = _signed(world, client, "POST", path, f"{client}-{number}", body)
        if answer is not None and answer.status == 202:
            said: Any = json.loads(answer.body)
            return [one["id"] for one in said["jobs"]] if jobs > 1 else [said["id"]]
        world.scheduler.pause(pause_s)
    return []


def take_back(world: World, client: str, job_id: str) -> bool:
    """Ask the gateway to delete a job. Gives whether it agreed."""
    answer = _signed(world, client, "DELETE", f"/v1/jobs/{job_id}", f"delete-{job_id}", b"")
    return answer is not None and answer.status == 202


def _signed(world: World, client: str, method: str, path: str, name: str, body: bytes) -> Any:
    at = datetime.fromtimestamp(world.scheduler.now, timezone.utc)
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret_of(client)).sign(name, at, body.decode()),
    }
    world.tell(client, method.lower(), path, name)
    answer = world.ask("gateway", method, path, body, headers)
    world.tell(client, "hears", path, str(answer.status) if answer else "no answer")
    return answer


__all__ = ["FIELDS", "confirm", "mention", "messages", "press", "take_back", "webhook"]
