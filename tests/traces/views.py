"""Write everything that is shown in Slack, for fixed inputs and in both languages.

Each block has a line, and so has each element of a row of buttons.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from bot.texts import Language
from bot.views.auto import auto_blocks
from bot.views.buttons import Buttons
from bot.views.cutout import CutOut, cutout_blocks
from bot.views.failure import failure_blocks
from bot.views.form import FormOptions, FormState, FormValues, form
from bot.views.help import help_blocks, welcome_blocks, window
from bot.views.home import Home, Pages, Recent, home_view
from bot.views.progress import Progress, progress_blocks
from bot.views.refusal import edited_blocks, refusal_blocks
from bot.views.result import Result, result_blocks
from bot.views.usage import Usage, Used
from bot.views.variations import Variation, variations_blocks
from functions.config import Limits
from functions.jobs.errors import ErrorCode, Problem
from functions.jobs.model import SlackFile, Upload
from functions.jobs.settings import ChannelSettings, PersonSettings
from functions.jobs.steps import Failed
from functions.jobs.wish import Resolution, Wish
from tests.jobs.making import JOB_ID, a_job, job_ids

Json = dict[str, Any]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
BASE = "https://pictures.example/i"
PICTURE: Json = {"image_url": f"{BASE}/{JOB_ID}/signature/preview.jpg"}
BUTTONS = Buttons(dict.fromkeys(("again", "variation", "size", "cutout"), "t" * 20))
JOB = a_job(wish=Wish(prompt="on <wet> & *sand*", product="vase", avoid="people"))
THREE = [a_job(job_id, variation=n) for n, job_id in enumerate(job_ids(3), 1)]
UPLOAD = Upload(id="u" * 20, jobs=tuple(job_ids(3)))
RESULT = Result(
    width=1280,
    height=720,
    seconds=12,
    full_size_url=f"{BASE}/{JOB_ID}/signature/picture.png",
    before_url=f"{BASE}/{JOB_ID}/signature/before.jpg",
    perhaps_billed_twice=True,
    is_from_preview=True,
    buttons=BUTTONS,
)
FAILED = Failed(
    at=1.0, code=ErrorCode.PHOTO_ILLEGAL, request_id="request-of-aiart", perhaps_billed=True
)
USAGE = Usage(Used(3, 20), Used(41, is_more=True), Used(7, 100))
LIMITS = Limits(("C0PRODUCTS",), per_user_per_day=20, per_team_per_day=100)
PROGRESS = {
    "waits": Progress(total=1, ahead=2, estimate_s=40),
    "painted": Progress(total=1, painting=True, estimate_s=95),
    "several": Progress(total=3, done=1, ahead=0),
    "kept": Progress(total=1, kept="unusable"),
    "spent": Progress(total=1, kept="spent"),
}
PROBLEMS = (
    Problem(ErrorCode.WORDS_TOO_LONG, "prompt", {"over": 1, "limit": 256, "length": 257}),
    Problem(ErrorCode.PHOTO_MISSING, "photo"),
)


def as_text() -> str:
    """Write all views as text."""
    lines: list[str] = []
    for language in LANGUAGES:
        for name, shown in views(language):
            lines += ["", f"{name}, {language}", *(f"    {line}" for line in _lines(shown))]
    return "\n".join(lines[1:]) + "\n"


def _lines(shown: Json | list[Json] | str) -> Iterator[str]:
    """Write a view as lines: its other fields first, then its blocks."""
    rest, blocks = shown, []
    if isinstance(shown, dict):
        rest, blocks = {**shown, "blocks": []}, shown["blocks"]
    elif isinstance(shown, list):
        rest, blocks = "", shown
    for one in (*([rest] if rest else []), *blocks):
        row = one["elements"] if isinstance(one, dict) and one.get("type") == "actions" else []
        yield json.dumps({**one, "elements": []} if row else one, ensure_ascii=False)
        yield from (f"    {json.dumps(element, ensure_ascii=False)}" for element in row)


def views(language: Language) -> Iterator[tuple[str, Json | list[Json] | str]]:
    """Yield each view with its name: a form, a Home tab, or a message's blocks."""
    yield from _of_results(language)
    for name, progress in PROGRESS.items():
        yield f"progress: {name}", progress_blocks(progress, language, upload=UPLOAD)
    yield "form: empty", form(FormState(nonce="n"), FormValues(), FormOptions(language))
    yield "form: filled in", _filled_in(language)
    recent = [Recent(job=JOB, result=RESULT, preview_url=PICTURE["image_url"])]
    own = PersonSettings(language="zh", resolution=Resolution(width=1280, height=720))
    yield "Home", home_view(Home(recent, USAGE, own, LIMITS), language)
    yield "Home: nothing yet", home_view(Home([], USAGE, PersonSettings(), Limits()), language)
    older = Home(recent, USAGE, own, LIMITS, Pages((0, 10), 22))
    yield "Home: an older page", home_view(older, language)
    yield "welcome", welcome_blocks(language)
    yield "a window", window(edited_blocks(language), language)
    yield "help", help_blocks(language, limits=LIMITS)
    scene = ChannelSettings(auto=True, words="on sand", product="cup", by="U0MERCHEN1", at=1.0)
    yield "auto: on", auto_blocks(scene, language)
    yield "auto: off", auto_blocks(ChannelSettings(), language)
    yield "auto: always", auto_blocks(msgspec.structs.replace(scene, always=True), language)
    yield "refusal", refusal_blocks(PROBLEMS, language, fix="C0PRODUCTS:1.0:1.0")
    yield "refusal: of words", refusal_blocks(PROBLEMS[:1], language, fix="C0PRODUCTS:1.0:1.0")
    yield "edited", edited_blocks(language)


def _of_results(language: Language) -> Iterator[tuple[str, list[Json] | str]]:
    yield "result", result_blocks(JOB, RESULT, PICTURE, language)
    yield "result: written directly", result_blocks(JOB, RESULT, PICTURE, language, direct=True)
    cutout = CutOut(width=640, height=480, png_url=f"{BASE}/{JOB_ID}/signature/cutout.png")
    yield "cut-out", cutout_blocks(JOB, cutout, PICTURE, language)
    yield "failure", failure_blocks(JOB, FAILED, language, buttons=BUTTONS)
    shown = [
        Variation(THREE[0], RESULT, PICTURE),
        Variation(THREE[1], FAILED),
        Variation(THREE[2], RESULT, PICTURE),
    ]
    yield "variations", variations_blocks(shown, language)
    yield "variations: one kept", variations_blocks(shown, language, chosen=THREE[2].id)


def _filled_in(language: Language) -> Json:
    photos = (SlackFile(file_id="F0123456789", name="cup.jpg"), SlackFile(file_id="F2"))
    memory = FormState(
        nonce="n", channel="C0PRODUCTS", thread_ts="1.0", photos=photos, parent=JOB_ID
    )
    draft = FormValues(
        "on sand", "", "cup", "people", Resolution(width=1280, height=720), "", False
    )
    looks = FormOptions(language, frozenset({"F2"}), PICTURE, unseen=True, watermark_optional=True)
    return form(memory, draft, msgspec.structs.replace(looks, focus="own_size"))
