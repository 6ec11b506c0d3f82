"""Read the functions and triggers of serverless.yml, check them, and fill in SCF's defaults.

Sources: Tencent document 1154/129052 (``component: multi-scf``); tencent-component-toolkit 2.27
(``src/modules/scf`` and ``src/modules/triggers``: the fields' names and defaults, among them a
timeout of 3 s, ``enable`` and ``enableExtranet`` false); 583/11637 (limits); 583/14570 and the
environment page of the same platform at docs.cloudbase.net (names of variables).
Documented fields that the stand-in for SCF does not support are refused like misspelt ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from infra.serverless_yml import schema, source
from infra.serverless_yml.cron import Cron
from infra.serverless_yml.source import DeploymentError

ENVIRONMENT_LIMIT_BYTES = 4096
RESERVED_NAMES = ("SCF_", "QCLOUD_", "TENCENTCLOUD_")

T = TypeVar("T")


@dataclass(frozen=True)
class Function:
    """Describe one function. ``key`` is its name in the file, ``name`` the deployed one."""

    key: str
    name: str
    kind: str  # "event" | "web"
    runtime: str  # "Python3.10"
    handler: str
    memory_mb: int
    timeout_s: int
    init_timeout_s: int
    role: str  # "" = no credentials
    environment: Mapping[str, str]
    concurrency: int  # requests at once in one instance; an event function has one event


@dataclass(frozen=True)
class UrlTrigger:
    """Describe a function's URL: who may call it, and from where."""

    function: str
    auth: str  # "NONE" | "CAM"
    extranet: bool


@dataclass(frozen=True)
class ObjectTrigger:
    """Describe a COS trigger: which events of which objects invoke the function."""

    function: str
    bucket: str  # NAME-APPID
    prefix: str
    suffix: str
    events: str
    enabled: bool


@dataclass(frozen=True)
class TimerTrigger:
    """Describe a timer. ``message`` reaches the function as the event's ``Message``."""

    function: str
    name: str
    cron: Cron
    message: str
    enabled: bool


@dataclass(frozen=True)
class Deployment:
    """Hold everything that the file deploys."""

    region: str
    functions: Mapping[str, Function]
    urls: Mapping[str, UrlTrigger]  # by function
    objects: tuple[ObjectTrigger, ...]
    timers: tuple[TimerTrigger, ...]


def read(path: Path, environ: Mapping[str, str]) -> Deployment:
    """Read the deployment that ``path`` describes; ``${env:X}`` is resolved from ``environ``.

    Raises ``DeploymentError``, whose message starts with the place in the file.
    """
    document = _as(schema.File, source.read(path, environ), path.name)
    inputs = _as(schema.Inputs, document.inputs, "inputs")
    common = {key: value for key, value in document.inputs.items() if key not in _OWN_OF_INPUTS}
    _as(schema.Function, common, "inputs")
    prefix = f"{document.name}-{document.stage}-{document.app}"
    functions = {
        key: _function(key, {**common, **own}, prefix) for key, own in inputs.functions.items()
    }
    triggers = list(enumerate(inputs.triggers))
    for n, raw in triggers:
        _check_target(raw, functions, f"inputs.triggers[{n}]")
    deployment = Deployment(
        region=inputs.region,
        functions=functions,
        urls={raw["function"]: _url(raw, n) for n, raw in triggers if raw["type"] == "http"},
        objects=tuple(
            _object(raw, n, inputs.region) for n, raw in triggers if raw["type"] == "cos"
        ),
        timers=tuple(_timer(raw, n) for n, raw in triggers if raw["type"] == "timer"),
    )
    _refuse_overlaps(deployment.objects)
    return deployment


_OWN_OF_INPUTS = frozenset(schema.Inputs.__struct_encode_fields__)


def _as(kind: type[T], value: object, place: str) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        raise DeploymentError(f"{place}{where.removesuffix('`')}: {message}") from error


def _function(key: str, raw: Mapping[str, Any], prefix: str) -> Function:
    place = f"inputs.functions.{key}"
    shape = _as(schema.Function, raw, place)
    if not shape.runtime.startswith("Python"):
        raise DeploymentError(f"{place}.runtime: only Python is run here, not {shape.runtime}")
    if shape.type == "event" and not re.fullmatch(r"\w+(\.\w+)+", shape.handler):
        raise DeploymentError(f"{place}.handler: module.function was expected")
    if shape.memory_size != 64 and shape.memory_size % 128:
        raise DeploymentError(f"{place}.memorySize: 64 or a multiple of 128 was expected")
    several = shape.instance_concurrency_config
    return Function(
        key=key,
        name=shape.name or f"{prefix}-{key}",
        kind=shape.type,
        runtime=shape.runtime,
        handler=shape.handler,
        memory_mb=shape.memory_size,
        timeout_s=shape.timeout,
        init_timeout_s=shape.init_timeout,
        role=shape.role,
        environment=_environment(shape.environments, f"{place}.environments"),
        concurrency=several.max_concurrency if several and several.enable else 1,
    )


def _environment(pairs: list[schema.Variable], place: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        if pair.key in found:
            raise DeploymentError(f"{place}: {pair.key} stands twice")
        if pair.key.startswith(RESERVED_NAMES):
            raise DeploymentError(f"{place}: {pair.key} is a reserved name")
        found[pair.key] = str(pair.value)
    size = sum(len(key.encode()) + len(value.encode()) for key, value in found.items())
    if size > ENVIRONMENT_LIMIT_BYTES:
        raise DeploymentError(f"{place}: {size} bytes, {ENVIRONMENT_LIMIT_BYTES} are allowed")
    return found


def _check_target(raw: object, functions: Mapping[str, Function], place: str) -> None:
    shape = _as(schema.AnyTrigger, raw, place)
    function = functions.get(shape.function)
    if function is None:
        raise DeploymentError(f"{place}.function: there is no function {shape.function!r}")
    wanted = "web" if shape.type == "http" else "event"
    if function.kind != wanted:
        raise DeploymentError(
            f"{place}: a trigger of type {shape.type} needs a function of type {wanted}, "
            f"{function.key} is of type {function.kind}"
        )


def _url(raw: object, n: int) -> UrlTrigger:
    shape = _as(schema.Http, raw, f"inputs.triggers[{n}]")
    parameters = shape.parameters
    return UrlTrigger(
        function=shape.function,
        auth=parameters.auth_type,
        extranet=parameters.net_config.enable_extranet,
    )


def _object(raw: object, n: int, region: str) -> ObjectTrigger:
    place = f"inputs.triggers[{n}]"
    shape = _as(schema.Cos, raw, place)
    parameters = shape.parameters
    bucket, _, domain = parameters.bucket.partition(".")
    if domain != f"cos.{region}.myqcloud.com":
        raise DeploymentError(
            f"{place}.parameters.bucket: NAME-APPID.cos.{region}.myqcloud.com was expected, "
            "in the function's region"
        )
    return ObjectTrigger(
        function=shape.function,
        bucket=bucket,
        prefix=parameters.filter.prefix,
        suffix=parameters.filter.suffix,
        events=parameters.events,
        enabled=parameters.enable,
    )


def _timer(raw: object, n: int) -> TimerTrigger:
    place = f"inputs.triggers[{n}]"
    shape = _as(schema.Timer, raw, place)
    parameters = shape.parameters
    try:
        cron = Cron.parse(parameters.cron_expression)
    except ValueError as error:
        raise DeploymentError(f"{place}.parameters.cronExpression: {error}") from error
    return TimerTrigger(
        function=shape.function,
        name=parameters.name,
        cron=cron,
        message=parameters.argument,
        enabled=parameters.enable,
    )


def _refuse_overlaps(triggers: tuple[ObjectTrigger, ...]) -> None:
    """Refuse two triggers for the same event of one object in a bucket (583/9707)."""
    for n, one in enumerate(triggers):
        for other in triggers[:n]:
            prefixes = sorted((one.prefix, other.prefix), key=len)
            suffixes = sorted((one.suffix, other.suffix), key=len)
            if (
                one.bucket == other.bucket
                and _same_event(one.events, other.events)
                and prefixes[1].startswith(prefixes[0])
                and suffixes[1].endswith(suffixes[0])
            ):
                raise DeploymentError(
                    f"inputs.triggers: two COS triggers overlap on {one.bucket}, "
                    f"prefix {prefixes[1]!r}, suffix {suffixes[1]!r}"
                )


def _same_event(one: str, other: str) -> bool:
    (kind, action), (other_kind, other_action) = one.rsplit(":", 1), other.rsplit(":", 1)
    return kind == other_kind and (action == other_action or "*" in {action, other_action})
