"""Check a deployment; print for each thing whether it is right, and what to do if it is not.

Reads the operator's environment and .env. Leaves nothing behind and costs nothing. The exit code is
0 if nothing is worse than a warning, and 1 if something is wrong or could not be checked.

``--blocks`` only asks Slack to judge every message and view that the product can show. ``--live``
paints one picture, at the usual price, and writes what it learnt to FILE.
"""

import argparse
import logging
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import msgspec

from infra.doctor import (
    account,
    aiart,
    blocks,
    cos,
    endpoints,
    live,
    role_keys,
    self_checks,
    slack,
    variables,
)
from infra.doctor.finding import Check, Environ, Finding, wrong
from infra.dotenv import operator_environment

CHECKS: dict[str, Check] = {
    "variables": variables.check,
    "slack": slack.check,
    "bucket": cos.check,
    "aiart": aiart.check,
    "account": account.check,
    "bot": endpoints.check_bot,
    "links": endpoints.check_links,
    "role keys": role_keys.check,
    "self-checks": self_checks.check,
}


def main() -> int:
    """Run the checks that the arguments choose. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="a list of objects for programs")
    parser.add_argument("--blocks", action="store_true", help="ask Slack to judge what is shown")
    parser.add_argument("--live", type=Path, metavar="FILE", help="paint one picture, to be paid")
    parser.add_argument("--yes", action="store_true", help="with --live: do not ask before")
    arguments = parser.parse_args()
    if arguments.live and not (arguments.yes or _agrees()):
        _say("Nothing was done. --yes agrees beforehand.")
        return 1
    checks = _chosen(arguments)
    # The COS client logs requests with their keys, and refusals that are expected here.
    logging.getLogger("qcloud_cos").setLevel(logging.CRITICAL + 1)
    found = []
    for finding in examine(operator_environment(), checks):
        found.append(finding)
        if not arguments.json:
            _say(finding.line())
    if arguments.json:
        _say(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    return 0 if all(one.state in {"ok", "warning"} for one in found) else 1


def _chosen(arguments: argparse.Namespace) -> Mapping[str, Check]:
    if arguments.live:
        return {"live": partial(live.check, file=arguments.live)}
    return {"blocks": blocks.check} if arguments.blocks else CHECKS


def _agrees() -> bool:
    """Ask somebody at a terminal whether to pay for a picture. False without a terminal."""
    if not sys.stdin.isatty():
        return False
    question = "This paints one picture, which your Tencent account pays for. Go on? [y/N] "
    return input(question).strip().lower() in {"y", "yes"}


def examine(environ: Environ, checks: Mapping[str, Check] = CHECKS) -> Iterator[Finding]:
    """Run every check; one that raises becomes a finding and does not stop the others."""
    for name, check in checks.items():
        try:
            yield from check(environ)
        except Exception as error:  # noqa: BLE001  # the other checks are still of use
            # The type only: a client's text may hold a signed URL.
            yield wrong(name, f"the check itself failed ({type(error).__name__})", "Report it.")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
