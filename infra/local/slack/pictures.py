"""Looks at the pictures of a message's image blocks while it is being posted, as Slack does.

``image_url`` is downloaded: anything but a PNG, JPEG or GIF with status 200 refuses the whole
message (``downloading image failed``, python-slack-sdk #1782; WebP fails too, node-slack-sdk
#1482). A ``slack_file`` must be an image that Slack has finished with. The image *element* of a
section or context block is not downloaded (java-slack-sdk #1396).
"""

import time

import anyio
import anyio.to_thread
import requests
from starlette.responses import Response

from infra.local.control import Dropped
from infra.local.slack import world
from infra.local.slack.answers import Refused, json_answer
from infra.local.slack.model import File, Json
from infra.local.slack.workspace import Workspace

TAKEN_TYPES = {"image/png", "image/jpeg", "image/gif"}
STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
DOWNLOAD_LIMIT_S = 10.0
DOWNLOAD_LIMIT_BYTES = 20_000_000
USER_AGENT = "Slack-ImgProxy (+https://api.slack.com/robots)"


async def check_pictures(
    slack: Workspace,
    blocks: list[Json],
    *,
    channel: str,
    at: str = "/blocks",
    error: str = "invalid_blocks",
) -> None:
    """Fetch or find each picture. Raises ``Refused`` with ``error``, naming the places."""
    places: list[str] = []
    for n, block in enumerate(blocks):
        if block["type"] != "image":
            continue
        if "slack_file" in block:
            if not _is_usable(slack, block["slack_file"]):
                places.append(f"invalid slack file [json-pointer:{at}/{n}/slack_file]")
        elif not await _downloads(slack, block["image_url"], channel):
            places.append(f"downloading image failed [json-pointer:{at}/{n}/image_url]")
    if places:
        raise Refused(error, places=places)


def _is_usable(slack: Workspace, source: Json) -> bool:
    file = slack.state.files.get(source["id"]) if "id" in source else _by_url(slack, source["url"])
    return (
        file is not None
        and file.is_complete
        and not file.is_deleted
        and file.ready_at <= time.time()
        and file.mimetype in TAKEN_TYPES
        and can_app_see(slack, file)
    )


def _by_url(slack: Workspace, url: str) -> File | None:
    return next((one for one in slack.state.files.values() if f"-{one.id}/" in url), None)


def can_app_see(slack: Workspace, file: File) -> bool:
    """Whether the bot owns a file, shares a conversation with it, or was handed it in a form."""
    return (
        file.user == world.BOT_USER_ID
        or file.app_may_read
        or any(
            world.BOT_USER_ID in slack.state.channels[one.channel].members for one in file.shares
        )
    )


async def _downloads(slack: Workspace, url: str, channel: str) -> bool:
    if slack.settings.image_failures > 0:
        slack.settings.image_failures -= 1
        return False
    call = slack.control.note("image.download", channel)

    async def act() -> Response:
        follow = slack.settings.image_redirects
        is_picture = False
        with anyio.move_on_after(DOWNLOAD_LIMIT_S):
            is_picture = await anyio.to_thread.run_sync(
                _is_picture, url, follow, abandon_on_cancel=True
            )
        return json_answer({}, status=200 if is_picture else 502)

    try:
        answer = await slack.control.around(
            call, act, as_error=lambda fault: json_answer({}, status=fault.status or 502)
        )
    except Dropped:  # this connection was Slack's own, so the person's call is answered
        return False
    return answer.status_code == 200


def _is_picture(url: str, follow_redirects: bool) -> bool:
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.get(
                url,
                headers={"user-agent": USER_AGENT},
                timeout=DOWNLOAD_LIMIT_S,
                allow_redirects=follow_redirects,
                stream=True,
            ) as answer:
                if answer.status_code != 200:
                    return False
                return _starts_as_picture(answer)
    except requests.RequestException:
        return False


def _starts_as_picture(answer: requests.Response) -> bool:
    start, total = b"", 0
    for chunk in answer.iter_content(65_536):
        start = start or chunk[:16]
        total += len(chunk)
        if total > DOWNLOAD_LIMIT_BYTES:
            return False
    return start.startswith(STARTS)
