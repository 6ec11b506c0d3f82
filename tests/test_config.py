"""The environment: what is missing or malformed is named, and never shown."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.config import bot_config, gateway_config, log_level, worker_config
from functions.environment import ConfigError
from functions.jobs.bucket import Keys

SECRET = "0123456789abcdef0123456789abcdef"
ROLE = {
    "TENCENTCLOUD_SECRETID": "AKIDrole",
    "TENCENTCLOUD_SECRETKEY": "a-roles-key",
    "TENCENTCLOUD_SESSIONTOKEN": "a-roles-token",
}
BUCKET = {"COS_BUCKET": "shop-1250000000", "COS_REGION": "ap-guangzhou"}
BOT = {"SLACK_BOT_TOKEN": "xoxb-0123456789", "SLACK_SIGNING_SECRET": SECRET, **BUCKET, **ROLE}
GATEWAY = {"LINK_SECRETS": SECRET, **BUCKET, **ROLE}
WORKER = {
    "SLACK_BOT_TOKEN": "xoxb-0123456789",
    "AIART_REGION": "ap-guangzhou",
    "LINK_SECRETS": SECRET,
    **BUCKET,
    **ROLE,
}
Read = Callable[[dict[str, str]], Any]
READERS: dict[str, tuple[Read, dict[str, str]]] = {
    "bot": (bot_config, BOT),
    "gateway": (gateway_config, GATEWAY),
    "worker": (worker_config, WORKER),
}
REQUIRED = [
    (function, name)
    for function, (_, environ) in READERS.items()
    for name in environ
    if name not in ROLE
]
MALFORMED = {
    "SLACK_BOT_TOKEN": [
        "xoxp-user-token-0123456789",
        "xoxb-1",
        "xoxb-a b",
        "token xoxb-0123456789",
    ],
    "SLACK_SIGNING_SECRET": ["short", "with a space in it 0123456789abcdef", "密钥" * 20],
    "SLACK_API_URL": ["http://slack.com/api", "slack.com/api", "https://", "ftp://slack.com"],
    "COS_BUCKET": [
        "shop",
        "Shop-1250000000",
        "shop-12345",
        "shop_1-1250000000",
        "-1",
        "a/b-1250000",
    ],
    "COS_REGION": ["shanghai", "ap_guangzhou", "AP-GUANGZHOU", "ap-"],
    "COS_ENDPOINT": ["https://cos.example", "cos.example/path", "cos.example:port", "a b", ":80"],
    "AIART_REGION": ["everywhere", "ap-guangzhou/x"],
    "AIART_ENDPOINT": ["https://aiart.example", "aiart.example:", "a\tb", "host:99999"],
    "AIART_CONCURRENCY": ["0", "51", "-1", "1.5", "two", "1e1", "9999999"],
    "AIART_TIMEOUT_S": ["0", "601", "90s"],
    "LINK_SECRETS": ["short", f"{SECRET},short", ",", " , "],
    "LINK_BASE_URL": [
        "http://gateway.example",
        "https://user:pass@gateway.example",
        "https://@gateway.example",
        "https://gateway.example/?a=1",
        "https://gateway.example/?",
        "https://gateway.example/#top",
        "https://gateway.example:port",
        "https://gateway.example:99999",
        "https://gate way.example",
        "https://gateway.example\nX-Header: 1",
        "https://[gateway.example",
        "https://gate℀way.example",
        "//gateway.example",
        "https:gateway.example",
    ],
    "BOT_URL": ["http://169.254.0.23", "bot"],
    "ADMIN_CHANNEL": ["#admins", "D0123456789", "C987", "c0123456789"],
    "PAUSED": ["yes", "true", "2", "01"],
    "WORKER_TIMEOUT_S": ["0", "901"],
    "WORKER_LINGER_S": ["61", "-1", "3.5"],
    "ALLOWED_CHANNELS": ["#product-photos", "C0123456789 C0123456780", ",", "DM"],
    "QUOTA_PER_USER_PER_DAY": ["-1", "ten", "100001"],
    "QUOTA_PER_TEAM_PER_DAY": ["-1", "ten", "100001"],
    "WATERMARK_OPTIONAL": ["yes", "off"],
    "SPEND_CAP_PER_DAY": ["-1", "many", "100001"],
    "LOG_LEVEL": ["LOUD", "debug", "20"],
    "WEBHOOK_CLIENTS": ["webshop", "[{}]", '{"name": "shop"}', "[[[[", "[1]"],
}


def reads(environ: dict[str, str]) -> None:
    """Everything that any function reads, from one environment."""
    for read, needed in READERS.values():
        read(needed | environ)
    log_level(environ)


@pytest.mark.parametrize("function", READERS)
def test_what_a_function_needs_is_enough(function: str) -> None:
    read, environ = READERS[function]
    assert read(environ)


@pytest.mark.parametrize(("function", "name"), REQUIRED)
def test_a_missing_variable_stops_the_start_with_its_name(function: str, name: str) -> None:
    """``scf deploy`` writes the text "undefined" for a variable that is not set."""
    read, environ = READERS[function]
    without = {k: v for k, v in environ.items() if k != name}
    unset = ("", " ", "\n", "undefined", " undefined ")
    for broken in (without, *({**without, name: value} for value in unset)):
        with pytest.raises(ConfigError, match=f"^{name} is missing$"):
            read(broken)


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_variable_is_named_and_its_value_is_not_shown(name: str) -> None:
    for value in MALFORMED[name]:
        with pytest.raises(ConfigError, match=f"^{name} is malformed: it should ") as error:
            reads({name: value})
        assert len(value) < 4 or value not in str(error.value)
        assert error.value.__cause__ is None
        assert error.value.__suppress_context__  # a traceback would show the value


@given(st.sampled_from(sorted(MALFORMED)), st.text("abcXYZ089-_.:/?#@[]% \t℀密", min_size=8))
def test_no_error_ever_shows_what_was_set(name: str, value: str) -> None:
    secret = f"hunter2{value}"
    try:
        reads({name: secret})
    except ConfigError as error:
        shown = str(error)
    else:
        return
    assert shown.startswith(f"{name} is malformed: it should ")
    assert "hunter2" not in shown


@pytest.mark.parametrize("name", sorted(set(MALFORMED) - {name for _, name in REQUIRED}))
def test_an_optional_variable_that_is_not_set_has_its_default(name: str) -> None:
    for value in ("", "undefined", " "):
        for read, environ in READERS.values():
            assert read(environ | {name: value}) == read(environ)
        assert log_level({name: value}) == "INFO"


def test_the_defaults_are_those_of_the_cloud() -> None:
    worker = worker_config(WORKER)
    assert worker.slack.api_url == "https://slack.com/api/"
    assert worker.bucket.endpoint == ""
    assert worker.bucket.scheme == "https"
    assert worker.aiart.concurrency == 1
    assert not worker.paused
    assert worker.link_base_url == ""  # unknown at the first deploy


def test_the_bot_is_impatient_and_never_tries_again() -> None:
    place = bot_config(BOT).bucket
    assert (place.retries, place.timeout_s) == (0, 1.5)


def test_what_is_set_is_taken() -> None:
    worker = worker_config(
        WORKER
        | {
            "SLACK_API_URL": "http://127.0.0.1:8000/api/",
            "AIART_CONCURRENCY": " 3 ",
            "PAUSED": "1",
            "LINK_BASE_URL": "https://gateway.example/",
            "LINK_SECRETS": f" {SECRET} , {SECRET[::-1]},",
            "ADMIN_CHANNEL": "C0123456789",
            "WORKER_LINGER_S": "0",
        }
    )
    assert worker.slack.api_url == "http://127.0.0.1:8000/api/"
    assert worker.aiart.concurrency == 3
    assert worker.paused
    assert worker.link_base_url == "https://gateway.example"
    assert worker.link_secrets == (SECRET, SECRET[::-1])
    assert worker.admin_channel == "C0123456789"
    assert worker.linger_s == 0


@pytest.mark.parametrize("function", READERS)
def test_nothing_secret_shows_when_a_configuration_is_printed(function: str) -> None:
    read, environ = READERS[function]
    shown = repr(read(environ))
    for secret in (SECRET, "xoxb-0123456789", "a-roles-key", "a-roles-token"):
        assert secret not in shown


# --- the role's keys


def test_the_roles_keys_come_as_scf_names_them() -> None:
    assert worker_config(WORKER).keys == Keys("AKIDrole", "a-roles-key", "a-roles-token")


def test_keys_without_a_token_are_permanent_ones() -> None:
    environ = {name: value for name, value in BOT.items() if "SESSION" not in name}
    assert bot_config(environ).start_keys == Keys("AKIDrole", "a-roles-key", "")


@pytest.mark.parametrize("name", ["TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY"])
def test_without_a_role_the_web_functions_start_and_the_worker_says_what_it_lacks(
    name: str,
) -> None:
    """A web function may get its keys with each request."""
    assert bot_config({k: v for k, v in BOT.items() if k != name}).start_keys is None
    assert gateway_config({k: v for k, v in GATEWAY.items() if k != name}).start_keys is None
    with pytest.raises(ConfigError, match=f"{name} is missing: .*role"):
        worker_config({k: v for k, v in WORKER.items() if k != name})
