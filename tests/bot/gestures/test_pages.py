"""The form, App Home and the command's answers: every judge takes them, whatever was typed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.texts import Language
from bot.views.auto import auto_blocks
from bot.views.form import FormOptions, FormState, FormValues, form, from_metadata
from bot.views.help import help_blocks
from bot.views.home import Home, Recent, home_view
from bot.views.result import Result
from bot.views.usage import Usage, Used, usage_lines
from functions.config import Limits
from functions.jobs.model import SlackFile
from functions.jobs.settings import ChannelSettings, PersonSettings
from functions.jobs.wish import TEMPLATES, Resolution, Wish
from tests.block_judges import judge, judge_view
from tests.bot.looking import pieces
from tests.jobs.making import a_job

pytestmark = pytest.mark.newer_python

HOSTILE = "<!channel> <@U1> &amp; *b* _i_ ~s~ `c` \u202eRTL 🚗 {0} :x: https://a.example"
LANGUAGES: list[Language] = ["en", "zh"]
JOB = "a" * 20
URL = "https://gateway.example/i/a/b/picture.png"
MUCH = Usage(Used(99_999, 100_000), Used(200, is_more=True), Used(99_999, 100_000))

languages = st.sampled_from(LANGUAGES)
typed = st.text(max_size=400) | st.just(HOSTILE) | st.just("图" * 3000)
names = st.text(max_size=300) | st.just(HOSTILE)
templates = st.sampled_from(["", *(template.name for template in TEMPLATES)])
sides = st.integers(900, 1400)
resolutions = st.none() | st.builds(Resolution, width=sides, height=sides)
photos = st.builds(SlackFile, file_id=st.just("F0123456789"), name=names)
memories = st.builds(
    FormState,
    nonce=st.just("0123456789abcdef"),
    channel=st.sampled_from(["", "C0PRODUCTS"]),
    thread_ts=st.sampled_from(["", "1732270000.000100"]),
    photos=st.lists(photos, max_size=10).map(tuple),
    parent=st.sampled_from(["", JOB]),
    token=st.sampled_from(["", "abcdefgh"]),
)
drafts = st.builds(
    FormValues,
    prompt=typed,
    template=templates,
    product=typed,
    avoid=typed,
    resolution=resolutions,
    watermark=st.booleans(),
)
looks = st.builds(
    FormOptions,
    language=languages,
    thumbnails=st.sampled_from([frozenset[str](), frozenset({"F0123456789"})]),
    unseen=st.booleans(),
    watermark_optional=st.booleans(),
)
wishes = st.builds(
    Wish, prompt=st.text(min_size=1, max_size=256).filter(lambda w: bool(w.strip()))
) | st.builds(Wish, template=templates.filter(bool))
results = st.builds(
    Result,
    width=sides,
    height=sides,
    seconds=st.integers(1, 900),
    full_size_url=st.just(URL),
    before_url=st.sampled_from(["", URL]),
)


def rows_of(jobs: list[tuple[Wish, Result]]) -> list[Recent]:
    ids = (letter * 20 for letter in "abcdefghij")
    return [
        Recent(a_job(job_id, wish=wish), result, URL)
        for job_id, (wish, result) in zip(ids, jobs, strict=False)
    ]


homes = st.builds(
    Home,
    recent=st.lists(st.tuples(wishes, results), max_size=10).map(rows_of),
    usage=st.sampled_from([MUCH, Usage(Used(0), Used(0))]),
    settings=st.builds(
        PersonSettings,
        language=st.sampled_from(["", "en", "zh"]),
        resolution=resolutions,
        watermark=st.sampled_from([None, True, False]),
    ),
    limits=st.builds(Limits, watermark_optional=st.booleans()),
)


def mrkdwn(blocks: Any) -> list[dict[str, Any]]:
    """Texts that Slack would interpret."""
    return [piece for piece in pieces(blocks) if piece.get("type") == "mrkdwn"]


@given(memories, drafts, looks)
def test_the_form_is_taken_by_all_judges(
    memory: FormState, draft: FormValues, looks: FormOptions
) -> None:
    view = form(memory, draft, looks)
    assert judge_view(view) == []
    assert mrkdwn(view) == []


@given(memories)
def test_what_a_form_remembers_comes_back_and_fits(memory: FormState) -> None:
    packed = memory.to_metadata()
    assert len(packed) <= 3000
    again = from_metadata(packed)
    assert [one.file_id for one in again.photos] == [one.file_id for one in memory.photos]
    assert (again.nonce, again.channel, again.parent) == (
        memory.nonce,
        memory.channel,
        memory.parent,
    )


@given(homes, languages)
def test_home_is_taken_by_all_judges(home: Home, language: Language) -> None:
    view = home_view(home, language)
    assert judge_view(view) == []
    assert mrkdwn(view) == []


@given(
    st.builds(
        ChannelSettings,
        auto=st.booleans(),
        words=st.text(max_size=256) | st.just(HOSTILE),
        template=templates,
        by=st.sampled_from(["", "U0MERCHEN1"]),
        at=st.floats(0, 4e9),
    ),
    languages,
)
def test_what_a_channel_does_is_taken_by_all_judges(
    settings: ChannelSettings, language: Language
) -> None:
    blocks = auto_blocks(settings, language)
    assert judge(blocks, "message") == []
    assert mrkdwn(blocks) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_is_taken_by_all_judges(language: Language) -> None:
    for optional in (True, False):
        blocks = help_blocks(language, limits=Limits(watermark_optional=optional))
        assert judge(blocks, "message") == []
        assert mrkdwn(blocks) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_that_were_not_counted_to_the_end_say_so(language: Language) -> None:
    today, month, team = usage_lines(MUCH, language)
    assert "99999" in today
    assert "100000" in today
    assert "200+" in month
    assert "100000" in team
