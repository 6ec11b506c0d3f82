"""Post the app's answers to what a person did.

An answer comes to a ``response_url``, which works five times within 30 minutes, or as the body of
the response to a command. It can add a message (for the person alone, or ``in_channel``), replace
the message that the person acted on, or delete that message.
"""

import time

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from infra.local.control import Fault
from infra.local.slack import posting, world
from infra.local.slack.answers import Refused, json_answer
from infra.local.slack.blocks import accepted
from infra.local.slack.model import Channel, Json, Message, ResponseUrl
from infra.local.slack.pictures import check_pictures
from infra.local.slack.typed import with_entities
from infra.local.slack.workspace import Workspace


class ResponseHost:
    """Answer ``/response/<token>``."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack

    async def answer(self, request: Request) -> Response:
        """Accept one answer at a response_url; a refused one gets 404 with Slack's code."""
        url = self.slack.state.responses.get(request.path_params["token"])
        call = self.slack.control.note("response_url", url.channel if url else "")

        async def act() -> Response:
            try:
                await self._use(url, await request.body())
            except Refused as refused:
                call.error = refused.error
                return json_answer(refused.body(), status=404)
            return PlainTextResponse("ok")

        return await self.slack.control.around(call, act, as_error=_error)

    async def _use(self, url: ResponseUrl | None, body: bytes) -> None:
        if url is None or url.expires_at < time.time():
            raise Refused("expired_url")
        if url.uses_left <= 0:
            raise Refused("used_url")
        try:
            said = msgspec.json.decode(body, type=Json)
        except msgspec.MsgspecError:
            raise Refused("invalid_payload") from None
        await say(self.slack, said, url)
        url.uses_left -= 1


async def say(slack: Workspace, said: Json, url: ResponseUrl) -> None:
    """Post, replace or delete a message as the app's answer asks. Raises ``Refused``."""
    channel = slack.state.channels[url.channel]
    original = _original(channel, url)
    if said.get("delete_original"):
        if original:
            posting.remove(slack, original)
        return
    content = await _content(slack, said, channel)
    if said.get("replace_original") and original:
        posting.change(slack, original, content, by=world.BOT_USER_ID)
        return
    is_public = said.get("response_type") == "in_channel"
    message = Message(
        ts=slack.state.next_ts(),
        channel=channel.id,
        user=world.BOT_USER_ID,
        by_bot=True,
        text=content.text,
        blocks=content.blocks,
        thread_ts=str(said.get("thread_ts", "")),
        only_for="" if is_public else url.user,
    )
    posting.post(slack, message)


def _original(channel: Channel, url: ResponseUrl) -> Message | None:
    for one in [*channel.ephemeral, *channel.messages.values()]:
        if one.ts == url.message_ts:
            return one
    return None


async def _content(slack: Workspace, said: Json, channel: Channel) -> posting.Content:
    text = str(said.get("text") or "")
    blocks = accepted(said.get("blocks"))
    if not text and not blocks:
        raise Refused("no_text")
    await check_pictures(slack, blocks, channel=channel.id)
    return posting.Content(with_entities(text), blocks)


def _error(fault: Fault) -> Response:
    return json_answer({"ok": False, "error": fault.error}, status=fault.status or 404)
