"""What somebody typed, out of what Slack sends (docs.slack.dev, "Formatting message text")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.requests.prompt_parser import mentions, unescape
from bot.views import escaped

BOT = "U0BACKDROP"
MARKUP = st.text("<>|@#!&;alt:/ UC1b\n", max_size=40)


def decoded(text: str) -> str:
    return unescape(text, bot_user_id=BOT)


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("on a beach", "on a beach"),
        ("salt &amp; pepper", "salt & pepper"),
        ("a &lt; b &gt; c", "a < b > c"),
        ("&amp;amp;", "&amp;"),
        ("a=1&timestamp=2&copy;", "a=1&timestamp=2&copy;"),
        ("&#39;&quot;", "&#39;&quot;"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("&lt;@U0BACKDROP&gt;", "<@U0BACKDROP>"),
        ("<https://shop.example>", "https://shop.example"),
        ("<https://shop.example|shop.example>", "shop.example"),
        ("<https://shop.example/?a=1&amp;b=2>", "https://shop.example/?a=1&b=2"),
        ("<mailto:a@shop.example|a@shop.example>", "a@shop.example"),
        ("<mailto:a@shop.example>", "a@shop.example"),
        ("<tel:123|123>", "123"),
        ("<@U1>", "@U1"),
        ("<@U1|anna>", "anna"),
        ("<#C1|product-photos>", "product-photos"),
        ("<#C1>", "#C1"),
        ("<!here>", "!here"),
        ("<!here|here>", "here"),
        ("<!subteam^S1|@sellers>", "@sellers"),
        ("<!date^1392734382^{date}|yesterday>", "yesterday"),
        ("<>", ""),
        ("one\ntwo", "one\ntwo"),
        ("在桌子上 🚗", "在桌子上 🚗"),
    ],
)
def test_slacks_markup_becomes_what_a_person_sees(sent: str, typed: str) -> None:
    assert decoded(sent) == typed


@pytest.mark.parametrize("mention", ["<@U0BACKDROP>", "<@U0BACKDROP|backdrop>"])
def test_the_bots_own_name_is_no_word_of_the_background(mention: str) -> None:
    assert decoded(f"{mention} on a beach").split() == ["on", "a", "beach"]
    assert decoded(f"on a{mention}beach").split() == ["on", "a", "beach"]


def test_somebody_elses_name_stays() -> None:
    assert decoded("<@U0BACKDROPS> on a beach") == "@U0BACKDROPS on a beach"


@given(st.text() | MARKUP)
def test_every_text_that_can_be_typed_comes_back_as_it_was_typed(typed: str) -> None:
    """Whoever types markup gets the characters, never its meaning."""
    assert decoded(escaped(typed)) == typed


@given(st.text() | MARKUP)
def test_a_mention_cannot_be_typed(typed: str) -> None:
    assert not mentions(escaped(typed), BOT)
    assert mentions(f"{escaped(typed)}<@{BOT}>", BOT)


@given(st.text() | MARKUP)
def test_whatever_slack_sends_is_decoded(sent: str) -> None:
    assert isinstance(decoded(sent), str)


@given(st.text() | MARKUP)
def test_what_is_shown_in_a_messages_text_has_no_markup(typed: str) -> None:
    shown = escaped(typed)
    assert "<" not in shown
    assert ">" not in shown


@pytest.mark.parametrize(
    ("text", "is_mention"),
    [
        ("<@U0BACKDROP>", True),
        ("hello <@U0BACKDROP|backdrop>!", True),
        ("<@U0BACKDROPS>", False),
        ("@U0BACKDROP", False),
        ("&lt;@U0BACKDROP&gt;", False),
        ("<#U0BACKDROP>", False),
        ("", False),
    ],
)
def test_a_mention_is_slacks_own_markup(text: str, is_mention: bool) -> None:
    assert mentions(text, BOT) is is_mention


def test_who_does_not_know_its_own_name_is_never_mentioned() -> None:
    assert not mentions("<@U0BACKDROP> <@> <@|x>", "")
