"""Define the records that the workspace consists of; ``wire`` makes from them what Slack sends."""

from typing import Any, Literal

import msgspec

Json = dict[str, Any]

Values = dict[str, dict[str, Json]]  # block_id: action_id: what the element holds

Kind = Literal["channel", "im"]


class Person(msgspec.Struct, kw_only=True):
    """Hold one person of the workspace. ``handle`` has no spaces, ``name`` is the one shown.

    ``team`` is another workspace for a stranger in a shared channel; ``is_restricted`` (several
    channels) and ``is_ultra_restricted`` (one) are guests of this workspace.
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
    """Hold one message. ``only_for`` is the id of the one person who sees it, if it is ephemeral.

    ``by_other_app``: another app of the workspace has posted it.
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
    """Hold a conversation with its messages. ``user`` is the person at the other end of a DM."""

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
        """Put a message at the end, and a reply into its thread too."""
        self.messages[message.ts] = message
        if message.is_reply:
            self.threads.setdefault(message.thread_ts, {})[message.ts] = message

    def take_out(self, message: Message) -> None:
        """Remove a message, and a reply from its thread too."""
        del self.messages[message.ts]
        self.threads.get(message.thread_ts, {}).pop(message.ts, None)

    def replies(self, thread_ts: str) -> list[Message]:
        """List the replies below a message, oldest first."""
        return list(self.threads.get(thread_ts, {}).values())


class Share(msgspec.Struct, kw_only=True):
    """Say where a file was shown."""

    channel: str
    ts: str
    thread_ts: str = ""


class File(msgspec.Struct, kw_only=True):
    """Hold one file as Slack knows it, and its bytes.

    ``mimetype`` is read from the bytes. Until ``ready_at`` (Unix seconds) Slack does not know it
    yet and the file cannot be shown in a block. A person's file is unfinished until then; until
    ``addressed_at`` it has no addresses either, and until ``previewed_at`` no previews. A block
    with a file that is ready is still refused until ``usable_at``. ``external_url`` makes it a file
    that lives elsewhere; ``needs_info`` one from a Slack Connect channel, of which events tell the
    id only.
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
    """Hold a modal, or a person's Home tab. ``body`` is the view as the app gave it, ids filled in.

    ``values`` holds what the person has entered.
    """

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str = ""
    values: Values = {}


class Trigger(msgspec.Struct, kw_only=True):
    """Let an app open one modal, once. ``expires_at`` is Unix seconds."""

    user: str
    expires_at: float
    from_view: str = ""
    is_used: bool = False


class ResponseUrl(msgspec.Struct, kw_only=True):
    """Say where an app may answer an interaction: five times within half an hour."""

    channel: str
    user: str
    expires_at: float  # Unix seconds
    uses_left: int
    message_ts: str = ""
    thread_ts: str = ""


class Execution(msgspec.Struct, kw_only=True):
    """Hold one run of a workflow's step. ``token`` is the bot token made for this run."""

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
    """Name something that a page should look at again. ``n`` counts up by one."""

    n: int
    kind: str
    channel: str = ""
    ts: str = ""
