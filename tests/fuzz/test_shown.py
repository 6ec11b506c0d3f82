"""What people typed, wherever it is shown: Slack takes it, and it calls nobody but who asked."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.job_messages import (
    CutOutReady,
    JobFailedMessage,
    PictureReady,
    Variations,
    message,
)
from bot.slack_api.content import Preview
from bot.texts import Language
from bot.views.auto import auto_blocks
from bot.views.cutout import CutOut
from bot.views.home import Home, Recent, home_view
from bot.views.refusal import refusal_blocks
from bot.views.result import Result
from bot.views.usage import Usage, Used
from functions.config import Limits
from functions.jobs.errors import ErrorCode, Problem
from functions.jobs.model import Asker, Job, PhotoUrl, SlackFile, Upload
from functions.jobs.settings import ChannelSettings, PersonSettings
from functions.jobs.steps import Failed
from functions.jobs.wish import Wish
from tests.block_judges import judge, judge_view
from tests.bot.looking import pieces
from tests.fuzz.budget import tries
from tests.jobs.making import a_job, job_ids

pytestmark = pytest.mark.newer_python

LANGUAGES: list[Language] = ["en", "zh"]
HOSTILE = (
    "<!channel> <!here|x> <@U0VICTIM> <#C1> <!subteam^S1> <https://a.example|b> @channel @here"
)
HOSTILE += (
    " &lt;!channel&gt; *b* _i_ ~s~ `c` ```d``` :x: {0} {name} %s \u202e \u2066 \u200d \0 \ufeff 🚗"
)
SHORT = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(HOSTILE.split(" ")), max_size=9).map(
        lambda parts: " ".join(parts)[:80]
    ),
)
ANYTHING = (
    SHORT
    | st.text(max_size=3000)
    | st.sampled_from(["x" * 10_000, "雨" * 10_000, "<!channel>" * 999])
)
words = ANYTHING.map(lambda one: one[:256]).filter(
    lambda one: one.strip().casefold() not in {"", "backgroundtemplate"}
)
languages = st.sampled_from(LANGUAGES)
askers = st.just(Asker(team_id="T1", user_id="U0MERCHEN1")) | st.just(Asker(client="shop"))
photos = st.one_of(
    st.builds(SlackFile, file_id=st.just("F1"), name=ANYTHING),
    st.just(PhotoUrl(url="https://shop.example/" + "x" * 3000)),
)
wishes = st.builds(Wish, prompt=words, product=SHORT.map(lambda one: one[:50]), avoid=words)
jobs = st.builds(a_job, wish=wishes, photo=photos, asker=askers)
RESULT = Result(
    1280, 720, 12, "https://gateway.example/i/a/b/picture.png", perhaps_billed_twice=True
)
PREVIEW = Preview("https://gateway.example/i/a/b/preview.jpg", bytes)
PICTURE = {"image_url": PREVIEW.url}
failures = st.builds(
    Failed,
    at=st.just(1.0),
    code=st.sampled_from(ErrorCode),
    facts=st.dictionaries(st.sampled_from(["typed", "name", "option", "rule", "host"]), SHORT),
    request_id=st.just("") | SHORT,
    perhaps_billed=st.booleans(),
)
refused = st.tuples(st.sampled_from(ErrorCode), SHORT, SHORT)
FINISHED = PictureReady(RESULT, PREVIEW)
told = st.one_of(
    st.just(FINISHED),
    st.just(CutOutReady(CutOut(100, 100, "https://gateway.example/i/a/b/cutout.png"), PREVIEW)),
    failures.map(JobFailedMessage),
)


def calls_only(blocks: list[dict[str, Any]], *user_ids: str) -> None:
    """Nothing in the blocks is interpreted, and only these people are mentioned."""
    found = list(pieces(blocks))
    assert not {"mrkdwn", "markdown"} & {str(one.get("type")) for one in found}
    assert not {"broadcast", "usergroup", "color"} & {str(one.get("type")) for one in found}
    mentioned = {one["user_id"] for one in found if one.get("type") == "user"}
    assert mentioned <= set(user_ids)


def calls_nobody(text: str, asker: Asker) -> None:
    """The text of a notification, where Slack does read markup."""
    own = f"<@{asker.user_id}> "
    rest = text.removeprefix(own) if asker.user_id else text
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", rest)


@tries(60)
@given(jobs, told, languages, st.booleans())
def test_a_message_about_a_job_shows_words_and_calls_its_asker_only(
    job: Job, shown: PictureReady | CutOutReady | JobFailedMessage, language: Language, direct: bool
) -> None:
    made = message(job, shown, language, direct=direct)
    blocks = made.blocks([PICTURE for _ in made.drawings])
    assert judge(blocks, "message") == []
    calls_only(blocks, job.asker.user_id)
    calls_nobody(made.text, job.asker)
    assert all(0 < len(one.alt) <= 2000 for one in made.drawings)


@tries(60)
@given(
    st.lists(
        st.tuples(wishes, st.just(FINISHED) | failures.map(JobFailedMessage)),
        min_size=2,
        max_size=4,
    ),
    languages,
)
def test_several_pictures_in_a_message_show_words_too(
    several: list[tuple[Wish, PictureReady | JobFailedMessage]], language: Language
) -> None:
    ids = tuple(job_ids(len(several)))
    upload = Upload(id="u", jobs=ids, together=True)
    made_of = [
        (a_job(job_id, wish=wish, upload=upload, variation=n), shown)
        for n, (job_id, (wish, shown)) in enumerate(zip(ids, several, strict=True), start=1)
    ]
    made = message(made_of[0][0], Variations(made_of), language)
    blocks = made.blocks([PICTURE for _ in made.drawings])
    assert judge(blocks, "message") == []
    calls_only(blocks, made_of[0][0].asker.user_id)
    calls_nobody(made.text, made_of[0][0].asker)


@tries(30)
@given(st.lists(jobs, max_size=10), languages)
def test_a_persons_home_shows_words_and_calls_nobody(found: list[Job], language: Language) -> None:
    home = Home(
        recent=[
            Recent(msgspec.structs.replace(job, id=job_id), RESULT, PREVIEW.url)
            for job, job_id in zip(found, job_ids(len(found)), strict=True)
        ],
        usage=Usage(Used(1, 2), Used(3, 0)),
        settings=PersonSettings(),
        limits=Limits(),
    )
    view = home_view(home, language)
    assert judge_view(view) == []
    calls_only(view["blocks"])


@tries(50)
@given(
    st.lists(st.tuples(st.sampled_from(ErrorCode), SHORT, SHORT), min_size=1, max_size=60),
    languages,
)
def test_a_refusal_says_what_was_typed_and_calls_nobody(
    found: list[tuple[ErrorCode, str, str]], language: Language
) -> None:
    problems = [
        Problem(code, "prompt", {"typed": a, "option": b, "name": a}) for code, a, b in found
    ]
    blocks = refusal_blocks(problems, language)
    assert judge(blocks, "message") == []
    calls_only(blocks)


@tries(60)
@given(words, SHORT, languages)
def test_a_channels_scene_is_shown_to_all_and_calls_nobody(
    scene: str, product: str, language: Language
) -> None:
    settings = ChannelSettings(auto=True, words=scene, product=product, by="U0MERCHEN1", at=1.0)
    blocks = auto_blocks(settings, language)
    assert judge(blocks, "message") == []
    calls_only(blocks, "U0MERCHEN1")
