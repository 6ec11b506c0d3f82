"""Check aiart with a call that it refuses at no cost: one without a photo's address."""

from collections.abc import Iterator

from functions.config import AiartConfig
from functions.worker.aiart import Aiart
from infra.deploy.cloud import TIMEOUT_S, operator_keys
from infra.doctor.finding import Environ, Finding, ok, skipped, wrong
from infra.dotenv import NotSet

REFUSED_AS_MEANT = ("InvalidParameter", "MissingParameter", "FailedOperation.Image")
MEANINGS = {
    "AuthFailure.UnauthorizedOperation": (
        "{whose} keys may not call it",
        "Allow aiart:ReplaceBackground (infra/roles/worker.json does for the worker).",
    ),
    "AuthFailure": ("{whose} keys are not taken", "Check them, and this machine's clock."),
    "ResourceUnavailable": (
        "the account cannot use it",
        "Switch the service on in the console, and see that the account is not in arrears.",
    ),
    "ResourcesSoldOut": ("the account is not charged", "Look at the billing page of the console."),
    "UnsupportedRegion": ("it is not offered there", "Set AIART_REGION to ap-guangzhou."),
    "RequestLimitExceeded": ("it is busy just now", "Run the doctor again in a minute."),
}
OTHERWISE = ("it did not answer as expected", "Check AIART_ENDPOINT, and the way out from there.")


def check(environ: Environ) -> Iterator[Finding]:
    """Make one call that is refused at no cost, and judge the refusal."""
    region = environ.get("AIART_REGION", "")
    if not region:
        yield skipped("aiart", "AIART_REGION is not set")
        return
    try:
        keys = operator_keys(environ)
    except NotSet as error:
        yield skipped("aiart", str(error))
        return
    config = AiartConfig(region, environ.get("AIART_ENDPOINT", ""), 1, TIMEOUT_S)
    yield meaning(*Aiart(config, keys).refusal())


def meaning(code: str, request_id: str, *, name: str = "aiart", whose: str = "your") -> Finding:
    """Judge aiart's error code for a call that it should refuse; empty: it refused nothing.

    ``name`` is the finding's, ``whose`` says with whose keys the call was made.
    """
    if not code:
        return wrong(name, "took a request without a picture", "See whether it was billed.")
    if code.startswith(REFUSED_AS_MEANT):
        return ok(name, f"answers and takes {whose} keys (refused for free with {code})")
    found = next((MEANINGS[begin] for begin in MEANINGS if code.startswith(begin)), OTHERWISE)
    number = f", RequestId {request_id}" if request_id else ""
    return wrong(name, f"{found[0].format(whose=whose)} ({code}{number})", found[1])
