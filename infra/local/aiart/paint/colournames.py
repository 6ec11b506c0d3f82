"""Find the colours that a text names, in English or Chinese, and the thing each belongs to."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from infra.local.aiart.paint.colour import Colour, darker, linear, paler

DARK, PALE = 0.62, 0.50
"""How far "dark" and "light" move a colour."""

# (colour, English, Chinese); of two that match at one place, the one listed first wins.
_NAMES = (
    ("#d9a58f", r"rose gold", "玫瑰金"),
    ("#e3cdaa", r"champagne", "香槟"),
    ("#1c2d56", r"navy", "藏青|藏蓝|海军蓝"),
    ("#6f1426", r"burgundy|maroon|wine red", "酒红"),
    ("#a9dcc6", r"mint", "薄荷绿?"),
    ("#c3b1e1", r"lavender|lilac", "薰衣草|丁香紫"),
    ("#ef8069", r"coral|salmon", "珊瑚"),
    ("#f5c2a4", r"peach|apricot", "蜜桃|杏"),
    ("#6a4329", r"walnut|dark wood(?:en)?", "胡桃|深色木"),
    ("#e9dfcb", r"beige|cream|ivory|off[- ]white", "米白|米黄|米色|奶油|奶白|象牙"),
    ("#b87345", r"copper|bronze", "古?铜"),
    ("#c3c6ca", r"silver", "银(?!河|行)"),
    ("#2b9a97", r"teal|turquoise|cyan|aqua", "青绿|青蓝|湖蓝|青(?!春|年|草|石|苔)"),
    ("#d63b8f", r"magenta|fuchsia|hot pink", "品红|玫红"),
    ("#eda3b7", r"pink|rose(?! gold)", "粉红|粉(?!末|底|饼|丝|尘)|樱花色"),
    ("#b3202c", r"red(?! wine)|crimson|scarlet", "红(?!酒|茶|枣|木)"),
    ("#e07b27", r"orange(?! juice)", "橙(?!汁|子)|橘(?!子)"),
    ("#d0a045", r"gold(?:en)?(?! (?:hour|light))", "金黄|(?<!合)金(?!属|融|鱼)"),
    ("#e7c23f", r"yellow|mustard", "黄(?!昏|油|瓜)"),
    ("#0f7550", r"emerald(?: green)?|malachite", "祖母绿|翡翠绿?|墨绿|孔雀绿"),
    ("#77793f", r"olive(?: green)?|khaki", "橄榄绿?|军绿|卡其"),
    ("#a9b59a", r"sage(?: green)?", "豆沙绿|鼠尾草"),
    ("#4f8f5c", r"green(?! tea)", "绿(?!叶|植|茶|洲)"),
    ("#2a5bab", r"blue(?! sk| hour)|azure|cobalt", "蓝(?!天|牙|莓|调)"),
    ("#35357d", r"indigo", "靛蓝?"),
    ("#6b45a8", r"purple|violet", "紫(?!砂|菜)"),
    ("#7b5436", r"brown|chocolate|tan", "棕|褐|咖啡色|巧克力色"),
    ("#17181b", r"black(?! (?:coffee|tea|friday))", "黑(?!板|夜|暗|金)"),
    ("#f5f4f2", r"white(?! (?:wine|cloud))", "白(?!云|天|领|酒|茶)"),
    ("#9a9da3", r"gr[ea]y", "灰(?!尘)"),
)
_MODIFIER = (
    r"(?:(?P<dark>\b(?:dark|deep)[ -]|[深暗墨])"
    r"|(?P<pale>\b(?:light|pale|pastel|soft)[ -]|[浅淡嫩]))?"
)
_PATTERNS = [
    (linear(value), re.compile(rf"{_MODIFIER}(?:\b(?:{english})\b|(?:{chinese})色?)"))
    for value, english, chinese in _NAMES
]
_HEX = re.compile(r"#([0-9a-f]{6})\b")

QUIET = ("#d9dbe0", "#e8dcc8", "#cfd8cf", "#d7cfe0", "#e6cfc4", "#c9d6e2")
"""Studio colours for words that name none."""

BEFORE_REACH, AFTER_REACH = 18, 10
"""The most characters between a colour and the thing it belongs to, before and after the thing."""
_BREAK = re.compile(r"[,.;:,。;:、!!]|\b(?:on|over|under|with|in|of|and|by)\b|[在上下和与]")
_CLAUSE = re.compile(r"[,.;,。;]")


@dataclass(frozen=True)
class Named:
    """Hold a colour that a text names, and where it stands there."""

    colour: Colour
    start: int
    end: int


def found(text: str) -> list[Named]:
    """Find the colours that a text names, in its order, none inside another."""
    taken: list[Named] = []
    for named in _matches(text):
        if all(named.end <= other.start or named.start >= other.end for other in taken):
            taken.append(named)
    return sorted(taken, key=lambda named: named.start)


def _matches(text: str) -> Iterator[Named]:
    for match in _HEX.finditer(text):
        yield Named(linear(match[1]), match.start(), match.end())
    for colour, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            shade = darker(colour, DARK) if match["dark"] else colour
            shade = paler(shade, PALE) if match["pale"] else shade
            yield Named(shade, match.start(), match.end())


def beside(text: str, things: re.Pattern[str], *, after: bool = False) -> Colour | None:
    """Find the colour that stands in or just before one of ``things`` ("red velvet").

    With ``after``, one just behind it counts, too ("the background is red").
    """
    named = found(text)
    for thing in things.finditer(text):
        inside = [one for one in named if thing.start() <= one.start < thing.end()]
        before = [
            one
            for one in reversed(named)
            if one.end <= thing.start() + 1
            and _belongs(text[one.end : thing.start()], BEFORE_REACH)
        ]
        behind = [
            one
            for one in named
            if after
            and one.start >= thing.end()
            and _belongs(text[thing.end() : one.start], AFTER_REACH, _CLAUSE)
        ]
        for one in (*inside, *before, *behind):
            return one.colour
    return None


def _belongs(gap: str, reach: int, breaks: re.Pattern[str] = _BREAK) -> bool:
    """Tell whether the words between a colour and a thing are few and do not part them."""
    return len(gap) <= reach and not breaks.search(gap)


def without(text: str) -> str:
    """Remove the names of colours from a text."""
    for named in reversed(found(text)):
        text = f"{text[: named.start]} {text[named.end :]}"
    return text


def quiet(text: str) -> Colour:
    """Choose a quiet colour that follows from a text: the same text always gets the same."""
    return linear(QUIET[zlib.crc32(text.encode()) % len(QUIET)])
