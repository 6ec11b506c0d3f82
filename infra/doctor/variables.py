"""Check with each function's own parser the variables that serverless.yml would give it."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

from functions.config import (
    KEY,
    KEY_ID,
    SETTINGS_TOML,
    Choices,
    bot_config,
    gateway_config,
    log_level,
)
from functions.config import worker_config as worker_config_with_keys
from functions.environment import ConfigError, bucket_name, chosen, region, required
from infra.doctor.finding import Environ, Finding, ok, warning, wrong
from infra.dotenv import SERVERLESS_YML
from infra.package.build import ENVIRONMENT_LIMIT_BYTES, EXAMPLES, environment_sizes
from infra.package.wheels import NoPackage
from infra.serverless_yml import DeploymentError
from infra.serverless_yml import read as read_deployment

# Values for required variables that are not set, so that the others are judged in the same run.
STANDING_IN = {
    **EXAMPLES,
    "AIART_REGION": "ap-guangzhou",
    "LINK_SECRETS": "x" * 32,
    "SLACK_BOT_TOKEN": "xoxb-0000000000",
    "SLACK_SIGNING_SECRET": "0" * 32,
}
TRIES = 40
NOT_YET = ("LINK_BASE_URL", "BOT_URL")  # known after the first deploy; infra.deploy sets them


def worker_config(environ: Environ) -> object:
    """Parse the environment as the worker does, with the keys that its role will have."""
    return worker_config_with_keys({KEY_ID: "AKID", KEY: "key", **environ})


PARSERS: dict[str, Callable[[Environ], object]] = {
    "bot": bot_config,
    "gateway": gateway_config,
    "worker": worker_config,
}


def check(environ: Environ) -> Iterator[Finding]:
    """Check every variable of every function, their total size, and the signing secret's form."""
    wrong_places = dict(_wrong_places(environ))
    environ = {**environ, **{name: EXAMPLES[name] for name in wrong_places}}
    try:
        deployed = read_deployment(SERVERLESS_YML, environ)
    except DeploymentError as error:
        yield wrong("serverless.yml", str(error), "Mend the file, or the variable that it names.")
        return
    problems = {problem: ["all"] for problem in wrong_places.values()}
    for key, function in deployed.functions.items():
        for problem in _problems(PARSERS[key], dict(function.environment)):
            problems.setdefault(problem, []).append(key)
    for problem, keys in problems.items():
        yield wrong(
            "variables",
            f"{problem} (for {', '.join(keys)})",
            "Set it in .env or in the environment, then deploy again.",
        )
    if environ.get("SPEND_CAP_PER_DAY", "0") in {"", "0", "undefined"}:
        yield warning(
            "spend cap",
            "none: nothing bounds how many pictures a day are paid for",
            "Set SPEND_CAP_PER_DAY, such as 200, in .env and deploy again.",
        )
    yield from _labels(dict(deployed.functions["worker"].environment))
    if not problems:
        yield ok("variables", f"all that {len(deployed.functions)} functions read are sound")
    yield from _sizes(environ)
    yield from _signing_secret(environ)


def _wrong_places(environ: Environ) -> Iterator[tuple[str, str]]:
    """Yield name and problem of each wrong variable that serverless.yml itself needs."""
    for name, parse in (("COS_BUCKET", bucket_name), ("COS_REGION", region)):
        try:
            required(environ, name, parse)
        except ConfigError as error:
            yield name, str(error)


def _problems(parse: Callable[[Environ], object], environ: dict[str, str]) -> list[str]:
    """List all complaints of a parser, which stops at the first: mend each and parse again."""
    found: list[str] = []
    for _ in range(TRIES):
        try:
            parse(environ)
            log_level(environ)
        except ConfigError as error:
            name = str(error).partition(" ")[0]
            was_given = environ.get(name, "undefined") != "undefined"
            if not found or not found[-1].startswith(f"{name} "):
                found.append(str(error))
            if not was_given and name not in STANDING_IN:
                return found
            environ[name] = "undefined" if was_given else STANDING_IN[name]
        else:
            break
    return found


def _labels(worker: Environ) -> Iterator[Finding]:
    """Warn if the label in each picture's file names no producer (docs/labels.md)."""
    with suppress(ConfigError):  # which is said above
        if not chosen(Choices, SETTINGS_TOML, worker).label_producer:
            yield warning(
                "labels",
                "nobody is named as the producer in the label that each picture's file carries",
                "Set label_producer in settings.toml (docs/labels.md) and deploy again.",
            )


def _sizes(environ: Environ) -> Iterator[Finding]:
    try:
        sizes = environment_sizes(environ)
    except NoPackage as error:
        yield wrong("environment", str(error), "Shorten it: the cloud takes 4 KB per function.")
        return
    largest = max(sizes, key=lambda key: sizes[key])
    said = f"{sizes[largest]} of {ENVIRONMENT_LIMIT_BYTES} bytes in {largest}"
    if sizes[largest] > ENVIRONMENT_LIMIT_BYTES:
        yield wrong("environment", said, "Drop old LINK_SECRETS, or shorten what is long.")
    else:
        yield ok("environment", said)


def _signing_secret(environ: Environ) -> Iterator[Finding]:
    secret = environ.get("SLACK_SIGNING_SECRET", "")
    if not secret:
        return  # said above
    if re.fullmatch(r"[0-9a-f]{32}", secret):
        yield ok("signing secret", "32 hexadecimal digits, as Slack makes them")
    else:
        yield wrong(
            "signing secret",
            f"{len(secret)} characters, not the 32 hexadecimal digits that Slack makes",
            "Copy Signing Secret from Basic Information; it is neither the client secret nor the "
            "verification token.",
        )
