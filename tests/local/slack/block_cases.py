"""List blocks that Slack accepts, and for each rule blocks that break it, with Slack's words.

``judges`` are the independent libraries that refuse the case, too; not all know every rule.
"""

from typing import Any, NamedTuple

Json = dict[str, Any]
BOTH = ("blockkit", "slack_sdk")
BLOCKKIT = ("blockkit",)
SLACK_SDK = ("slack_sdk",)
URL = "https://pictures.example/cup.png"


class Case(NamedTuple):
    name: str
    blocks: list[Json]
    says: str = ""
    judges: tuple[str, ...] = ()


def plain(text: str, **more: Any) -> Json:
    return {"type": "plain_text", "text": text, **more}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "x", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(text: str = "Again", **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": "again", **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def option(value: str = "1k", **more: Any) -> Json:
    return {"text": plain("1K"), "value": value, **more}


def options(count: int) -> list[Json]:
    return [option(str(n)) for n in range(count)]


def select(**more: Any) -> Json:
    shown = {"type": "static_select", "placeholder": plain("Pick"), "action_id": "size"}
    return {**shown, "options": options(3), **more}


def image(**more: Any) -> Json:
    return {"type": "image", "alt_text": "a cup", **more}


def asked(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Scene"), "element": element, **more}


def words(**more: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "scene", **more}


def number(**more: Any) -> Json:
    return {"type": "number_input", "is_decimal_allowed": False, **more}


def confirm(**more: Any) -> Json:
    parts = {"title": "Sure?", "confirm": "Yes", "deny": "No"}
    shown = {name: plain(text) for name, text in parts.items()}
    return {**shown, "text": mrkdwn("It is gone then."), **more}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def line(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


GROUP = {"label": plain("Sizes"), "options": options(2)}
RADIO = {"type": "radio_buttons", "action_id": "r"}
CHECKS = {"type": "checkboxes", "action_id": "c"}
OVERFLOW = {"type": "overflow", "action_id": "o"}
FILES = {"type": "file_input", "action_id": "f"}

VALID = [
    Case("section", [section()]),
    Case("section with fields", [{"type": "section", "fields": [mrkdwn("a"), plain("b")]}]),
    Case("section at its limits", [section("x" * 3000, block_id="b" * 255)]),
    Case("header", [{"type": "header", "text": plain("x" * 150)}]),
    Case("divider", [{"type": "divider"}]),
    Case("context", [{"type": "context", "elements": [mrkdwn("x"), image(image_url=URL)]}]),
    Case("button", [actions(button(value="v" * 2000, style="danger", confirm=confirm()))]),
    Case("link button", [actions(button("x" * 75, url=URL))]),
    Case("25 buttons", [actions(*(button(action_id=str(n)) for n in range(25)))]),
    Case("select", [actions(select(initial_option=option("1")))]),
    Case("select with 100 options", [actions(select(options=options(100)))]),
    Case("overflow", [section(accessory={**OVERFLOW, "options": options(5)})]),
    Case("radio buttons", [actions({**RADIO, "options": options(10)})]),
    Case("checkboxes", [actions({**CHECKS, "options": options(10)})]),
    Case("several selected", [asked(select(type="multi_static_select", max_selected_items=2))]),
    Case("text input", [asked(words(min_length=1, max_length=2999, multiline=True))]),
    Case("number input", [asked(number(min_value="1", max_value="5"))]),
    Case("rich text", [rich(line({"type": "text", "text": "x", "style": {"bold": True}}))]),
    Case("a picture", [image(image_url=URL, title=plain("A cup"))]),
    Case("fifty blocks", [{"type": "divider"}] * 50),
]

INVALID = [
    Case("unknown block", [{"type": "carpet"}], "unsupported type: carpet", SLACK_SDK),
    Case("no type", [{"text": plain("x")}], "missing required field: type", SLACK_SDK),
    Case("not an object", ["x"], "must provide an object", BOTH),  # type: ignore[list-item]  # meant
    Case("51 blocks", [{"type": "divider"}] * 51, "no more than 50 items"),
    Case(
        "same block_id twice",
        [{"type": "divider", "block_id": "a"}] * 2,
        "`block_id` is not unique: a [json-pointer:/blocks/1/block_id]",
    ),
    Case("same action_id twice", [actions(button(), button())], "`action_id` is not unique"),
    Case("block_id too long", [section(block_id="b" * 256)], "less than 256", BOTH),
    Case("unknown field", [section(color="red")], "invalid additional property: color", BOTH),
    Case("empty section", [{"type": "section"}], "must define either `text` or `fields`", BOTH),
    Case("empty text", [section("")], "more than 0 characters", BOTH),
    Case("text is no string", [section(text=plain(1))], "must be a string", BLOCKKIT),  # type: ignore[arg-type]  # meant
    Case("section too long", [section("x" * 3001)], "less than 3001 characters", BOTH),
    Case(
        "11 fields",
        [{"type": "section", "fields": [mrkdwn("x")] * 11}],
        "no more than 10",
        SLACK_SDK,
    ),
    Case(
        "a field too long",
        [{"type": "section", "fields": [mrkdwn("x" * 2001)]}],
        "less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    Case("header too long", [{"type": "header", "text": plain("x" * 151)}], "than 151", BOTH),
    Case("header in mrkdwn", [{"type": "header", "text": mrkdwn("x")}], "enum value", BLOCKKIT),
    Case("empty context", [{"type": "context", "elements": []}], "no less than 1", SLACK_SDK),
    Case(
        "11 context elements",
        [{"type": "context", "elements": [mrkdwn("x")] * 11}],
        "no more than 10",
        BOTH,
    ),
    Case(
        "button in a context",
        [{"type": "context", "elements": [button()]}],
        "unsupported",
        BLOCKKIT,
    ),
    Case("no actions", [actions()], "no less than 1 items", SLACK_SDK),
    Case("26 actions", [actions(*(button(action_id=str(n)) for n in range(26)))], "than 25", BOTH),
    Case("input among actions", [actions(words())], "unsupported type: plain_text_input", BLOCKKIT),
    Case("button text too long", [actions(button("x" * 76))], "less than 76", BOTH),
    Case(
        "button without text", [actions({"type": "button"})], "missing required field: text", BOTH
    ),
    Case("button value too long", [actions(button(value="v" * 2001))], "less than 2001", BOTH),
    Case("button url too long", [actions(button(url=URL + "x" * 3000))], "than 3001", BOTH),
    Case("button url no address", [actions(button(url="javascript:1"))], "invalid_url"),
    Case("odd style", [actions(button(style="loud"))], "valid enum value", BOTH),
    Case("action_id too long", [actions(button(action_id="a" * 256))], "less than 256", BOTH),
    Case("label too long", [actions(button(accessibility_label="x" * 76))], "than 76", BOTH),
    Case(
        "confirm title too long",
        [actions(button(confirm=confirm(title=plain("x" * 101))))],
        "less than 101",
        BOTH,
    ),
    Case(
        "confirm text too long",
        [actions(button(confirm=confirm(text=mrkdwn("x" * 301))))],
        "less than 301",
        BOTH,
    ),
    Case(
        "confirm answer too long",
        [actions(button(confirm=confirm(deny=plain("x" * 31))))],
        "less than 31",
        BOTH,
    ),
    Case("confirm is no object", [actions(button(confirm="yes"))], "must provide an object", BOTH),
    Case("101 options", [actions(select(options=options(101)))], "no more than 100", BOTH),
    Case("no options", [actions(select(options=[]))], "no less than 1", BOTH),
    Case("options twice", [actions(select(option_groups=[GROUP]))], "and not both", BOTH),
    Case(
        "option text too long",
        [actions(select(options=[option(text=plain("x" * 76))]))],
        "76",
        BLOCKKIT,
    ),
    Case("option value too long", [actions(select(options=[option("v" * 151)]))], "151", BLOCKKIT),
    Case("option with a url", [actions(select(options=[option(url=URL)]))], "property: url"),
    Case(
        "mrkdwn option",
        [actions(select(options=[option(text=mrkdwn("x"))]))],
        "enum value",
        BLOCKKIT,
    ),
    Case(
        "initial is not offered",
        [actions(select(initial_option=option("9")))],
        "one of the",
        BLOCKKIT,
    ),
    Case("placeholder too long", [actions(select(placeholder=plain("x" * 151)))], "151", BOTH),
    Case("6 in a menu", [section(accessory={**OVERFLOW, "options": options(6)})], "than 5", BOTH),
    Case("11 radio buttons", [actions({**RADIO, "options": options(11)})], "than 10", BLOCKKIT),
    Case("11 checkboxes", [actions({**CHECKS, "options": options(11)})], "than 10", BLOCKKIT),
    Case(
        "checked is not offered",
        [actions({**CHECKS, "options": options(2), "initial_options": [option("9")]})],
        "must be among the options",
    ),
    Case("neither url nor file", [image()], "`image_url` or `slack_file` and not both", BLOCKKIT),
    Case("url and file", [image(image_url=URL, slack_file={"id": "F1"})], "and not both", BLOCKKIT),
    Case(
        "file by id and url", [image(slack_file={"id": "F1", "url": URL})], "and not both", BLOCKKIT
    ),
    Case("picture without words", [{"type": "image", "image_url": URL}], "alt_text", BOTH),
    Case("empty alt_text", [image(image_url=URL, alt_text="")], "more than 0", BOTH),
    Case("alt_text too long", [image(image_url=URL, alt_text="x" * 2001)], "2001", SLACK_SDK),
    Case("image_url too long", [image(image_url=URL + "x" * 3000)], "less than 3001", BOTH),
    Case("picture from elsewhere", [image(image_url="http://x.example/a.png")], "invalid_url"),
    Case("title too long", [image(image_url=URL, title=plain("x" * 2001))], "2001", BOTH),
    Case("markdown too long", [{"type": "markdown", "text": "x" * 12_001}], "12001", BOTH),
    Case("markdown in sum", [{"type": "markdown", "text": "x" * 7000}] * 2, "less than 12001"),
    Case("input label too long", [asked(words(), label=plain("x" * 2001))], "2001", BOTH),
    Case("input hint too long", [asked(words(), hint=plain("x" * 2001))], "2001", BOTH),
    Case("input without element", [{"type": "input", "label": plain("x")}], "field: element", BOTH),
    Case("input of a button", [asked(button())], "unsupported type: button", BOTH),
    Case("lengths cross", [asked(words(min_length=5, max_length=2))], "min_length must not"),
    Case("too much text", [asked(words(max_length=3001))], "between 1 and 3000", BLOCKKIT),
    Case("text flag is no flag", [asked(words(multiline="yes"))], "must be a boolean", BLOCKKIT),
    Case("number without kind", [asked({"type": "number_input"})], "is_decimal_allowed", BOTH),
    Case("number as a number", [asked(number(min_value=1))], "must be a string", SLACK_SDK),
    Case("number as words", [asked(number(min_value="one"))], "must be a number", BLOCKKIT),
    Case("files outside a modal", [asked(FILES)], "unsupported type: file_input"),
    Case("empty rich text", [rich()], "no less than 1 items", SLACK_SDK),
    Case("odd rich text", [rich({"type": "rich_text_song"})], "unsupported type", SLACK_SDK),
    Case("empty words", [rich(line({"type": "text", "text": ""}))], "more than 0", BOTH),
    Case(
        "odd broadcast", [rich(line({"type": "broadcast", "range": "all"}))], "enum value", BLOCKKIT
    ),
    Case(
        "odd list",
        [rich({"type": "rich_text_list", "style": "stars", "elements": []})],
        "enum value",
        BLOCKKIT,
    ),
    Case(
        "deep list",
        [rich({"type": "rich_text_list", "style": "bullet", "elements": [], "indent": 9})],
        "between 0 and 8",
        BLOCKKIT,
    ),
]
