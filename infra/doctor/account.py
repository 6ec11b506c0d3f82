"""Check roles and functions in the account, with the comparisons of ``infra.deploy check``."""

from collections.abc import Iterator

from infra.deploy import functions, roles
from infra.deploy.changes import CallFailed, Change
from infra.deploy.cloud import Cloud, NotThere, connect
from infra.doctor.finding import Environ, Finding, ok, skipped, wrong
from infra.dotenv import SERVERLESS_YML, NotSet, python_runtime
from infra.serverless_yml import Deployment, DeploymentError
from infra.serverless_yml import read as read_deployment


def check(environ: Environ) -> Iterator[Finding]:
    """Check policies, reserved concurrency, retries, URLs and triggers."""
    try:
        cloud, deployed = connect(environ), read_deployment(SERVERLESS_YML, environ)
        runtime = python_runtime(environ)
    except (NotSet, DeploymentError) as error:
        yield skipped("account", str(error))
        return
    try:
        differences = list(_differences(cloud, deployed, runtime))
    except CallFailed as error:
        yield wrong("account", str(error), error.remedy)
        return
    except NotThere as error:
        yield wrong("account", f"something went away while it was looked at ({error})", "Again.")
        return
    for one in differences:
        do = one.remedy or "python -m infra.deploy apply"
        yield wrong("account", f"{one.what}: {one.now}, should be {one.wanted}", do)
    if not differences:
        yield ok("account", "roles, concurrency, retries, URLs and triggers are as they should be")


def _differences(cloud: Cloud, deployed: Deployment, runtime: str) -> Iterator[Change]:
    role_of = {key: one.role for key, one in deployed.functions.items() if one.role}
    yield from roles.changes(cloud, role_of)
    yield from functions.changes(cloud, deployed, runtime)
