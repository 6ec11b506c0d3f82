"""Define the settings that can be changed while the stand-in runs (``/_control/settings``)."""

from typing import Literal

import msgspec

from infra.local.slack.world import DEFAULT_SCOPES


class Settings(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Hold the settings. The defaults are Slack's own behaviour; tests shorten the times.

    A name that ends in ``_s`` is in seconds.

    A file that the app uploads: for ``ready_delay_s`` after its upload it has no mimetype, and a
    block that shows it is refused; for ``invalid_file_s`` more, only the block is refused.

    A file that a person sends, counted from its message: for ``late_uploads_s`` it has no mimetype,
    and its address answers with the sign-in page; for ``late_addresses_s`` the file object has no
    addresses; for ``late_previews_s`` it has no previews.

    A picture at an ``image_url``: one that takes longer than ``image_limit_s`` to download is shown
    as broken, without an error (node-slack-sdk #809). ``image_redirects`` follows redirects; it is
    off by default, because it is not known whether Slack does.

    ``grid``: with ``on`` file addresses redirect once, as on Enterprise Grid; with ``no_access``
    they redirect to the sign-in page. ``sparse_mentions``: ``app_mention`` comes without ``files``,
    as it sometimes does at Slack. ``base_url``: how the stand-in's URLs start, if they are not to
    start with its own address.
    """

    latency_s: float = 0.0
    minute_s: float = 60.0  # the length of a minute before an event's retry
    answer_limit_s: float = 3.0  # how long an app has to answer
    trigger_s: float = 3.0  # how long a trigger_id lives
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    token_state: Literal["ok", "revoked", "inactive"] = "ok"  # noqa: S105  # a state, no secret
    ready_delay_s: float = 0.0
    invalid_file_s: float = 0.0
    image_limit_s: float = 10.0
    late_uploads_s: float = 0.0
    late_addresses_s: float = 0.0
    late_previews_s: float = 0.0
    grid: Literal["off", "on", "no_access"] = "off"
    posts_per_s_per_channel: float = 0.0  # 0 = no limit
    sparse_mentions: bool = False
    image_redirects: bool = False
    image_failures: int = 0  # how many of the next image downloads fail
    base_url: str = ""


def changed(settings: Settings, update: dict[str, object]) -> Settings:
    """Copy ``settings`` with the fields of ``update``. Raises ``msgspec.ValidationError``."""
    merged = msgspec.to_builtins(settings) | update
    return msgspec.convert(merged, Settings)
