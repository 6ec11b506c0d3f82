"""Serve the routes below ``/_control`` that only this stand-in has, for scripts and tests."""

import asyncio
import secrets
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.slack import events, posting, world
from infra.local.slack.answers import json_answer
from infra.local.slack.delivery import App, Delivery, Door, Parcel, event_parcel
from infra.local.slack.model import Json, Message
from infra.local.slack.settings import changed
from infra.local.slack.state import new_id
from infra.local.slack.wire import message_json, user_json, view_json
from infra.local.slack.workspace import Workspace


class Again(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Name an event to deliver ``times`` more times. ``new_event_id`` gives each copy a new id."""

    event_id: str
    times: int = 1
    new_event_id: bool = False


class Given(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Hold any payload for the app. A set ``timestamp`` or ``signature`` replaces the right one."""

    payload: Json | str
    door: Door = "events"
    content_type: str = ""
    timestamp: str = ""
    signature: str = ""


class OtherApp(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Hold a message that is posted as another app of the workspace."""

    channel: str
    text: str
    blocks: list[Json] = []
    metadata: Json | None = None
    thread_ts: str = ""


class Standing(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Hold a person's new roles in the workspace; a field that is None stays as it was."""

    user: str
    is_admin: bool | None = None
    is_owner: bool | None = None
    is_restricted: bool | None = None
    is_ultra_restricted: bool | None = None


class Admin:
    """Answer the routes for settings, the app, its deliveries, people and other apps."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack

    def routes(self) -> list[Route]:
        """List the routes to mount under ``/_control``."""
        return [
            Route("/settings", self.settings, methods=["GET", "PUT"]),
            Route("/app", self.app, methods=["GET", "PUT"]),
            Route("/deliveries", self.deliveries),
            Route("/redeliver", self.redeliver, methods=["POST"]),
            Route("/deliver", self.deliver, methods=["POST"]),
            Route("/guest", self.guest, methods=["POST"]),
            Route("/shown", self.shown),
            Route("/people", self.people, methods=["PUT"]),
            Route("/other_app", self.other_app, methods=["POST"]),
            Route("/uninstall", self.uninstall, methods=["POST"]),
            Route("/install", self.install, methods=["POST"]),
        ]

    async def settings(self, request: Request) -> Response:
        """Change the settings that a PUT names, and answer with all of them."""
        if request.method == "PUT":
            update = msgspec.json.decode(await request.body(), type=dict[str, Any])
            self.slack.settings = changed(self.slack.settings, update)
        return json_answer(msgspec.to_builtins(self.slack.settings))

    async def app(self, request: Request) -> Response:
        """Register the app's URLs (PUT), and answer with the registration.

        With ``verify`` the events URL must echo a challenge; if it does not, the answer is 422 and
        nothing changes.
        """
        courier = self.slack.courier
        if request.method == "PUT":
            before, courier.app = courier.app, msgspec.json.decode(await request.body(), type=App)
            if courier.app.verify and not await self._echoes():
                courier.app = before
                return json_answer(
                    {"error": "the URL did not answer with the challenge"}, status=422
                )
        return json_answer(msgspec.to_builtins(courier.app))

    async def _echoes(self) -> bool:
        challenge = secrets.token_urlsafe(24)
        payload = {"type": "url_verification", "token": "unused", "challenge": challenge}
        delivery = await self.slack.courier.send(event_parcel(payload))
        return delivery.is_ok and challenge in delivery.body

    async def deliveries(self, request: Request) -> Response:
        """List the requests to the app after number ``since``, each with how it went."""
        since = int(request.query_params.get("since", "0"))
        rows = [one for one in self.slack.courier.deliveries if one.n > since]
        return json_answer({"deliveries": msgspec.to_builtins(rows)})

    async def redeliver(self, request: Request) -> Response:
        """Send an event again, all ``times`` copies in parallel; 404 for an unknown event."""
        again = msgspec.json.decode(await request.body(), type=Again)
        payload = self.slack.courier.events.get(again.event_id)
        if payload is None:
            return json_answer({"error": "there was no such event"}, status=404)
        copies = [dict(payload) for _ in range(again.times)]
        if again.new_event_id:
            for copy in copies:
                copy["event_id"] = new_id("Ev")
        sent = await asyncio.gather(*(self.slack.courier.send(event_parcel(one)) for one in copies))
        return _sent(sent)

    async def deliver(self, request: Request) -> Response:
        """Send any payload to the app, signed like Slack's. A string becomes the body unchanged."""
        given = msgspec.json.decode(await request.body(), type=Given)
        if isinstance(given.payload, str):
            parcel = Parcel(
                door=given.door,
                type="given",
                body=given.payload.encode(),
                content_type=given.content_type or "application/x-www-form-urlencoded",
            )
        else:
            parcel = event_parcel(given.payload)
            parcel.door = given.door
            parcel.content_type = given.content_type or parcel.content_type
        parcel.timestamp, parcel.signature = given.timestamp, given.signature
        return _sent([await self.slack.courier.send(parcel)])

    async def guest(self, _: Request) -> Response:
        """Share #product-photos with a partner's workspace, and let its guest join the channel."""
        guest = world.guest()
        self.slack.state.people[guest.id] = guest
        self.slack.state.channels[world.PRODUCT_PHOTOS_ID].members.add(guest.id)
        self.slack.state.changed("channel", channel=world.PRODUCT_PHOTOS_ID)
        return json_answer({"user": guest.id, "team": guest.team})

    async def shown(self, _: Request) -> Response:
        """List all that the app shows now: its messages (also ephemeral ones) and its views."""
        state = self.slack.state
        messages = [
            message_json(self.slack, message)
            for channel in state.channels.values()
            for message in (*channel.messages.values(), *channel.ephemeral)
            if message.by_bot
        ]
        views = [*(one for stack in state.modals.values() for one in stack), *state.homes.values()]
        return json_answer({"messages": messages, "views": [view_json(one) for one in views]})

    async def people(self, request: Request) -> Response:
        """Change whether a person is administrator, owner or guest; 404 for an unknown one."""
        standing = msgspec.json.decode(await request.body(), type=Standing)
        person = self.slack.state.people.get(standing.user)
        if person is None:
            return json_answer({"error": "there is no such person"}, status=404)
        given = {k: v for k, v in msgspec.to_builtins(standing).items() if v is not None}
        given.pop("user")
        changed_person = msgspec.structs.replace(person, **given)
        self.slack.state.people[person.id] = changed_person
        return json_answer(user_json(changed_person))

    async def other_app(self, request: Request) -> Response:
        """Post a message as another app of the workspace, without checking its blocks."""
        given = msgspec.json.decode(await request.body(), type=OtherApp)
        if given.channel not in self.slack.state.channels:
            return json_answer({"error": "there is no such channel"}, status=404)
        message = Message(
            ts=self.slack.state.next_ts(),
            channel=given.channel,
            user=world.OTHER_BOT_USER_ID,
            by_other_app=True,
            subtype="bot_message",
            text=given.text,
            blocks=given.blocks,
            metadata=given.metadata,
            thread_ts=given.thread_ts,
        )
        posting.post(self.slack, message)
        return json_answer(message_json(self.slack, message))

    async def uninstall(self, _: Request) -> Response:
        """Uninstall the app: its token stops working at once, and two events tell the app."""
        self.slack.settings = changed(self.slack.settings, {"token_state": "inactive"})
        told = [events.tokens_revoked(self.slack), events.app_uninstalled(self.slack)]
        return json_answer({"event_ids": [one["event_id"] for one in told]})

    async def install(self, _: Request) -> Response:
        """Install the app again: its old token works again."""
        self.slack.settings = changed(self.slack.settings, {"token_state": "ok"})
        return json_answer({})


def _sent(deliveries: list[Delivery]) -> Response:
    return json_answer({"deliveries": msgspec.to_builtins(deliveries)})
