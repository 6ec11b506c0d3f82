"""Read characters as a person does: dashes, full-width letters, invisible signs.

Keyboards, browsers and word processors write one sign in many ways. ``fold`` gives a text for
comparing in which each sign is written in one way; its ``at`` finds a piece in the original text.
"""

import re
import unicodedata
from functools import lru_cache

import msgspec

HYPHEN, LONG_DASH = "-", "—"
# Each stands for one typed hyphen. Every other dash (Unicode's category Pd) is a long one: macOS
# and Word make one of two typed hyphens.
_HYPHENS = frozenset("-‐‑−﹣－⁃˗➖")
_MORE_LONG_DASHES = frozenset("─━")  # box drawing, typed by some Chinese keyboards
_COLONS = frozenset("：∶﹕︰꞉ː")  # NFKC turns only two of these into one
# Format characters are category Cf; these are invisible too (Default_Ignorable_Code_Point), or
# blank although Unicode calls them letters or signs.
_MORE_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Invisible, but they make one picture of the emoji beside them.
_JOINING = re.compile("[\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]")
# Emoji_Presentation and what becomes emoji by U+FE0F, of the blocks where Unicode has emoji.
_EMOJI = re.compile(
    "[\u231a\u231b\u23e9-\u23f3\u25fd\u25fe\u2600-\u2604\u260e\u2611\u2614\u2615\u2618\u261d\u2620"
    "\u2622\u2623\u2626\u262a\u262e\u262f\u2638-\u263a\u2640\u2642\u2648-\u2653\u265f\u2660\u2663"
    "\u2665\u2666\u2668\u267b\u267e\u267f\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26a7\u26aa"
    "\u26ab\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8\u26ce\u26cf\u26d1\u26d3\u26d4\u26e9\u26ea"
    "\u26f0-\u26f5\u26f7-\u26fa\u26fd\u2702\u2705\u2708-\u270d\u270f\u2712\u2714\u2716\u271d\u2721"
    "\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763\u2764\u2795-\u2797\u27a1"
    "\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\u3297\u3299\U0001f000-\U0001faff]"
    "|[\u203c-\u3299]\ufe0f"
)

# Bidirectional marks, embeddings, overrides and isolates (Bidi_Control of Unicode).
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Folded(msgspec.Struct, frozen=True):
    """Hold a text for comparing. ``at[n]`` is where its n-th character stands in the original."""

    original: str
    text: str
    at: tuple[int, ...]

    def cut(self, start: int, end: int) -> str:
        """Give the part of the original behind ``text[start:end]``, without invisible ends."""
        if start >= end:
            return ""
        stop = self.at[end - 1] + 1
        while stop < len(self.original) and _JOINING.match(self.original[stop]):
            stop += 1
        return self.original[self.at[start] : stop]


def fold(text: str) -> Folded:
    """Fold a text for comparing: write each sign in one way, and leave out invisible ones."""
    seen = [(place, _plain(one)) for place, one in enumerate(text) if not is_invisible(one)]
    places = (*(place for place, _ in seen), len(text))
    return Folded(text, "".join(plain for _, plain in seen), places)


def is_invisible(character: str) -> bool:
    """Say whether a character draws nothing and takes no room; white space does take some."""
    if character.isspace():
        return False
    hidden = unicodedata.category(character) in {"Cf", "Cc"}
    return hidden or _MORE_INVISIBLE.match(character) is not None


def has_words(text: str) -> bool:
    """Say whether a text has a letter, a digit, an ideograph or an emoji: something to paint."""
    said = any(unicodedata.category(one)[0] in "LN" and not is_invisible(one) for one in text)
    return said or _EMOJI.search(text) is not None


def trimmed(folded: str) -> str:
    """Strip spaces, quotes, full stops and commas from around a short value."""
    quotes = " \t\r\n\u3000`\"'“”‘’«»「」『』"
    return folded.lstrip(quotes).rstrip(quotes + ".,;!。、")


def same_name(name: str) -> str:
    """Fold a file's name for comparing: NFC and casefolded, as macOS writes é as two characters."""
    composed = unicodedata.normalize("NFC", name)
    return unicodedata.normalize("NFC", composed.casefold())


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if character in _HYPHENS:
        return HYPHEN
    if character in _MORE_LONG_DASHES or unicodedata.category(character) == "Pd":
        return LONG_DASH
    if character in _COLONS:
        return ":"
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", character).casefold()
    is_digit_in_a_ring = unicodedata.category(character) == "No"  # ① numbers a line: it stays
    return plain if len(plain) == 1 and not is_digit_in_a_ring else character


def without_direction(text: str) -> str:
    """Remove direction controls, which can make a text look like another."""
    return _DIRECTION.sub("", text)


def escape_direction(json: str) -> str:
    """Escape direction controls in a JSON text: its values stay, and readers see the controls."""
    return _DIRECTION.sub(lambda found: f"\\u{ord(found[0]):04x}", json)
