"""Read a logo that somebody has uploaded in a form, within the three seconds that Slack waits."""

import time

from bot.request_context import RequestContext
from bot.slack_api.client import OutcomeUnknown, RateLimited
from bot.slack_api.files import FileUnfinished, SlackFiles
from functions.jobs.logos import LOGO_BYTES, logo_unusable

DOWNLOAD_WITHIN_S = 1.2


def logo_bytes(file_id: str, context: RequestContext) -> bytes:
    """Read it, and no more of it than a logo may have. Raises ``Refused``."""
    ends_at = time.monotonic() + DOWNLOAD_WITHIN_S

    def grown(size_bytes: int) -> None:
        if size_bytes > LOGO_BYTES:
            raise logo_unusable("bytes")
        if time.monotonic() > ends_at:
            raise TimeoutError

    files = SlackFiles(context.slack, context.config.slack)
    try:
        return files.download(file_id, grown=grown)
    except (FileUnfinished, OutcomeUnknown, RateLimited) as error:
        raise logo_unusable("later") from error
