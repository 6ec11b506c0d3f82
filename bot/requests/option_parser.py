"""Split a typed text into options and words: where each option begins and its value ends.

``bot.requests.prompt_parser`` describes the grammar. The text is searched in its folded form
(``functions.jobs.characters``), where every kind of dash or colon is one character; what is found
is cut out of the text as it was typed.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator

import msgspec

from functions.jobs.characters import Folded, fold, has_words
from functions.jobs.scenes import NAME_CHARS
from functions.jobs.shops import BETWEEN, NAMES
from functions.jobs.wish import COLOURS, SIZE_PATTERN

OPTIONS = {
    "product": "product",
    "商品": "product",
    "产品": "product",
    "template": "template",
    "模板": "template",
    "avoid": "avoid",
    "no": "avoid",
    "避免": "avoid",
    "size": "size",
    "ar": "size",
    "尺寸": "size",
    "scene": "scene",
    "场景": "scene",
    "watermark": "watermark",
    "水印": "watermark",
    "for": "for",
    "用于": "for",
    "平台": "for",
    "packshot": "packshot",
    "白底图": "packshot",
    "白底": "packshot",
    "fill": "fill",
    "占比": "fill",
    "shadow": "shadow",
    "阴影": "shadow",
}
SWITCHES = {"on": True, "off": False, "开": True, "关": False}

_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_ENDS = rf"(?!(?![{_CJK}_])\w|_+[^\W_])"  # the word ends here; a Chinese letter begins another word
_CHINESE = "|".join(name for name in OPTIONS if not name.isascii())
_LATIN = "|".join(name for name in OPTIONS if name.isascii())
_DASHES = re.compile("[-—]+")
_NAME = re.compile(
    r"(?P<gap>[^\S\r\n]*)[`\"'*_~“”‘’]*(?P<typed>"
    rf"(?P<chinese>{_CHINESE})"
    rf"|(?P<latin>(?:size|ar)(?=\d)|(?:{_LATIN}){_ENDS})"
    r"(?P<more>-[^\W\d_][\w-]*)?"
    r"|(?P<other>[^\W\d_][\w-]*))"
)
_SIGN = re.compile(r"[^\w\s]*[^\S\r\n]*[=:]")
_QUOTES = re.compile(r"[`\"'“”‘’「『*_(\[【]+")
_FENCE = re.compile("(?:`{3,}|~{3,})$")
_FENCE_LINE = re.compile(r"\s*(?P<fence>`{3,}|~{3,})")
_NUMBERED = re.compile(
    r"\s*(?:[(（]?(?:\d{1,2}|[a-z]|[一二三四五六七八九十]{1,2})[.)、）]|[①-⒛])\s*"
)
_LINE_END = re.compile(r"[\r\n\v\f\x85\u2028\u2029]")
_SHOP = rf"(?:{'|'.join(map(re.escape, sorted(NAMES, key=len, reverse=True)))})"
# Values that cannot be mistaken for words: what follows them in the line is words again. Nothing
# that could be meant as another shop may follow shops: it would be painted, and paid for.
_SHORT = {
    "for": re.compile(
        rf"{_SHOP}(?:{BETWEEN}{_SHOP})*(?=[^\w\s,;/+&-]*(?:\s|$))(?!{BETWEEN})(?!\s*{_SHOP})"
    ),
    "size": re.compile(rf"{SIZE_PATTERN}(?!(?![{_CJK}])\w|[:/.-]\d)"),
    "watermark": re.compile(rf"(?:{'|'.join(SWITCHES)})(?!(?![{_CJK}])\w)"),
    "scene": re.compile(rf"[^\W_](?:[\w-]{{0,{NAME_CHARS - 2}}}[^\W_])?(?![\w-])"),
    "shadow": re.compile(rf"(?:{'|'.join(SWITCHES)})(?!(?![{_CJK}])\w)"),
    "fill": re.compile(rf"\d{{1,3}}(?!\d)\s*%?(?!(?![{_CJK}])\w)"),
    "packshot": re.compile(
        rf"(?:off|关|{'|'.join(sorted(COLOURS, key=len, reverse=True))}|#[0-9a-f]{{3,6}})"
        rf"(?!(?![{_CJK}])\w)"
    ),
}
_PAIRS = dict(zip("([{<“‘„‚«‹「『【《〈〔〖〝❝", ")]}>”’“‘»›」』】》〉〕〗〞❞", strict=True))
_OPENING = {closing: opening for opening, closing in _PAIRS.items()}
_BOTH_WAYS = frozenset("`\"'*_~|´′″\\")  # each of these both opens and closes
_BULLETS = frozenset("•·∙⦁◦▪‣●○■□◆◇→➤►▶+>|-—※★☆✓✔☑☐✅👉⚫🔹🔸")
_KEPT_IN_VALUES = frozenset("%#&@/")
_SHORTCODE = re.compile(r":[a-z+-][a-z0-9_+'-]*:")  # an emoji, as Slack writes it
# How like a known name a word behind one dash must be to count as mistyped: prose has dashes, too.
_SLIP, _SLIP_LONGER, _SLIP_LENGTH = 0.8, 2, 5
_ALIKE = {"latin": 0.6, "chinese": 0.5}


class Option(msgspec.Struct, frozen=True):
    """Hold an option found in a text: its name as ``typed`` with dashes, and its ``value``.

    ``name`` is its English name; empty for an unknown one, of which ``nearest`` is the known name
    (in either language) that it is most like, if any.
    """

    typed: str
    name: str
    value: str = ""
    nearest: str = ""


class _Mark(msgspec.Struct, frozen=True):
    """Hold the start of an option by places in the folded text: dashes, then the typed name.

    ``end`` is behind the name and a rest joined to it by a hyphen; ``name`` is empty if unknown.
    """

    start: int
    typed_start: int
    typed_end: int
    end: int
    name: str


def split_options(text: str) -> tuple[str, list[Option]]:
    """Split decoded text into its words and its options, in order."""
    return _Splitter(fold(text)).split()


def nearest_option(typed: str, cutoff: float | None = None) -> str:
    """Give the known option name that a mistyped one is most like; empty if it is like none.

    ``cutoff`` is ``difflib``'s, from 0 to 1.
    """
    script = "latin" if typed.isascii() else "chinese"
    names = [name for name in OPTIONS if name.isascii() is typed.isascii()]
    begun = [name for name in names if typed.startswith(f"{name}-")]
    typed = typed if script == "latin" else typed[:2]  # Chinese words are not told apart by spaces
    alike = begun or difflib.get_close_matches(typed, names, 1, cutoff or _ALIKE[script])
    return alike[0] if alike else ""


def _marks(text: str) -> Iterator[_Mark]:
    """Find where options begin in a folded text."""
    behind = 0
    for dashes in _DASHES.finditer(text):
        found = _NAME.match(text, dashes.end()) if dashes.start() >= behind else None
        if not found:
            continue
        is_known = (found["chinese"] or found["latin"]) is not None
        before = text[dashes.start() - 1] if dashes.start() else " "
        begins = _begins_known if is_known else _begins_other
        if begins(dashes[0], before, found):
            behind = found.end()
            name = "" if found["more"] or not is_known else OPTIONS[found["typed"]]
            yield _Mark(dashes.start(), *found.span("typed"), behind, name)


def _begins_known(dashes: str, before: str, found: "re.Match[str]") -> bool:
    is_apart, is_cjk = not before.isalnum(), re.match(f"[{_CJK}]", before) is not None
    is_long, has_sign = "—" in dashes, _SIGN.match(found.string, found.end()) is not None
    if found["gap"] and found["typed"] == "for":  # "a gift -- for her"
        return is_apart and has_sign
    if found["gap"]:  # prose has a long dash with spaces around it, and a single one
        return is_apart and (has_sign or (len(dashes) > 1 and not is_long))
    return is_apart or len(dashes) > 1 or (is_cjk and (is_long or has_sign))


def _begins_other(dashes: str, before: str, found: "re.Match[str]") -> bool:
    """Say whether dashes begin an unknown option: two hyphens always, others before a near miss."""
    typed = found["typed"]
    if found["gap"] or (before.isascii() and before.isalnum()):
        return False
    if len(dashes) > 1 and "—" not in dashes:
        return not before.isalnum()
    near = nearest_option(typed, _SLIP)
    return len(near) >= _SLIP_LENGTH and abs(len(near) - len(typed)) <= _SLIP_LONGER


class _Splitter:
    """Split one text, from option to option."""

    def __init__(self, folded: Folded) -> None:
        self._folded = folded
        self._text = folded.text
        self._opened: list[str] = []  # the marks that would close those opened before options
        self._dropped: set[str] = set()  # marks left out around values; ``_unwrapped`` pairs them

    def split(self) -> tuple[str, list[Option]]:
        """Give the words, and the options."""
        marks = [*_marks(self._text)]
        floors = [0, *(mark.end for mark in marks)]
        leads = [self._lead(floor, mark.start) for floor, mark in zip(floors, marks, strict=False)]
        ends = [*(lead for lead, _ in leads[1:]), len(self._text)]
        words, options, behind = [], list[Option](), 0
        for mark, (lead, closing), end in zip(marks, leads, ends, strict=False):
            words.append(self._cut(behind, lead))
            self._opened = [*self._opened, *closing]
            start, stop, behind = self._value(mark, end)
            behind = self._past_fence(behind)
            options.append(self._option(mark, self._folded.cut(start, stop)))
        words.append(self._cut(behind, len(self._text)))
        return self._unwrapped(_tidy(" ".join(words))), options

    def _cut(self, start: int, end: int) -> str:
        """Cut words out as they were typed, with invisible characters at the text's own ends."""
        original, at = self._folded.original, self._folded.at
        if end == len(self._text):
            return original[at[start] if start else 0 :]
        words = self._folded.cut(start, end)
        return original[: at[0]] + words if words and not start else words

    def _option(self, mark: _Mark, value: str) -> Option:
        typed = self._folded.cut(mark.start, mark.typed_end)
        nearest = "" if mark.name else nearest_option(self._text[mark.typed_start : mark.typed_end])
        return Option(typed, mark.name, _tidy(value), nearest)

    def _lead(self, floor: int, start: int) -> tuple[int, list[str]]:
        """Find where the bullets and opening marks before an option begin, and their closing marks.

        The option's dashes are at ``start``; the search goes back to ``floor`` at the most.
        """
        line = max([floor, *(end.end() for end in _LINE_END.finditer(self._text, floor, start))])
        before, closing = self._text[line:start], list[str]()
        while before.strip():
            kept = before.rstrip()
            mark = kept[len(kept.rstrip(kept[-1])) :]  # the last sign, with its repetitions
            is_near = len(kept) == len(before)
            is_free = not kept[: -len(mark)][-1:].isalnum()
            if kept[-1] in _PAIRS:
                mark = kept[-1]
                closes = _PAIRS[mark]
            elif kept[-1] in _BOTH_WAYS and _is_odd(kept, mark[0]) and (is_near or is_free):
                closes = mark
            elif kept[-1] in _BULLETS and is_free:
                closes = ""
            else:
                break
            if closes and is_near:
                closing.insert(0, closes)
            before = kept[: -len(mark)]
        unmarked = "".join(one for one in before if one not in _BULLETS)
        if not has_words(unmarked) or _NUMBERED.fullmatch(before):
            return self._fence(floor, line, closing)
        return line + len(before.rstrip()), closing

    def _fence(self, floor: int, line: int, closing: list[str]) -> tuple[int, list[str]]:
        """Find where the code fence above a line begins, if there is one, or else the line."""
        above = self._text[floor:line].rstrip()
        fence = _FENCE.search(above)
        return (floor + fence.start(), [fence[0], *closing]) if fence else (line, closing)

    def _past_fence(self, behind: int) -> int:
        """Go past a code fence that closes behind an option, if one was opened before options."""
        found = _FENCE_LINE.match(self._text, behind)
        if not found or found["fence"] not in self._opened:
            return behind
        self._opened.remove(found["fence"])
        return found.end()

    def _value(self, mark: _Mark, end: int) -> tuple[int, int, int]:
        """Find where an option's value begins and ends, and where words begin again behind it.

        ``end`` is where the next option begins, or the text's end.
        """
        start = self._skip(mark.end, end)
        broken = _LINE_END.match(self._text, start, end)
        if broken:  # nothing stands behind the name: the value is in the next line
            start = self._skip(broken.end(), end)
        found = _LINE_END.search(self._text, start, end)
        stop = found.start() if found else end
        if mark.name in _SHORT:
            quoted = _QUOTES.match(self._text, start, stop)
            short = _SHORT[mark.name].match(self._text, quoted.end() if quoted else start, stop)
            if short:
                return short.start(), short.end(), self._skip(short.end(), stop)
        closed = self._closed(start, stop)
        if closed:
            return (*self._trim(start, closed[0]), self._skip(closed[1], stop))
        if found:  # only a code fence stays open over several lines
            self._opened = [one for one in self._opened if _FENCE.fullmatch(one)]
        return (*self._trim(start, stop), stop)

    def _closed(self, start: int, stop: int) -> tuple[int, int] | None:
        """Find the closing mark, opened before options, that ends this value, if there is one.

        Gives its start and end.
        """
        for nth in range(len(self._opened) - 1, -1, -1):
            closing, depth = self._opened[nth], 0
            for at in range(start, stop):
                if self._text[at] == _OPENING.get(closing):
                    depth += 1
                elif self._text.startswith(closing, at):
                    behind = at + len(closing)
                    is_inside = closing in _BOTH_WAYS and self._text[behind : behind + 1].isalnum()
                    if not depth and not is_inside:
                        del self._opened[nth:]
                        return at, behind
                    depth = max(0, depth - 1)
        return None

    def _skip(self, start: int, end: int) -> int:
        """Go past loose signs between an option's name and its value, or behind a value."""
        while start < end and not _LINE_END.match(self._text, start):
            rest = self._text[start:end].split("\n")[0]
            closing = self._opened[-1] if self._opened else ""
            if rest[0] in _OPENING or rest[0] in _BOTH_WAYS:
                self._dropped.add(rest[0])
            if closing and rest.startswith(closing):
                self._opened.pop()
                start += len(closing)
            elif _is_loose_before(rest):
                start += 1
            else:
                break
        return start

    def _trim(self, start: int, stop: int) -> tuple[int, int]:
        """Narrow a value to leave out spaces, punctuation and quotes around it."""
        while start < stop:
            value = self._text[start:stop]
            if _is_loose_behind(value):
                if value[-1] in _OPENING or value[-1] in _BOTH_WAYS:
                    self._dropped.add(value[-1])
                stop -= 1
            elif len(value) > 1 and value[-1] == _PAIRS.get(
                value[0], value[0] if value[0] in _BOTH_WAYS else ""
            ):
                start, stop = start + 1, stop - 1
            elif value[0].isspace() or _PAIRS.get(value[0], value) not in value:
                start += 1
            else:
                break
        return start, stop

    def _unwrapped(self, words: str) -> str:
        """Strip opening marks before the words whose closing mark stood behind an option."""
        while words:
            first = words[0]
            closes = _PAIRS.get(first, first)
            is_open = (
                words.count(first) > words.count(closes)
                if first in _PAIRS
                else first in _BOTH_WAYS and _is_odd(words, first)
            )
            if closes not in self._dropped or not is_open:
                break
            words = words.lstrip(first).lstrip()
        return words


def _is_odd(text: str, sign: str) -> bool:
    """Say whether a sign that opens and closes is left open in a text; ``**`` counts once."""
    return len(re.findall(re.escape(sign) + "+", text)) % 2 == 1


def _is_loose_before(text: str) -> bool:
    """Say whether the first character is a sign that belongs to no value."""
    first = text[0]
    if first in _PAIRS or _SHORTCODE.match(text):
        return False
    if first in _OPENING:
        return True
    if first in _BOTH_WAYS:
        return _is_odd(text, first)
    return first.isspace() or first in "=:,;、。—-.…!?"


def _is_loose_behind(text: str) -> bool:
    """Say whether the last character is a sign that belongs to no value."""
    last = text[-1]
    if last in _OPENING:
        return text.count(last) > text.count(_OPENING[last])
    if last in _BOTH_WAYS:
        return _is_odd(text, last)
    if last == ":" and _SHORTCODE.search(text) and re.search(_SHORTCODE.pattern + "$", text):
        return False
    if last in _PAIRS or last.isspace() or last in _BULLETS:
        return last != "+"
    return unicodedata.category(last)[0] == "P" and last not in _KEPT_IN_VALUES


def _tidy(text: str) -> str:
    """Reduce each run of spaces and line breaks to one space."""
    return " ".join(text.split())
