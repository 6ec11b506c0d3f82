"""What people type after the mention: words and options, or sentences that say what is wrong."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.requests.form_opening import values_from_text
from bot.requests.prompt_parser import build_wish, parse_options, unescape
from bot.texts import error_text
from bot.views.form import FormOptions, FormState, FormValues, form
from bot.views.refusal import refusal_blocks
from functions.jobs.errors import Refused
from functions.jobs.wish import PRODUCT_LIMIT, PROMPT_LIMIT, Wish
from tests.block_judges import judge, judge_view
from tests.fuzz.budget import tries

pytestmark = pytest.mark.newer_python

BOT = "U0BACKDROP"
OPTIONS = "--product --商品 —template –size --no --watermark --水印 --ar=16:9 -- — --wat"
VALUES = (
    "marble 大理石 16:9 1280x720 1:99999 ٣:٤ ０:０ off 关 雨夜 🚗 = : ： | *b* `c` \u202e \u200d \0"
)
MARKUP = (
    "<@U1|anna> <!channel> <!here|here> <https://a.example|cup> <#C1> &amp; &lt;!channel&gt; < >"
)
LONG = ["x" * 300, "--" * 200, "on a beach", "<<", f"<@{BOT}>"]
PIECES = [*OPTIONS.split(" "), *VALUES.split(" "), *MARKUP.split(" "), *LONG]
typed = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(PIECES) | st.text(max_size=10), max_size=14).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
)


@tries(200)
@given(typed)
def test_whatever_is_typed_becomes_a_wish_or_sentences(text: str) -> None:
    decoded = unescape(text, bot_user_id=BOT)
    wish = refused = None
    try:
        wish = build_wish(parse_options(decoded))
    except Refused as error:
        refused = error
    if wish:
        assert len(wish.prompt) <= PROMPT_LIMIT
        assert len(wish.product) <= PRODUCT_LIMIT
        assert msgspec.json.decode(msgspec.json.encode(wish), type=Wish) == wish
    if refused:
        for language in ("en", "zh"):
            blocks = refusal_blocks(refused.problems, language)
            assert judge(blocks, "message") == []
            for one in refused.problems:
                assert error_text(language, one.code, one.facts)


@tries(80)
@given(typed)
def test_a_form_is_prefilled_with_whatever_was_typed(text: str) -> None:
    draft = values_from_text(unescape(text, bot_user_id=""), FormValues())
    looks = FormOptions(language="en", watermark_optional=True)
    assert judge_view(form(FormState(nonce="n"), draft, looks)) == []
