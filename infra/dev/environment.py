"""Provide what the product stands on in development: real Slack; COS and aiart as you like.

With keys (TENCENTCLOUD_SECRETID, TENCENTCLOUD_SECRETKEY) everything is as the environment says.
Without, COS and aiart are stand-ins: both, for the real aiart could not read photos from here.
The deployment's own bucket is refused: the worker does whatever is asked for in its bucket.
"""

import contextlib
import secrets
from collections.abc import Iterator, Mapping

from functions.config import KEY, KEY_ID, KEY_TOKEN
from infra.dotenv import NotSet, operator_environment
from infra.local.serving import address, listen
from infra.local.stack import BUCKET, REGION, stand_in
from infra.serverless_yml import policies

LOOPBACK = ("http://127.0.0.1:", "http://localhost:")


def has_keys(environ: Mapping[str, str]) -> bool:
    """Tell whether COS and aiart are those that the environment names."""
    return bool(environ.get(KEY_ID) and environ.get(KEY))


@contextlib.contextmanager
def surroundings(
    given: Mapping[str, str], *, gateway_at: str, aiart_s: float
) -> Iterator[dict[str, str]]:
    """Complete the functions' environment, and run the stand-ins that it needs.

    ``gateway_at`` is the ``host:port`` of the gateway here; ``aiart_s`` how many seconds the
    stand-in takes for a picture. Raises ``NotSet`` for the deployment's own bucket.
    """
    environ = {
        "SLACK_SIGNING_SECRET": secrets.token_hex(16),  # nothing is signed on this way
        "LINK_SECRETS": secrets.token_hex(16),
        "LINK_BASE_URL": f"http://{gateway_at}",
        "LOG_LEVEL": "WARNING",
        "WORKER_LINGER_S": "0",  # the next run is never far
        **{name: value for name, value in given.items() if value},
    }
    if has_keys(given):
        _leave_the_deployment_alone(environ)
        yield environ
        return
    with _stand_ins(aiart_s) as theirs:
        yield {**environ, **theirs}


def described(environ: Mapping[str, str], *, real: bool, gateway_at: str) -> list[str]:
    """Say in words what is real and what is not."""
    if real:
        lines = [
            f"COS:    the bucket {environ['COS_BUCKET']} in {environ['COS_REGION']}",
            f"aiart:  in {environ['AIART_REGION']}; every picture is billed",
        ]
    else:
        lines = [
            "COS:    a stand-in; what it holds is gone when this ends",
            "aiart:  a stand-in that paints roughly; nothing is billed",
        ]
    base_url = environ["LINK_BASE_URL"]
    if not base_url.startswith(LOOPBACK):
        return [*lines, f"Links:  {base_url}, which should lead to {gateway_at} on this machine"]
    return [
        *lines,
        f"Links:  {base_url}, which opens on this machine only. Slack cannot read previews there,",
        "        so pictures are uploaded. With a tunnel to that port, set LINK_BASE_URL to it.",
    ]


def _leave_the_deployment_alone(environ: Mapping[str, str]) -> None:
    """Refuse the bucket that .env names, by that file alone. Raises ``NotSet``."""
    deployed = operator_environment(environ={}).get("COS_BUCKET", "").strip()
    if deployed and environ.get("COS_BUCKET", "").strip() == deployed:
        raise NotSet(
            f"COS_BUCKET is {deployed}, the deployment's (.env): the worker here would take its "
            "jobs, and paint and bill them. Set COS_BUCKET to a bucket of its own, or leave out "
            f"{KEY_ID} and {KEY}: then COS and aiart are stand-ins"
        )


@contextlib.contextmanager
def _stand_ins(aiart_s: float) -> Iterator[dict[str, str]]:
    """Run COS and aiart on this machine. Yield what the functions must know of them."""
    key = {
        "secret_id": f"AKID{secrets.token_hex(12)}",
        "secret_key": secrets.token_hex(16),
        "token": secrets.token_urlsafe(24),
        "role": "all",
    }
    account = {"keys": [key], "policies": {"all": _all_policies()}}
    with contextlib.ExitStack() as ends:
        names = ("cos", "aiart", "aiart-results")
        sockets = {name: ends.enter_context(listen()) for name in names}
        at = {name: address(one) for name, one in sockets.items()}
        bucket = {"bucket": BUCKET, "region": REGION, **account}
        for_cos = {"cos": sockets.pop("cos")}
        ends.enter_context(stand_in("infra.local.cos", at, for_cos, bucket))
        painter = {**account, "duration_s": aiart_s}
        ends.enter_context(stand_in("infra.local.aiart", at, sockets, painter))
        yield {
            "COS_BUCKET": BUCKET,
            "COS_REGION": REGION,
            "COS_ENDPOINT": at["cos"],
            "AIART_REGION": REGION,
            "AIART_ENDPOINT": at["aiart"],
            KEY_ID: key["secret_id"],
            KEY: key["secret_key"],
            KEY_TOKEN: key["token"],
        }


def _all_policies() -> policies.Policy:
    """Join what the three functions may do: here they are one process with one key."""
    documents = [policies.policy(name, bucket=BUCKET, region=REGION) for name in policies.FUNCTIONS]
    return {"version": "2.0", "statement": [s for one in documents for s in one["statement"]]}
