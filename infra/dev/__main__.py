"""Try changes in a real Slack workspace without deploying anything.

Reads from the environment SLACK_APP_TOKEN (xapp-..., scope connections:write) and SLACK_BOT_TOKEN
of an app with Socket Mode, and the functions' other variables. The .env file is the deployment's:
it is read only to refuse the deployment's bucket.
"""

import argparse
import contextlib
import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping

from slack_sdk.errors import SlackApiError

from bot.app import bolt_app
from bot.slack_api.client import NO_ANSWER, SLACK_TROUBLE, call, web_client
from functions.config import (
    BotConfig,
    SlackConfig,
    bot_config,
    gateway_config,
    log_level,
    worker_config,
)
from functions.environment import ConfigError
from functions.gateway.app import gateway
from functions.jobs.bucket import Keys
from functions.log import start_logging
from infra.dev.environment import described, has_keys, surroundings
from infra.dev.socket_mode import OPENING_TIMEOUT_S, Door
from infra.dev.worker import Worker
from infra.dotenv import NotSet
from infra.local.serving import address, listen, served
from infra.local.signals import told_to_end

APP_TOKEN = "SLACK_APP_TOKEN"  # noqa: S105  # a variable's name
WHERE_TO_GET_IT = (
    "it begins with xapp- and comes from your app's page: Basic Information, App-Level Tokens, "
    "scope connections:write"
)


def main(arguments: list[str] | None = None) -> int:
    """Run until Ctrl-C. Return 0; or 2 if a setting is missing or wrong, or Slack refuses one."""
    wanted = _parser().parse_args(arguments)
    try:
        app_token = _app_token(os.environ)
        with told_to_end() as wait, _everything(app_token, wanted) as lines:
            _say("\n".join(lines))
            _say("Ready: mention it with a photo. LOG_LEVEL=INFO shows each step. Ctrl-C ends.")
            wait(None)
            _say("Ending, after what is being painted. Ctrl-C once more ends at once.")
    except (ConfigError, NotSet) as reason:
        print(f"{reason}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.dev", description=__doc__)
    parser.add_argument("--port", type=int, default=9000, help="of the gateway here (9000)")
    parser.add_argument(
        "--aiart-seconds", type=float, default=3.0, help="what a stand-in's picture takes (3)"
    )
    return parser


@contextlib.contextmanager
def _everything(app_token: str, wanted: argparse.Namespace) -> Iterator[list[str]]:
    """Run gateway, bot and worker; yield lines that describe them.

    Raises ``ConfigError`` or ``NotSet``.
    """
    with contextlib.ExitStack() as ends:
        listening = ends.enter_context(_listening(wanted.port))
        at = address(listening)
        given = dict(os.environ)
        around = surroundings(given, gateway_at=at, aiart_s=wanted.aiart_seconds)
        # The worker reads the process's environment at each run.
        os.environ.update(ends.enter_context(around))
        start_logging(log_level(os.environ))
        config, keys = bot_config(os.environ), worker_config(os.environ).keys
        who = _who_we_are(config.slack)
        here = {"gateway": gateway(gateway_config(os.environ))}
        ends.enter_context(served(here, {"gateway": listening}))
        ends.enter_context(_working(config, keys, app_token))
        lines = described(os.environ, real=has_keys(given), gateway_at=at)
        yield [f"Slack:  {who}, over Socket Mode", *lines]


def _listening(port: int) -> socket.socket:
    """Listen on the gateway's port. Raises ``NotSet`` when it is taken."""
    try:
        return listen(port)
    except OSError as error:
        raise NotSet(f"port {port} is taken: give the gateway another one, --port N") from error


def _app_token(environ: Mapping[str, str]) -> str:
    """Read the token for Socket Mode. Raises ``NotSet`` if it is missing or malformed."""
    token = environ.get(APP_TOKEN, "")
    if not re.fullmatch(r"xapp-[A-Za-z0-9-]{8,}", token):
        raise NotSet(f"{APP_TOKEN} is {'malformed' if token else 'missing'}: {WHERE_TO_GET_IT}")
    return token


def _who_we_are(slack: SlackConfig) -> str:
    """Ask Slack who the bot is. Raises ``NotSet`` when Slack does not take its token."""
    try:
        found = call(web_client(slack, timeout_s=OPENING_TIMEOUT_S).auth_test)
    except SLACK_TROUBLE as error:
        raise NotSet(f"Slack does not take SLACK_BOT_TOKEN ({error})") from error
    return f"@{found['user']} in {found['team']}"


@contextlib.contextmanager
def _working(config: BotConfig, keys: Keys, app_token: str) -> Iterator[None]:
    """Run the bot over Socket Mode, and the worker. Raises ``NotSet`` if Slack refuses."""
    with Worker(notice=_say) as worker:

        def notice(line: str) -> None:
            _say(line)
            worker.wake()

        door = Door(bolt_app(config), app_token, config=config, keys=keys, notice=notice)
        with contextlib.closing(door):
            _connect(door)
            yield


def _connect(door: Door) -> None:
    try:
        door.client.connect()
    except SlackApiError as error:
        reason = f"Slack does not take {APP_TOKEN} ({error.response['error']})"
        raise NotSet(f"{reason}: {WHERE_TO_GET_IT}") from error
    except NO_ANSWER as error:
        raise NotSet(f"Slack does not answer ({type(error).__name__})") from error


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
