"""Build the gateway's ASGI app: the long-lived links to pictures, and the API below ``/v1``."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import msgspec

from functions.config import GatewayConfig, gateway_config, log_level
from functions.gateway.api import WRITERS, Api
from functions.gateway.picture_links import picture
from functions.gateway.problems import TITLES, Rejected, answer_of
from functions.jobs.bucket import Bucket, BucketUnavailable, KeysExpired, load_sdk
from functions.jobs.bucket_layout import DOCTOR, REQUESTS
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.silence import silent_for_s
from functions.log import log, log_crash, start_logging
from functions.self_check import Parts
from functions.web.admission import AdmissionLimits
from functions.web.asgi import RETRY_AFTER_S, Handler, HttpError, Request, Response, WebApp
from functions.web.role_keys import (
    NoKeys,
    end_for_fresh_keys,
    has_role_keys,
    key_source_header,
    role_keys_of,
)
from functions.web.self_check import PATH as SELF_CHECK_PATH
from functions.web.self_check import Door

BODY_LIMIT_BYTES = 6_000_000  # SCF passes requests of up to 6 MB to a web function
LIMITS = AdmissionLimits(
    BODY_LIMIT_BYTES,
    bytes_at_once=4 * BODY_LIMIT_BYTES,
    requests_at_once=64,
    body_within_s=10.0,
)
COME_AGAIN = {"Retry-After": str(RETRY_AFTER_S)}
CODES = {
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    429: "too_busy",
    431: "head_too_large",
    500: "internal",
}


def create_app() -> WebApp:
    """Build the app from the environment. Raises ``ConfigError``."""
    start_logging(log_level(os.environ))
    return gateway(gateway_config(os.environ))


def gateway(config: GatewayConfig, limits: AdmissionLimits = LIMITS) -> WebApp:
    """Build the gateway's app: route each method and path to its handler."""
    links = Links(config.link_base_url, config.link_secrets)

    def show_picture(request: Request) -> Response:
        ledger = Ledger(Bucket(config.bucket, role_keys_of(request.headers, config.start_keys)))
        at = request.path_params
        return picture(ledger, links, at["job"], at["signature"], at["name"])

    parts = Parts("gateway", config.bucket, listed=f"{REQUESTS}{DOCTOR}")
    api = Api(config, links, ThreadPoolExecutor(WRITERS, "accept"))
    handlers = {("GET", "/i/{job}/{signature}/{name}"): show_picture, **api.handlers()}
    return WebApp(
        {door: _answering(handler) for door, handler in handlers.items()},
        limits=limits,
        warm=load_sdk,
        refuse=_refused,
        about=partial(key_source_header, config.start_keys),
        check=partial(_worker_is_silent, config),
        hidden={SELF_CHECK_PATH: Door(parts, config.start_keys, config.link_secrets)},
    )


def _worker_is_silent(config: GatewayConfig, request: Request) -> Response | None:
    """Answer a monitor's health check with 503 while the worker is silent.

    None while it is not, or while nobody can tell. The bot tells people, in Slack.
    """
    try:
        ledger = Ledger(Bucket(config.bucket, role_keys_of(request.headers, config.start_keys)))
        seconds = silent_for_s(ledger, after_s=config.choices.worker_silent_after_s)
    except (BucketUnavailable, KeysExpired, NoKeys) as error:
        log("the worker could not be looked after", error=type(error).__name__)
        return None
    if seconds is None:
        return None
    said = msgspec.json.encode({"worker": "silent", "silent_s": round(seconds)})
    return Response(503, said, {"Content-Type": "application/json"})


def _answering(handler: Handler) -> Handler:
    """Wrap a handler, to answer when it rejects the request or cannot reach the bucket."""

    def answer(request: Request) -> Response:
        try:
            return handler(request)
        except Rejected as rejected:
            return _said(request.path, rejected)
        except KeysExpired as error:
            log_crash("not answered", error)
            return _keys_expired(request)
        except (BucketUnavailable, NoKeys) as error:
            log_crash("not answered", error)
            return _said(request.path, Rejected(503, "come_again", headers=COME_AGAIN))

    return answer


def _keys_expired(request: Request) -> Response:
    answer = _said(request.path, Rejected(500, "come_again", headers=COME_AGAIN))
    # Only the environment's keys are renewed by a new start; a forged header must not end us.
    if has_role_keys(request.headers):
        return answer
    return msgspec.structs.replace(answer, after_send=end_for_fresh_keys)


def _refused(path: str, refusal: HttpError) -> Response:
    """Make the answer to a refusal that comes from the server, not from a handler."""
    detail = f"At most {BODY_LIMIT_BYTES} bytes." if refusal.status == 413 else ""
    code = CODES[refusal.status]
    return _said(path, Rejected(refusal.status, code, detail=detail, headers=refusal.headers))


def _said(path: str, rejected: Rejected) -> Response:
    """Answer programs with a problem document, and a person's browser with one sentence."""
    if path.startswith("/v1/"):
        return answer_of(rejected)
    return Response(rejected.status, TITLES[rejected.code] + ".", rejected.headers)
