"""Define the mappings of serverless.yml with their fields, limits and defaults.

An unknown field is an error. The defaults are the platform's own, even those that we never want.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Text = Annotated[str, Meta(min_length=1)]
Qualifier = Literal["$DEFAULT", "$LATEST"]
Name = Annotated[str, Meta(pattern=r"^([A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9])?$")]


class _Shape(Struct, forbid_unknown_fields=True, rename="camel"):
    """Describe a mapping of the file in which an unknown field is an error."""


class File(_Shape):
    """Describe the whole file."""

    app: Text
    component: Literal["multi-scf"]
    name: Text
    inputs: dict[str, Any]
    stage: str = "dev"


class Source(_Shape):
    """Describe the folder that is uploaded, and the files left out of it."""

    src: Text
    exclude: list[str] = []


class Inputs(Struct, rename="camel"):
    """Describe the fields of ``inputs``, except those that set defaults for its functions."""

    src: Source
    functions: Annotated[dict[Name, dict[str, Any]], Meta(min_length=1)]
    region: Annotated[str, Meta(pattern=r"^[a-z]{2}-[a-z]+(-[a-z]+)*$")] = "ap-guangzhou"
    triggers: list[Any] = []


class Variable(_Shape):
    """Describe an environment variable."""

    key: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{1,63}$")]
    value: str | int


class Concurrency(_Shape):
    """Describe ``instanceConcurrencyConfig``: the requests that a web instance takes at once."""

    enable: bool = False
    dynamic_enabled: Literal[False] = False
    max_concurrency: Annotated[int, Meta(ge=2, le=100)] = 2


class Function(_Shape):
    """Describe a function, or the defaults for all functions in ``inputs``."""

    name: Name = ""
    description: str = ""
    type: Literal["event", "web"] = "event"
    handler: str = ""
    runtime: Literal["Python3.7", "Python3.9", "Python3.10", "Python3.11", "Nodejs12.16"] = (
        "Nodejs12.16"
    )
    memory_size: Annotated[int, Meta(ge=64, le=3072)] = 128
    timeout: Annotated[int, Meta(ge=1, le=900)] = 3
    init_timeout: Annotated[int, Meta(ge=3, le=300)] = 65
    role: str = ""
    environments: list[Variable] = []
    instance_concurrency_config: Concurrency | None = None
    public_access: bool = True


class AnyTrigger(Struct):
    """Describe the fields of every trigger."""

    type: Literal["http", "cos", "timer"]
    function: Text
    parameters: dict[str, Any]


class NetConfig(_Shape):
    """Describe from where a function URL can be reached."""

    enable_extranet: bool = False
    enable_intranet: bool = False


class HttpParameters(_Shape):
    """Describe a function URL's parameters (``triggers/http.ts``)."""

    qualifier: Qualifier = "$DEFAULT"
    name: str = "url-trigger"
    auth_type: Literal["NONE", "CAM"] = "NONE"
    net_config: NetConfig = field(default_factory=NetConfig)


class Http(_Shape):
    """Describe a function URL, which is a trigger of type ``http``."""

    type: Literal["http"]
    function: str
    parameters: HttpParameters


class CosFilter(_Shape):
    """Describe the objects whose events count, by prefix and suffix."""

    prefix: str = ""
    suffix: str = ""


class CosParameters(_Shape):
    """Describe a COS trigger's parameters (``triggers/cos.ts``)."""

    bucket: Text
    events: Annotated[str, Meta(pattern=r"^cos:Object(Created|Remove):(\*|[A-Za-z]+)$")]
    filter: CosFilter = field(default_factory=CosFilter)
    qualifier: Qualifier = "$DEFAULT"
    enable: bool = False


class Cos(_Shape):
    """Describe a COS trigger."""

    type: Literal["cos"]
    function: str
    parameters: CosParameters


class TimerParameters(_Shape):
    """Describe a timer's parameters (``triggers/timer.ts``)."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}$")]
    cron_expression: str
    qualifier: Qualifier = "$DEFAULT"
    argument: str = ""
    enable: bool = False


class Timer(_Shape):
    """Describe a timer trigger."""

    type: Literal["timer"]
    function: str
    parameters: TimerParameters
