"""Controls that turn a text's direction are made harmless wherever a person reads them."""

import json
import logging
from typing import Any

import pytest

from bot.job_messages import JobFailedMessage, message
from bot.slack_api.client import call, web_client
from bot.slack_api.content import harmless
from bot.views import spoken
from functions.config import SlackConfig
from functions.jobs.characters import escape_direction, without_direction
from functions.jobs.errors import ErrorCode
from functions.jobs.model import SlackFile
from functions.jobs.steps import Failed
from functions.log import log, start_logging
from tests.conftest import BOT_TOKEN
from tests.jobs.making import a_job
from tests.local.slack.driver import PHOTOS, Slack

CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
NAME = f"cup{CONTROLS}gpj.exe"


def test_each_control_goes_and_nothing_else() -> None:
    assert without_direction(NAME) == "cupgpj.exe"
    assert without_direction("שלום مرحبا 杯子 \u200d") == "שלום مرحبا 杯子 \u200d"


def test_a_message_is_harmless_in_all_its_parts_and_what_comes_back_stays(slack: Slack) -> None:
    config = SlackConfig(bot_token=BOT_TOKEN, api_url=f"http://{slack.address}/api/")
    button = {"type": "button", "action_id": "a", "value": NAME}
    blocks: list[dict[str, Any]] = [
        {"type": "section", "text": {"type": "plain_text", "text": NAME}},
        {"type": "section", "text": {"type": "plain_text", "text": CONTROLS}},
        {
            "type": "actions",
            "elements": [{**button, "text": {"type": "plain_text", "text": NAME}}],
        },
    ]
    client = web_client(config, timeout_s=5)
    call(client.chat_postMessage, channel=PHOTOS, text=NAME, blocks=blocks)
    (posted,) = slack.messages()
    said = json.dumps([posted["text"], posted["blocks"]], ensure_ascii=False)
    assert said.count("cupgpj.exe") == 3
    assert said.count("\u202e") == 1  # in the value, which nobody sees


@pytest.mark.parametrize("shown", ["text", "blocks", "view", "error"])
def test_each_argument_that_a_person_will_read_is_harmless(shown: str) -> None:
    sent: dict[str, Any] = {}

    def method(**arguments: Any) -> Any:
        sent.update(arguments)

    call(method, **{shown: [NAME], "metadata": NAME})
    assert sent == {shown: ["cupgpj.exe"], "metadata": NAME}


def test_alt_text_and_a_view_are_harmless() -> None:
    view = {"title": {"text": NAME}, "private_metadata": NAME, "blocks": [{"alt_text": NAME}]}
    assert harmless(view) == {
        "title": {"text": "cupgpj.exe"},
        "private_metadata": NAME,
        "blocks": [{"alt_text": "cupgpj.exe"}],
    }
    assert harmless("") == ""


def test_the_api_keeps_the_value_and_shows_the_control() -> None:
    shown = escape_direction(json.dumps({"reference": NAME}, ensure_ascii=False))
    assert not set(CONTROLS) & set(shown)
    assert json.loads(shown) == {"reference": NAME}


def test_a_line_of_the_log_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    handlers = logging.getLogger().handlers[:]
    try:
        start_logging("INFO")
        log("a name", name=NAME)
    finally:
        logging.getLogger().handlers[:] = handlers
    (line,) = capsys.readouterr().out.splitlines()
    assert not set(CONTROLS) & set(line)
    assert json.loads(line)["name"] == NAME


def test_a_dates_fallback_is_no_markup() -> None:
    date = {"type": "date", "timestamp": 1, "format": "{time}", "fallback": "<!channel> & co"}
    assert spoken([date]) == "<!date^1^{time}|&lt;!channel&gt; &amp; co>"


@pytest.mark.parametrize("name", ["<!channel>.jpg", "<@U0ADMIN001>.jpg", "a & b <c>.jpg"])
def test_the_notification_has_no_mention_but_the_askers(name: str) -> None:
    job = a_job(photo=SlackFile(file_id="F1", name=name))
    told = JobFailedMessage(Failed(at=1.0, code=ErrorCode.PHOTO_GONE))
    said = message(job, told, "en").text
    assert said.startswith(f"<@{job.asker.user_id}> ")
    assert said.count("<") == 1
    assert "&amp;amp;" not in said
