"""From a message's event to jobs."""

from typing import Any

import pytest

from bot.requests.from_message import jobs_from_message
from bot.slack_api.messages import files_of, message_of, sender_team
from bot.views import spoken
from bot.views.refusal import refusal_blocks
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.job_ids import id_of_message, id_of_upload
from functions.jobs.model import Asker, Job, SlackFile, Thread
from functions.jobs.wish import Wish

BOT = "U0BACKDROP"
NOW = 1732270003.25
EVENT: dict[str, Any] = {
    "type": "app_mention",
    "user": "U0MERCHEN1",
    "text": f"<@{BOT}> on a beach &amp; sunny",
    "ts": "1732270000.000100",
    "team": "T0BACKDROP",
    "channel": "C0PRODUCTS",
    "files": [{"id": "F1", "name": "cup.jpg", "url_private": "https://files.slack.com/a"}],
}


ASKER = Asker(team_id="T0BACKDROP", user_id="U0MERCHEN1")


def jobs(**changes: Any) -> list[Job]:
    message = message_of(EVENT | changes)
    return jobs_from_message(message, asker=ASKER, bot_user_id=BOT, now=NOW)


def codes(**changes: Any) -> list[ErrorCode]:
    with pytest.raises(Refused) as refused:
        jobs(**changes)
    return [problem.code for problem in refused.value.problems]


def test_a_photo_and_words_are_a_job() -> None:
    (job,) = jobs()
    assert job.id == id_of_message("C0PRODUCTS", "1732270000.000100", "F1")
    assert job.gesture == "mention"
    assert job.created_at == 1732270000.0001
    assert job.wish == Wish(prompt="on a beach & sunny")
    assert job.photo == SlackFile(file_id="F1", name="cup.jpg")
    assert job.mask is None
    assert job.asker == ASKER
    assert job.thread == Thread(channel="C0PRODUCTS", thread_ts="1732270000.000100")


@pytest.mark.parametrize("later_s", [-5.0, 3600.0])
def test_a_message_of_another_time_is_asked_for_when_it_comes(later_s: float) -> None:
    """An edited one, or one that only Slack's clock knows of."""
    now = 1732270000.0001 + later_s
    (job,) = jobs_from_message(message_of(EVENT), asker=ASKER, bot_user_id=BOT, now=now)
    assert job.created_at == now


def test_a_message_in_a_thread_is_answered_in_that_thread() -> None:
    (job,) = jobs(thread_ts="1732260000.000001")
    assert job.thread == Thread(channel="C0PRODUCTS", thread_ts="1732260000.000001")
    assert job.id == jobs()[0].id  # what was asked is the message, wherever it stands


def test_the_same_message_is_the_same_jobs_whoever_tells_of_it_and_when() -> None:
    message = message_of(EVENT | {"type": "message", "subtype": "file_share"})
    (again,) = jobs_from_message(message, asker=ASKER, bot_user_id=BOT, now=NOW + 300)
    assert again.id == jobs()[0].id


@pytest.mark.parametrize(
    ("body", "team"),
    [
        ({"event": {"team": "T0GUESTORG"}}, "T0GUESTORG"),
        ({"event": {"team": "T0GUESTORG", "user_team": "T0GUESTSUB"}}, "T0GUESTSUB"),
        ({"event": {"files": [{"user_team": "T0GUESTORG"}]}}, "T0GUESTORG"),
        ({"user": {"id": "U1", "team_id": "T0GUESTORG"}}, "T0GUESTORG"),
        ({"event": {"team": "T0OURS"}}, "T0OURS"),
        ({"event": {"files": [{"id": "F1"}]}}, ""),
        ({"user": {"id": "U1"}}, ""),
        ({"user_id": "U1"}, ""),
    ],
)
def test_whose_workspace_is_another_is_told_by_several_fields(
    body: dict[str, Any], team: str
) -> None:
    assert sender_team(body) == team


def test_several_photos_are_several_jobs_that_know_of_each_other() -> None:
    found = jobs(files=[{"id": "F1", "name": "a.jpg"}, {"id": "F2", "name": "b.jpg"}])
    assert [job.photo for job in found] == [
        SlackFile(file_id="F1", name="a.jpg"),
        SlackFile(file_id="F2", name="b.jpg"),
    ]
    assert len({job.id for job in found}) == 2
    assert {job.upload.jobs for job in found} == {tuple(job.id for job in found)}
    assert {job.upload.id for job in found} == {id_of_upload("C0PRODUCTS", "1732270000.000100")}


def test_a_mask_goes_with_its_photo() -> None:
    (job,) = jobs(files=[{"id": "F1", "name": "a.jpg"}, {"id": "F2", "name": "mask.png"}])
    assert (job.photo, job.mask) == (
        SlackFile(file_id="F1", name="a.jpg"),
        SlackFile(file_id="F2", name="mask.png"),
    )


def test_without_a_photo_and_without_words_both_are_told() -> None:
    assert codes(files=[], text=f"<@{BOT}>") == [
        ErrorCode.PHOTO_MISSING,
        ErrorCode.WORDS_MISSING,
    ]


def test_what_is_wrong_with_masks_and_with_words_is_told_together() -> None:
    photos = [{"id": "F1", "name": "a.jpg"}, {"id": "F2", "name": "b.jpg"}]
    masks = [{"id": "F3", "name": "c.mask.png"}]
    assert codes(files=photos + masks, text="x" * 257) == [
        ErrorCode.MASK_WITHOUT_PHOTO,
        ErrorCode.WORDS_TOO_LONG,
    ]


@pytest.mark.parametrize(
    ("channel", "files", "rule"),
    [
        ("D0MERCHEN1", [{"id": "F1"}], "direct"),
        ("D0MERCHEN1", [], None),
        ("C1", [{"id": "F1"}], None),
    ],
)
def test_words_may_follow_a_photo_that_was_sent_directly(
    channel: str, files: list[dict[str, str]], rule: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        jobs(channel=channel, files=files, text="")
    missing = refused.value.problems[-1]
    assert (missing.code, missing.facts.get("rule")) == (ErrorCode.WORDS_MISSING, rule)
    said = spoken(refusal_blocks([missing], "en"))
    assert ("@Backdrop" in said) is (rule is None)


@pytest.mark.parametrize("text", [None, "", f"<@{BOT}>", f"<@{BOT}|backdrop>", f" <@{BOT}>\n"])
def test_a_mention_alone_says_nothing_about_the_background(text: str | None) -> None:
    assert codes(text=text) == [ErrorCode.WORDS_MISSING]


def test_the_length_is_that_of_what_was_typed_and_not_of_what_slack_sends() -> None:
    (job,) = jobs(text=f"<@{BOT}> " + "&amp;" * 255 + "a")
    assert job.wish.prompt == "&" * 255 + "a"


@pytest.mark.parametrize(
    "files",
    [
        None,
        [],
        [None],
        ["F1"],
        [{}],
        [{"id": ""}],
        [{"id": None}],
        [{"name": "cup.jpg"}],
    ],
)
def test_files_that_are_none_are_none(files: Any) -> None:
    assert files_of({"files": files}) == []
    assert files_of({}) == []


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ({"id": "F1", "name": "cup.jpg", "title": "A cup"}, "cup.jpg"),
        ({"id": "F1", "name": None, "title": "A cup"}, "A cup"),
        ({"id": "F1"}, ""),
        ({"id": "F1", "mode": "file_access", "file_access": "check_file_info"}, ""),
    ],
)
def test_a_file_needs_nothing_but_its_id(file: dict[str, Any], name: str) -> None:
    """From a Slack Connect channel there is nothing else."""
    assert files_of({"files": [file]}) == [SlackFile(file_id="F1", name=name)]


def test_an_edited_message_is_known_as_one() -> None:
    assert message_of(EVENT | {"edited": {"user": "U1", "ts": "1"}}).edited
    assert not message_of(EVENT).edited


SHARE = {"is_share": True, "text": "the new cups", "files": [{"id": "F9", "name": "cup.jpg"}]}


def test_a_forwarded_messages_photo_is_taken() -> None:
    (job,) = jobs(files=None, attachments=[SHARE])
    assert job.photo == SlackFile(file_id="F9", name="cup.jpg", forwarded=True)


def test_a_forwarded_mask_goes_with_its_photo() -> None:
    mask = {"is_share": True, "files": [{"id": "F2", "name": "mask.png"}]}
    (job,) = jobs(attachments=[mask])
    assert (job.photo, job.mask) == (
        SlackFile(file_id="F1", name="cup.jpg"),
        SlackFile(file_id="F2", name="mask.png", forwarded=True),
    )


@pytest.mark.parametrize("attachment", [{"is_share": True}, SHARE | {"files": []}])
def test_a_forwarded_message_whose_photos_slack_hides_is_told_so(attachment: Any) -> None:
    with pytest.raises(Refused) as refused:
        jobs(files=[], attachments=[attachment])
    (problem,) = refused.value.problems
    assert (problem.code, problem.facts) == (ErrorCode.PHOTO_MISSING, {"rule": "forwarded"})


@pytest.mark.parametrize(
    "attachments", [None, [], ["x"], [None], [SHARE | {"is_share": False}], [{"files": [{}]}]]
)
def test_what_is_not_forwarded_brings_no_photo(attachments: Any) -> None:
    """A link's preview may show somebody's picture; nobody has meant it."""
    assert files_of({"attachments": attachments}) == []
