"""Define the records that the workspace consists of; ``wire`` turns them into Slack's JSON."""

from typing import Any, Literal

import msgspec

Json = dict[str, Any]

Values = dict[str, dict[str, Json]]  # block_id: action_id: what the element holds

Kind = Literal["channel", "im"]


class Person(msgspec.Struct, kw_only=True):
    """Hold one person, or the bot. ``handle`` has no spaces; ``name`` is the name that is shown.

    ``team`` is the id of another workspace if the person is from there, else empty. Guests of this
    workspace are ``is_restricted`` (in several channels) or ``is_ultra_restricted`` (in one).
    """

    id: str
    handle: str
    name: str
    team: str = ""
    locale: str = "en-US"
    tz: str = "Europe/London"
    tz_label: str = "Greenwich Mean Time"
    tz_offset_s: int = 0
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False


class Message(msgspec.Struct, kw_only=True):
    """Hold one message. An ephemeral one has in ``only_for`` the id of the person who sees it.

    ``by_bot`` marks a message of the app under test, ``by_other_app`` one of another app.
    """

    ts: str
    channel: str
    user: str
    by_bot: bool = False
    by_other_app: bool = False
    text: str = ""  # escaped, as it goes over the wire
    blocks: list[Json] = []
    thread_ts: str = ""
    subtype: str = ""
    broadcast: bool = False
    file_ids: list[str] = []
    forwards: tuple[str, str] | None = None  # the channel and the ts of another message
    metadata: Json | None = None
    edited_by: str = ""
    edited_ts: str = ""
    reactions: dict[str, list[str]] = {}  # emoji name: ids of people, in the order they came
    client_msg_id: str = ""
    only_for: str = ""

    @property
    def is_reply(self) -> bool:
        """Tell whether the message stands in a thread below another one."""
        return bool(self.thread_ts) and self.thread_ts != self.ts


class Channel(msgspec.Struct, kw_only=True):
    """Hold a channel or a DM with its messages. ``user`` is the person in a DM with the bot."""

    id: str
    kind: Kind = "channel"
    name: str = ""
    created: int = 0
    user: str = ""
    is_archived: bool = False
    members: set[str] = set()
    messages: dict[str, Message] = {}  # by ts, in the order they came
    threads: dict[str, dict[str, Message]] = {}  # the replies by their parent's ts
    ephemeral: list[Message] = []
    last_read: dict[str, str] = {}  # person: ts

    def add(self, message: Message) -> None:
        """Add a message at the end, and add a reply to its thread as well."""
        self.messages[message.ts] = message
        if message.is_reply:
            self.threads.setdefault(message.thread_ts, {})[message.ts] = message

    def take_out(self, message: Message) -> None:
        """Remove a message, and remove a reply from its thread as well."""
        del self.messages[message.ts]
        self.threads.get(message.thread_ts, {}).pop(message.ts, None)

    def replies(self, thread_ts: str) -> list[Message]:
        """List the replies below a message, oldest first."""
        return list(self.threads.get(thread_ts, {}).values())


class Share(msgspec.Struct, kw_only=True):
    """Name a message in which a file is shared."""

    channel: str
    ts: str
    thread_ts: str = ""


class File(msgspec.Struct, kw_only=True):
    """Hold one file: its bytes, and what Slack tells of it. Times are Unix seconds.

    Until ``ready_at`` Slack does not tell the mimetype, and refuses a block that shows the file;
    a person's file counts as unfinished (see ``filewire``). Until ``usable_at`` such a block is
    refused even though the file is ready. Until ``addressed_at`` the file has no URLs, until
    ``previewed_at`` no previews.

    ``external_url`` is set for a file that is stored outside Slack. ``needs_info`` marks a file
    from Slack Connect: events give only its id, ``files.info`` gives the rest.
    """

    id: str
    name: str
    user: str
    created: int
    title: str = ""
    data: bytes = b""
    length_bytes: int = 0  # as announced
    mimetype: str = ""
    filetype: str = ""
    alt_txt: str = ""
    ready_at: float = 0.0
    addressed_at: float = 0.0
    previewed_at: float = 0.0
    usable_at: float = 0.0
    is_uploaded: bool = False
    is_complete: bool = False
    is_deleted: bool = False
    app_may_read: bool = False  # handed to the app in a form
    external_url: str = ""
    needs_info: bool = False
    shares: list[Share] = []


class View(msgspec.Struct, kw_only=True):
    """Hold a modal or a Home tab. ``body`` is the app's view, with missing ids filled in.

    ``values`` is what the person has entered.
    """

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str = ""
    values: Values = {}


class Trigger(msgspec.Struct, kw_only=True):
    """Allow the app to open one modal, once, until ``expires_at`` (Unix seconds).

    ``from_view`` is the modal that the person acted in, if any; only then can a modal be pushed.
    """

    user: str
    expires_at: float
    from_view: str = ""
    is_used: bool = False


class ResponseUrl(msgspec.Struct, kw_only=True):
    """Hold a response_url: how often and until when the app may answer, and in which place."""

    channel: str
    user: str
    expires_at: float  # Unix seconds
    uses_left: int
    message_ts: str = ""
    thread_ts: str = ""


class Execution(msgspec.Struct, kw_only=True):
    """Hold one run of a workflow step. ``token`` is a bot token that was made for this run."""

    id: str
    callback_id: str
    user: str
    channel: str
    inputs: Json
    token: str
    started_at: float
    state: Literal["running", "completed", "failed"] = "running"
    outputs: Json = {}
    error: str = ""
    ended_at: float = 0.0


class Change(msgspec.Struct, kw_only=True):
    """Name what has changed, so that the chat page can read it again. ``n`` counts up by one."""

    n: int
    kind: str
    channel: str = ""
    ts: str = ""
