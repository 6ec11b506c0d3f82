"""Downloading what somebody uploaded: who gets the token, and what may come instead of a file."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from bot.slack_api import files
from bot.slack_api.client import OutcomeUnknown, RateLimited, TokenRevoked, web_client
from bot.slack_api.files import FileUnfinished, SlackFiles
from functions.config import SlackConfig
from functions.jobs.errors import ErrorCode, Problem, Refused
from tests.conftest import BOT_TOKEN
from tests.jobs.driving import answering
from tests.local.slack.driver import PHOTOS, Slack, eventually

SHARED = "@Backdrop on a beach"


def files_at(at: str, *, timeout_s: float = 5) -> SlackFiles:
    config = SlackConfig(bot_token=BOT_TOKEN, api_url=f"http://{at}/api/")
    return SlackFiles(web_client(config, timeout_s=timeout_s), config)


@pytest.fixture
def photo(slack: Slack, jpeg: bytes) -> str:
    """A file that hangs on a message which the bot can see."""
    file_id = slack.upload(jpeg, name="cup.jpg")
    slack.write(SHARED, file_ids=[file_id])
    return file_id


@pytest.fixture
def download(slack: Slack) -> Callable[[str], bytes]:
    return files_at(slack.address).download


def problem_of(download: Callable[[], object]) -> Problem:
    with pytest.raises(Refused) as refused:
        download()
    (problem,) = refused.value.problems
    return problem


class Scripted:
    """A Slack whose files.info and whose file are what a test says."""

    def __init__(self, info: dict[str, Any], file: bytes) -> None:
        self.info, self.file = info, file
        self.asked: list[str] = []
        self.tokens: list[bool] = []

    def __call__(self, request: bytes) -> bytes:
        first, _, rest = request.decode("latin-1").partition("\r\n")
        path = first.split(" ")[1]
        self.asked.append(path)
        self.tokens.append(BOT_TOKEN in rest)
        if not path.startswith("/api/"):
            return self.file
        host = rest.partition("Host: ")[2].partition("\r\n")[0]
        told = json.dumps({"ok": True, "file": {"id": "F1"} | self.info}).replace("HERE", host)
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(told)}\r\n\r\n"
        return (head + told).encode()


HERE = {"url_private": "http://HERE/files-pri/T-F1/a.jpg"}


def whole(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{named}\r\n"
    return head.encode() + body


# --- what comes


def test_a_file_comes_as_it_was_uploaded(
    photo: str, download: Callable[[str], bytes], jpeg: bytes
) -> None:
    assert download(photo) == jpeg


def test_a_file_from_slack_connect_is_found_by_its_id(slack: Slack, jpeg: bytes) -> None:
    file_id = slack.upload(jpeg, needs_info="1")
    slack.write(SHARED, file_ids=[file_id])
    assert files_at(slack.address).download(file_id) == jpeg


def test_an_empty_file_is_a_file(slack: Slack) -> None:
    file_id = slack.upload(b"", name="empty.png")
    slack.write(SHARED, file_ids=[file_id])
    assert files_at(slack.address).download(file_id) == b""


def test_a_page_that_somebody_uploaded_is_just_no_picture(slack: Slack) -> None:
    """Nothing is wrong with the app's scopes then."""
    page = b"<!DOCTYPE html><html><body>a saved page</body></html>"
    file_id = slack.upload(page, name="page.html")
    slack.write(SHARED, file_ids=[file_id])
    assert files_at(slack.address).download(file_id) == page


# --- what comes instead


def test_a_missing_scope_is_named_and_not_taken_for_a_broken_picture(
    slack: Slack, photo: str, download: Callable[[str], bytes]
) -> None:
    slack.without_scope("files:read")
    problem = problem_of(lambda: download(photo))
    assert problem.code is ErrorCode.SLACK_SCOPE_MISSING
    assert problem.facts == {"scope": "files:read"}


@pytest.mark.parametrize("status", [401, 403])
def test_a_plain_refusal_means_no_access_for_the_scope_is_there(
    status: int, slack: Slack, photo: str, download: Callable[[str], bytes]
) -> None:
    slack.fault(op="files.download", status=status)
    assert problem_of(lambda: download(photo)).code is ErrorCode.PHOTO_NO_ACCESS


@pytest.mark.parametrize("error", sorted(files.NO_ACCESS))
def test_slacks_words_for_no_access_are_final(
    error: str, slack: Slack, photo: str, download: Callable[[str], bytes]
) -> None:
    slack.fault(op="files.info", error=error)
    assert problem_of(lambda: download(photo)).code is ErrorCode.PHOTO_NO_ACCESS


@pytest.mark.parametrize("error", ["file_not_found", "file_deleted"])
def test_a_file_that_slack_does_not_know_is_gone(
    error: str, slack: Slack, photo: str, download: Callable[[str], bytes]
) -> None:
    slack.fault(op="files.info", error=error)
    assert problem_of(lambda: download(photo)).code is ErrorCode.PHOTO_GONE


def test_a_deleted_file_is_gone(slack: Slack, photo: str, download: Callable[[str], bytes]) -> None:
    gone = json.dumps({"ok": True, "file": {"id": photo, "mode": "tombstone"}})
    slack.fault(op="files.info", status=200, body=gone)
    assert problem_of(lambda: download(photo)).code is ErrorCode.PHOTO_GONE


def test_a_file_that_was_deleted_in_between_is_gone(
    slack: Slack, photo: str, download: Callable[[str], bytes]
) -> None:
    slack.fault(op="files.download", status=404)
    assert problem_of(lambda: download(photo)).code is ErrorCode.PHOTO_GONE


def test_a_file_of_a_conversation_that_the_bot_is_not_in_is_gone(
    slack: Slack, jpeg: bytes, download: Callable[[str], bytes]
) -> None:
    file_id = slack.upload(jpeg)
    slack.write("for us only", channel="C0SHOPNEWS", file_ids=[file_id])
    assert problem_of(lambda: download(file_id)).code is ErrorCode.PHOTO_GONE


def test_a_file_that_is_said_to_be_too_large_is_not_even_fetched(
    slack: Slack, photo: str, download: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 100)
    assert problem_of(lambda: download(photo)).code is ErrorCode.PHOTO_TOO_LARGE
    assert slack.calls("files.download") == []


def test_a_file_that_is_larger_than_it_is_said_to_be_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 1_000_000)
    scripted = Scripted({**HERE, "size": 10}, whole(bytes(2_000_000)))
    with answering(scripted) as at:
        problem = problem_of(lambda: files_at(at).download("F1"))
    assert problem == Problem(ErrorCode.PHOTO_TOO_LARGE, facts={"max_mb": 1})


# --- what may work later


@pytest.mark.parametrize(
    "file",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nonly this",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        b"",
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["cut", "chunk cut", "nothing of it", "no answer", "trouble"],
)
def test_a_file_that_breaks_off_is_fetched_again_later_and_is_no_broken_picture(
    file: bytes,
) -> None:
    with answering(Scripted(HERE, file)) as at, pytest.raises(OutcomeUnknown):
        files_at(at).download("F1")


def test_a_file_that_does_not_come_in_time_is_fetched_again_later(slack: Slack, photo: str) -> None:
    slack.fault(op="files.download", delay_s=0.6)
    with pytest.raises(OutcomeUnknown):
        files_at(slack.address, timeout_s=0.2).download(photo)


def test_a_page_in_place_of_a_file_means_that_its_upload_is_not_finished(
    slack: Slack, photo: str, download: Callable[[str], bytes]
) -> None:
    slack.fault(op="files.download", status=200, body="\n <!doctype HTML><title>Sign in</title>")
    with pytest.raises(FileUnfinished):
        download(photo)


@pytest.mark.parametrize("late", ["late_uploads_s", "late_addresses_s"])
def test_an_upload_that_ends_after_its_message_is_not_gone(
    late: str, slack: Slack, jpeg: bytes, download: Callable[[str], bytes]
) -> None:
    slack.settings(**{late: 0.5})
    file_id = slack.upload(jpeg)
    slack.write(SHARED, file_ids=[file_id])
    with pytest.raises(FileUnfinished):
        download(file_id)

    def downloaded() -> bytes:
        try:
            return download(file_id)
        except FileUnfinished:
            return b""

    assert eventually(downloaded) == jpeg


def test_a_file_that_must_be_shown_somewhere_is_read_only_if_it_is(
    photo: str, download: Callable[..., bytes], jpeg: bytes
) -> None:
    assert download(photo, shared_in=PHOTOS) == jpeg
    problem = problem_of(lambda: download(photo, shared_in="C0SHOPNEWS"))
    assert problem.facts == {"rule": "not-shared-there"}


def test_where_an_unfinished_upload_is_shared_is_not_decided_yet(
    slack: Slack, jpeg: bytes, download: Callable[..., bytes]
) -> None:
    slack.settings(late_uploads_s=30)
    file_id = slack.upload(jpeg)
    slack.write(SHARED, file_ids=[file_id])
    with pytest.raises(FileUnfinished):
        download(file_id, shared_in="C0SHOPNEWS")


@pytest.mark.parametrize("header", ["Retry_After", "retry_after"])
def test_being_told_to_wait_says_how_long(header: str) -> None:
    busy_file = whole(b"", "429 Too Many Requests", **{header: "9"})
    with answering(Scripted(HERE, busy_file)) as at, pytest.raises(RateLimited) as busy:
        files_at(at).download("F1")
    assert busy.value.retry_after_s == 9


def test_an_error_of_files_info_that_nobody_knows_is_a_no_that_is_told_at_once(
    slack: Slack, photo: str, download: Callable[[str], bytes]
) -> None:
    """Slack's words for later are all known; a new no was tried for two hours."""
    slack.fault(op="files.info", error="something_new")
    assert problem_of(lambda: download(photo)).code is ErrorCode.PHOTO_NO_ACCESS


def test_a_revoked_token_is_told_apart(
    slack: Slack, photo: str, download: Callable[[str], bytes]
) -> None:
    slack.settings(token_state="revoked")
    with pytest.raises(TokenRevoked):
        download(photo)


# --- who gets the token


WITH, WITHOUT, NEVER = "with the token", "without the token", "never"


@pytest.mark.parametrize(
    ("url", "how"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.jpg", WITH),
        ("https://files-origin.slack.com/files-pri/T1-F1/a.jpg", WITH),
        ("https://slack.com/files-pri/T1-F1/a.jpg", WITH),
        ("https://slack-files.com/T1-F1-0000000000", WITHOUT),
        ("https://a.slack-edge.com/T1-F1/a.jpg", WITHOUT),
        ("http://files.slack.com/files-pri/T1-F1/a.jpg", NEVER),
        ("http://files-origin.slack.com/files-pri/T1-F1/a.jpg", NEVER),
        ("http://slack.com/files-pri/T1-F1/a.jpg", NEVER),
        ("http://slack-files.com/T1-F1", NEVER),
        ("http://a.slack-edge.com/a.jpg", NEVER),
        ("https://slack-edge.com/a.jpg", NEVER),
        ("https://evil.example#.slack-edge.com/a.jpg", NEVER),
        ("https://evil.example@a.slack-edge.com/a.jpg", NEVER),
        ("https://a.slack-edge.com:8443/a.jpg", NEVER),
        ("https://a.slack-edge.com.evil.example/a.jpg", NEVER),
        ("https://files.slack.com.evil.example/a.jpg", NEVER),
        ("https://evil.example/files.slack.com/a.jpg", NEVER),
        ("https://files.slack.com@evil.example/a.jpg", NEVER),
        ("https://evil.example@files.slack.com/a.jpg", NEVER),
        ("https://files.slack.com:8443/a.jpg", NEVER),
        ("https://evilfiles.slack.com/a.jpg", NEVER),
        ("https://other.slack.com/files-pri/T1-F1/a.jpg", NEVER),
        ("//files.slack.com/a.jpg", NEVER),
        ("ftp://files.slack.com/a.jpg", NEVER),
        ("file:///etc/passwd", NEVER),
        ("", NEVER),
    ],
)
def test_the_token_goes_to_slack_over_https_and_to_nobody_else(url: str, how: str) -> None:
    config = SlackConfig(bot_token=BOT_TOKEN, api_url="https://slack.com/api/")
    headers_for = SlackFiles(web_client(config, timeout_s=1), config)._headers_for
    if how == NEVER:
        assert problem_of(lambda: headers_for(url)).code is ErrorCode.PHOTO_GONE
    else:
        assert headers_for(url) == ({"Authorization": f"Bearer {BOT_TOKEN}"} if how == WITH else {})


@pytest.mark.parametrize("as_external", [True, False])
def test_a_file_that_lives_elsewhere_is_never_asked_for(as_external: bool, slack: Slack) -> None:
    """Not even when Slack does not say that it is external (GHSA-3q3v-34v2-g88f)."""
    stranger = threading.Event()

    def reached(_: bytes) -> bytes:
        stranger.set()
        return whole(b"a picture")

    with answering(reached) as elsewhere:
        info = {"is_external": as_external, "url_private": f"http://{elsewhere}/a.jpg"}
        with answering(Scripted(info, b"")) as at:
            problem = problem_of(lambda: files_at(at).download("F1"))
    assert problem.code is ErrorCode.PHOTO_GONE
    assert not stranger.is_set()


def test_an_external_file_of_the_standin_is_refused(slack: Slack, jpeg: bytes) -> None:
    file_id = slack.upload(jpeg, external_url="https://drive.example/cup.jpg")
    slack.write(SHARED, file_ids=[file_id])
    problem = problem_of(lambda: files_at(slack.address).download(file_id))
    assert problem.code is ErrorCode.PHOTO_GONE


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 T", "308 P"])
def test_a_redirect_to_a_stranger_is_not_followed(status: str) -> None:
    stranger = threading.Event()

    def reached(_: bytes) -> bytes:
        stranger.set()
        return whole(b"a picture")

    with answering(reached) as elsewhere:
        moved = Scripted(HERE, whole(b"", status, Location=f"http://{elsewhere}/a.jpg"))
        with answering(moved) as at:
            problem = problem_of(lambda: files_at(at).download("F1"))
    assert problem.code is ErrorCode.PHOTO_GONE
    assert not stranger.is_set()
    assert moved.tokens == [True, True]


def test_a_redirect_in_a_circle_ends(slack: Slack) -> None:
    moved = Scripted(HERE, whole(b"", "302 Found", Location="/files-pri/T-F1/a.jpg"))
    with answering(moved) as at:
        problem = problem_of(lambda: files_at(at).download("F1"))
    assert problem.code is ErrorCode.PHOTO_GONE
    assert moved.asked[1:] == ["/files-pri/T-F1/a.jpg"] * 4  # the first, and three redirects


def test_on_enterprise_grid_the_file_is_found_where_its_address_leads(
    slack: Slack, photo: str, download: Callable[[str], bytes], jpeg: bytes
) -> None:
    slack.settings(grid="on")
    assert download(photo) == jpeg
    assert [one["status"] for one in slack.calls("files.download")] == [302, 200]


def test_being_sent_to_the_sign_in_means_no_access(
    slack: Slack, photo: str, download: Callable[[str], bytes]
) -> None:
    slack.settings(grid="no_access")
    assert problem_of(lambda: download(photo)).code is ErrorCode.PHOTO_NO_ACCESS
    assert len(slack.calls("files.download")) == 1


def test_the_workspaces_own_sign_in_is_known_by_its_address_and_never_asked() -> None:
    to = "https://example.slack.com/?redir=%2Ffiles-pri%2FT-F1%2Fa.jpg"
    moved = Scripted(HERE, whole(b"", "302 Found", Location=to))
    with answering(moved) as at:
        problem = problem_of(lambda: files_at(at).download("F1"))
    assert problem.code is ErrorCode.PHOTO_NO_ACCESS
