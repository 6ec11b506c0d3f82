"""What is shown in Slack: every judge takes it, whatever people have typed."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.texts import Language
from bot.views import escaped, rich_text, section, spoken, words
from bot.views.buttons import Buttons, entry_chosen, parse_button_value
from bot.views.check import check_blocks
from bot.views.cutout import CutOut, cutout_blocks
from bot.views.failure import failure_blocks
from bot.views.progress import PhotoEnded, Progress, duration, progress_blocks, progress_line
from bot.views.refusal import edited_blocks, refusal_blocks
from bot.views.result import Result, result_blocks
from bot.views.variations import Variation, variations_blocks
from functions.jobs.errors import ErrorCode, Problem
from functions.jobs.model import Asker, Job, PhotoUrl, SlackFile, Upload
from functions.jobs.quota import resets_at
from functions.jobs.steps import Failed
from functions.jobs.wish import TEMPLATES, Wish
from tests.block_judges import judge
from tests.bot.looking import pieces, unsaid
from tests.jobs.making import a_job, job_ids
from tests.traces.views import views

pytestmark = pytest.mark.newer_python

Json = dict[str, Any]
LANGUAGES: list[Language] = ["en", "zh"]
HOSTILE = [
    "<!channel>",
    "<@U1>",
    "*b* _i_ ~s~ `c`",
    "&amp;<b>",
    "\u202eRTL",
    "🚗",
    "{0} {name}",
    ":x:",
]
PICTURE: Json = {"image_url": "https://gateway.example/i/a/b/preview.jpg"}
UPLOADED: Json = {"slack_file": {"id": "F0123456789"}}
RESULT = Result(
    width=1280,
    height=720,
    seconds=12,
    full_size_url="https://gateway.example/i/a/b/picture.png",
    before_url="https://gateway.example/i/a/b/product.jpg",
    perhaps_billed_twice=True,
    buttons=Buttons(dict.fromkeys(("again", "variation", "size", "cutout"), "t" * 20)),
)

languages = st.sampled_from(LANGUAGES)
typed = st.one_of(
    st.text(min_size=1, max_size=256),
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=12).map(lambda x: " ".join(x)[:256]),
).filter(lambda words: words.strip().casefold() not in {"", "backgroundtemplate"})
names = st.text(max_size=300) | st.sampled_from(HOSTILE)
photos = st.builds(SlackFile, file_id=st.just("F1"), name=names) | st.just(
    PhotoUrl(url="https://shop.example/cup.jpg")
)
wishes = st.builds(Wish, prompt=typed, product=names.map(lambda name: name[:50])) | st.builds(
    Wish, template=st.sampled_from([template.name for template in TEMPLATES])
)
jobs = st.builds(
    lambda wish, photo: a_job(wish=wish, photo=photo, asker=Asker(user_id="U0MERCHEN1")),
    wishes,
    photos,
)
codes = st.sampled_from(ErrorCode)
facts = st.dictionaries(
    st.sampled_from(["typed", "name", "option", "rule"]), names.map(lambda n: n[:80])
)
failures = st.builds(
    Failed,
    at=st.just(1.0),
    code=codes,
    facts=facts,
    request_id=st.just("") | st.uuids().map(str),
    perhaps_billed=st.booleans(),
)


def checked(blocks: list[Json]) -> list[Json]:
    """The blocks, if no judge has a word against them and nothing in them is markup."""
    assert judge(blocks, "message") == []
    assert not {"mrkdwn", "markdown"} & {str(piece.get("type")) for piece in pieces(blocks)}
    return blocks


def shown(blocks: list[Json]) -> Iterator[str]:
    """Every text that a person reads, as it stands in the blocks."""
    for piece in pieces(blocks):
        if isinstance(piece.get("text"), str):
            yield piece["text"]
        if isinstance(piece.get("alt_text"), str):
            yield piece["alt_text"]


def who_is_called(blocks: list[Json]) -> list[str]:
    return [piece["user_id"] for piece in pieces(blocks) if piece.get("type") == "user"]


# --- a result


@given(jobs, languages, st.sampled_from([PICTURE, UPLOADED]), st.booleans())
def test_a_result_shows_the_words_as_they_were_typed(
    job: Job, language: Language, picture: Json, direct: bool
) -> None:
    blocks = checked(result_blocks(job, RESULT, picture, language, direct=direct))
    assert who_is_called(blocks) == ["U0MERCHEN1"]
    if job.wish.prompt:
        assert job.wish.prompt in list(shown(blocks))
        assert any(one.endswith(job.wish.prompt) for one in shown(blocks[1:2]))
    if job.wish.product and not direct:
        assert any(job.wish.product in one for one in shown(blocks[:1]))


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Picture for shop · order 4711"), ("zh", "shop 的图片 · order 4711")],
)
def test_a_clients_result_has_the_clients_own_word_for_it(language: Language, said: str) -> None:
    job = a_job(asker=Asker(client="shop"), reference="order 4711")
    blocks = checked(result_blocks(job, RESULT, PICTURE, language))
    assert said in list(shown(blocks[:1]))
    failed = Failed(at=1.0, code=ErrorCode.TOO_OLD)
    assert "shop · order 4711" in list(shown(failure_blocks(job, failed, language)))


def test_a_result_has_both_links_and_says_what_it_may_have_cost() -> None:
    blocks = result_blocks(a_job(), RESULT, PICTURE, "en")
    links = [piece["url"] for piece in pieces(blocks) if piece.get("type") == "link"]
    assert links == [RESULT.full_size_url, RESULT.before_url]
    assert any("billed twice" in one for one in shown(blocks))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.en)
def test_a_template_is_shown_by_its_name_in_the_persons_language(template: Any) -> None:
    job = a_job(wish=Wish(template=template.name))
    assert template.en in list(shown(result_blocks(job, RESULT, PICTURE, "en")))
    assert template.name in list(shown(result_blocks(job, RESULT, PICTURE, "zh")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_says_whose_it_is(language: Language) -> None:
    job = a_job()
    blocks = result_blocks(job, RESULT, PICTURE, language)
    elements = blocks[-1]["elements"]
    for element in elements:
        values = (
            [element["value"]]
            if "value" in element
            else [entry_chosen(o["value"])[1] for o in element["options"]]
        )
        read = [parse_button_value(value) for value in values]
        assert {one.job_id for one in read if one} == {job.id}
        assert None not in read
    assert len({element["action_id"] for element in elements}) == len(elements)


@given(st.text() | st.text("abc234567:", max_size=60))
def test_a_buttons_value_that_we_never_made_is_no_press(value: str) -> None:
    read = parse_button_value(value)
    assert read is None or re.match(r"[a-z2-7]{20}(:|$)", value)


# --- a failure


@given(jobs, failures, languages)
def test_every_failure_is_told_to_the_asker(job: Job, failed: Failed, language: Language) -> None:
    blocks = checked(failure_blocks(job, failed, language))
    assert who_is_called(blocks) == ["U0MERCHEN1"]
    if isinstance(job.photo, SlackFile) and job.photo.name:
        assert any(job.photo.name[:80] in one for one in shown(blocks[:1]))
    if failed.request_id:
        assert any(failed.request_id in one for one in shown(blocks))


# --- progress


@given(
    st.builds(
        Progress,
        total=st.integers(1, 500),
        done=st.integers(0, 500),
        painting=st.booleans(),
        ahead=st.integers(0, 10_000),
        kept=st.sampled_from(["", "spent", "unusable"]),
        estimate_s=st.none() | st.integers(0, 100_000),
    ),
    languages,
    st.integers(0, 200),
)
def test_progress_is_a_line_and_perhaps_a_button(
    progress: Progress, language: Language, others: int
) -> None:
    upload = Upload(id=job_ids(1)[0], jobs=tuple(job_ids(others)))
    for given_upload in (None, upload):
        blocks = checked(progress_blocks(progress, language, upload=given_upload))
        assert who_is_called(blocks) == []
    assert progress_line(progress, language) in list(shown(blocks))


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (Progress(total=1), "Next in line"),
        (Progress(total=1, ahead=3), "3 pictures ahead of yours"),
        (Progress(total=1, ahead=1), "1 picture ahead of yours"),
        (Progress(total=1, ahead=3, painting=True), "Painting a new background…"),
        (Progress(total=1, painting=True, estimate_s=8), "Painting a new background… · about 8 s"),
        (Progress(total=15, done=6, estimate_s=41), "6 of 15 ready · about 40 s to go"),
        (
            Progress(total=4, done=2, photos=(PhotoEnded(1, "", "failed"),), painting=True),
            "1 of 4 ready, 1 failed",
        ),
        (Progress(total=1, kept="unusable", painting=True), "Waiting: the picture service"),
        (Progress(total=1, kept="spent"), "Waiting: today's limit of pictures is reached."),
    ],
)
def test_progress_says_what_happens_now(progress: Progress, line: str) -> None:
    assert progress_line(progress, "en").startswith(line)


@given(st.integers(5, 20_000))
def test_a_duration_is_rounded_by_less_than_an_estimate_is_wrong(seconds: int) -> None:
    line = duration(seconds, "en")
    number = float(re.sub(r"[^\d.]", "", line))
    said = number * (60 if "min" in line else 1)
    assert abs(said - seconds) <= 0.15 * seconds


# --- whispers


@given(st.lists(st.builds(Problem, codes, st.just(""), facts), min_size=1, max_size=80), languages)
def test_whatever_is_wrong_fits_into_one_whisper(
    problems: list[Problem], language: Language
) -> None:
    checked(refusal_blocks(problems, language))


def test_a_hundred_mistakes_still_fit_into_one_whisper() -> None:
    """Slack takes 50 blocks a message."""
    mistakes = [Problem(ErrorCode.OPTION_UNKNOWN, "", {"option": f"--o{n}"}) for n in range(100)]
    blocks = checked(refusal_blocks([*mistakes, Problem(ErrorCode.WORDS_MISSING)], "en"))
    assert "--o0" in blocks[0]["text"]["text"]
    assert blocks[-1]["text"]["text"].startswith("For example")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_edit_is_answered_in_one_line(language: Language) -> None:
    assert len(checked(edited_blocks(language))) == 1


# --- several pictures, and the product alone


@given(
    st.lists(st.tuples(jobs, st.none() | failures), min_size=1, max_size=6),
    languages,
    st.booleans(),
)
def test_variations_stand_together_whatever_became_of_each(
    found: list[tuple[Job, Failed | None]], language: Language, choose: bool
) -> None:
    ids = job_ids(len(found))
    together = [
        Variation(
            a_job(job_id, wish=job.wish, asker=job.asker), why or RESULT, None if why else PICTURE
        )
        for job_id, (job, why) in zip(ids, found, strict=True)
    ]
    blocks = checked(variations_blocks(together, language, chosen=ids[0] if choose else ""))
    assert who_is_called(blocks) == ["U0MERCHEN1"]


@given(jobs, languages)
def test_a_cutout_is_shown_on_its_ground(job: Job, language: Language) -> None:
    cutout = CutOut(width=800, height=600, png_url="https://gateway.example/i/a/b/cutout.png")
    blocks = checked(cutout_blocks(job, cutout, PICTURE, language))
    assert who_is_called(blocks) == ["U0MERCHEN1"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_when_a_limit_ends_is_said_by_the_readers_own_clock(language: Language) -> None:
    """Midnight UTC is in the middle of many a working day."""
    facts: dict[str, str | int] = {"limit": 1, "resets_at": 1795824000}
    failed = Failed(at=1.0, code=ErrorCode.QUOTA_PERSON, facts=facts)
    for blocks in (
        refusal_blocks([Problem(ErrorCode.QUOTA_PERSON, "", facts)], language),
        failure_blocks(a_job(), failed, language),
    ):
        (moment,) = [piece for piece in pieces(checked(blocks)) if piece.get("type") == "date"]
        assert moment["timestamp"] == 1795824000
        assert "<!date^1795824000^" in spoken(blocks)
        assert "\ue000" not in spoken(blocks)
    of_before = failure_blocks(a_job(), Failed(at=1.0, code=failed.code, facts={}), language)
    assert "?" not in spoken(of_before)


def test_a_day_of_pictures_ends_at_the_next_midnight_utc() -> None:
    midnight = 1795824000
    assert [resets_at(midnight + s) for s in (-1, 0, 1, 86_399)] == [
        midnight,
        *([midnight + 86_400] * 3),
    ]


# --- the text beside the blocks


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_not_mentioned_reads_no_space_in_their_place(language: Language) -> None:
    job, failed = a_job(), Failed(at=1.0, code=ErrorCode.PHOTO_GONE)
    alone = [
        failure_blocks(job, failed, language, mentions=False),
        check_blocks(job, [], language, mentions=False),
    ]
    first = [next(pieces(blocks[0]["elements"][0]["elements"]))["text"] for blocks in alone]
    assert first == [one.strip() for one in first]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_pushed_and_read_aloud_says_what_is_seen(language: Language) -> None:
    messages = {name: blocks for name, blocks in views(language) if isinstance(blocks, list)}
    unheard = {name: unsaid({"blocks": b, "text": spoken(b)}) for name, b in messages.items()}
    assert {name: words for name, words in unheard.items() if words} == {}
    assert len(messages) > 12


@given(jobs, failures, languages)
def test_what_people_typed_calls_nobody_when_it_is_read_aloud(
    job: Job, failed: Failed, language: Language
) -> None:
    for blocks in (
        result_blocks(job, RESULT, PICTURE, language),
        failure_blocks(job, failed, language),
    ):
        heard = spoken(blocks)
        assert re.findall(r"<[^>]*>", heard) == ["<@U0MERCHEN1>"]
        assert unsaid({"blocks": blocks, "text": heard}) == []


def test_a_list_begins_a_line_of_its_own_when_it_is_read_aloud() -> None:
    bullets = {"type": "rich_text_list", "style": "bullet", "elements": [rich_text(words("a"))]}
    block = rich_text(words("It may be refused:"))
    block["elements"].append(bullets)
    assert spoken([block]) == "It may be refused:\n• a"


def test_a_hundred_long_lines_still_fit_into_a_text() -> None:
    assert len(spoken([section("9" * 256)] * 100)) < 4000


@given(st.text())
def test_what_stands_in_a_messages_text_is_escaped_and_no_more(words: str) -> None:
    shown_words = escaped(words)
    assert not set("<>") & set(shown_words)
    back = shown_words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert back == words
