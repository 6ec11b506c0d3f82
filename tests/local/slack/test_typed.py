"""What a person types, escaped as Slack escapes it, and back."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.slack import world
from infra.local.slack.blocks import accepted
from infra.local.slack.typed import as_blocks, as_text, parts, with_entities

NAMES = {world.BOT_NAME: world.BOT_USER_ID, "运营 (中文)": world.OPERATIONS_ID}
BOT = f"<@{world.BOT_USER_ID}>"


def sent(typed: str) -> str:
    return as_text(parts(typed, NAMES))


def unescaped(text: str) -> str:
    """The reverse, as docs.slack.dev ("Retrieving messages") tells apps to do it."""
    shown = {f"@{user}": f"@{name}" for name, user in NAMES.items()}

    def plain(match: re.Match[str]) -> str:
        inside = match.group(1)
        return shown.get(inside, inside)

    return html.unescape(re.sub(r"<([^<>]*)>", plain, text))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("@Backdrop on marble", f"{BOT} on marble"),
        ("hey @Backdrop!", f"hey {BOT}!"),
        ("@backdrop", "@backdrop"),
        ("salt & pepper <3 > 2", "salt &amp; pepper &lt;3 &gt; 2"),
        ("see https://a.example/b?c=1&d=2.", "see <https://a.example/b?c=1&amp;d=2>."),
        ("（https://a.example/b）", "（<https://a.example/b>）"),
        ("@here everyone", "@here everyone"),
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U0BACKDROP>", "&lt;@U0BACKDROP&gt;"),
        ("谢谢 @运营 (中文)", f"谢谢 <@{world.OPERATIONS_ID}>"),
        ("&amp;", "&amp;amp;"),
        ("*bold* _it_ `code`", "*bold* _it_ `code`"),
        ("", ""),
    ],
)
def test_a_typed_message_is_escaped(typed: str, text: str) -> None:
    assert sent(typed) == text


PIECES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["@Backdrop", "@here", "&", "<", ">", "&lt;", "<@U1>", "<!here>", "|"]),
    st.sampled_from(["https://a.example/x", "http://b.example", "https://", "@", "://"]),
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join))
def test_whatever_is_typed_can_be_read_back(typed: str) -> None:
    # html.unescape also reads entities that Slack does not write; those begin with & and so
    # come out of Slack as &amp;..., which is read back once only.
    assert unescaped(sent(typed)) == typed


@settings(deadline=None)
@given(st.text(max_size=80))
def test_nobody_can_be_called_by_typing_angle_brackets(typed: str) -> None:
    inside = re.findall(r"<([^<>]*)>", sent(typed))
    assert all(one.startswith(("http://", "https://")) or one == BOT[1:-1] for one in inside)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join))
def test_the_rich_text_says_the_same_and_is_valid(typed: str) -> None:
    blocks = as_blocks(parts(typed, NAMES))
    accepted(blocks)
    elements = blocks[0]["elements"][0]["elements"] if blocks else []
    shown = {user: f"@{name}" for name, user in NAMES.items()}
    said = [e.get("text") or e.get("url") or shown[e["user_id"]] for e in elements]
    assert "".join(said) == typed


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a & b", "a &amp; b"), ("a &amp; b &lt;", "a &amp; b &lt;"), ("<@U1> & <!here>",) * 2],
)
def test_an_apps_text_keeps_its_entities(text: str, kept: str) -> None:
    assert with_entities(text) == kept.replace(" & ", " &amp; ")
