"""Run the whole system on this machine: the stand-ins, of which SCF's runs the deployed code.

The product does not know that it runs here: only endpoints and credentials differ.
"""

import base64
import contextlib
import json
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.http import call, read
from infra.local.polling import until
from infra.local.serving import address, listen
from infra.local.slack.world import MERCHANDISER_ID, PRODUCT_PHOTOS_ID
from infra.serverless_yml import policies
from infra.serverless_yml import read as read_deployment
from infra.serverless_yml.deployment import Function

ROOT = Path(__file__).resolve().parents[2]
SERVERLESS_YML = ROOT / "serverless.yml"
BUCKET, REGION = "backdrop-1250000000", "ap-guangzhou"
START_LIMIT_S = 30.0
STOP_LIMIT_S = 10.0
FUNCTIONS = "infra.local.scf"
SERVERS = {
    "infra.local.cos": ("cos",),
    "infra.local.aiart": ("aiart", "aiart-results"),
    "infra.local.slack": ("slack",),
    FUNCTIONS: ("scf", "bot", "gateway"),
}


@dataclass(frozen=True)
class Options:
    """Configure the stack. For ``page_port``, 0 takes a free one. Times are in seconds.

    ``client_agrees``: the webhook client has agreed to pictures without the mark; the last
    release's code does not know this setting and refuses it. ``minute_s`` is how long a minute of
    SCF's and Slack's clocks takes. ``around``, if given, is a ``module:function`` that wraps every
    server's app; it gets the server's name and the app.
    """

    page_port: int = 0
    aiart_s: float = 3.0
    paint: bool = True  # False: a flat background, for many jobs in a short time
    minute_s: float = 60.0
    start_limit_s: float = START_LIMIT_S  # for each server
    timers: bool = True
    log_file: str = ""
    code_dir: Path = ROOT
    python: str = sys.executable
    environ: Mapping[str, str] = field(default_factory=dict)
    client_agrees: bool = True
    around: str = ""
    policies_dir: Path = (
        policies.FOLDER
    )  # with the policies of the functions' roles, as infra.serverless_yml.policies reads them


@dataclass(frozen=True)
class Stack:
    """Hold a running stack's addresses (``host:port``) and credentials."""

    addresses: Mapping[str, str]
    slack_bot_token: str
    slack_signing_secret: str
    secret_id: str
    secret_key: str
    webhook_secret: str

    def control(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """Call a stand-in's control endpoint; return its JSON answer. Raises ``OSError``."""
        return call(method, f"http://{self.addresses[name]}/_control/{path}", body)

    def new_key(self, function: str) -> dict[str, str]:
        """Make a key of a function's role that COS and aiart accept, for code outside of SCF."""
        key = {
            "secret_id": f"AKID{secrets.token_hex(12)}",
            "secret_key": secrets.token_hex(16),
            "token": secrets.token_urlsafe(24),
            "role": _functions()[function].role,
        }
        for name in ("cos", "aiart"):
            self.control(name, "PUT", "keys", key)
        return key

    def ready(self) -> dict[str, str]:
        """Give addresses and credentials for scripts; an ``_endpoint`` is ``host:port``."""
        at = self.addresses
        return {
            "page_url": f"http://{at['slack']}/",
            "bot_url": f"http://{at['bot']}",
            "gateway_url": f"http://{at['gateway']}",
            "slack_api_url": f"http://{at['slack']}/api/",
            "slack_bot_token": self.slack_bot_token,
            "slack_signing_secret": self.slack_signing_secret,
            "slack_channel": PRODUCT_PHOTOS_ID,
            "slack_user": MERCHANDISER_ID,
            "cos_endpoint": at["cos"],
            "cos_bucket": BUCKET,
            "cos_region": REGION,
            "aiart_endpoint": at["aiart"],
            "secret_id": self.secret_id,
            "secret_key": self.secret_key,
            "webhook_secret": self.webhook_secret,
        }


@contextlib.contextmanager
def running(options: Options) -> Iterator[Stack]:
    """Start everything, wait until it answers, and end it after the block."""
    with deployed(options) as (stack, _):
        yield stack


@contextlib.contextmanager
def deployed(options: Options) -> Iterator[tuple[Stack, Callable[[Options], None]]]:
    """Run everything as ``running`` does; yield the stack and a function that deploys other code.

    That function takes the ``Options`` of the other code. It replaces only the functions, whose
    processes end in the middle of their work. Bucket, workspace, addresses and credentials stay.
    """
    with contextlib.ExitStack() as ends:
        sockets = {
            name: ends.enter_context(listen(options.page_port if name == "slack" else 0))
            for names in SERVERS.values()
            for name in names
        }
        stack = _new_stack({name: address(one) for name, one in sockets.items()})
        functions = contextlib.ExitStack()

        def order(package: str, options: Options) -> _Order:
            ours = {name: sockets[name] for name in SERVERS[package]}
            settings = _settings(package, stack, options)
            return _Order(package, stack.addresses, ours, settings, options.around)

        def deploy(options: Options) -> None:
            functions.close()
            its = order(FUNCTIONS, options)
            functions.enter_context(_stand_ins([its], options.start_limit_s))
            _finish_the_deploy(stack)

        others = [order(package, options) for package in SERVERS if package != FUNCTIONS]
        ends.enter_context(_stand_ins(others, options.start_limit_s))
        ends.push(functions)  # they end before the other stand-ins
        deploy(options)
        yield stack, deploy


def _new_stack(addresses: dict[str, str]) -> Stack:
    """Make a stack with new random credentials."""
    return Stack(
        addresses=addresses,
        slack_bot_token=f"xoxb-{secrets.token_hex(12)}",
        slack_signing_secret=secrets.token_hex(16),
        secret_id=f"AKID{secrets.token_hex(12)}",
        secret_key=secrets.token_hex(16),
        webhook_secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    )


def _settings(package: str, stack: Stack, options: Options) -> dict[str, Any]:
    at = stack.addresses
    operator = [{"secret_id": stack.secret_id, "secret_key": stack.secret_key}]
    if package == "infra.local.cos":
        policies = _policies(options.policies_dir)
        return {"bucket": BUCKET, "region": REGION, "keys": operator, "policies": policies}
    if package == "infra.local.aiart":
        return {
            "keys": operator,
            "policies": _policies(options.policies_dir),
            "duration_s": options.aiart_s,
            "paint": options.paint,
        }
    if package == "infra.local.slack":
        return {
            "bot_token": stack.slack_bot_token,
            "signing_secret": stack.slack_signing_secret,
            "minute_s": options.minute_s,
        }
    return {
        "serverless_yml": str(_serverless_yml(options.code_dir)),
        "code_dir": str(options.code_dir),
        "python": options.python,
        "environ": {**_environ(stack, client_agrees=options.client_agrees), **options.environ},
        "keys_urls": [at["cos"], at["aiart"]],
        "cos": at["cos"],
        "minute_s": options.minute_s,
        "timers": options.timers,
        "log_file": options.log_file,
    }


def _serverless_yml(code_dir: Path) -> Path:
    """Find serverless.yml in the code's folder, or else (a package has none) in this checkout."""
    beside = code_dir / "serverless.yml"
    return beside if beside.is_file() else SERVERLESS_YML


def _policies(folder: Path) -> dict[str, policies.Policy]:
    """Make the policies of the functions' roles in this account, by the role's name."""
    return {
        function.role: policies.policy(key, bucket=BUCKET, region=REGION, folder=folder)
        for key, function in _functions().items()
    }


def _functions() -> Mapping[str, Function]:
    where = {"COS_BUCKET": BUCKET, "COS_REGION": REGION}
    return read_deployment(SERVERLESS_YML, where).functions


def _environ(stack: Stack, *, client_agrees: bool) -> dict[str, str]:
    """Make the variables that the operator's environment would have for a deploy."""
    at = stack.addresses
    return {
        "SLACK_BOT_TOKEN": stack.slack_bot_token,
        "SLACK_SIGNING_SECRET": stack.slack_signing_secret,
        "SLACK_API_URL": f"http://{at['slack']}/api",
        "COS_BUCKET": BUCKET,
        "COS_REGION": REGION,
        "COS_ENDPOINT": at["cos"],
        "AIART_REGION": REGION,
        "AIART_ENDPOINT": at["aiart"],
        "LINK_SECRETS": secrets.token_hex(16),
        "LINK_BASE_URL": f"http://{at['gateway']}",
        "BOT_URL": f"http://{at['bot']}",
        "WORKER_LINGER_S": "1",
        "WATERMARK_OPTIONAL": "1",  # so that every option of the README can be seen at work
        "WEBHOOK_CLIENTS": json.dumps([_client(stack, client_agrees)]),
    }


def _client(stack: Stack, agrees: bool) -> dict[str, Any]:
    """Describe the client that may send webhooks here, and be called back on this machine."""
    return {
        "name": "shop",
        "secrets": [stack.webhook_secret],
        "channels": [PRODUCT_PHOTOS_ID],
        "callback_hosts": ["127.0.0.1", "localhost"],
        **({"agrees_to_unmarked": True} if agrees else {}),
    }


@dataclass(frozen=True)
class _Order:
    """Describe a stand-in's process: its package, sockets and settings.

    ``addresses`` are those of all stand-ins, by name; ``around`` is as in ``Options``.
    """

    package: str
    addresses: Mapping[str, str]
    sockets: Mapping[str, socket.socket]
    settings: Mapping[str, Any]
    around: str = ""

    def health(self) -> str:
        return f"http://{self.addresses[next(iter(self.sockets))]}/_control/health"

    def begin(self) -> "subprocess.Popen[bytes]":
        """Start a process that serves the stand-in."""
        child = subprocess.Popen(
            [sys.executable, "-m", "infra.local.process"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            pass_fds=[one.fileno() for one in self.sockets.values()],
        )
        told = {
            "package": self.package,
            "addresses": dict(self.addresses),
            "sockets": {name: one.fileno() for name, one in self.sockets.items()},
            "settings": dict(self.settings),
            "around": self.around,
        }
        assert child.stdin is not None  # noqa: S101  # for the type checker: it is a pipe
        with child.stdin as pipe:
            pipe.write(json.dumps(told).encode() + b"\n")
        return child


def stand_in(
    package: str,
    addresses: Mapping[str, str],
    sockets: Mapping[str, socket.socket],
    settings: Mapping[str, Any],
) -> contextlib.AbstractContextManager[None]:
    """Run one stand-in: wait until it answers, and end it after the block.

    ``addresses`` are those of all stand-ins, ``sockets`` its own.
    """
    return _stand_ins([_Order(package, addresses, sockets, settings)], START_LIMIT_S)


@contextlib.contextmanager
def _stand_ins(orders: Sequence[_Order], limit_s: float) -> Iterator[None]:
    """Start stand-ins in parallel, and end them in parallel after the block.

    Each takes half a second to import, and some time to end.
    """
    children: list[subprocess.Popen[bytes]] = []
    try:
        children.extend(order.begin() for order in orders)
        for order in orders:
            _wait_for(order.health(), limit_s)
        yield
    finally:
        _end(children)


def _end(children: Sequence["subprocess.Popen[bytes]"]) -> None:
    """End the processes with SIGTERM; kill those that are still there after ``STOP_LIMIT_S``."""
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait_for(url: str, limit_s: float) -> None:
    def answers() -> bool:
        try:
            call("GET", url, timeout_s=2)
        except OSError:
            return False
        return True

    until(answers, what=url, limit_s=limit_s)


def _finish_the_deploy(stack: Stack) -> None:
    """Do what follows a deploy: configure the worker, and set the app's URLs in Slack."""
    at = stack.addresses
    worker = {"instances": 1, "retries": 0, "retention_s": 300}
    stack.control("scf", "PUT", "functions/worker", worker)
    events_url = f"http://{at['bot']}/slack/events"
    urls = {"events_url": events_url, "interactions_url": events_url, "commands_url": events_url}
    read(f"http://{at['bot']}/healthz")  # warm, as the timer keeps it
    stack.control("slack", "PUT", "app", urls)
