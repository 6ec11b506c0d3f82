"""Define what can be set while the stand-in runs (``PUT /_control/settings``)."""

from typing import Literal

import msgspec

from infra.local.slack.world import DEFAULT_SCOPES


class Settings(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Hold the settings: by default Slack's own behaviour; tests shorten the times.

    All that ends in ``_s`` is in seconds.

    ``ready_delay_s``: how long a fresh upload has no mimetype and cannot be shown in a block.
    ``invalid_file_s``: how much longer a block with it is refused. ``image_limit_s``: a picture
    that takes longer to download is shown as broken, without an error (node-slack-sdk #809).

    ``late_uploads_s``: how long after its message a person's upload is unfinished, without a
    mimetype and with a page in place of the file; ``late_addresses_s``: how long it has no
    addresses either; ``late_previews_s``: how long it has no previews.

    ``grid``: with ``on`` file addresses redirect once, as on Enterprise Grid; with ``no_access``
    they redirect to the sign-in. ``image_redirects``: whether Slack follows a redirect when it
    downloads an ``image_url`` is not known, so it does not unless told to. ``sparse_mentions``:
    send ``app_mention`` without ``files``, as it is seen now and then. ``base_url``: where the
    stand-in's addresses lead, if something stands before it.
    """

    latency_s: float = 0.0
    minute_s: float = 60.0  # how long a minute between two deliveries of an event lasts
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
    """Give ``settings`` with some fields replaced. Raises ``msgspec.ValidationError``."""
    merged = msgspec.to_builtins(settings) | update
    return msgspec.convert(merged, Settings)
