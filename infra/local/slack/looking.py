"""Serve what a person sees (``/_client/...``), for the chat page and the tests."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.slack import world
from infra.local.slack.answers import json_answer
from infra.local.slack.client import Impossible, place
from infra.local.slack.model import Channel, Json, Message
from infra.local.slack.wire import (
    channel_json,
    execution_json,
    message_json,
    user_json,
    view_json,
)
from infra.local.slack.workspace import Workspace

WAIT_DEFAULT_S, WAIT_MOST_S = 25.0, 60.0


class Looking:
    """Answer the routes that read the workspace, and the one that marks a channel as read."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack

    def routes(self) -> list[Route]:
        """List the routes to mount under ``/_client``."""
        return [
            Route("/state", self.state),
            Route("/messages", self.messages),
            Route("/read", self.read, methods=["POST"]),
            Route("/views", self.views),
            Route("/executions", self.executions),
            Route("/wait", self.wait),
            Route("/files/{file_id}", self.file),
        ]

    async def state(self, request: Request) -> Response:
        """Show the workspace; with ``user``, only that person's conversations and unread counts."""
        user = request.query_params.get("user", "")
        people = [user_json(p, with_locale=True) for p in self.slack.state.people.values()]
        channels = [
            self._channel(one, user)
            for one in self.slack.state.channels.values()
            if not user or user in one.members
        ]
        return json_answer(
            {
                "team": {
                    "id": world.TEAM_ID,
                    "name": world.TEAM_NAME,
                    "domain": world.TEAM_DOMAIN,
                },
                "bot": {"user_id": world.BOT_USER_ID, "bot_id": world.BOT_ID},
                "users": people,
                "channels": channels,
                "n": self.slack.state.last_change,
            }
        )

    def _channel(self, channel: Channel, user: str) -> Json:
        seen = channel.last_read.get(user, "")
        unread = [m for m in channel.messages.values() if m.ts > seen and m.user != user]
        mention = f"<@{user}>"
        newest = next(reversed(channel.messages), "")
        return channel_json(self.slack, channel) | {
            "members": sorted(channel.members),
            "latest_ts": newest,
            "unread": len(unread) if user else 0,
            "mentions": sum(mention in m.text or mention in _shown(m) for m in unread),
        }

    async def read(self, request: Request) -> Response:
        """Mark a channel as read by a person, up to ``ts`` or to its end."""
        named = msgspec.json.decode(await request.body(), type=dict[str, str])
        channel = place(self.slack, named.get("user", ""), named.get("channel", ""))
        channel.last_read[named["user"]] = named.get("ts") or next(reversed(channel.messages), "")
        return json_answer({})

    async def messages(self, request: Request) -> Response:
        """List a channel's messages, or one thread's, oldest first; 404 for an unknown channel.

        With ``user`` the list includes that person's ephemeral messages.
        """
        query = request.query_params
        channel = self.slack.state.channels.get(query.get("channel", ""))
        if channel is None:
            return json_answer({"error": "there is no such channel"}, status=404)
        user, thread_ts = query.get("user", ""), query.get("thread_ts", "")
        said = [*channel.messages.values(), *(m for m in channel.ephemeral if m.only_for == user)]
        shown = sorted((m for m in said if _is_in(m, thread_ts)), key=lambda one: one.ts)
        return json_answer(
            {
                "messages": [message_json(self.slack, m, with_metadata=True) for m in shown],
                "n": self.slack.state.last_change,
            }
        )

    async def views(self, request: Request) -> Response:
        """Answer with a person's Home tab and open modals, the topmost modal last."""
        user = request.query_params.get("user", "")
        stack = self.slack.state.modals.get(user, [])
        home = self.slack.state.homes.get(user)
        return json_answer(
            {
                "modal": view_json(stack[-1]) if stack else None,
                "stack": [view_json(one) for one in stack],
                "home": view_json(home) if home else None,
                "n": self.slack.state.last_change,
            }
        )

    async def executions(self, _: Request) -> Response:
        """List the runs of workflow steps, oldest first."""
        runs = self.slack.state.executions.values()
        return json_answer({"executions": [execution_json(one) for one in runs]})

    async def wait(self, request: Request) -> Response:
        """Wait for changes after number ``since``, up to ``timeout_s``, and list them."""
        query = request.query_params
        try:
            since = int(query.get("since", "0"))
            timeout_s = min(float(query.get("timeout_s", WAIT_DEFAULT_S)), WAIT_MOST_S)
        except ValueError:
            raise Impossible("since and timeout_s are numbers") from None
        changes = await self.slack.state.wait(since, timeout_s=timeout_s)
        return json_answer(
            {"changes": msgspec.to_builtins(changes), "n": self.slack.state.last_change}
        )

    async def file(self, request: Request) -> Response:
        """Answer with a file's bytes; 404 if it is unknown or deleted."""
        file = self.slack.state.files.get(request.path_params["file_id"])
        if file is None or file.is_deleted:
            return json_answer({"error": "there is no such file"}, status=404)
        return Response(file.data, media_type=file.mimetype or "application/octet-stream")


def _is_in(message: Message, thread_ts: str) -> bool:
    if thread_ts:
        return thread_ts in {message.ts, message.thread_ts}
    return not message.is_reply or message.broadcast


def _shown(message: Message) -> str:
    """Write a message's blocks as JSON text, to search it for mentions."""
    return msgspec.json.encode(message.blocks).decode()
