"""List all messages and views that the product can show, in both languages, with extreme values.

``infra.doctor --blocks`` has Slack judge this list, and the tests other validators. A view that is
added to ``bot.views`` and not here fails a test.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

import msgspec

from bot.job_messages import (
    BatchSummary,
    CheckReady,
    CutOutReady,
    JobFailedMessage,
    JobMessage,
    PhotoEnded,
    PictureReady,
    Variations,
    ZipReady,
    message,
)
from bot.slack_api.content import Preview
from bot.texts import TEXTS, Language, blanks, text
from bot.views import Block, section
from bot.views.agreement import agreement_blocks
from bot.views.auto import auto_blocks
from bot.views.buttons import Buttons, DeleteState, LogoState, SceneState, delete_view
from bot.views.cutout import CutOut, cutout_again_blocks
from bot.views.form import MAX_PHOTOS, FormOptions, FormState, FormValues, form
from bot.views.help import help_blocks, welcome_blocks, window
from bot.views.home import Home, Recent, home_view
from bot.views.progress import Progress, progress_blocks, sizes_blocks
from bot.views.refusal import edited_blocks, fix_value, not_yours_blocks, refusal_blocks
from bot.views.result import Result
from bot.views.scenes import (
    deleted_blocks,
    logo_form,
    renamed_blocks,
    saved_blocks,
    scene_form,
    scenes_blocks,
)
from bot.views.usage import Usage, Used, usage_lines
from bot.views.zip import Zip
from functions.config import Limits
from functions.jobs.errors import ErrorCode, Facts, Problem
from functions.jobs.file_names import photo_name
from functions.jobs.model import Asker, Job, PhotoUrl, SlackFile, Thread, Upload
from functions.jobs.report import Ending
from functions.jobs.scenes import SCENES_MOST, Scene
from functions.jobs.settings import ChannelSettings, PersonSettings
from functions.jobs.shops import SHOPS
from functions.jobs.steps import Checked, Failed, Finding
from functions.jobs.wish import TEMPLATES, Logo, Packshot, Resolution, Wish

Kind = Literal["message", "view"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
JOBS = tuple(f"{letter * 20}" for letter in "abcd")
LINES_MOST = 40
PLACES = ("person", "channel", "workspace")  # where a scene may be kept
FIX = fix_value("C0PRODUCTS", "1732270000.000100", "1732270000.000100")
SITE = "https://pictures.example/i/a/b"
TOKENS = Buttons(
    dict.fromkeys(("again", "variation", "size", "cutout", "delete", "change"), "t" * 20)
)
PICTURES: tuple[Block, ...] = (
    {"image_url": f"{SITE}/preview.jpg"},
    {"image_url": f"{SITE}/{'x' * 2900}.jpg"},
    {"slack_file": {"id": "F0123456789"}},
)
HOSTILE = (
    "<!channel> <@U0VICTIM> <https://a.example|b> @here &lt;!here&gt; *b* _i_ ~s~ `c` :x: {0} "
    "{name} %s \u202e \u2066 \u200d \0 \ufeff 🚗 \\ \" '"
)


class Values(msgspec.Struct, frozen=True):
    """Hold texts that people may type, up to the longest allowed."""

    name: str
    words: str
    product: str
    file: str
    fact: str


VALUES = (
    Values("short", "雨夜", "", "", "x"),
    Values("usual", "on a wet street at night", "a cup", "cup.jpg", "--size"),
    Values("long", "雨" * 256, "W" * 50, "W" * 250 + ".jpg", "W" * 80),
    Values("hostile", (HOSTILE * 3)[:256], HOSTILE[:50], HOSTILE * 2, HOSTILE[:80]),
)


class Shown(msgspec.Struct, frozen=True):
    """Hold one payload; ``name`` says which state of which message or view it is."""

    name: str
    kind: Kind
    payload: Mapping[str, Any]


def everything_shown() -> Iterator[Shown]:
    """List every payload once."""
    seen: set[bytes] = set()
    for one in _everything():
        packed = msgspec.json.encode(one.payload)
        if packed not in seen:
            seen.add(packed)
            yield one


def _everything() -> Iterator[Shown]:
    for language in LANGUAGES:
        for values in VALUES:
            label = f"{language}, {values.name}"
            yield from _named(_told(values, language), "message", label)
            yield from _named(_whispers(values, language), "message", label)
            yield from _named(_homes(values, language), "view", label)
            yield from _named(_windows(values, language), "view", label)
            yield from _named(_forms(values, language), "view", label)
        yield from _named(_values_of_nobody(language), "message", language)


def _named(found: Iterable[tuple[str, Any]], kind: Kind, label: str) -> Iterator[Shown]:
    for name, content in found:
        payload = {"blocks": content} if kind == "message" else content
        yield Shown(f"{name} ({label})", kind, payload)


# --- what the worker tells


def _job(values: Values, number: int = 0, **changes: Any) -> Job:
    fields: dict[str, Any] = {
        "id": JOBS[number],
        "gesture": "mention",
        "created_at": 1_732_270_000.5,
        "wish": Wish(prompt=values.words, product=values.product, avoid=values.words),
        "photo": SlackFile(file_id="F0123456789", name=values.file),
        "asker": Asker(team_id="T0BACKDROP", user_id="U0MERCHEN1"),
        "thread": Thread(channel="C0PRODUCTS", thread_ts="1732270000.000100"),
        "upload": Upload(id="u" * 20, jobs=JOBS, together=True),
    }
    return Job(**(fields | changes))


def _jobs(values: Values) -> Iterator[tuple[str, Job]]:
    yield "a photo's", _job(values)
    yield "a program's", _job(values, asker=Asker(client="shop"))
    yield "an address's", _job(values, photo=PhotoUrl(url="https://shop.example/" + "x" * 2000))
    yield "a template's", _job(values, wish=Wish(template=TEMPLATES[0].name))


def _result(*, with_all: bool) -> Result:
    if not with_all:
        return Result(512, 512, 1, f"{SITE}/picture.png")
    return Result(
        3999, 3999, 99_999, f"{SITE}/picture.png", f"{SITE}/before.jpg", True, buttons=TOKENS
    )


def _failed(code: ErrorCode, values: Values, language: Language, *, plain: bool) -> Failed:
    facts: dict[str, str | int] = {}
    if not plain:
        facts |= dict.fromkeys(blanks(TEXTS[language][code.value]), values.fact)
    return Failed(
        at=1.0,
        code=code,
        facts=facts,
        request_id="" if plain else "0ee0f0aa-0000-0000-0000-000000000000",
        perhaps_billed=not plain,
    )


def _told(values: Values, language: Language) -> Iterator[tuple[str, list[Block]]]:
    preview = Preview(f"{SITE}/preview.jpg", bytes)
    done = [PictureReady(_result(with_all=rich), preview) for rich in (False, True)]
    for whose, job in _jobs(values):
        pictures: list[JobMessage] = [
            *done,
            CutOutReady(CutOut(4000, 4000, f"{SITE}/cutout.png"), preview),
            ZipReady(Zip(100, 499_999_999, f"{SITE}/pictures.zip")),
            CheckReady(_checked()),
        ]
        for one in pictures:
            for picture in PICTURES:
                yield f"{whose} {type(one).__name__}", _drawn(job, one, picture, language)
        alone = msgspec.structs.replace(job, wish=Wish(packshot=Packshot(), product=values.product))
        shot = CutOutReady(CutOut(2000, 2000, f"{SITE}/picture.png"), preview)
        yield f"{whose} packshot", _drawn(alone, shot, PICTURES[0], language)
        yield f"{whose}, summary", _drawn(job, _summary(job), {}, language)
        yield f"{whose}, unplanned", _drawn(job, done[1], PICTURES[0], language, direct=True)
    if values.name in ("short", "hostile"):
        for code in ErrorCode:
            not_done = JobFailedMessage(
                _failed(code, values, language, plain=values.name == "short"), TOKENS
            )
            yield f"failed: {code.value}", _drawn(_job(values), not_done, {}, language)
    broken = JobFailedMessage(_failed(ErrorCode.INTERNAL, values, language, plain=False))
    jobs = [_job(values, number, variation=number + 1) for number in range(4)]
    cases: dict[str, list[PictureReady | JobFailedMessage]] = {
        "all done": [*done, *done],
        "half done": [*done, broken, broken],
    }
    for kind, those in cases.items():
        pairs = list(zip(jobs, those, strict=True))
        for chosen in ("", jobs[0].id):
            told_together = Variations(pairs, chosen=chosen)
            yield f"several, {kind}", _drawn(jobs[0], told_together, PICTURES[0], language)
        side_by_side = Variations(pairs, sheet=preview)
        yield f"side by side, {kind}", _drawn(jobs[0], side_by_side, PICTURES[0], language)


def _checked() -> list[Checked]:
    """Make shops' checks that together hold every possible finding about a picture."""
    sizes: Facts = {"width": 4000, "height": 1, "want_width": 2000, "want_height": 2000}
    facts = {**sizes, "share": "99.9", "fill": 1, "want": 85}
    rules = (
        *("shape", "small", "not_white", "not_light", "not_plain", "transparent", "fill", "mark"),
        *("mark_unknown", "fill_unknown"),
    )
    found = [
        Finding(rule=rule, facts=facts, refused=not rule.endswith("_unknown")) for rule in rules
    ]
    few = [Checked(shop=shop.key, findings=tuple(found[-2:])) for shop in SHOPS[2:]]
    return [Checked(shop="amazon"), Checked(shop="taobao", findings=tuple(found)), *few]


def _summary(job: Job) -> BatchSummary:
    ends: tuple[Ending, ...] = ("made", "made", "failed", "cancelled")
    photos = [
        PhotoEnded(number, photo_name(job), ended, f"{SITE}/picture.png" if ended == "made" else "")
        for number, ended in enumerate(ends, start=1)
    ]
    return BatchSummary(photos)


def _drawn(
    job: Job, told: JobMessage, picture: Block, language: Language, *, direct: bool = False
) -> list[Block]:
    made = message(job, told, language, direct=direct)
    return made.blocks([picture for _ in made.drawings])


# --- what the bot says beside it


def _whispers(values: Values, language: Language) -> Iterator[tuple[str, list[Block]]]:
    problems = [
        Problem(code, "", dict.fromkeys(blanks(TEXTS[language][code.value]), values.fact))
        for code in ErrorCode
    ]
    for one in problems if values.name == "hostile" else ():
        yield f"refused: {one.code.value}", refusal_blocks([one], language, fix=FIX)
    yield "refused for everything", refusal_blocks(problems, language, fix=FIX)
    elsewhere = Problem(
        ErrorCode.CHANNEL_NOT_ALLOWED, "", {"channels": ",".join(["C0PRODUCTS"] * 40)}
    )
    yield "refused with channels", refusal_blocks([elsewhere], language)
    cutout = CutOut(4000, 4000, f"{SITE}/cutout.png")
    for picture in PICTURES:
        yield "cut-out again", cutout_again_blocks(_job(values), cutout, picture, language)
    for on in (True, False):
        settings = ChannelSettings(
            auto=on, words=values.words, product=values.product, by="U0MERCHEN1", at=1.0
        )
        yield "auto", auto_blocks(settings, language)
    sizes = [_job(values, wish=Wish(prompt=values.words, shop=shop.key)) for shop in SHOPS[:3]]
    yield (
        "one photo in several sizes",
        sizes_blocks([*sizes, _job(values, gesture="fit")], language),
    )
    for place in PLACES:
        for scene in (_scene(values), _scene(values, logo=Logo(url=SITE), avoid=values.words)):
            for is_new in (True, False):
                yield "scene saved", saved_blocks(scene, place, language, is_new=is_new)
            yield "scene renamed", renamed_blocks(scene, "summer", place, language)
            yield "scene deleted", deleted_blocks(scene, place, language)
    yield "no scenes", scenes_blocks({}, language)
    all_of_them = dict.fromkeys(PLACES, [_scene(values)] * SCENES_MOST)
    yield "as many scenes as there can be", scenes_blocks(all_of_them, language)


def _scene(values: Values, **changes: Any) -> Scene:
    fields: dict[str, Any] = {"name": "summer", "prompt": values.words, "by": "U0MERCHEN1"}
    return Scene(**(fields | changes))


def _values_of_nobody(language: Language) -> Iterator[tuple[str, list[Block]]]:
    yield "edited", edited_blocks(language)
    yield "welcome", welcome_blocks(language)
    for asker in (Asker(team_id="T0BACKDROP", user_id="U0MERCHEN1"), Asker(client="shop")):
        yield "not yours", not_yours_blocks(asker, language)
    for optional in (True, False):
        yield "help", help_blocks(language, limits=Limits(watermark_optional=optional))
    for usage in _usages():
        yield "usage", [section("\n".join(usage_lines(usage, language)))]
    for agreed in (True, False):
        yield "agreement", agreement_blocks(language, agreed=agreed)
    yield from _lines(language)
    upload = Upload(id=JOBS[0], jobs=JOBS)
    for progress in _progresses():
        yield "progress", progress_blocks(progress, language)
        yield "progress with cancel", progress_blocks(progress, language, upload=upload)


def _lines(language: Language) -> Iterator[tuple[str, list[Block]]]:
    """Draw every text as a line, as a message to one person does; several to a payload."""
    keys = sorted(key for key, words in TEXTS[language].items() if words)
    for start in range(0, len(keys), LINES_MOST):
        those = keys[start : start + LINES_MOST]
        facts = {key: dict.fromkeys(blanks(TEXTS[language][key]), HOSTILE[:80]) for key in those}
        lines = [section(text(language, key, **facts[key])) for key in those]
        yield f"lines from {those[0]} to {those[-1]}", lines


def _usages() -> Sequence[Usage]:
    most = Used(10_000, 10_000, is_more=True)
    return (Usage(Used(0), Used(0)), Usage(most, most, team_today=most))


def _progresses() -> Iterator[Progress]:
    for total, done in ((1, 0), (500, 3)):
        for painting in (True, False):
            yield Progress(total=total, done=done, painting=painting, ahead=0)
            yield Progress(total=total, done=done, painting=painting, ahead=9, estimate_s=99_999)
            yield Progress(total=total, done=done, painting=painting, kept="unusable", estimate_s=5)


# --- views


def _homes(values: Values, language: Language) -> Iterator[tuple[str, Block]]:
    for count in (0, 1, 12):
        recent = [
            Recent(_job(values, id=f"{letter * 20}"), _result(with_all=True), f"{SITE}/preview.jpg")
            for letter in "abcdefghijkl"[:count]
        ]
        for usage, optional in zip(_usages(), (True, False), strict=True):
            home = Home(
                recent=recent,
                usage=usage,
                settings=PersonSettings(agreed_unmarked_at=float(count)),
                limits=Limits(watermark_optional=optional),
            )
            yield f"Home with {count}", home_view(home, language)


def _windows(values: Values, language: Language) -> Iterator[tuple[str, Block]]:
    yield (
        "a window",
        window([section(values.words), *help_blocks(language, limits=Limits())], language),
    )
    files = tuple(f"F{number:010d}" for number in range(4))
    state = DeleteState(
        job_id=JOBS[0],
        channel="C0PRODUCTS",
        message_ts="1732270000.000200",
        thread_ts="1732270000.000100",
        file_ids=files,
    )
    yield "before deleting", delete_view(state, language)
    scene = _scene(values, logo=Logo(url=SITE))
    yield "a scene", scene_form(SceneState(job_id=JOBS[0]), scene, PLACES, language)
    yield "a logo", logo_form(LogoState(name="summer", place=PLACES[0]), scene, language)


def _forms(values: Values, language: Language) -> Iterator[tuple[str, Block]]:
    photos = tuple(
        SlackFile(file_id=f"F{number:010d}", name=values.file) for number in range(MAX_PHOTOS)
    )
    ids = frozenset(photo.file_id for photo in photos)
    drafts = (
        FormValues(),
        FormValues(
            prompt=values.words,
            product=values.product,
            avoid=values.words,
            resolution=Resolution(width=801, height=1203),
            watermark=False,
        ),
        FormValues(template=TEMPLATES[-1].name),
    )
    memories = (
        FormState(nonce="n" * 16),
        FormState(
            nonce="n" * 16, channel="C0PRODUCTS", thread_ts="1732270000.000100", photos=photos
        ),
        FormState(
            nonce="n" * 16, channel="C0PRODUCTS", parent=JOBS[0], token="t" * 20
        ),  # a button's
    )
    for draft in drafts:
        for memory in memories:
            for looks in (
                FormOptions(language),
                FormOptions(language, thumbnails=ids, watermark_optional=True),
                FormOptions(language, unseen=True),
            ):
                yield "the form", form(memory, draft, looks)
