"""Hold what somebody wishes for a photo: words or a template, a size; with aiart's limits."""

import json
import re
from pathlib import Path
from typing import Literal

import msgspec

from functions.jobs.characters import fold, has_words, trimmed
from functions.jobs.errors import ErrorCode, Facts, Problem, Refused
from functions.jobs.records import Record

PROMPT_LIMIT = 256  # characters, Chinese or English


PRODUCT_LIMIT = 50


SIDE_MIN_PX, SIDE_MAX_PX = 501, 3999  # "more than 500 and less than 4000"


RATIO_MAX = 2.5  # 2:5 to 5:2


TEMPLATE_SWITCH = "BackgroundTemplate"  # as a prompt, it makes aiart ignore the words


RATIO_LONG_SIDE_PX = 1280  # what "16:9" is expanded to


# In folded text, where a colon is : and a digit 0 to 9.
SIZE_PATTERN = (
    r"(?P<width>\d{1,6})\s*(?:px)?\s*(?P<sign>[:x×*✕✖╳比])\s*"
    r"(?P<height>\d{1,6})(?P<unit>\s*(?:px|pixels?|像素))?"
)


RATIO_SIGNS = frozenset(":比")


USUAL_RATIOS = frozenset(
    one for pair in ((1, 1), (16, 9), (4, 3), (3, 2), (5, 4), (21, 9)) for one in (pair, pair[::-1])
)


class Resolution(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Hold the size of the picture that is asked for, in pixels."""

    width: int = 1280
    height: int = 1280

    def __post_init__(self) -> None:
        """Check the range. Raises ``Refused`` outside of aiart's."""
        sides = (self.width, self.height)
        if not all(SIDE_MIN_PX <= side <= SIDE_MAX_PX for side in sides) or (
            max(sides) > RATIO_MAX * min(sides)
        ):
            facts: Facts = {"width": self.width, "height": self.height}
            facts |= {"min": SIDE_MIN_PX, "max": SIDE_MAX_PX, "nearest": _nearest_size(*sides)}
            raise Refused(Problem(ErrorCode.SIZE_OUT_OF_RANGE, "resolution", facts))

    def __str__(self) -> str:
        return f"{self.width}:{self.height}"


def parse_resolution(typed: str) -> Resolution:
    """Read a size as people type it: ``1280:720``, ``1280x720``, or a ratio such as ``16:9``.

    A ratio becomes that shape with 1280 px on the long side. ``12x5`` may be a ratio or inches: it
    is asked back, unless the shape is a usual one. Raises ``Refused``.
    """
    found = re.fullmatch(SIZE_PATTERN, trimmed(fold(typed).text))
    if not found or not all(int(n) for n in found.group("width", "height")):
        raise Refused(Problem(ErrorCode.SIZE_UNREADABLE, "resolution", {"typed": typed[:40]}))
    width, height = int(found["width"]), int(found["height"])
    is_ratio = max(width, height) < 100 and not found["unit"]  # no picture is that small
    if is_ratio and found["sign"] not in RATIO_SIGNS and (width, height) not in USUAL_RATIOS:
        raise Refused(_ratio_or_pixels(typed, width, height))
    if not is_ratio:
        return Resolution(width=width, height=height)
    scale = RATIO_LONG_SIDE_PX / max(width, height)
    try:
        return Resolution(width=round(width * scale), height=round(height * scale))
    except Refused as refused:
        facts: Facts = {"rule": "shape", "typed": typed.strip()[:40]}
        facts["nearest"] = "5:2" if width > height else "2:5"
        raise Refused(*(_with_facts(one, facts) for one in refused.problems)) from None


def _ratio_or_pixels(typed: str, width: int, height: int) -> Problem:
    facts: Facts = {"rule": "ratio-or-pixels", "typed": typed.strip()[:40]}
    facts["ratio"] = f"{width}:{height}"
    return Problem(ErrorCode.SIZE_UNREADABLE, "resolution", facts)


def _with_facts(problem: Problem, facts: Facts) -> Problem:
    return msgspec.structs.replace(problem, facts={**problem.facts, **facts})


def _nearest_size(width: int, height: int) -> str:
    """Find the size in aiart's range that is nearest in shape, and then in pixels."""
    short, long = sorted((max(width, 1), max(height, 1)))
    shape = min(long / short, RATIO_MAX)
    short = round(min(max(SIDE_MIN_PX, long / shape), SIDE_MAX_PX / shape))
    long = min(round(short * shape), int(short * RATIO_MAX), SIDE_MAX_PX)
    return f"{long}x{short}" if width > height else f"{short}x{long}"


class Template(Record, frozen=True, kw_only=True):
    """Name a background that aiart knows. ``name`` is what the API takes."""

    name: str
    en: str
    group: str


TEMPLATES: tuple[Template, ...] = tuple(
    msgspec.convert(
        json.loads(Path(__file__).with_name("templates.json").read_text("utf-8"))["templates"],
        list[Template],
    )
)


def find_template(typed: str) -> Template:
    """Find the template of that name, in either language, whatever the case. Raises ``Refused``."""
    wanted = _template_key(typed)
    for template in TEMPLATES:
        if wanted in (_template_key(template.name), _template_key(template.en)):
            return template
    raise Refused(Problem(ErrorCode.TEMPLATE_UNKNOWN, "template", {"typed": typed[:40]}))


def _template_key(name: str) -> str:
    return " ".join(trimmed(fold(name).text).split())


class LogoRect(Record, frozen=True, kw_only=True):
    """Place a mark of one's own, in pixels from the top left."""

    x: int
    y: int
    width: int
    height: int


class Logo(Record, frozen=True, kw_only=True):
    """Hold a mark of one's own in place of aiart's "AI generated" words."""

    url: str
    rect: LogoRect

    def __post_init__(self) -> None:
        """Check the limits. Raises ``Refused``."""
        rect = self.rect
        sane = min(rect.x, rect.y) >= 0 and min(rect.width, rect.height) > 0
        if not self.url.startswith(("https://", "http://")) or not sane:
            raise Refused(Problem(ErrorCode.LOGO_REFUSED, "logo"))


class Wish(Record, frozen=True, kw_only=True):
    """Say what is to be painted: words or a template, and how.

    ``product`` says what the photo shows (leaving it out hurts the quality), ``avoid`` what must
    not appear, ``answer_as`` how aiart hands the picture over.
    """

    prompt: str = ""
    template: str = ""
    avoid: str = ""
    product: str = ""
    resolution: Resolution = Resolution()
    watermark: bool = True
    logo: Logo | None = None
    answer_as: Literal["url", "base64"] = "url"

    def __post_init__(self) -> None:
        """Check the limits. Raises ``Refused`` with every problem at once."""
        problems = [*self._problems()]
        if problems:
            raise Refused(*problems)

    def _problems(self) -> list[Problem]:
        problems = [
            Problem(code, name, {"over": len(text) - limit, "limit": limit, "length": len(text)})
            for code, name, text, limit in (
                (ErrorCode.WORDS_TOO_LONG, "prompt", self.prompt, PROMPT_LIMIT),
                (ErrorCode.AVOID_TOO_LONG, "avoid", self.avoid, PROMPT_LIMIT),
                (ErrorCode.PRODUCT_TOO_LONG, "product", self.product, PRODUCT_LIMIT),
            )
            if len(text) > limit
        ]
        if self.template and self.template not in {template.name for template in TEMPLATES}:
            facts: dict[str, str | int] = {"typed": self.template[:40]}
            problems.append(Problem(ErrorCode.TEMPLATE_UNKNOWN, "template", facts))
        if self.template and self.prompt.strip():
            problems.append(Problem(ErrorCode.WORDS_AND_TEMPLATE, "template"))
        if not self.template and not self.prompt.strip():
            problems.append(Problem(ErrorCode.WORDS_MISSING, "prompt"))
        if self.prompt.strip().casefold() == TEMPLATE_SWITCH.casefold():
            problems.append(Problem(ErrorCode.WORDS_RESERVED, "prompt"))
        return problems


def refuse_wordless(wish: Wish) -> Wish:
    """Return the wish; refuse one whose words say nothing: a comma, an invisible space.

    For the moment when a job is asked for; earlier versions have accepted such words. Raises
    ``Refused`` with every problem.
    """
    texts = (("prompt", wish.prompt), ("avoid", wish.avoid), ("product", wish.product))
    problems = [
        Problem(ErrorCode.WORDS_MISSING, name, {} if name == "prompt" else {"rule": "no-words"})
        for name, text in texts
        if text and not has_words(text)
    ]
    if problems:
        raise Refused(*problems)
    return wish
