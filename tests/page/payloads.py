"""Make messages and views with every block and element that the stand-in takes."""

from typing import Any

Json = dict[str, Any]

# The page must show each of these exactly so, wherever it is not mrkdwn.
HOSTILE = [
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<svg onload=document.title='owned'>",
    "javascript:document.title='owned'",
    "<!channel> <@U0MERCHEN1> <https://evil.example|safe>",
    "*bold* _italic_ ~struck~ `code` :eyes: &lt;b&gt; &amp;",
    "\u202e right to left, שלום, 漢字, 👩🏽‍🚀",
]
SHOWN = [text.replace("\u202e", "") for text in HOSTILE]  # without the right-to-left override


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(value: str, text: str = "", **more: Any) -> Json:
    return {"text": plain(text or value), "value": value, **more}


def button(action_id: str, text: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def asked(block_id: str, label: str, element: Json, **more: Any) -> Json:
    whole = {"action_id": block_id, **element}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": whole, **more}


CONFIRM = {
    "title": plain("Delete the picture?"),
    "text": mrkdwn("The link *stops* working."),
    "confirm": plain("Delete it"),
    "deny": plain("Keep it"),
    "style": "danger",
}
SIZES = [option("1:1", "Square"), option("16:9", "Wide"), option("9:16", "Tall")]

RESULT_ACTIONS: Json = {
    "type": "actions",
    "block_id": "result",
    "elements": [
        button("again", "Again", style="primary", value="job-1"),
        button("change", "Change…", value="job-1"),
        {
            "type": "static_select",
            "action_id": "size",
            "placeholder": plain("Size"),
            "options": SIZES,
        },
        button("delete", "Delete", style="danger", confirm=CONFIRM),
        {
            "type": "overflow",
            "action_id": "more",
            "options": [
                option("cut-out", "Cut-out"),
                {**option("help", "Help"), "url": "https://help.example/"},
            ],
        },
    ],
}


def rich_text() -> Json:
    def text(words: str, **style: bool) -> Json:
        return {"type": "text", "text": words, **({"style": style} if style else {})}

    def section(*elements: Json) -> Json:
        return {"type": "rich_text_section", "elements": list(elements)}

    return {
        "type": "rich_text",
        "elements": [
            section(
                {"type": "user", "user_id": "U0MERCHEN1"},
                text(" plain, "),
                text("bold", bold=True),
                text(", "),
                text("italic", italic=True),
                text(", "),
                text("struck", strike=True),
                text(", "),
                text("code", code=True),
                text(", *not bold* <b>&amp; "),
                {"type": "link", "url": "https://shop.example/a?b=1&c=2", "text": "a link"},
                {"type": "channel", "channel_id": "C0SHOPNEWS"},
                {"type": "broadcast", "range": "here"},
                {"type": "usergroup", "usergroup_id": "S0TEAM"},
                {"type": "emoji", "name": "eyes"},
                {"type": "emoji", "name": "unknown_one", "unicode": "1f98a"},
                {"type": "color", "value": "#0f5c63"},
                {"type": "date", "timestamp": 1700000000, "format": "{date_num}", "fallback": "-"},
            ),
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [section(text("first")), section(text("second"))],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "indent": 1,
                "offset": 2,
                "border": 1,
                "elements": [section(text("third"))],
            },
            {"type": "rich_text_preformatted", "elements": [text("{\n  json: 1\n}")]},
            {"type": "rich_text_quote", "elements": [text("said by somebody")]},
        ],
    }


def every_block(file_id: str) -> list[Json]:
    """Make one message with all blocks; ``file_id`` is a picture's."""
    return [
        {"type": "header", "text": plain("A header")},
        {
            "type": "section",
            "text": mrkdwn(
                "*bold* _italic_ ~struck~ `code` <https://shop.example|shop> :eyes:\n> q"
            ),
            "accessory": {
                "type": "image",
                "slack_file": {"id": file_id},
                "alt_text": "small cup",
            },
        },
        {
            "type": "section",
            "fields": [plain("Size"), mrkdwn("*16:9*"), plain("Time"), plain("3 s")],
            "accessory": button("side", "Beside", accessibility_label="Beside the fields"),
        },
        {"type": "divider"},
        {
            "type": "context",
            "elements": [
                {"type": "image", "slack_file": {"id": file_id}, "alt_text": "tiny cup"},
                plain("plain *context*"),
                mrkdwn("mrkdwn *context*"),
            ],
        },
        {
            "type": "image",
            "slack_file": {"id": file_id},
            "alt_text": "a cup on a table",
            "title": plain("The cup"),
        },
        rich_text(),
        {
            "type": "markdown",
            "text": "# Title\n**bold** and *slanted* [link](https://shop.example)\n\n- one\n- two",
        },
        RESULT_ACTIONS,
        {
            "type": "section",
            "text": plain("Radio:"),
            "accessory": {
                "type": "radio_buttons",
                "action_id": "radio",
                "options": [option("a", "First"), option("b", "Second")],
            },
        },
        asked("note", "A note", {"type": "plain_text_input"}, optional=True),
    ]


def form() -> Json:
    """Make a modal with every input."""
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("New background"),
        "submit": plain("Paint"),
        "close": plain("Not now"),
        "notify_on_close": True,
        "blocks": [
            {"type": "section", "block_id": "intro", "text": mrkdwn("*What* shall it be?")},
            asked(
                "photos",
                "Photos",
                {"type": "file_input", "filetypes": ["png", "jpg"], "max_files": 3},
                optional=True,
            ),
            asked(
                "scene",
                "Scene",
                {"type": "plain_text_input", "multiline": True, "max_length": 256},
                hint=plain("In a few words"),
            ),
            asked("product", "Product", {"type": "plain_text_input"}, optional=True),
            asked(
                "size",
                "Size",
                {"type": "static_select", "options": SIZES, "initial_option": SIZES[0]},
            ),
            asked(
                "template",
                "Template",
                {
                    "type": "static_select",
                    "option_groups": [
                        {"label": plain("Indoors"), "options": [option("kitchen", "Kitchen")]},
                        {"label": plain("Outdoors"), "options": [option("beach", "Beach")]},
                    ],
                },
                optional=True,
                dispatch_action=True,
            ),
            asked(
                "mark",
                "Watermark",
                {
                    "type": "radio_buttons",
                    "options": [option("on", "On"), option("off", "Off")],
                    "initial_option": option("on", "On"),
                },
            ),
            asked(
                "extras",
                "Extras",
                {
                    "type": "checkboxes",
                    "options": [
                        option("cut-out", "Cut-out", description=plain("On transparency")),
                        option("before", "Before"),
                    ],
                },
                optional=True,
            ),
            asked(
                "styles",
                "Styles",
                {"type": "multi_static_select", "options": [option("warm"), option("cool")]},
                optional=True,
            ),
            asked(
                "copies",
                "Copies",
                {
                    "type": "number_input",
                    "is_decimal_allowed": False,
                    "min_value": "1",
                    "max_value": "3",
                },
                optional=True,
            ),
            {
                "type": "actions",
                "block_id": "form-actions",
                "elements": [button("push", "Another form")],
            },
        ],
    }


def form_updated() -> Json:
    """Make the form as it is after a template was chosen."""
    view = form()
    view["blocks"][0] = {"type": "section", "block_id": "intro", "text": plain("A template it is.")}
    return view


def small_form(title: str) -> Json:
    return {
        "type": "modal",
        "callback_id": "small",
        "title": plain(title),
        "submit": plain("Go on"),
        "blocks": [asked("word", "A word", {"type": "plain_text_input"}, optional=True)],
    }


def home(lines: list[str], size: int = 0) -> Json:
    """Make the Home tab."""
    menu = {"type": "static_select", "action_id": "own-size", "options": SIZES}
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": plain("Your pictures")},
            *({"type": "section", "text": plain(line)} for line in lines),
            {
                "type": "section",
                "block_id": "own",
                "text": plain("Your size"),
                "accessory": {**menu, "initial_option": SIZES[size]},
            },
            {"type": "actions", "block_id": "home", "elements": [button("refresh", "Refresh")]},
        ],
    }
