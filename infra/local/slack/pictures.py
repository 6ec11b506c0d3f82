"""Check the pictures in image blocks before a message or a view is accepted, as Slack does.

An ``image_url`` is downloaded. Unless that gives a PNG, JPEG or GIF with status 200, the whole
message is refused (``downloading image failed``, python-slack-sdk #1782; WebP fails too,
node-slack-sdk #1482). A picture that takes too long is shown as broken, without an error
(node-slack-sdk #809). The size of a downloaded picture is added to its block in the message.

A ``slack_file`` must be an image that Slack has finished processing. The image *element* of a
section or context block is not downloaded (java-slack-sdk #1396).
"""

import io
import time
from collections.abc import Iterator

import anyio
import anyio.to_thread
import requests
from PIL import Image
from starlette.responses import Response

from infra.local.control import Dropped
from infra.local.slack import world
from infra.local.slack.answers import Refused, json_answer
from infra.local.slack.model import File, Json
from infra.local.slack.workspace import Workspace

TAKEN_TYPES = {"image/png", "image/jpeg", "image/gif"}
STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
DOWNLOAD_LIMIT_S = 60.0  # well above the usual image_limit_s
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
    """Check the picture of each image block, and add its size to the block in a message.

    Raises ``Refused`` with ``error``, naming the places.
    """
    places: list[str] = []
    for n, block in enumerate(blocks):
        if block["type"] != "image":
            continue
        if "slack_file" in block:
            if not _is_usable(slack, block["slack_file"]):
                places.append(f"invalid slack file [json-pointer:{at}/{n}/slack_file]")
            continue
        seen = await _downloads(slack, block["image_url"], channel)
        if seen is None:
            places.append(f"downloading image failed [json-pointer:{at}/{n}/image_url]")
        elif error == "invalid_blocks":
            block.update(seen)
    if places:
        raise Refused(error, places=places)


def _is_usable(slack: Workspace, source: Json) -> bool:
    file = slack.state.files.get(source["id"]) if "id" in source else _by_url(slack, source["url"])
    return (
        file is not None
        and file.is_complete
        and not file.is_deleted
        and max(file.ready_at, file.usable_at) <= time.time()
        and file.mimetype in TAKEN_TYPES
        and can_app_see(slack, file)
    )


def _by_url(slack: Workspace, url: str) -> File | None:
    return next((one for one in slack.state.files.values() if f"-{one.id}/" in url), None)


def can_app_see(slack: Workspace, file: File) -> bool:
    """Tell whether the bot owns a file, is in a channel with it, or got it in a form."""
    return (
        file.user == world.BOT_USER_ID
        or file.app_may_read
        or any(
            world.BOT_USER_ID in slack.state.channels[one.channel].members for one in file.shares
        )
    )


async def _downloads(slack: Workspace, url: str, channel: str) -> Json | None:
    """Download a picture, and give the fields to add to its block; None if that fails.

    A picture that takes too long does not count as failed, but adds no fields.
    """
    if slack.settings.image_failures > 0:
        slack.settings.image_failures -= 1
        return None
    call = slack.control.note("image.download", channel)
    started = time.monotonic()
    seen: Json = {}

    async def act() -> Response:
        follow = slack.settings.image_redirects
        found: Json | None = {}
        with anyio.move_on_after(slack.settings.image_limit_s):
            found = await anyio.to_thread.run_sync(_picture, url, follow, abandon_on_cancel=True)
        seen.update(found or {})
        return json_answer({}, status=200 if found is not None else 502)

    try:
        answer = await slack.control.around(
            call, act, as_error=lambda fault: json_answer({}, status=fault.status or 502)
        )
    except Dropped:  # drops Slack's download only: the app's call gets an answer
        return None
    if time.monotonic() - started >= slack.settings.image_limit_s:
        return {}
    return seen if answer.status_code == 200 else None


def _picture(url: str, follow_redirects: bool) -> Json | None:
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
                return _measured(answer) if answer.status_code == 200 else None
    except requests.RequestException:
        return None


def _measured(answer: requests.Response) -> Json | None:
    data = b"".join(_bounded(answer))
    if not data.startswith(STARTS) or len(data) > DOWNLOAD_LIMIT_BYTES:
        return None
    width, height = _size_px(data)
    return {
        "fallback": f"{width}x{height}px image",
        "image_width": width,
        "image_height": height,
        "image_bytes": len(data),
        "is_animated": False,
    }


def _bounded(answer: requests.Response) -> Iterator[bytes]:
    """Yield the body in pieces, and stop once it is larger than a picture may be."""
    total = 0
    for chunk in answer.iter_content(65_536):
        yield chunk
        total += len(chunk)
        if total > DOWNLOAD_LIMIT_BYTES:
            return


def _size_px(data: bytes) -> tuple[int, int]:
    """Give a picture's width and height; 0 and 0 if the picture cannot be read."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.size
    except (OSError, ValueError):
        return 0, 0
