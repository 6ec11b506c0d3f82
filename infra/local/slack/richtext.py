"""Check rich text (docs.slack.dev/reference/block-kit/blocks/rich-text-block)."""

from infra.local.slack.schema import (
    Check,
    boolean,
    by_type,
    one_of,
    several,
    text,
    typed,
    whole,
)
from infra.local.slack.schema import record as fields

MANY = 1000
STYLE = fields({}, {"bold": boolean, "italic": boolean, "strike": boolean, "code": boolean})
MENTION_STYLE = fields(
    {},
    {
        "bold": boolean,
        "italic": boolean,
        "strike": boolean,
        "highlight": boolean,
        "client_highlight": boolean,
        "unlink": boolean,
    },
)

TEXT = typed("text", {"text": text(12_000)}, {"style": STYLE})
LINK = typed("link", {"url": text(3000)}, {"text": text(12_000), "unsafe": boolean, "style": STYLE})
INLINE: dict[str, Check] = {
    "text": TEXT,
    "link": LINK,
    "user": typed("user", {"user_id": text(255)}, {"style": MENTION_STYLE}),
    "channel": typed("channel", {"channel_id": text(255)}, {"style": MENTION_STYLE}),
    "usergroup": typed("usergroup", {"usergroup_id": text(255)}, {"style": MENTION_STYLE}),
    "emoji": typed("emoji", {"name": text(255)}, {"unicode": text(255), "skin_tone": whole(1, 6)}),
    "broadcast": typed("broadcast", {"range": one_of("here", "channel", "everyone")}),
    "color": typed("color", {"value": text(255)}),
    "date": typed(
        "date",
        {"timestamp": whole(0, 2**53), "format": text(3000)},
        {"url": text(3000), "fallback": text(3000), "style": STYLE},
    ),
}
INLINES = several(by_type(INLINE), MANY, least=0)
SECTION = typed("rich_text_section", {"elements": INLINES})
BORDER = one_of(0, 1)

RICH_TEXT: dict[str, Check] = {
    "rich_text_section": SECTION,
    "rich_text_list": typed(
        "rich_text_list",
        {"style": one_of("bullet", "ordered"), "elements": several(SECTION, MANY, least=0)},
        {"indent": whole(0, 8), "offset": whole(0, 10_000), "border": BORDER},
    ),
    "rich_text_preformatted": typed(
        "rich_text_preformatted",
        {"elements": several(by_type({"text": TEXT, "link": LINK}), MANY, least=0)},
        {"border": BORDER, "language": text(255)},
    ),
    "rich_text_quote": typed("rich_text_quote", {"elements": INLINES}, {"border": BORDER}),
}
