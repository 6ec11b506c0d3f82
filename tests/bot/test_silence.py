"""A job is accepted while the worker is silent: administrators hear of it once, and the asker."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec
import pytest

from bot import silence
from bot.silence import Watch
from bot.slack_api.client import web_client
from functions.config import bot_config
from functions.jobs.bucket_layout import WORKER_ALIVE, WORKER_SILENT, request_key
from functions.jobs.ledger import Ledger
from tests.bot.driving import Bot, environ_of, eyes_on, requests_in, running_bot, settled, whispers
from tests.jobs.driving import Cos
from tests.jobs.making import a_job, job_ids
from tests.local.slack.driver import PHOTOS, Slack

WORDS = "@Backdrop on a wet street"
OLD_S = 700.0


@pytest.fixture(scope="module")
def watching_bot(standing_cos: Cos, standing_slack: Slack) -> Iterator[Bot]:
    environ = environ_of(standing_cos, standing_slack.address)
    with running_bot({**environ, "ADMIN_CHANNEL": PHOTOS}) as bot:
        yield bot


@pytest.fixture
def bot(watching_bot: Bot, cos: Cos, slack: Slack, monkeypatch: pytest.MonkeyPatch) -> Bot:
    """With an ADMIN_CHANNEL, and a job that has waited for long. It looks each time."""
    monkeypatch.setattr(silence, "WELL_FOR_S", 0.0)
    (job_id,) = job_ids(1)
    cos.write(request_key(job_id), msgspec.json.encode(a_job(job_id)), age_s=OLD_S)
    url = watching_bot.events_url
    slack.ask("PUT", "/_control/app", json={"events_url": url, "interactions_url": url})
    return watching_bot


def ask(slack: Slack, jpeg: bytes, *, events: int = 3) -> str:
    ts = slack.write(WORDS, file_ids=[slack.upload(jpeg)])["ts"]
    settled(slack, events)
    return str(ts)


def told(slack: Slack) -> list[str]:
    ours = [message for message in slack.messages(channel=PHOTOS) if message.get("bot_id")]
    return [message["text"] for message in ours if not message.get("is_ephemeral")]


@pytest.mark.usefixtures("bot")
def test_the_administrators_are_told_once_and_each_asker_that_the_job_is_kept(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    ask(slack, jpeg)
    ask(slack, jpeg, events=6)
    assert len(requests_in(cos)) == 3
    (line,) = told(slack)
    assert "11 minutes" in line
    shown = whispers(slack)
    assert len(shown) == 2
    assert all("kept" in words and "11 minutes" in words for words in shown)


@pytest.mark.usefixtures("bot")
def test_a_worker_that_works_is_not_complained_about(cos: Cos, slack: Slack, jpeg: bytes) -> None:
    cos.write(WORKER_ALIVE, b"{}", age_s=100)
    ask(slack, jpeg)
    assert told(slack) == []
    assert whispers(slack) == []


@pytest.mark.usefixtures("bot")
def test_what_could_not_be_told_is_told_by_the_next(cos: Cos, slack: Slack, jpeg: bytes) -> None:
    slack.fault(op="chat.postMessage", error="channel_not_found")
    ask(slack, jpeg)
    assert told(slack) == []
    assert WORKER_SILENT not in cos.listed()
    ask(slack, jpeg, events=6)
    assert len(told(slack)) == 1


@pytest.mark.usefixtures("bot")
def test_a_look_that_fails_fails_nothing_that_is_accepted(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    cos.fault(op="LIST", error="AccessDenied", times=-1)
    ts = ask(slack, jpeg)
    assert {row["status"] for row in slack.deliveries()} == {200}
    assert len(requests_in(cos)) == 2
    assert eyes_on(slack, ts) == ["U0BACKDROP"]
    assert told(slack) == []


@pytest.mark.timeout(30)
def test_a_look_that_does_not_end_is_not_waited_for(
    cos: Cos, slack: Slack, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "MOMENT_S", 0.01)
    config = bot_config(environ_of(cos, slack.address))
    watch = Watch(ledger, web_client(config.slack, timeout_s=1), PHOTOS)
    assert watch.silent_minutes(Future()) is None


@pytest.mark.parametrize(("age_s", "looks"), [(100.0, 1), (OLD_S, 2)])
def test_a_worker_that_was_well_a_moment_ago_is_not_looked_at_again(
    cos: Cos, slack: Slack, ledger: Ledger, age_s: float, looks: int
) -> None:
    (job_id,) = job_ids(1)
    cos.write(request_key(job_id), msgspec.json.encode(a_job(job_id)), age_s=age_s)
    config = bot_config(environ_of(cos, slack.address))
    watch = Watch(ledger, web_client(config.slack, timeout_s=1), PHOTOS)
    with ThreadPoolExecutor(1) as threads:
        found = {watch.begin(threads).result() for _ in range(2)}
    assert len(found) == 1
    assert len(cos.calls("LIST", "requests/")) == looks
