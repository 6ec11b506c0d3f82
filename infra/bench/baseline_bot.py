"""Define the bots that ours is compared with: Bolt with one listener, behind the same web server.

The listener of ``create_app`` does nothing. That of ``create_calling_app`` makes the bot's three
calls with the vendors' own clients: any time beyond that is our bot's own.
"""

import os
import ssl
import uuid
from collections.abc import Callable
from typing import Any

from qcloud_cos import CosConfig, CosS3Client, CosServiceError
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.bolt_logging import leave_out_token_warnings
from bot.endpoint import web_app
from functions.config import BotConfig, bot_config
from functions.web.asgi import WebApp

TIMEOUT_S = 30
RECORD = b'{"prompt": "on a beach"}'


def create_app() -> WebApp:
    """Create an app whose listener does nothing. It takes the bot's own environment."""
    return _app(lambda *_: _nothing)


def create_calling_app() -> WebApp:
    """Create an app that reads an object, writes one and adds a reaction. Same environment."""
    return _app(_three_calls)


def _nothing() -> None:
    pass


def _app(listener: Callable[[BotConfig, WebClient], Callable[..., None]]) -> WebApp:
    config = bot_config(os.environ)
    token = config.slack.bot_token
    client = WebClient(
        token=token,
        base_url=config.slack.api_url,
        timeout=TIMEOUT_S,
        ssl=ssl.create_default_context(),
        retry_handlers=[],
    )
    leave_out_token_warnings()
    app = App(
        client=client,
        authorize=lambda **_: AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token),
        process_before_response=True,
        request_verification_enabled=False,  # the front has checked it, for the bot and for this
        ssl_check_enabled=False,
        token_verification_enabled=False,
    )
    app.event("app_mention")(listener(config, client))
    return web_app(app, config)


def _three_calls(config: BotConfig, slack: WebClient) -> Callable[..., None]:
    place, keys = config.bucket, config.start_keys
    if keys is None:
        raise ValueError("this runs outside of SCF: the environment has the keys")
    where = {"Domain": place.endpoint, "Scheme": place.scheme}
    cos = CosS3Client(
        CosConfig(
            Region=place.region,
            SecretId=keys.secret_id,
            SecretKey=keys.secret_key,
            Token=keys.token or None,
            **where,
        ),
        retry=0,
    )

    def listen(event: dict[str, Any]) -> None:
        try:
            cos.get_object(Bucket=place.name, Key="requests/none.json")
        except CosServiceError as missing:
            if missing.get_status_code() != 404:
                raise
        key = f"requests/{uuid.uuid4()}.json"
        cos.put_object(Bucket=place.name, Key=key, Body=RECORD, ContentType="application/json")
        slack.reactions_add(channel=event["channel"], timestamp=event["ts"], name="eyes")

    return listen
