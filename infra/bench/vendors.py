"""Run stand-ins for Slack and COS, each in a process of its own."""

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.local.http import call
from infra.local.serving import address, listen
from infra.local.stack import BUCKET, REGION, stand_in
from infra.serverless_yml import policies

COS_S, SLACK_S = 0.020, 0.100  # how slow they are in the rows that say so


@dataclass(frozen=True)
class Vendors:
    """Hold running stand-ins: addresses (``host:port``), and a function's environment."""

    addresses: Mapping[str, str]
    environ: Mapping[str, str]

    @property
    def signing_secret(self) -> str:
        """Give the secret that Slack signs its requests with."""
        return self.environ["SLACK_SIGNING_SECRET"]


def answer_after(address: str, delay_s: float) -> None:
    """Have the stand-in at ``host:port`` delay each answer by ``delay_s`` from now on."""
    faults = f"http://{address}/_control/faults"
    call("DELETE", faults)
    if delay_s:
        call("POST", faults, {"op": "*", "times": -1, "delay_s": delay_s})


@contextlib.contextmanager
def vendors() -> Iterator[Vendors]:
    """Run COS and Slack on this machine, until the block ends."""
    key = {
        "secret_id": f"AKID{secrets.token_hex(12)}",
        "secret_key": secrets.token_hex(16),
        "token": secrets.token_urlsafe(24),
        "role": "bot",
    }
    slack = {"bot_token": f"xoxb-{secrets.token_hex(12)}", "signing_secret": secrets.token_hex(16)}
    by_role = {"bot": policies.policy("bot", bucket=BUCKET, region=REGION)}
    cos = {"bucket": BUCKET, "region": REGION, "keys": [key], "policies": by_role}
    with listen() as for_cos, listen() as for_slack:
        at = {"cos": address(for_cos), "slack": address(for_slack)}
        with (
            stand_in("infra.local.cos", at, {"cos": for_cos}, cos),
            stand_in("infra.local.slack", at, {"slack": for_slack}, slack),
        ):
            yield Vendors(at, _environ(at, key, slack))


def _environ(
    at: Mapping[str, str], key: Mapping[str, str], slack: Mapping[str, str]
) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "FRONT": "bot",
        "LOCAL_PYTHON": sys.executable,
        "LOG_LEVEL": "ERROR",
        "SLACK_BOT_TOKEN": slack["bot_token"],
        "SLACK_SIGNING_SECRET": slack["signing_secret"],
        "SLACK_API_URL": f"http://{at['slack']}/api",
        "COS_BUCKET": BUCKET,
        "COS_REGION": REGION,
        "COS_ENDPOINT": at["cos"],
        "TENCENTCLOUD_SECRETID": key["secret_id"],
        "TENCENTCLOUD_SECRETKEY": key["secret_key"],
        "TENCENTCLOUD_SESSIONTOKEN": key["token"],
    }
