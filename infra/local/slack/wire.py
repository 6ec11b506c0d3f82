"""Turn the workspace's records into the JSON that Slack sends (docs.slack.dev, object types)."""

from infra.local.slack import world
from infra.local.slack.filewire import file_json
from infra.local.slack.model import Channel, Execution, Json, Message, Person, View
from infra.local.slack.state import State
from infra.local.slack.workspace import Workspace


def user_json(person: Person, *, with_locale: bool = False) -> Json:
    """Make a user object, as ``users.info`` gives it."""
    profile: Json = {
        "real_name": person.name,
        "real_name_normalized": person.name,
        "display_name": person.name,
        "display_name_normalized": person.name,
        "team": person.team or world.TEAM_ID,
    }
    if person.is_bot:
        profile |= {"api_app_id": world.APP_ID, "bot_id": world.BOT_ID, "always_active": True}
    user: Json = {
        "id": person.id,
        "team_id": person.team or world.TEAM_ID,
        "name": person.handle,
        "deleted": False,
        "real_name": person.name,
        "tz": person.tz,
        "tz_label": person.tz_label,
        "tz_offset": person.tz_offset_s,
        "profile": profile,
        "is_admin": person.is_admin,
        "is_owner": person.is_owner,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if person.team:
        user["is_stranger"] = True
    if with_locale:
        user["locale"] = person.locale
    return user


def channel_json(slack: Workspace, channel: Channel, *, with_count: bool = False) -> Json:
    """Make a conversation object. A DM's has fewer fields than a channel's."""
    is_shared = slack.state.is_shared(channel)
    common: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "context_team_id": world.TEAM_ID,
    }
    if with_count:
        common["num_members"] = len(channel.members)
    if channel.kind == "im":
        return common | {"user": channel.user, "is_user_deleted": False, "is_open": True}
    blank: Json = {"value": "", "creator": "", "last_set": 0}
    return common | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_mpim": False,
        "is_private": False,
        "is_general": False,
        "is_member": world.BOT_USER_ID in channel.members,
        "is_shared": is_shared,
        "is_ext_shared": is_shared,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "previous_names": [],
        "shared_team_ids": [world.TEAM_ID, *([world.GUEST_TEAM_ID] if is_shared else [])],
        "unlinked": 0,
        "creator": world.ADMIN_ID,
        "topic": blank,
        "purpose": blank,
        "updated": channel.created * 1000,
    }


def bot_profile() -> Json:
    """Make the profile that says which app posted a message."""
    return {
        "id": world.BOT_ID,
        "app_id": world.APP_ID,
        "user_id": world.BOT_USER_ID,
        "name": world.BOT_NAME,
        "deleted": False,
        "updated": 0,
        "team_id": world.TEAM_ID,
    }


def message_json(slack: Workspace, message: Message, *, with_metadata: bool = False) -> Json:
    """Make a message object with its files, reactions and reply counts as they are now."""
    shown: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    if message.subtype:
        shown["subtype"] = message.subtype
    if message.by_bot:
        shown |= {
            "bot_id": world.BOT_ID,
            "app_id": world.APP_ID,
            "bot_profile": bot_profile(),
        }
    if message.by_other_app:
        shown |= {"bot_id": world.OTHER_BOT_ID, "app_id": world.OTHER_APP_ID}
    if message.file_ids:
        shown["files"] = [file_json(slack, slack.state.files[one]) for one in message.file_ids]
        shown |= {"upload": True, "display_as_bot": False}
    else:
        shown |= _sender_team(slack.state, message)
    shown |= _optional_parts(message)
    shown |= _forwarded(slack, message)
    shown |= _thread_figures(slack, message)
    if with_metadata and message.metadata is not None:
        shown["metadata"] = message.metadata
    return shown


def _sender_team(state: State, message: Message) -> Json:
    """Make the fields about the sender's workspace (none with files: slack-api-specs #62)."""
    team, person = state.team_of(message.user), state.people.get(message.user)
    if person is None or not person.team:
        return {"team": team}
    profile = {"name": person.handle, "team": team}
    return {"team": team, "user_team": team, "source_team": team, "user_profile": profile}


def _optional_parts(message: Message) -> Json:
    shown: Json = {}
    if message.client_msg_id:
        shown["client_msg_id"] = message.client_msg_id
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.edited_ts:
        shown["edited"] = {"user": message.edited_by, "ts": message.edited_ts}
    if message.reactions:
        shown["reactions"] = [
            {"name": name, "users": users, "count": len(users)}
            for name, users in message.reactions.items()
        ]
    if message.only_for:
        shown["is_ephemeral"] = True
    return shown


def _forwarded(slack: Workspace, message: Message) -> Json:
    """Make the attachment of a message that forwards another: that one's text and files."""
    if message.forwards is None:
        return {}
    channel, ts = message.forwards
    source = slack.state.channels[channel].messages.get(ts)
    if source is None:
        return {}
    attachment: Json = {
        "id": 1,
        "is_share": True,
        "is_msg_unfurl": True,
        "channel_id": channel,
        "ts": ts,
        "author_id": source.user,
        "text": source.text,
        "fallback": source.text,
        "from_url": permalink(slack, source),
        "mrkdwn_in": ["text"],
    }
    if source.file_ids:
        attachment["files"] = [file_json(slack, slack.state.files[one]) for one in source.file_ids]
    return {"attachments": [attachment]}


def _thread_figures(slack: Workspace, message: Message) -> Json:
    state = slack.state
    channel = state.channels[message.channel]
    if message.is_reply:
        parent = channel.messages.get(message.thread_ts)
        figures: Json = {"thread_ts": message.thread_ts}
        if parent and message.broadcast:
            figures["root"] = message_json(slack, parent)
        elif parent:
            figures["parent_user_id"] = parent.user
        return figures
    replies = channel.replies(message.ts)
    if not replies or message.only_for:
        return {}
    users = list(dict.fromkeys(one.user for one in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
        "reply_users": users,
        "is_locked": False,
        "subscribed": any(one.by_bot for one in replies),
    }


def view_json(view: View) -> Json:
    """Make a view object, as ``views.open`` and the payloads of interactions have it."""
    return {
        "id": view.id,
        "team_id": world.TEAM_ID,
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "close": None,
        "submit": None,
        **view.body,
        "state": {"values": view.values},
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id or None,
        "app_id": world.APP_ID,
        "app_installed_team_id": world.TEAM_ID,
        "bot_id": world.BOT_ID,
    }


def execution_json(execution: Execution) -> Json:
    """Describe one run of a workflow step, for the page and tests (Slack has no such object)."""
    return {
        "id": execution.id,
        "callback_id": execution.callback_id,
        "user": execution.user,
        "channel": execution.channel,
        "inputs": execution.inputs,
        "state": execution.state,
        "outputs": execution.outputs,
        "error": execution.error,
        "started_at": execution.started_at,
        "ended_at": execution.ended_at,
    }


def permalink(slack: Workspace, message: Message) -> str:
    """Make a message's permalink, its URL in the workspace."""
    address = f"{slack.base_url}/archives/{message.channel}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        address += f"?thread_ts={message.thread_ts}&cid={message.channel}"
    return address
