"""Set up what ``scf deploy`` leaves undone: the bucket, roles, concurrency, retries and URLs.

``plan`` shows what would change, ``apply`` shows it and does it, ``check`` fails if anything is not
as it should be. All three can be run at any time and any number of times. They delete nothing, and
leave alone what was made by others. Run ``apply`` before the first ``scf deploy`` (bucket, roles)
and after every one (concurrency, retries, URLs). ``rollout``, which is ``make deploy``, does all of
it and ``scf deploy`` in order.
"""

import argparse
import logging
import sys
from collections.abc import Iterator, Mapping

from infra.deploy import bucket, functions, roles
from infra.deploy.changes import Area, CallFailed, Change
from infra.deploy.cloud import Cloud, NotThere, connect
from infra.deploy.rollout import Rollout
from infra.dotenv import SERVERLESS_YML, NotSet, operator_environment, python_runtime
from infra.serverless_yml import Deployment, DeploymentError
from infra.serverless_yml import read as read_deployment

OK, NOT_AS_IT_SHOULD_BE, UNUSABLE = 0, 1, 2


def main() -> int:
    """Run the command that the operator named. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    parser.add_argument("command", choices=("plan", "apply", "check", "rollout"))
    # The COS client logs requests with their keys, and every refusal that is expected here.
    logging.getLogger("qcloud_cos").setLevel(logging.CRITICAL + 1)
    command, environ = parser.parse_args().command, operator_environment()
    if command == "rollout":
        return OK if Rollout(environ, say).run() else NOT_AS_IT_SHOULD_BE
    return run(command, environ)


def run(command: str, environ: Mapping[str, str]) -> int:
    """Plan, apply or check with the operator's settings. Return the exit code."""
    try:
        cloud, deployed = connect(environ), read_deployment(SERVERLESS_YML, environ)
        kept, runtime = bucket.retention(environ), python_runtime(environ)
    except (NotSet, DeploymentError) as reason:
        say(f"Nothing was looked at. {reason}")
        return UNUSABLE
    try:
        return _run(command, _areas(cloud, deployed, kept, runtime), cloud, deployed, environ)
    except CallFailed as failed:
        say(f"Stopped. {failed}\n    do      {failed.remedy}")
        return UNUSABLE
    except NotThere as gone:
        say(
            f"Stopped. Something went away while it was looked at ({gone}).\n    do      Run again."
        )
        return UNUSABLE


def say(text: str) -> None:
    """Write one or more lines for the operator, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _areas(cloud: Cloud, deployed: Deployment, kept: bucket.Retention, runtime: str) -> list[Area]:
    role_of = {key: one.role for key, one in deployed.functions.items() if one.role}
    return [
        lambda: bucket.changes(cloud, kept),
        lambda: roles.changes(cloud, role_of),
        lambda: functions.changes(cloud, deployed, runtime),
    ]


def _run(
    command: str,
    areas: list[Area],
    cloud: Cloud,
    deployed: Deployment,
    environ: Mapping[str, str],
) -> int:
    left = _applied(areas) if command == "apply" else _shown(_all(areas))
    if left:
        say(f"{left} to do: python -m infra.deploy apply" if command != "apply" else f"{left} left")
        if command != "apply":
            return OK if command == "plan" else NOT_AS_IT_SHOULD_BE
    else:
        say("Everything is as it should be.")
    for line in functions.own_settings(cloud, deployed, environ):
        say(f"Add to your .env, or the next scf deploy forgets it:  {line}")
    return NOT_AS_IT_SHOULD_BE if left else OK


def _all(areas: list[Area]) -> Iterator[Change]:
    for area in areas:
        yield from area()


def _shown(changes: Iterator[Change]) -> int:
    count = 0
    for count, change in enumerate(changes, 1):  # noqa: B007  # the last one is the number
        say("\n".join(change.lines()))
    return count


def _applied(areas: list[Area]) -> int:
    """Make all changes that can be made, in order; return how many are left for a person.

    Stops at a change for a person that has to come before the others. Raises ``CallFailed``.
    """
    left = 0
    for change in _all(areas):
        say("\n".join(change.lines()))
        if change.make:
            change.make()
            say("    done")
            continue
        left += 1
        if change.stops:
            say("Stopped there; what comes after it was not looked at.")
            break
    return left


if __name__ == "__main__":
    sys.exit(main())
