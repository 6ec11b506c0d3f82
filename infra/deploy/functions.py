"""Compare the deployed functions with how they should be, in what serverless.yml cannot say."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from infra.deploy.changes import CallFailed, Change
from infra.deploy.cloud import ARREARS, TOP_UP, Cloud, NotThere
from infra.serverless_yml import Deployment
from infra.serverless_yml.deployment import Function

RETRIES, RETENTION_S = (
    0,
    300,
)  # of events: the open queue is in the bucket, so a lost event is made up for by the timer
SETTLE_LIMIT_S = 120.0
LOOK_EVERY_S = 0.5
# Which function's URL each of these variables holds.
URL_OF = {"LINK_BASE_URL": "gateway", "BOT_URL": "bot"}
UNSET = ("", "undefined")
AVAILABLE = "Available"


def changes(cloud: Cloud, deployed: Deployment, runtime: str) -> Iterator[Change]:
    """List the differences between the functions and how they should be.

    ``runtime`` is a Python version such as 3.10. If any function is missing, only that is listed.
    """
    missing = [one for one in deployed.functions.values() if _function(cloud, one.name) is None]
    if missing:
        yield Change(
            what="functions",
            now=f"not deployed: {', '.join(one.name for one in missing)}",
            wanted="deployed",
            remedy="Run `make package` and `scf deploy`, then this again.",
            stops=True,
        )
        return
    urls = {key: _url(cloud, deployed, key) for key in URL_OF.values()}
    for function in deployed.functions.values():
        yield from _available(cloud, function)
        yield from _triggers(cloud, deployed, function)
        yield from _runtime(cloud, function.name, f"Python{runtime}")
        yield from _configuration(cloud, function, urls)
        if function.kind == "event":
            yield from _one_instance(cloud, function)
            yield from _events(cloud, function)


def own_settings(cloud: Cloud, deployed: Deployment, environ: Mapping[str, str]) -> list[str]:
    """List the lines that .env still needs, so that the next ``scf deploy`` keeps the URLs."""
    lines = []
    for variable, key in URL_OF.items():
        try:
            url = _url(cloud, deployed, key)
        except NotThere:  # the function is not deployed yet
            url = ""
        if url and not environ.get(variable):
            lines.append(f"{variable}={url}")
    return lines


def _function(cloud: Cloud, name: str) -> dict[str, Any] | None:
    try:
        return cloud.scf("GetFunction", FunctionName=name)
    except NotThere:
        return None


def _runtime(cloud: Cloud, name: str, wanted: str) -> Iterator[Change]:
    """Propose the right Python for a function: ``scf deploy`` never changes it (toolkit 2.27.6)."""
    now = (_function(cloud, name) or {}).get("Runtime")
    if now != wanted:
        yield Change(
            what=f"{name}: runtime",
            now=str(now),
            wanted=f"{wanted}, as PYTHON_RUNTIME says and the package is built for",
            make=lambda: _settled(cloud, name, "UpdateFunctionConfiguration", Runtime=wanted),
        )


def _one_instance(cloud: Cloud, function: Function) -> Iterator[Change]:
    now = cloud.scf("GetReservedConcurrencyConfig", FunctionName=function.name).get("ReservedMem")
    wanted = function.memory_mb
    if now != wanted:
        yield Change(
            what=f"{function.name}: reserved concurrency",
            now=f"{now} MB" if now else "none",
            wanted=f"{wanted} MB, which is one instance",
            make=lambda: _settled(
                cloud,
                function.name,
                "PutReservedConcurrencyConfig",
                ReservedConcurrencyMem=wanted,
            ),
        )


def _events(cloud: Cloud, function: Function) -> Iterator[Change]:
    config = cloud.scf("GetFunctionEventInvokeConfig", FunctionName=function.name)
    config = config.get("AsyncTriggerConfig") or {}
    retries = [row.get("RetryNum") for row in config.get("RetryConfig") or []]
    if (retries, config.get("MsgTTL")) != ([RETRIES], RETENTION_S):
        wanted = {"RetryConfig": [{"RetryNum": RETRIES}], "MsgTTL": RETENTION_S}
        yield Change(
            what=f"{function.name}: events",
            now=f"retried {retries}, kept {config.get('MsgTTL')} s",
            wanted=f"retried {RETRIES}, kept {RETENTION_S} s",
            make=lambda: _settled(
                cloud,
                function.name,
                "UpdateFunctionEventInvokeConfig",
                AsyncTriggerConfig=wanted,
            ),
        )


def _available(cloud: Cloud, function: Function) -> Iterator[Change]:
    """Report a function that SCF does not run. (In arrears, its ``Status`` is still Active.)"""
    now = (_function(cloud, function.name) or {}).get("AvailableStatus") or AVAILABLE
    if now != AVAILABLE:
        yield Change(
            what=f"{function.name}: whether SCF runs it",
            now=f"AvailableStatus {now}" + (", in arrears" if now == ARREARS else ""),
            wanted=AVAILABLE,
            remedy=TOP_UP if now == ARREARS else "Look at the function in the console.",
        )


def _configuration(cloud: Cloud, function: Function, urls: Mapping[str, str]) -> Iterator[Change]:
    found = _function(cloud, function.name) or {}
    several = (found.get("InstanceConcurrencyConfig") or {}).get("MaxConcurrency") or 1
    if function.kind == "web" and several != function.concurrency:
        config = {"DynamicEnabled": "FALSE", "MaxConcurrency": function.concurrency}
        yield Change(
            what=f"{function.name}: requests at once in an instance",
            now=str(several),
            wanted=str(function.concurrency),
            make=lambda: _settled(
                cloud,
                function.name,
                "UpdateFunctionConfiguration",
                InstanceConcurrencyConfig=config,
            ),
        )
    yield from _urls_known(cloud, function, urls)


def _urls_known(cloud: Cloud, function: Function, urls: Mapping[str, str]) -> Iterator[Change]:
    """Propose to set a function's URL variables that are not set; others stay as they are."""
    now = _environment(cloud, function.name)
    for variable, key in URL_OF.items():
        if variable not in function.environment or not urls[key]:
            continue
        if now.get(variable, "") in UNSET:
            yield Change(
                what=f"{function.name}: {variable}",
                now="not set",
                wanted=urls[key],
                make=partial(_set, cloud, function.name, variable, urls[key]),
            )


def _environment(cloud: Cloud, name: str) -> dict[str, str]:
    found = _function(cloud, name) or {}
    pairs = (found.get("Environment") or {}).get("Variables") or []
    return {pair["Key"]: pair["Value"] for pair in pairs}


def _set(cloud: Cloud, name: str, variable: str, value: str) -> None:
    """Set one variable, by a call that replaces all of them."""
    fresh = {**_environment(cloud, name), variable: value}
    pairs = [{"Key": key, "Value": one} for key, one in fresh.items()]
    _settled(cloud, name, "UpdateFunctionConfiguration", Environment={"Variables": pairs})


def _settled(cloud: Cloud, name: str, action: str, **fields: Any) -> None:
    """Change a function, and wait until it is active again. Raises ``CallFailed``."""
    cloud.scf(action, FunctionName=name, **fields)
    deadline = time.monotonic() + SETTLE_LIMIT_S
    while (_function(cloud, name) or {}).get("Status") != "Active":
        if time.monotonic() > deadline:
            raise CallFailed(f"{name} is not active yet", "Look at it in the console; run again.")
        time.sleep(LOOK_EVERY_S)


def _listed(cloud: Cloud, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = cloud.scf("ListTriggers", FunctionName=name, Limit=100)["Triggers"]
    return rows


def _url(cloud: Cloud, deployed: Deployment, key: str) -> str:
    """Find a function's URL in its triggers' descriptions; empty if there is none.

    The field that holds it is not documented, so it is recognised by its form (583/96099).
    """
    form = re.compile(rf"https://[\w.-]+\.{re.escape(cloud.region)}\.tencentscf\.com")
    for row in _listed(cloud, deployed.functions[key].name):
        if row["Type"] == "http" and (found := form.search(str(row["TriggerDesc"]))):
            return found[0]
    return ""


def _triggers(cloud: Cloud, deployed: Deployment, function: Function) -> Iterator[Change]:
    """Report triggers of serverless.yml that are missing or off: only ``scf deploy`` makes them."""
    wanted = {
        "http": function.key in deployed.urls,
        "cos": any(one.function == function.key for one in deployed.objects),
        "timer": any(one.function == function.key for one in deployed.timers),
    }
    rows = _listed(cloud, function.name)
    for kind, is_wanted in wanted.items():
        works = [row for row in rows if row["Type"] == kind and row["Enable"] and _open(row)]
        if is_wanted and not works:
            yield Change(
                what=f"{function.name}: {kind} trigger",
                now="not there, closed or switched off",
                wanted="there and on",
                remedy="Run `scf deploy` again, or switch it on in the console.",
            )


def _open(row: Mapping[str, Any]) -> bool:
    """Say whether Slack can reach a function URL; True for every other trigger."""
    if row["Type"] != "http":
        return True
    try:
        description = json.loads(row["TriggerDesc"])
    except ValueError:
        return False
    return bool(description.get("NetConfig", {}).get("EnableExtranet")) and (
        description.get("AuthType") == "NONE"
    )
