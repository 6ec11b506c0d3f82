"""Hold one Tencent account: functions as ``scf deploy`` left them, roles and policies."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.vendor_error import Refused
from infra.serverless_yml.deployment import Deployment, Function

DEFAULT_RETRIES, DEFAULT_TTL_S = 2, 21_600  # of tencent-component-toolkit, and of the cloud
Json = dict[str, Any]


@dataclass
class Deployed:
    """Hold one function. ``busy`` is how many more GetFunction calls see it being updated.

    ``available_status`` is ``InsufficientBalance`` in an account in arrears.
    """

    name: str
    kind: str
    runtime: str
    memory_mb: int
    timeout_s: int
    role: str
    environment: dict[str, str]
    concurrency: int
    triggers: list[Json]
    reserved_mb: int | None = None
    retries: int = DEFAULT_RETRIES
    ttl_s: int = DEFAULT_TTL_S
    busy: int = 0
    available_status: str = "Available"

    def write(self) -> None:
        """Check that no change is under way before a new one. Raises ``Refused``."""
        if self.busy:
            raise Refused("FailedOperation.FunctionStatusError", "The function is being updated.")


@dataclass
class Policy:
    """Hold a policy of the account's own."""

    id: int
    name: str
    document: str
    description: str


@dataclass
class Role:
    """Hold a role with the ids of its policies."""

    id: str
    name: str
    document: str
    description: str
    policies: list[int] = field(default_factory=list)


class Account:
    """Hold everything that the two APIs read and change."""

    def __init__(self, invoke_at: str = "") -> None:
        """Make an empty account whose functions run at ``invoke_at``, the SCF stand-in."""
        self.invoke_at = invoke_at
        self.keys: dict[str, str] = {}  # each function's key in serverless.yml, by its name
        self.functions: dict[str, Deployed] = {}
        self.roles: dict[str, Role] = {}
        self.policies: dict[int, Policy] = {}

    def deploy(self, deployment: Deployment) -> None:
        """Update all functions as ``scf deploy`` does.

        Of an existing function, the runtime, the reserved memory and the event settings stay; any
        other setting that serverless.yml does not name gets its default.
        """
        for key, one in deployment.functions.items():
            before = self.functions.get(one.name)
            fresh = _deployed(one, _triggers(deployment, key))
            if before:
                fresh.runtime = before.runtime  # tencent-component-toolkit does not update this
                fresh.reserved_mb = before.reserved_mb
                fresh.retries, fresh.ttl_s = before.retries, before.ttl_s
            self.functions[one.name] = fresh
            self.keys[one.name] = key

    def function(self, name: str) -> Deployed:
        """Find a function by its name. Raises ``Refused`` (ResourceNotFound.Function)."""
        if name not in self.functions:
            raise Refused("ResourceNotFound.Function", "The function does not exist.")
        return self.functions[name]

    def role(self, name: str) -> Role:
        """Find a role by its name. Raises ``Refused`` (InvalidParameter.RoleNotExist)."""
        if name not in self.roles:
            raise Refused("InvalidParameter.RoleNotExist", "The role does not exist.")
        return self.roles[name]

    def policy(self, number: int) -> Policy:
        """Find a policy by its id. Raises ``Refused`` (ResourceNotFound.PolicyIdNotFound)."""
        if number not in self.policies:
            raise Refused("ResourceNotFound.PolicyIdNotFound", "The policy does not exist.")
        return self.policies[number]

    def policy_named(self, name: str) -> Policy:
        """Find a policy by its name. Raises ``StopIteration``."""
        return next(one for one in self.policies.values() if one.name == name)

    def clear(self) -> None:
        """Remove all functions, roles and policies."""
        self.functions.clear()
        self.roles.clear()
        self.policies.clear()

    def new_number(self) -> int:
        """Make an id for a new role or policy."""
        return 4_611_686_018_427_387_904 + len(self.roles) + len(self.policies)

    def show(self) -> Json:
        """Show the account to people and tests: variables by name only, as values are secrets."""
        return {
            "functions": {
                name: {**vars(one), "environment": sorted(one.environment)}
                for name, one in self.functions.items()
            },
            "roles": {name: vars(one) for name, one in self.roles.items()},
            "policies": {one.name: vars(one) for one in self.policies.values()},
        }


def _deployed(function: Function, triggers: list[Json]) -> Deployed:
    return Deployed(
        name=function.name,
        kind=function.kind,
        runtime=function.runtime,
        memory_mb=function.memory_mb,
        timeout_s=function.timeout_s,
        role=function.role,
        environment=dict(function.environment),
        concurrency=function.concurrency,
        triggers=triggers,
    )


def _triggers(deployment: Deployment, key: str) -> list[Json]:
    """List a function's triggers as ListTriggers does; its URL is in its trigger's NetConfig."""
    found = []
    if key in deployment.urls:
        url = deployment.urls[key]
        at = f"https://1250000000-{key}url.{deployment.region}.tencentscf.com"
        net = {"EnableExtranet": url.extranet, "ExtranetUrl": at if url.extranet else ""}
        found.append(_trigger("http", "url-trigger", {"AuthType": url.auth, "NetConfig": net}))
    for created in deployment.objects:
        if created.function == key:
            name = f"{created.bucket}.cos.{deployment.region}.myqcloud.com"
            where = {"Prefix": created.prefix, "Suffix": created.suffix}
            what = {"event": created.events, "filter": where}
            found.append(_trigger("cos", name, what, on=created.enabled))
    found += [
        _trigger("timer", timer.name, {"cron": "0 * * * * * *"}, on=timer.enabled)
        for timer in deployment.timers
        if timer.function == key
    ]
    return found


def _trigger(kind: str, name: str, description: Mapping[str, Any], *, on: bool = True) -> Json:
    return {
        "Type": kind,
        "TriggerName": name,
        "TriggerDesc": json.dumps(description),
        "Enable": int(on),
        "Qualifier": "$DEFAULT",
        "AvailableStatus": "Available",
        "AddTime": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
    }
