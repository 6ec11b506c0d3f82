"""Define a wish: what a picture shall look like, with the limits of aiart.

``check_wish`` checks a wish against the limits when a job is accepted; it is not checked again when
its record is read. Limits: Tencent document 1668/107957 and the official SDK's
``ReplaceBackgroundRequest`` (tencentcloud-sdk-python-aiart 3.1.179).
"""

import json
import re
from pathlib import Path
from typing import Literal

import msgspec

from functions.jobs.characters import fold, has_words, trimmed
from functions.jobs.errors import ErrorCode, Facts, Problem, Refused
from functions.jobs.records import Record, prepared

PROMPT_LIMIT = 256  # characters, Chinese or English


PRODUCT_LIMIT = 50


SIDE_MIN_PX, SIDE_MAX_PX = 501, 3999  # "more than 500 and less than 4000"


RATIO_MAX = 2.5  # 2:5 to 5:2


BACKGROUNDS = frozenset({"prompt", "template", "packshot"})  # of which a wish has one


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

    @property
    def is_in_range(self) -> bool:
        """Say whether aiart paints that size."""
        sides = (self.width, self.height)
        return all(SIDE_MIN_PX <= side <= SIDE_MAX_PX for side in sides) and (
            max(sides) <= RATIO_MAX * min(sides)
        )

    def __str__(self) -> str:
        return f"{self.width}:{self.height}"


PACKSHOT_SIZE = Resolution(width=2000, height=2000)  # where no size was asked for


def check_resolution(size: Resolution) -> Resolution:
    """Return the size if aiart paints it. Raises ``Refused``."""
    if size.is_in_range:
        return size
    facts: Facts = {"width": size.width, "height": size.height, "min": SIDE_MIN_PX}
    facts |= {"max": SIDE_MAX_PX, "nearest": _nearest_size(size.width, size.height)}
    raise Refused(Problem(ErrorCode.SIZE_OUT_OF_RANGE, "resolution", facts))


def parse_resolution(typed: str) -> Resolution:
    """Read a size as people type it: ``1280:720``, ``1280x720``, or a ratio such as ``16:9``.

    A ratio becomes that shape with 1280 px on the long side. Raises ``Refused``, also for ``12x5``,
    which may be a ratio or inches: only usual ratios may be written with an x.
    """
    found = re.fullmatch(SIZE_PATTERN, trimmed(fold(typed).text))
    if not found or not all(int(n) for n in found.group("width", "height")):
        raise Refused(Problem(ErrorCode.SIZE_UNREADABLE, "resolution", {"typed": typed[:40]}))
    width, height = int(found["width"]), int(found["height"])
    is_ratio = max(width, height) < 100 and not found["unit"]  # no picture is that small
    if is_ratio and found["sign"] not in RATIO_SIGNS and (width, height) not in USUAL_RATIOS:
        raise Refused(_ratio_or_pixels(typed, width, height))
    if not is_ratio:
        return check_resolution(Resolution(width=width, height=height))
    scale = RATIO_LONG_SIDE_PX / max(width, height)
    try:
        made = Resolution(width=round(width * scale), height=round(height * scale))
        return check_resolution(made)
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
        prepared(list[Template]),
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


WHITE = "#ffffff"
COLOURS = {
    **dict.fromkeys(("white", "on", "白", "白色", "纯白", "开"), WHITE),
    **dict.fromkeys(("light grey", "light gray", "浅灰", "浅灰色"), "#f2f2f2"),
    **dict.fromkeys(("grey", "gray", "灰", "灰色"), "#d9d9d9"),
    **dict.fromkeys(("cream", "米白", "米白色"), "#faf6ec"),
    **dict.fromkeys(("black", "黑", "黑色"), "#000000"),
}  # by what people call them; any other is written as #rrggbb
FILL_MIN, FILL_MAX = 20, 100  # per cent
_HEX = re.compile("#?([0-9a-f]{3}|[0-9a-f]{6})")


def parse_colour(typed: str) -> str:
    """Read a packshot's colour: a name in either language, or ``#rrggbb``. Raises ``Refused``."""
    said = _template_key(typed)
    found = _HEX.fullmatch(said)
    if said in COLOURS:
        return COLOURS[said]
    if found is None:
        raise Refused(_unreadable("colour", typed))
    digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
    return f"#{digits}"


def parse_fill(typed: str) -> int:
    """Read how much of the picture a packshot's product fills, in per cent. Raises ``Refused``."""
    found = re.fullmatch(r"(\d{1,3})\s*%?", _template_key(typed))
    fill = int(found[1]) if found else 0
    if not FILL_MIN <= fill <= FILL_MAX:
        raise Refused(_unreadable("fill", typed))
    return fill


def _unreadable(rule: str, typed: str) -> Problem:
    facts: Facts = {"rule": rule, "typed": typed.strip()[:40], "min": FILL_MIN, "max": FILL_MAX}
    return Problem(ErrorCode.PACKSHOT_UNREADABLE, "packshot", facts)


class LogoRect(Record, frozen=True, kw_only=True):
    """Hold the place of a logo in the picture, in px from the top left."""

    x: int
    y: int
    width: int
    height: int


Corner = Literal["bottom-right", "bottom-left", "top-right", "top-left"]
LOGO_SHARES = (10, 20, 30)  # per cent of the picture's width, or height, that people choose from
LOGO_MARGIN = 0.024  # between it and the edges, of the picture's shorter side


class Logo(Record, frozen=True, kw_only=True):
    """Hold a logo that replaces aiart's "AI generated" mark.

    It is the bucket's object ``key``, ``width`` × ``height`` px, and stands in a ``corner``, as
    large as fits into ``share`` per cent of the result's width and height. Or it is at a ``url``,
    which is empty otherwise, and stands in a ``rect``.
    """

    url: str
    rect: LogoRect | None = None
    key: str = ""
    width: int = 1
    height: int = 1
    corner: Corner = "bottom-right"
    share: int = LOGO_SHARES[1]

    def rect_in(self, size: Resolution) -> LogoRect:
        """Give its place in a picture of ``size``; the logo keeps its proportions."""
        if self.rect:
            return self.rect
        room = (size.width * self.share / 100, size.height * self.share / 100)
        scale = min(room[0] / self.width, room[1] / self.height)
        width, height = max(1, int(self.width * scale)), max(1, int(self.height * scale))
        margin = round(min(size.width, size.height) * LOGO_MARGIN)
        is_left, is_top = self.corner.endswith("left"), self.corner.startswith("top")
        return LogoRect(
            x=margin if is_left else size.width - width - margin,
            y=margin if is_top else size.height - height - margin,
            width=width,
            height=height,
        )


class Packshot(Record, frozen=True, kw_only=True):
    """Say how the product is to stand alone, without a background that aiart paints.

    ``background`` is a colour such as ``#ffffff``; the product fills ``fill`` per cent of the
    picture's width or height, and may have a soft ``shadow`` where it stands.
    """

    background: str = WHITE
    fill: int = 85
    shadow: bool = False


class Wish(Record, frozen=True, kw_only=True):
    """Say what to paint, by words or a template, and how; or ask for a packshot, without painting.

    ``product`` says what the photo shows (leaving it out hurts the quality), ``avoid`` what must
    not appear, ``answer_as`` how aiart hands the picture over. ``shop`` is the key of the shop
    whose size it has, if one was named; of a check, the keys of the shops, with commas.
    """

    prompt: str = ""
    template: str = ""
    avoid: str = ""
    product: str = ""
    resolution: Resolution = Resolution()
    watermark: bool = True
    logo: Logo | None = None
    answer_as: Literal["url", "base64"] = "url"
    packshot: Packshot | None = None
    shop: str = ""

    @property
    def is_marked(self) -> bool:
        """Say whether the picture has aiart's visible mark; with a logo in its place it has not."""
        return self.watermark and self.logo is None


def check_wish(wish: Wish) -> Wish:
    """Return the wish if aiart can be asked for it and its words say something.

    Raises ``Refused`` with every problem at once.
    """
    problems = limit_problems(wish) or _wordless(wish)
    if problems:
        raise Refused(*problems)
    return wish


def limit_problems(wish: Wish) -> list[Problem]:
    """List everything in a wish for which aiart cannot be asked by today's limits."""
    problems = [
        Problem(code, name, {"over": len(text) - limit, "limit": limit, "length": len(text)})
        for code, name, text, limit in (
            (ErrorCode.WORDS_TOO_LONG, "prompt", wish.prompt, PROMPT_LIMIT),
            (ErrorCode.AVOID_TOO_LONG, "avoid", wish.avoid, PROMPT_LIMIT),
            (ErrorCode.PRODUCT_TOO_LONG, "product", wish.product, PRODUCT_LIMIT),
        )
        if len(text) > limit
    ]
    problems += _scene_problems(wish)
    try:
        check_resolution(wish.resolution)
    except Refused as refused:
        problems += refused.problems
    if wish.logo and not _is_sane(wish.logo, wish.resolution):
        problems.append(Problem(ErrorCode.LOGO_REFUSED, "logo"))
    return problems


def _scene_problems(wish: Wish) -> list[Problem]:
    problems = []
    if wish.packshot:
        return _packshot_problems(wish, wish.packshot)
    if wish.template and wish.template not in {template.name for template in TEMPLATES}:
        facts: Facts = {"typed": wish.template[:40]}
        problems.append(Problem(ErrorCode.TEMPLATE_UNKNOWN, "template", facts))
    if wish.template and wish.prompt.strip():
        problems.append(Problem(ErrorCode.WORDS_AND_TEMPLATE, "template"))
    if not wish.template and not wish.prompt.strip():
        problems.append(Problem(ErrorCode.WORDS_MISSING, "prompt"))
    if wish.prompt.strip().casefold() == TEMPLATE_SWITCH.casefold():
        problems.append(Problem(ErrorCode.WORDS_RESERVED, "prompt"))
    return problems


def _packshot_problems(wish: Wish, packshot: Packshot) -> list[Problem]:
    """List what is wrong with a packshot, which has no other background."""
    problems = []
    if wish.template or wish.prompt.strip():
        facts: Facts = {"rule": "packshot"}
        problems.append(Problem(ErrorCode.WORDS_AND_TEMPLATE, "packshot", facts))
    if not re.fullmatch("#[0-9a-f]{6}", packshot.background):
        problems.append(_unreadable("colour", packshot.background))
    if not FILL_MIN <= packshot.fill <= FILL_MAX:
        problems.append(_unreadable("fill", str(packshot.fill)))
    return problems


def _is_sane(logo: Logo, size: Resolution) -> bool:
    rect = logo.rect_in(size)
    has_place = min(rect.x, rect.y) >= 0 and min(rect.width, rect.height) > 0
    is_inside = rect.x + rect.width <= size.width and rect.y + rect.height <= size.height
    has_picture = bool(logo.key) or logo.url.startswith(("https://", "http://"))
    return has_place and is_inside and has_picture


def _wordless(wish: Wish) -> list[Problem]:
    """Find texts that say nothing, such as a comma or an invisible space."""
    texts = (("prompt", wish.prompt), ("avoid", wish.avoid), ("product", wish.product))
    return [
        Problem(ErrorCode.WORDS_MISSING, name, {} if name == "prompt" else {"rule": "no-words"})
        for name, text in texts
        if text and not has_words(text)
    ]
