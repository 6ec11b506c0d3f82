"""Check Block Kit's composition objects and elements (docs.slack.dev/reference/block-kit).

Only the interactive elements that an app like this one uses are known; others are refused as
unsupported types.
"""

from typing import Any

from infra.local.slack.schema import (
    Check,
    Found,
    boolean,
    by_type,
    decimal,
    exactly_one,
    one_of,
    record,
    several,
    text,
    typed,
    whole,
    wrong,
)

ID = text(255)
URL_MOST = 3000
LOOPBACK = ("http://127.0.0.1:", "http://localhost:")


def plain_text(most: int, *, least: int = 1) -> Check:
    """Make the check of a plain_text object with ``least`` to ``most`` characters."""
    return typed("plain_text", {"text": text(most, least=least)}, {"emoji": boolean})


def mrkdwn(most: int) -> Check:
    """Make the check of a mrkdwn object with at most ``most`` characters."""
    return typed("mrkdwn", {"text": text(most)}, {"verbatim": boolean})


def any_text(most: int) -> Check:
    """Make the check of a plain_text or a mrkdwn object with at most ``most`` characters."""
    return by_type({"plain_text": plain_text(most), "mrkdwn": mrkdwn(most)})


def web_address(value: Any, at: str, found: Found) -> None:
    """Check the URL of a link, which must be http or https."""
    text(URL_MOST)(value, at, found)
    if isinstance(value, str) and not value.startswith(("https://", "http://")):
        wrong(found, "invalid_url", at)


def picture_address(value: Any, at: str, found: Found) -> None:
    """Check a picture's URL: https, or http on this machine, where the stand-ins are."""
    text(URL_MOST)(value, at, found)
    if isinstance(value, str) and not value.startswith(("https://", *LOOPBACK)):
        wrong(found, "invalid_url", at)


SLACK_FILE = record({}, {"id": text(255), "url": web_address}, exactly_one("id", "url"))
IMAGE_SOURCE: dict[str, Check] = {"image_url": picture_address, "slack_file": SLACK_FILE}

CONFIRM = record(
    {
        "title": plain_text(100),
        "text": any_text(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    {"style": one_of("primary", "danger")},
)


def option(label: Check, *, with_url: bool = False) -> Check:
    """Make the check of an option object; only an overflow menu's options have a URL."""
    more: dict[str, Check] = {"description": label}
    if with_url:
        more["url"] = web_address
    return record({"text": label, "value": text(150)}, more)


PLAIN_OPTION = option(plain_text(75))
TEXT_OPTION = option(any_text(75))
OPTION_GROUP = record({"label": plain_text(75), "options": several(PLAIN_OPTION, 100)})


def initial_is_offered(value: Any, at: str, found: Found) -> None:
    """Check that the options selected at first are among those offered."""
    groups = value.get("option_groups", [])
    offered = [*value.get("options", []), *(one for group in groups for one in group["options"])]
    if "initial_option" in value and value["initial_option"] not in offered:
        wrong(found, "initial_option must be one of the options", f"{at}/initial_option")
    for n, one in enumerate(value.get("initial_options", [])):
        if one not in offered:
            place = f"{at}/initial_options/{n}"
            wrong(found, "initial_options must be among the options", place)


def lengths_agree(value: Any, at: str, found: Found) -> None:
    """Check that min_length is not above max_length."""
    if value.get("min_length", 0) > value.get("max_length", 3000):
        wrong(found, "min_length must not be more than max_length", f"{at}/min_length")


BUTTON = typed(
    "button",
    {"text": plain_text(75)},
    {
        "action_id": ID,
        "url": web_address,
        "value": text(2000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": text(75),
    },
)
OVERFLOW = typed(
    "overflow",
    {"options": several(option(plain_text(75), with_url=True), 5)},
    {"action_id": ID, "confirm": CONFIRM},
)
SELECT_FIELDS: dict[str, Check] = {
    "action_id": ID,
    "placeholder": plain_text(150),
    "options": several(PLAIN_OPTION, 100),
    "option_groups": several(OPTION_GROUP, 100),
    "confirm": CONFIRM,
    "focus_on_load": boolean,
}
STATIC_SELECT = typed(
    "static_select",
    {},
    {**SELECT_FIELDS, "initial_option": PLAIN_OPTION},
    exactly_one("options", "option_groups"),
    initial_is_offered,
)
MULTI_STATIC_SELECT = typed(
    "multi_static_select",
    {},
    {
        **SELECT_FIELDS,
        "initial_options": several(PLAIN_OPTION, 100),
        "max_selected_items": whole(1, 100),
    },
    exactly_one("options", "option_groups"),
    initial_is_offered,
)
RADIO_BUTTONS = typed(
    "radio_buttons",
    {"options": several(TEXT_OPTION, 10)},
    {
        "action_id": ID,
        "initial_option": TEXT_OPTION,
        "confirm": CONFIRM,
        "focus_on_load": boolean,
    },
    initial_is_offered,
)
CHECKBOXES = typed(
    "checkboxes",
    {"options": several(TEXT_OPTION, 10)},
    {
        "action_id": ID,
        "initial_options": several(TEXT_OPTION, 10),
        "confirm": CONFIRM,
        "focus_on_load": boolean,
    },
    initial_is_offered,
)
DISPATCH = record(
    {},
    {"trigger_actions_on": several(one_of("on_enter_pressed", "on_character_entered"), 2)},
)
PLAIN_TEXT_INPUT = typed(
    "plain_text_input",
    {},
    {
        "action_id": ID,
        "initial_value": text(3000, least=0),
        "multiline": boolean,
        "min_length": whole(0, 3000),
        "max_length": whole(1, 3000),
        "dispatch_action_config": DISPATCH,
        "focus_on_load": boolean,
        "placeholder": plain_text(150),
    },
    lengths_agree,
)
NUMBER_INPUT = typed(
    "number_input",
    {"is_decimal_allowed": boolean},
    {
        "action_id": ID,
        "initial_value": decimal,
        "min_value": decimal,
        "max_value": decimal,
        "dispatch_action_config": DISPATCH,
        "focus_on_load": boolean,
        "placeholder": plain_text(150),
    },
)
FILE_INPUT = typed(
    "file_input",
    {},
    {"action_id": ID, "filetypes": several(text(20), 100), "max_files": whole(1, 10)},
)
IMAGE_ELEMENT = typed(
    "image",
    {"alt_text": text(2000)},
    IMAGE_SOURCE,
    exactly_one("image_url", "slack_file"),
)

CHOICES: dict[str, Check] = {
    "overflow": OVERFLOW,
    "static_select": STATIC_SELECT,
    "multi_static_select": MULTI_STATIC_SELECT,
    "radio_buttons": RADIO_BUTTONS,
    "checkboxes": CHECKBOXES,
}
ACCESSORY = by_type({**CHOICES, "button": BUTTON, "image": IMAGE_ELEMENT})
ACTION = by_type({**CHOICES, "button": BUTTON})
INPUTS: dict[str, Check] = {
    **{name: check for name, check in CHOICES.items() if name != "overflow"},
    "plain_text_input": PLAIN_TEXT_INPUT,
    "number_input": NUMBER_INPUT,
}
