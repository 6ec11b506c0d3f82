"""Each gesture's whole life through real processes: from a press to what is shown after it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from infra.local import one_job
from infra.local.http import call
from infra.local.polling import until
from infra.local.slack.world import DM_IDS, MERCHANDISER_ID, PRODUCT_PHOTOS_ID
from tests.block_judges import as_sent, judge, judge_view
from tests.bot.looking import menu_entry
from tests.e2e.conftest import System
from tests.worker.conftest import photo_bytes

pytestmark = pytest.mark.e2e
Json = dict[str, Any]
ANNA, PHOTOS, DM = MERCHANDISER_ID, PRODUCT_PHOTOS_ID, DM_IDS[MERCHANDISER_ID]


class Person:
    """The merchandiser, who presses, types and looks."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._slack = f"http://{system.stack.addresses['slack']}/_client"

    def act(self, path: str, **body: Any) -> Json:
        answer: Json = call("POST", f"{self._slack}/{path}", {"user": ANNA, **body})
        return answer

    def upload(self, name: str = "vase.jpg") -> str:
        url = f"{self._slack}/files?user={ANNA}&name={name}"
        return str(call("POST", url, photo_bytes())["file_id"])

    def write(self, text: str, *, channel: str = PHOTOS, **more: Any) -> str:
        return str(self.act("messages", channel=channel, text=text, **more)["ts"])

    def press(self, message: Json, action_id: str, *, channel: str = PHOTOS, **more: Any) -> None:
        (block_id, *_) = [
            block["block_id"]
            for block in message["blocks"]
            if any(one.get("action_id") == action_id for one in block.get("elements", []))
        ]
        where = {"channel": channel, "message_ts": message["ts"], "block_id": block_id}
        assert self.act("actions", action_id=action_id, **where, **more)["ok"]

    def confirm(self) -> None:
        view = call("GET", f"{self._slack}/views?user={ANNA}")["modal"]
        assert self.act("views/submit", view_id=view["id"], values={})["ok"]

    def see(self, *, channel: str = PHOTOS, thread_ts: str = "") -> list[Json]:
        where = f"channel={channel}&user={ANNA}&thread_ts={thread_ts}"
        messages: list[Json] = call("GET", f"{self._slack}/messages?{where}")["messages"]
        return messages

    def told(self, count: int, *, channel: str = PHOTOS, thread_ts: str = "") -> list[Json]:
        """What was told there, once there is so much of it and no progress any more."""
        found: list[Json] = []

        def enough() -> bool:
            messages = self.see(channel=channel, thread_ts=thread_ts)
            found[:] = [m for m in messages if one_job.kind_of(m) == "backdrop_told"]
            waiting = any(one_job.kind_of(m) == "backdrop_progress" for m in messages)
            return len(found) >= count and not waiting

        until(enough, what=f"{count} answers")
        for message in found:
            assert judge(as_sent(message["blocks"]), "message") == []
        return found

    def look(self) -> Json:
        views: Json = call("GET", f"{self._slack}/views?user={ANNA}")
        return views


@pytest.fixture
def anna(system: System) -> Person:
    return Person(system)


@pytest.fixture
def result(anna: Person) -> Json:
    """A finished picture in a thread of its own."""
    ts = anna.write("@Backdrop on warm sand", file_ids=[anna.upload()])
    (message,) = anna.told(1, thread_ts=ts)
    return message


@pytest.fixture
def renewed(anna: Person) -> Callable[[Json], Json]:
    """A message once one of its buttons says something else than before."""

    def wait(message: Json) -> Json:
        found: list[Json] = []

        def changed() -> bool:
            thread = anna.see(thread_ts=message["thread_ts"])
            found[:] = [m for m in thread if m["ts"] == message["ts"]]
            return bool(found) and found[0]["blocks"][-1] != message["blocks"][-1]

        until(changed, what="the button to be renewed")
        return found[0]

    return wait


def links(message: Json) -> dict[str, str]:
    return {
        one["text"]: one["url"]
        for block in message["blocks"]
        for part in block.get("elements", [])
        for one in part.get("elements", [])
        if one.get("type") == "link"
    }


def test_again_and_then_again_once_more(
    anna: Person, result: Json, renewed: Callable[[Json], Json]
) -> None:
    for _ in range(10):
        anna.press(result, "again")
    anna.told(2, thread_ts=result["thread_ts"])
    anna.press(renewed(result), "again")
    messages = anna.told(3, thread_ts=result["thread_ts"])
    assert len({links(message)["Full size"] for message in messages}) == 3


def test_full_size_and_before_are_pictures(result: Json) -> None:
    for name in ("Full size", "Original photo"):
        answer = requests.get(links(result)[name], timeout=30)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("image/")


def test_three_variations_come_together_and_one_is_kept(anna: Person, result: Json) -> None:
    anna.press(result, "variations")
    _, several = anna.told(2, thread_ts=result["thread_ts"])
    shown = [block for block in several["blocks"] if block["type"] == "image"]
    assert len(shown) == 1  # one picture of all three
    anna.press(several, "use_this_2")
    kept = anna.told(2, thread_ts=result["thread_ts"])[1]
    assert [b["type"] for b in kept["blocks"]].count("image") == 1
    anna.press(kept, "show_all")
    shown_again = anna.told(2, thread_ts=result["thread_ts"])[1]
    assert [b["type"] for b in shown_again["blocks"]].count("image") == 3


def test_another_size(anna: Person, result: Json) -> None:
    anna.press(result, "more", selected_option=menu_entry(result["blocks"], "size", ":9:16"))
    _, other = anna.told(2, thread_ts=result["thread_ts"])
    assert "720 × 1280 px" in one_job.words_of(other)


def test_a_cut_out_is_a_transparent_png(anna: Person, result: Json) -> None:
    before = len(anna.system.stack.control("aiart", "GET", "tasks"))
    anna.press(result, "more", selected_option=menu_entry(result["blocks"], "cutout"))
    _, cut = anna.told(2, thread_ts=result["thread_ts"])
    answer = requests.get(links(cut)["Transparent PNG"], timeout=30)
    assert answer.content.startswith(b"\x89PNG")
    assert len(anna.system.stack.control("aiart", "GET", "tasks")) == before


def test_a_deleted_picture_is_gone_with_its_link(anna: Person, result: Json) -> None:
    anna.press(result, "more", selected_option=menu_entry(result["blocks"], "delete"))
    anna.confirm()
    until(
        lambda: requests.get(links(result)["Full size"], timeout=30).status_code == 410,
        what="the link to be gone",
    )
    thread = anna.see(thread_ts=result["thread_ts"])
    assert result["ts"] not in {message["ts"] for message in thread}


def test_new_words_in_the_thread_are_the_same_photo_again(anna: Person, result: Json) -> None:
    anna.write("@Backdrop on cold stone", thread_ts=result["thread_ts"])
    _, other = anna.told(2, thread_ts=result["thread_ts"])
    assert "on cold stone" in one_job.words_of(other)


def test_change_asks_with_other_words(anna: Person, result: Json) -> None:
    anna.press(result, "change")
    view = anna.look()["modal"]
    assert judge_view({k: view[k] for k in ("type", "title", "submit", "close", "blocks")}) == []
    values = {"words": {"field": {"value": "under a red lamp"}}}
    assert anna.act("views/submit", view_id=view["id"], values=values)["ok"]
    _, other = anna.told(2, thread_ts=result["thread_ts"])
    assert "under a red lamp" in one_job.words_of(other)


def test_the_command_opens_a_form_whose_picture_comes_to_the_channel(anna: Person) -> None:
    before = len(anna.told(0))
    assert anna.act("commands", channel=PHOTOS, command="/backdrop", text="in a forest")["ok"]
    view = anna.look()["modal"]
    values = {"photos": {"field": {"files": [anna.upload()]}}}
    assert anna.act("views/submit", view_id=view["id"], values=values)["ok"]
    message = anna.told(before + 1)[-1]
    assert "in a forest" in one_job.words_of(message)
    anna.press(message, "again")
    anna.told(1, thread_ts=message["ts"])


def test_a_direct_message_is_answered_there(anna: Person) -> None:
    ts = anna.write("on warm sand", channel=DM, file_ids=[anna.upload()])
    (message,) = anna.told(1, channel=DM, thread_ts=ts)
    assert "on warm sand" in one_job.words_of(message)


@pytest.fixture
def auto_channel(anna: Person) -> Iterator[None]:
    anna.act("commands", channel=PHOTOS, command="/backdrop", text="auto on on a wooden table")
    yield
    anna.act("commands", channel=PHOTOS, command="/backdrop", text="auto off")


@pytest.mark.usefixtures("auto_channel")
def test_in_an_auto_channel_a_photo_alone_is_enough(anna: Person) -> None:
    ts = anna.write("", file_ids=[anna.upload()])
    (message,) = anna.told(1, thread_ts=ts)
    assert "on a wooden table" in one_job.words_of(message)


def test_what_waits_can_be_cancelled(anna: Person) -> None:
    system = anna.system
    system.stack.control("aiart", "PUT", "settings", {"concurrency": 0})  # nothing starts
    try:
        ts = anna.write("@Backdrop too late", file_ids=[anna.upload()])
        progress: list[Json] = []

        def is_waiting() -> bool:
            thread = anna.see(thread_ts=ts)
            progress[:] = [m for m in thread if one_job.kind_of(m) == "backdrop_progress"]
            return bool(progress) and len(progress[0]["blocks"]) > 1

        until(is_waiting, what="a progress message with Cancel")
        anna.press(progress[0], "cancel")
        system.all_done()
    finally:
        system.stack.control("aiart", "PUT", "settings", {"concurrency": 1})
    assert [
        m for m in anna.see(thread_ts=ts) if m.get("bot_id") and not m.get("is_ephemeral")
    ] == []
    assert system.billed("too late") == []


def test_home_shows_what_was_made(anna: Person, result: Json) -> None:
    anna.system.all_done()
    anna.act("home")
    wanted = links(result)["Full size"]
    until(lambda: wanted in str(anna.look()["home"]), what="the picture in App Home")
