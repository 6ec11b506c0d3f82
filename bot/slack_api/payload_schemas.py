"""Check the fields of Slack's payloads that we or Bolt read, once, before anything reads them.

A signed payload may still be malformed: a field's type changed, or a proxy cut something off. It is
refused here with one line in the log; later it would be an exception, on which Slack sends it three
times more. Fields that nobody reads may be anything, because Slack adds fields at any time. Shapes:
docs.slack.dev/apis/events-api, /reference/interaction-payloads and
/interactivity/implementing-slash-commands.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from functions.jobs.records import prepared

Text = str | None
# Values of both types become parts of keys in the bucket.
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,40}\Z")]
Stamp = Annotated[str, Meta(pattern=r"^([0-9]{1,20}(\.[0-9]{1,20})?)?\Z")]


class InvalidPayload(Exception):
    """Say that a payload is none of Slack's. The text names the place, never the content."""


class _Known(msgspec.Struct, frozen=True):
    """Hold the fields of an object that are read; all other fields are allowed and ignored."""


class _Named(_Known, frozen=True):
    id: Id


class _File(_Known, frozen=True):
    """Hold a file; a hidden one has little more than an id."""

    id: Text = None
    name: Text = None
    title: Text = None
    mimetype: Text = None
    user_team: Id | None = None


class _Workspace(_Known, frozen=True):
    """Hold the workspace's ids, which Bolt reads from several objects."""

    team_id: Id | None = None
    enterprise_id: Id | None = None
    is_enterprise_install: bool | Text = None


class _Authorization(_Workspace, frozen=True):
    user_id: Id | None = None
    is_bot: bool | None = None


class _Event(_Known, frozen=True):
    type: str


class _Envelope(_Workspace, frozen=True, kw_only=True):
    """Hold an ``event_callback``."""

    event: _Event
    event_id: Text = None
    authorizations: list[_Authorization] | None = None


class _Changed(_Known, frozen=True):
    """Hold a message before or after its change, inside of a ``message_changed`` event."""

    user: Id | None = None
    bot_id: Id | None = None
    ts: Stamp | None = None
    thread_ts: Stamp | None = None
    text: Text = None
    team: Id | None = None
    user_team: Id | None = None
    files: list[_File] | None = None


class _Message(_Known, frozen=True):
    """Hold an ``app_mention`` or ``message``. Only one that a person wrote has to be complete."""

    user: Id | None = None
    bot_id: Id | None = None
    channel: Id | None = None
    ts: Stamp | None = None
    thread_ts: Stamp | None = None
    text: Text = None
    team: Id | None = None
    user_team: Id | None = None
    subtype: Text = None
    files: list[_File] | None = None
    message: _Changed | None = None
    previous_message: _Changed | None = None

    def __post_init__(self) -> None:
        """Check that a person's message has ``channel`` and ``ts``. Raises ``ValueError``."""
        changed = self.message or self
        if changed.user and not changed.bot_id and not (self.channel and changed.ts):
            raise ValueError("Object missing `channel` or `ts`")


class _HomeOpened(_Known, frozen=True):
    user: Id
    tab: Text = None
    channel: Text = None


class _Archived(_Known, frozen=True):
    channel: Id


class _Function(_Known, frozen=True):
    callback_id: str


class _Executed(_Known, frozen=True):
    """Hold a ``function_executed``. An input may be of any type: it is read as text."""

    function: _Function
    function_execution_id: str
    bot_access_token: str
    inputs: dict[str, Any] | None = None


class _Chosen(_Known, frozen=True):
    value: Text = None


class _Action(_Known, frozen=True):
    action_id: str
    value: Text = None
    selected_option: _Chosen | None = None


class _Container(_Known, frozen=True):
    channel_id: Id | None = None
    message_ts: Stamp | None = None
    thread_ts: Stamp | None = None


class _Shown(_Known, frozen=True):
    """Hold the message that a press or a shortcut belongs to."""

    ts: Stamp | None = None
    thread_ts: Stamp | None = None
    text: Text = None
    app_id: Text = None
    bot_id: Text = None
    files: list[_File] | None = None
    blocks: list[dict[str, Any]] | None = None


class _User(_Named, frozen=True):
    team_id: Id | None = None


class _Interaction(_Known, frozen=True, kw_only=True):
    user: _User
    api_app_id: Text = None
    trigger_id: Text = None
    team: _Named | None = None
    enterprise: _Named | None = None


class _Press(_Interaction, frozen=True, kw_only=True):
    """Hold ``block_actions``."""

    actions: Annotated[list[_Action], Meta(min_length=1)]
    channel: _Named | None = None
    container: _Container | None = None
    message: _Shown | None = None


class _Shortcut(_Interaction, frozen=True, kw_only=True):
    """Hold a ``shortcut``."""

    trigger_id: str
    callback_id: str


class _MessageShortcut(_Shortcut, frozen=True, kw_only=True):
    """Hold a ``message_action``."""

    channel: _Named
    message: _Shown
    message_ts: Stamp


class _Entry(_Known, frozen=True):
    """Hold the value of one field of a form."""

    value: Text = None
    selected_option: _Chosen | None = None
    selected_options: list[_Chosen] | None = None
    files: list[_File] | None = None


class _State(_Known, frozen=True):
    values: dict[str, dict[str, _Entry]]


class _Block(_Known, frozen=True):
    type: str
    block_id: str


class _View(_Known, frozen=True):
    type: str
    callback_id: str
    state: _State
    blocks: list[_Block]
    private_metadata: Text = None


class _Submission(_Interaction, frozen=True, kw_only=True):
    """Hold a ``view_submission``."""

    view: _View


class _Command(_Workspace, frozen=True, kw_only=True):
    command: str
    user_id: Id
    channel_id: Id
    trigger_id: str
    text: Text = None


EVENTS: Mapping[str, type[_Known]] = {
    "app_mention": _Message,
    "message": _Message,
    "app_home_opened": _HomeOpened,
    "channel_archive": _Archived,
    "group_archive": _Archived,
    "function_executed": _Executed,
}
INTERACTIONS: Mapping[str, type[_Known]] = {
    "block_actions": _Press,
    "shortcut": _Shortcut,
    "message_action": _MessageShortcut,
    "view_submission": _Submission,
}


def validate_payload(body: object, states: Mapping[str, Callable[[str], object]]) -> None:
    """Check a payload (form or JSON) as Bolt has parsed it. Raises ``InvalidPayload``.

    ``states`` maps a form's ``callback_id`` to the function that reads its ``private_metadata``.
    """
    try:
        _check(body, states)
        msgspec.json.encode(body)
    except msgspec.DecodeError as error:  # its text names the field and the types
        raise InvalidPayload(str(error)) from None
    except UnicodeEncodeError:  # a lone surrogate: nobody types one, and no record can hold it
        raise InvalidPayload("half a character in a text") from None


def _check(body: object, states: Mapping[str, Callable[[str], object]]) -> None:
    if not isinstance(body, dict):
        raise InvalidPayload("no object")
    kind = body.get("type")
    if "command" in body:
        msgspec.convert(body, prepared(_Command))
    elif kind == "event_callback":
        envelope = msgspec.convert(body, prepared(_Envelope))
        known = EVENTS.get(envelope.event.type)
        if known:
            msgspec.convert(body["event"], prepared(known))
    elif isinstance(kind, str):
        msgspec.convert(body, prepared(INTERACTIONS.get(kind, _Known)))
        if kind == "view_submission" and body["view"]["callback_id"] in states:
            states[body["view"]["callback_id"]](body["view"].get("private_metadata") or "")
    elif not body.get("ssl_check"):
        raise InvalidPayload("no type")
