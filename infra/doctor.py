"""``python -m infra.doctor [--json]``: what is wrong with a deployment, and what to do about it.

Reads the operator's environment and .env; one line for each thing looked at. Leaves nothing behind
and costs nothing. Exit code 0: all is well (a warning included), 1: something is wrong or could not
be looked at.
"""

import argparse
import logging
import sys
from collections.abc import Iterator

import msgspec

from infra.checkup import account, aiart, cos, front, keys, settings, slack
from infra.checkup.finding import Check, Environ, Finding, wrong
from infra.operator import operator_environment

CHECKS: dict[str, Check] = {
    "variables": settings.check,
    "slack": slack.check,
    "bucket": cos.check,
    "aiart": aiart.check,
    "account": account.check,
    "bot": front.check_bot,
    "links": front.check_links,
    "role keys": keys.check,
}


def main() -> int:
    """Gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="a list of objects for programs")
    as_json = parser.parse_args().json
    # The COS client logs requests with their keys, and refusals that are expected here.
    logging.getLogger("qcloud_cos").setLevel(logging.CRITICAL + 1)
    found = []
    for finding in examine(operator_environment()):
        found.append(finding)
        if not as_json:
            _say(finding.line())
    if as_json:
        _say(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    return 0 if all(one.state in {"ok", "warning"} for one in found) else 1


def examine(environ: Environ) -> Iterator[Finding]:
    """Every check, each on its own: one that breaks does not hide the others."""
    for name, check in CHECKS.items():
        try:
            yield from check(environ)
        except Exception as error:  # noqa: BLE001  # a doctor who faints helps nobody
            # The type only: a client's text may hold a signed URL.
            yield wrong(name, f"the check itself failed ({type(error).__name__})", "Report it.")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
