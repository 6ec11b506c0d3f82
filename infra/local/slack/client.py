"""Do what a person does in Slack (``/_client``): upload, write, edit, delete, archive.

The chat page and the tests call these routes, which answer in JSON. If Slack would not let the
person do it, the answer is 422 with a sentence that says why.
"""

import time
import uuid

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.slack import events, posting, world
from infra.local.slack.answers import json_answer
from infra.local.slack.filewire import file_json, mimetype_of
from infra.local.slack.model import Channel, File, Message
from infra.local.slack.state import new_id
from infra.local.slack.typed import as_blocks, as_text, parts
from infra.local.slack.wire import message_json
from infra.local.slack.workspace import Workspace


class Impossible(Exception):
    """Refuse something that a person cannot do in Slack; the message says why."""


class Forwarded(msgspec.Struct, forbid_unknown_fields=True):
    """Name the message that a person forwards, by its channel and ts."""

    channel: str
    ts: str


class Written(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Hold a message that a person sends to a channel or a thread.

    ``file_ids`` are files that were uploaded before. ``broadcast`` shows a reply in the channel,
    too.
    """

    user: str
    channel: str
    text: str = ""
    thread_ts: str = ""
    file_ids: tuple[str, ...] = ()
    broadcast: bool = False
    forward: Forwarded | None = None


class Named(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Name a message that a person edits or deletes. ``text`` is the new text of an edit."""

    user: str
    channel: str
    ts: str
    text: str = ""


class Archived(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Name a channel that a person archives, or opens again if ``is_archived`` is false."""

    user: str
    channel: str
    is_archived: bool = True


class Client:
    """Answer the routes for messages, files and the archiving of channels."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack

    def routes(self) -> list[Route]:
        """List the routes to mount under ``/_client``."""
        return [
            Route("/files", self.upload, methods=["POST"]),
            Route("/messages", self.write, methods=["POST"]),
            Route("/messages", self.edit, methods=["PATCH"]),
            Route("/messages", self.delete, methods=["DELETE"]),
            Route("/archive", self.archive, methods=["POST"]),
        ]

    async def upload(self, request: Request) -> Response:
        """Store the body as a file of a person; the query gives its ``user`` and ``name``.

        ``external_url`` makes it a file that is stored outside Slack. With ``needs_info=1``, or
        from a person of another workspace, it is a Slack Connect file: events give only its id.
        """
        query = request.query_params
        person(self.slack, query.get("user", ""))
        data, name = await request.body(), query.get("name", "file")
        mimetype, filetype = mimetype_of(name, data)
        file = File(
            id=new_id("F"),
            name=name,
            user=query["user"],
            created=int(time.time()),
            data=data,
            length_bytes=len(data),
            mimetype=mimetype,
            filetype=filetype,
            is_uploaded=True,
            is_complete=True,
            external_url=query.get("external_url", ""),
            needs_info=query.get("needs_info") == "1" or bool(self._team(query["user"])),
        )
        self.slack.state.files[file.id] = file
        return json_answer({"file_id": file.id, "file": file_json(self.slack, file)})

    def _team(self, user: str) -> str:
        return self.slack.state.people[user].team

    async def write(self, request: Request) -> Response:
        """Post a message that a person wrote. Raises ``Impossible``."""
        written = msgspec.json.decode(await request.body(), type=Written)
        channel = place(self.slack, written.user, written.channel)
        if channel.is_archived:
            raise Impossible("the channel is archived")
        if written.thread_ts and not posting.can_take_thread(channel, written.thread_ts):
            raise Impossible("there is no such thread")
        if not written.text and not written.file_ids and not written.forward:
            raise Impossible("there is nothing to send")
        if written.forward and self._source(written, written.forward) is None:
            raise Impossible("there is no such message to forward")
        self._check_files(written)
        self._hold_up(written.file_ids)
        message = typed_message(self.slack, written)
        posting.post(self.slack, message)
        return json_answer(message_json(self.slack, message))

    def _source(self, written: Written, forward: Forwarded) -> Message | None:
        return place(self.slack, written.user, forward.channel).messages.get(forward.ts)

    def _check_files(self, written: Written) -> None:
        for file_id in written.file_ids:
            file = self.slack.state.files.get(file_id)
            if file is None or file.user != written.user or file.is_deleted:
                raise Impossible(f"{file_id} is not this person's file")

    def _hold_up(self, file_ids: tuple[str, ...]) -> None:
        """Set when the files become ready, as late after their message as the settings say."""
        now, settings = time.time(), self.slack.settings
        for file_id in file_ids:
            file = self.slack.state.files[file_id]
            file.ready_at = now + settings.late_uploads_s
            file.addressed_at = now + settings.late_addresses_s
            file.previewed_at = now + settings.late_previews_s

    async def edit(self, request: Request) -> Response:
        """Change the text of a person's own message. Raises ``Impossible``."""
        named = msgspec.json.decode(await request.body(), type=Named)
        message = self._own(named)
        pieces = parts(named.text, names(self.slack))
        content = posting.Content(as_text(pieces), as_blocks(pieces))
        posting.change(self.slack, message, content, by=named.user)
        return json_answer(message_json(self.slack, message))

    async def delete(self, request: Request) -> Response:
        """Delete a person's own message; an administrator may delete anybody's."""
        named = msgspec.json.decode(await request.body(), type=Named)
        posting.remove(self.slack, self._own(named, or_admin=True))
        return json_answer({})

    async def archive(self, request: Request) -> Response:
        """Archive a channel or open it again; a direct message cannot be archived."""
        wish = msgspec.json.decode(await request.body(), type=Archived)
        channel = place(self.slack, wish.user, wish.channel)
        if channel.kind == "im" or channel.is_archived == wish.is_archived:
            raise Impossible("this conversation cannot be archived so")
        channel.is_archived = wish.is_archived
        self.slack.state.changed("channel", channel=channel.id)
        events.archived(self.slack, channel, by=wish.user)
        return json_answer({})

    def _own(self, named: Named, *, or_admin: bool = False) -> Message:
        channel = place(self.slack, named.user, named.channel)
        message = channel.messages.get(named.ts)
        if message is None:
            raise Impossible("there is no such message")
        is_admin = self.slack.state.people[named.user].is_admin
        if message.user != named.user and not (or_admin and is_admin):
            raise Impossible("it is somebody else's message")
        return message


def names(slack: Workspace) -> dict[str, str]:
    """Map people's shown names to their ids, for the @mentions in typed text."""
    return {one.name: one.id for one in slack.state.people.values()}


def person(slack: Workspace, user: str) -> str:
    """Check that an id is a person's and not the bot's, and give it. Raises ``Impossible``."""
    if user not in slack.state.people or user == world.BOT_USER_ID:
        raise Impossible(f"there is no person {user!r}")
    return user


def place(slack: Workspace, user: str, channel: str) -> Channel:
    """Find a conversation by its id. Raises ``Impossible`` if the person is not in it."""
    found = slack.state.channels.get(channel)
    if found is None or person(slack, user) not in found.members:
        raise Impossible(f"{user} is not in {channel!r}")
    return found


def typed_message(slack: Workspace, written: Written) -> Message:
    """Make a message from what a person wrote, without posting it."""
    pieces = parts(written.text, names(slack))
    return Message(
        ts=slack.state.next_ts(),
        channel=written.channel,
        user=written.user,
        text=as_text(pieces),
        blocks=as_blocks(pieces),
        thread_ts=written.thread_ts,
        broadcast=written.broadcast,
        subtype=_subtype(written),
        file_ids=list(written.file_ids),
        forwards=(written.forward.channel, written.forward.ts) if written.forward else None,
        client_msg_id=str(uuid.uuid4()),
    )


def _subtype(written: Written) -> str:
    if written.broadcast:
        return "thread_broadcast"
    return "file_share" if written.file_ids else ""
