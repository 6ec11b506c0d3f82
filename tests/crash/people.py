"""Act as a person in Slack and as a shop's program, which try again when they get no answer.

Slack repeats events by itself; presses, commands and forms are repeated only by the person. The
program sends its webhook under the same ``webhook-id`` until it gets a 2xx.
"""

import secrets
import time
from collections.abc import Callable
from typing import Any

import requests

from infra.local.http import call
from infra.local.slack.world import DM_IDS, MERCHANDISER_ID, PRODUCT_PHOTOS_ID
from infra.local.stack import Stack
from tests.bot.looking import menu_entry
from tests.gateway.program import Program

Json = dict[str, Any]
ANNA, PHOTOS, DM = MERCHANDISER_ID, PRODUCT_PHOTOS_ID, DM_IDS[MERCHANDISER_ID]
TRIES = 10
BETWEEN_S = 0.2


class NotTaken(Exception):
    """Report that something was tried again and again, and was never accepted."""


def insist(attempt: Callable[[], bool], what: str) -> None:
    """Call ``attempt`` until it gives True. Raises ``NotTaken`` after ``TRIES`` times."""
    for _ in range(TRIES):
        if attempt():
            return
        time.sleep(BETWEEN_S)
    raise NotTaken(what)


class Person:
    """Act as one person in Slack: write, press, fill in, look."""

    def __init__(self, stack: Stack, photo: bytes) -> None:
        self._slack = f"http://{stack.addresses['slack']}/_client"
        self._photo = photo

    def upload(self, name: str = "vase.jpg") -> str:
        """Upload the photo; give its file id, to be sent with a message or a form."""
        url = f"{self._slack}/files?user={ANNA}&name={name}"
        return str(call("POST", url, self._photo)["file_id"])

    def write(self, text: str, photos: int) -> str:
        """Send a message with photos to the channel; give its ts."""
        files = [self.upload(f"vase-{number}.jpg") for number in range(photos)]
        return str(self._act("messages", channel=PHOTOS, text=text, file_ids=files)["ts"])

    def press(self, message: Json, action_id: str) -> bool:
        """Press a button of a message as it is shown now, and confirm where that is asked for.

        Gives True when the app took it, or the message is gone.
        """
        shown = [one for one in self.messages() if one["ts"] == message["ts"]]
        if not shown:
            return True
        entry = menu_entry(shown[0]["blocks"], action_id)
        choice = {"selected_option": entry} if entry else {}
        action_id = "more" if entry else action_id
        block_id = next(
            block["block_id"]
            for block in shown[0]["blocks"]
            if any(one.get("action_id") == action_id for one in block.get("elements", []))
        )
        where = {"channel": message["channel"], "message_ts": message["ts"], "block_id": block_id}
        if not self._act("actions", action_id=action_id, **where, **choice)["ok"]:
            return False
        asked = self._form()  # the modal that asks whether to delete
        if asked is None or asked["callback_id"] != "delete":
            return not entry.startswith("delete/")
        return bool(self._act("views/submit", view_id=asked["id"], values={})["ok"])

    def open_form(self, words: str) -> bool:
        """Type the command ``/backdrop``. Gives True when a form is open."""
        self._act("commands", channel=PHOTOS, command="/backdrop", text=words)
        return self._form() is not None

    def submit(self, photo_id: str) -> bool:
        """Submit the form. Gives True when it is closed: Slack keeps it open after an error."""
        form = self._form()
        if form is None:
            return True
        values = {"photos": {"field": {"files": [photo_id]}}}
        return bool(self._act("views/submit", view_id=form["id"], values=values)["ok"])

    def messages(self) -> list[Json]:
        """List the messages that the person sees: in the channel, its threads and from the bot."""
        found: dict[str, Json] = {}
        for channel in (PHOTOS, DM):
            for message in self._said(channel):
                thread = self._said(channel, message["ts"]) if message.get("reply_count") else []
                for one in (message, *thread):
                    found[one["ts"]] = {**one, "channel": channel}
        return list(found.values())

    def _form(self) -> Json | None:
        form: Json | None = call("GET", f"{self._slack}/views?user={ANNA}")["modal"]
        return form

    def _said(self, channel: str, thread_ts: str = "") -> list[Json]:
        where = f"channel={channel}&user={ANNA}&thread_ts={thread_ts}"
        messages: list[Json] = call("GET", f"{self._slack}/messages?{where}")["messages"]
        return messages

    def _act(self, path: str, **body: Any) -> Json:
        answer: Json = call("POST", f"{self._slack}/{path}", {"user": ANNA, **body})
        return answer


class Sender:
    """Act as a shop's program."""

    def __init__(self, stack: Stack) -> None:
        self._program = Program(stack.addresses["gateway"], stack.webhook_secret)

    def send(self, wish: Json, path: str = "/v1/jobs") -> Json:
        """Send a webhook until the gateway takes it, always under one id; give the answer."""
        webhook_id = f"msg_{secrets.token_hex(8)}"
        answers: list[requests.Response] = []

        def attempt() -> bool:
            answers[:] = [self._program.send(wish, path, webhook_id=webhook_id)]
            return bool(answers[0].ok)

        insist(attempt, path)
        said: Json = answers[0].json()
        return said

    def take_back(self, job_id: str) -> None:
        """Ask to delete a job until the gateway takes it, or says that the job is gone."""
        gone = {requests.codes.gone}
        insist(lambda: self._deleted(job_id) in gone | {requests.codes.accepted}, "DELETE")

    def _deleted(self, job_id: str) -> int:
        return self._program.delete(job_id).status_code
