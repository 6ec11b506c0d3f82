"""Check by their health checks how the two web functions get their role's keys."""

from collections.abc import Iterator

import requests

from functions.web.role_keys import WAY_HEADER
from infra.doctor.finding import Environ, Finding, ok, skipped, wrong
from infra.doctor.platform import not_the_function

TIMEOUT_S = 15.0  # a cold start included
URLS = {"bot": "BOT_URL", "gateway": "LINK_BASE_URL"}
WORKING = {
    "headers": "come fresh with each request, in headers",
    "environment": "are those of its start; when they are over, in six hours at the latest, one "
    "request fails and the platform starts it afresh",
}


def check(environ: Environ) -> Iterator[Finding]:
    """Ask each web function once; a header of its answer names the source of its keys."""
    for function, variable in URLS.items():
        name, url = f"{function}'s role keys", environ.get(variable, "")
        if url:
            yield _asked(name, function, f"{url}/healthz", variable)
        else:
            yield skipped(name, f"unknown: {variable} is not set", "python -m infra.deploy apply")


def _asked(name: str, function: str, url: str, variable: str) -> Finding:
    try:
        answer = requests.get(url, timeout=TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        return skipped(
            name,
            f"unknown: no answer from {variable} ({type(error).__name__})",
            f"See that {variable} is the function URL, and that it is open to the internet.",
        )
    for found in not_the_function(name, function, answer):
        return found
    way = answer.headers.get(WAY_HEADER, "")
    if way in WORKING:
        return ok(name, WORKING[way])
    if way == "none":
        return wrong(
            name,
            "come neither with requests nor from the environment: it cannot reach the bucket",
            f"Give {function} its role (python -m infra.deploy apply, then scf deploy).",
        )
    return skipped(
        name,
        f"unknown: {variable} answered {answer.status_code} and did not say",
        f"See that {variable} is the function URL of {function}, and deploy the current package.",
    )
