"""Do what a person does with the app: press, use shortcuts and commands, open Home, run steps."""

import time

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.slack import choices, events, interactions, posting
from infra.local.slack.answers import Refused, json_answer
from infra.local.slack.client import Impossible, person, place
from infra.local.slack.delivery import Delivery
from infra.local.slack.formstate import FIELDS, carried_over
from infra.local.slack.model import Execution, Json, Message, ResponseUrl, Values
from infra.local.slack.responses import say
from infra.local.slack.state import new_id
from infra.local.slack.wire import execution_json
from infra.local.slack.workspace import RESPONSE_URL_LIFE_S, Workspace


class Pressed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Hold a press or a choice in a message or a view. Options can be given by their values."""

    user: str
    block_id: str
    action_id: str
    channel: str = ""
    message_ts: str = ""
    view_id: str = ""
    value: str | None = None
    selected_option: str | Json | None = None
    selected_options: list[str | Json] | None = None
    files: list[str | Json] | None = None


class Shortcut(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Hold the use of a shortcut. With ``message_ts`` it was picked from that message's menu."""

    user: str
    callback_id: str
    channel: str = ""
    message_ts: str = ""


class Command(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Hold a slash command as typed. As at Slack, it has no thread and no files."""

    user: str
    channel: str
    command: str
    text: str = ""


class HomeTab(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Name the person who opens the app's page, and the tab that is opened."""

    user: str
    tab: str = "home"


class Step(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Name the app's workflow step to run, with its ``inputs``."""

    user: str
    callback_id: str
    channel: str = ""
    inputs: Json = {}


class Gestures:
    """Answer the routes for what a person does with the app, each by sending the app a request."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack

    def routes(self) -> list[Route]:
        """List the routes to mount under ``/_client``."""
        return [
            Route("/actions", self.press, methods=["POST"]),
            Route("/shortcuts", self.shortcut, methods=["POST"]),
            Route("/commands", self.command, methods=["POST"]),
            Route("/home", self.home, methods=["POST"]),
            Route("/functions", self.function, methods=["POST"]),
        ]

    async def press(self, request: Request) -> Response:
        """Send block_actions for a press or a choice.

        For an input block without ``dispatch_action`` nothing is sent: only the form's state
        changes. Raises ``Impossible``.
        """
        pressed = msgspec.json.decode(await request.body(), type=Pressed)
        person(self.slack, pressed.user)
        if pressed.view_id:
            return await self._press_in_view(pressed)
        message = self._message(pressed.user, pressed.channel, pressed.message_ts)
        key = (message.channel, message.ts, pressed.user)
        before = self.slack.state.message_values.get(key, {})
        values = carried_over(message.blocks, before)
        self.slack.state.message_values[key] = values
        action = self._entered(pressed, message.blocks, values)
        if action is None:
            return json_answer({"ok": True, "delivery": None})
        payload = interactions.message_action(self.slack, message, pressed.user, values)
        return went(await interactions.send(self.slack, payload | {"actions": [action]}))

    async def _press_in_view(self, pressed: Pressed) -> Response:
        view = self.slack.state.view(pressed.view_id)
        if view is None or view.user != pressed.user:
            raise Impossible("there is no such view")
        action = self._entered(pressed, view.body["blocks"], view.values)
        if action is None:
            return json_answer({"ok": True, "delivery": None})
        payload = interactions.view_action(self.slack, view)
        return went(await interactions.send(self.slack, payload | {"actions": [action]}))

    def _entered(self, pressed: Pressed, blocks: list[Json], values: Values) -> Json | None:
        """Store the entry in ``values``, and make the action for the app; None if it gets none."""
        given = {k: v for k, v in msgspec.to_builtins(pressed).items() if v is not None}
        block, element = choices.find(
            blocks, block_id=pressed.block_id, action_id=pressed.action_id
        )
        held: Json = {}
        if element["type"] in FIELDS:
            held = choices.held(self.slack, element, given, user=pressed.user)
            values[pressed.block_id][pressed.action_id] = held
        if block["type"] == "input" and not block.get("dispatch_action"):
            return None
        action = choices.action(
            element,
            block_id=pressed.block_id,
            given=given,
            action_ts=self.slack.state.next_ts(),
        )
        return action | held

    async def shortcut(self, request: Request) -> Response:
        """Send a global shortcut, or one from a message's menu."""
        wish = msgspec.json.decode(await request.body(), type=Shortcut)
        person(self.slack, wish.user)
        message = None
        if wish.message_ts:
            message = self._message(wish.user, wish.channel, wish.message_ts)
        payload = interactions.shortcut(self.slack, wish.callback_id, wish.user, message)
        return went(await interactions.send(self.slack, payload))

    async def command(self, request: Request) -> Response:
        """Send a slash command and show the body of the app's answer as a message.

        If the delivery or the answer fails, Slackbot posts the error as at Slack.
        """
        typed = msgspec.json.decode(await request.body(), type=Command)
        channel = place(self.slack, typed.user, typed.channel)
        fields = interactions.command(
            self.slack, user=typed.user, channel=channel, name=typed.command, text=typed.text
        )
        delivery = await interactions.send_command(self.slack, fields)
        try:
            await self._show_answer(delivery, typed)
        except Refused as refused:
            self._complain(typed, refused.error)
        return went(delivery)

    async def _show_answer(self, delivery: Delivery, typed: Command) -> None:
        if not delivery.is_ok:
            is_late = delivery.error == "http_timeout"
            self._complain(typed, "operation_timeout" if is_late else "dispatch_failed")
        elif delivery.body.strip():
            said: Json = {"text": delivery.body}
            if delivery.body.lstrip().startswith("{"):
                said = msgspec.json.decode(delivery.body, type=Json)
            if said:
                await say(self.slack, said, _place_of(typed))

    def _complain(self, typed: Command, error: str) -> None:
        message = Message(
            ts=self.slack.state.next_ts(),
            channel=typed.channel,
            user=posting.SLACKBOT_ID,
            text=f"{typed.command} failed with the error “{error}”",  # Slack's own sentence
            only_for=typed.user,
        )
        posting.post(self.slack, message)

    async def home(self, request: Request) -> Response:
        """Raise app_home_opened, and answer with the event's id."""
        looked = msgspec.json.decode(await request.body(), type=HomeTab)
        payload = events.home_opened(
            self.slack, user=person(self.slack, looked.user), tab=looked.tab
        )
        return json_answer({"ok": True, "event_id": payload["event_id"]})

    async def function(self, request: Request) -> Response:
        """Start a run of the app's step, make a token for it, and raise function_executed."""
        step = msgspec.json.decode(await request.body(), type=Step)
        execution = Execution(
            id=new_id("Fx"),
            callback_id=step.callback_id,
            user=person(self.slack, step.user),
            channel=step.channel,
            inputs=step.inputs,
            token=f"xwfp-{new_id('').lower()}{new_id('').lower()}",
            started_at=time.time(),
        )
        self.slack.state.executions[execution.id] = execution
        self.slack.state.changed("execution", channel=execution.channel)
        payload = events.function_executed(self.slack, execution)
        return json_answer(
            {
                "ok": True,
                "event_id": payload["event_id"],
                "execution": execution_json(execution),
            }
        )

    def _message(self, user: str, channel: str, ts: str) -> Message:
        found = place(self.slack, user, channel)
        own = [one for one in found.ephemeral if one.only_for == user and one.ts == ts]
        message = own[0] if own else found.messages.get(ts)
        if message is None:
            raise Impossible("there is no such message")
        return message


def went(delivery: Delivery) -> Response:
    """Make the answer that tells how the delivery to the app went."""
    return json_answer({"ok": delivery.is_ok, "delivery": msgspec.to_builtins(delivery)})


def _place_of(typed: Command) -> ResponseUrl:
    return ResponseUrl(
        channel=typed.channel,
        user=typed.user,
        expires_at=time.time() + RESPONSE_URL_LIFE_S,
        uses_left=1,
    )
