"""Provide the functions' environment in development: real Slack, real or stand-in COS and aiart.

With keys (TENCENTCLOUD_SECRETID, TENCENTCLOUD_SECRETKEY) COS and aiart are those of the
environment. Without, both are stand-ins, because the real aiart could not fetch photos from this
machine. The deployment's own bucket is refused: the worker here would take the jobs in it.
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
    """Say whether there are keys, so that COS and aiart are those of the environment."""
    return bool(environ.get(KEY_ID) and environ.get(KEY))


@contextlib.contextmanager
def surroundings(
    given: Mapping[str, str], *, gateway_at: str, aiart_s: float
) -> Iterator[dict[str, str]]:
    """Run the stand-ins that are needed, and yield the functions' complete environment.

    ``gateway_at`` is the ``host:port`` of the gateway here, ``aiart_s`` the seconds that the
    stand-in takes for a picture. Raises ``NotSet`` for the deployment's own bucket.
    """
    environ = {
        "SLACK_SIGNING_SECRET": secrets.token_hex(16),  # required, but unused in Socket Mode
        "LINK_SECRETS": secrets.token_hex(16),
        "LINK_BASE_URL": f"http://{gateway_at}",
        "LOG_LEVEL": "WARNING",
        "WORKER_LINGER_S": "0",  # the next run comes within seconds
        **{name: value for name, value in given.items() if value},
    }
    if has_keys(given):
        _leave_the_deployment_alone(environ)
        yield environ
        return
    with _stand_ins(aiart_s) as theirs:
        yield {**environ, **theirs}


def described(environ: Mapping[str, str], *, real: bool, gateway_at: str) -> list[str]:
    """Describe in lines for a person what is real and what is a stand-in."""
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
    """Raise ``NotSet`` if the environment's bucket is the one in .env, the deployment's."""
    deployed = operator_environment(environ={}).get("COS_BUCKET", "").strip()
    if deployed and environ.get("COS_BUCKET", "").strip() == deployed:
        raise NotSet(
            f"COS_BUCKET is {deployed}, the deployment's (.env): the worker here would take its "
            "jobs, and paint and bill them. Set COS_BUCKET to a bucket of its own, or leave out "
            f"{KEY_ID} and {KEY}: then COS and aiart are stand-ins"
        )


@contextlib.contextmanager
def _stand_ins(aiart_s: float) -> Iterator[dict[str, str]]:
    """Run stand-ins for COS and aiart; yield the variables with which the functions find them."""
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
    """Join the three functions' policies: here they run in one process with one key."""
    documents = [policies.policy(name, bucket=BUCKET, region=REGION) for name in policies.FUNCTIONS]
    return {"version": "2.0", "statement": [s for one in documents for s in one["statement"]]}
