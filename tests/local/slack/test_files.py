"""Uploads and downloads through the official client, and the pictures in messages."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from infra.local import serving
from infra.local.slack import world
from tests.local.slack.conftest import picture
from tests.local.slack.driver import ANNA, PHOTOS, Slack, eventually, refusal


def fetched(slack: Slack, url: str, token: str | None = None) -> requests.Response:
    headers = {"authorization": f"Bearer {token or slack.client.token}"}
    return requests.get(url, headers=headers, timeout=10)


def uploaded(slack: Slack, data: bytes, **more: Any) -> str:
    answer = slack.client.files_upload_v2(content=data, filename="cup.png", title="A cup", **more)
    return str(answer["file"]["id"])


def image_block(**source: Any) -> dict[str, Any]:
    return {"type": "image", "alt_text": "a cup", **source}


def test_an_upload_to_a_thread_becomes_a_message_there(slack: Slack, png: bytes) -> None:
    parent = slack.write("a photo")["ts"]
    file_id = uploaded(
        slack, png, channel=PHOTOS, thread_ts=parent, initial_comment="here", alt_txt="a cup"
    )
    message = slack.messages(thread_ts=parent)[1]
    assert (message["subtype"], message["text"]) == ("file_share", "here")
    assert message["files"][0]["id"] == file_id
    file = slack.client.files_info(file=file_id)["file"]
    assert (file["mimetype"], file["size"], file["mode"]) == ("image/png", len(png), "hosted")
    assert (file["title"], file["alt_txt"], file["is_external"]) == ("A cup", "a cup", False)
    assert file["shares"]["public"][PHOTOS][0]["ts"] == message["ts"]
    assert file["shares"]["public"][PHOTOS][0]["thread_ts"] == parent


def test_a_private_file_is_given_to_the_bots_token(slack: Slack, png: bytes) -> None:
    file = slack.client.files_info(file=uploaded(slack, png))["file"]
    for name in ("url_private", "url_private_download"):
        answer = fetched(slack, file[name])
        assert (answer.content, answer.headers["content-type"]) == (png, "image/png")


def test_a_persons_photo_can_be_downloaded_once_it_is_shared(slack: Slack, png: bytes) -> None:
    file_id = slack.upload(png, name="杯子 1.png")
    hidden = refusal(lambda: slack.client.files_info(file=file_id))
    assert hidden["error"] == "file_not_found"
    slack.write("<3", file_ids=[file_id])
    file = slack.client.files_info(file=file_id)["file"]
    assert file["name"] == "杯子 1.png"
    assert fetched(slack, file["url_private"]).content == png


def test_without_the_scope_or_the_token_a_file_is_a_sign_in_page(slack: Slack, png: bytes) -> None:
    url = slack.client.files_info(file=uploaded(slack, png))["file"]["url_private"]
    answers = [requests.get(url, timeout=10), fetched(slack, url, "xoxb-other")]
    slack.without_scope("files:read")
    answers.append(fetched(slack, url))
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert b"Sign in" in answer.content
    assert {one["error"] for one in slack.calls("files.download")} == {"sign_in_page"}


def test_a_deleted_file_is_not_found(slack: Slack, png: bytes) -> None:
    file_id = uploaded(slack, png, channel=PHOTOS)
    url = slack.client.files_info(file=file_id)["file"]["url_private"]
    slack.client.files_delete(file=file_id)
    assert fetched(slack, url).status_code == 404
    assert refusal(lambda: slack.client.files_info(file=file_id))["error"] == "file_deleted"
    assert refusal(lambda: slack.client.files_delete(file=file_id))["error"] == "file_deleted"
    assert slack.messages()[0]["files"] == [{"id": file_id, "mode": "tombstone"}]


def test_somebody_elses_file_is_not_deleted(slack: Slack, png: bytes) -> None:
    file_id = slack.upload(png)
    slack.write("mine", file_ids=[file_id])
    assert refusal(lambda: slack.client.files_delete(file=file_id))["error"] == "cant_delete_file"
    nothing = refusal(lambda: slack.client.files_delete(file="F0NOTHING0"))
    assert nothing["error"] == "file_not_found"


def test_an_external_file_points_elsewhere(slack: Slack) -> None:
    file_id = slack.upload(b"", name="x.png", external_url="https://drive.example/x.png")
    message = slack.write("from a drive", file_ids=[file_id])
    file = message["files"][0]
    assert (file["is_external"], file["mode"]) == (True, "external")
    assert file["url_private"] == "https://drive.example/x.png"
    assert "url_private_download" not in file


def test_a_file_of_slack_connect_must_be_asked_for(slack: Slack, png: bytes) -> None:
    file_id = slack.upload(png, needs_info="1")
    stub = slack.write("from a partner", file_ids=[file_id])["files"][0]
    assert stub["file_access"] == "check_file_info"
    assert "url_private" not in stub
    assert slack.client.files_info(file=file_id)["file"]["mimetype"] == "image/png"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"filename": "x", "length": 0}, "missing_argument"),
        ({"filename": "x", "length": 2_000_000_000}, "file_upload_size_restricted"),
        ({"filename": "x", "length": 1, "alt_txt": "x" * 1001}, "alt_txt_too_large"),
        ({"filename": "x"}, "invalid_arguments"),
        ({"filename": "x", "length": "many"}, "invalid_arguments"),
    ],
)
def test_an_upload_is_refused(slack: Slack, arguments: dict[str, Any], error: str) -> None:
    answer = refusal(lambda: slack.client.api_call("files.getUploadURLExternal", params=arguments))
    assert answer["error"] == error


# As @slack/web-api 8.2.0 writes it (Node's own FormData): the argument's name is "body".
FORM = (
    b'--{mark}\r\nContent-Disposition: form-data; name="body"; filename="Untitled"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n{data}\r\n--{mark}--\r\n"
)
MARK = "----formdata-undici-084128310763"


def form(data: bytes) -> bytes:
    return FORM.replace(b"{mark}", MARK.encode()).replace(b"{data}", data)


def test_an_upload_may_be_a_form_with_one_file(slack: Slack, png: bytes) -> None:
    data = png + b"\r\n--" + MARK[:-1].encode()  # nearly the end
    ticket = slack.client.files_getUploadURLExternal(filename="x.png", length=len(data))
    multipart = {"Content-Type": f"multipart/form-data; boundary={MARK}"}
    url = ticket["upload_url"]
    field = form(data).replace(b"; filename=", b"; other=")
    cut = form(data)[:-6]
    for body in (field, cut, form(data[1:]), b"", data):
        assert requests.post(url, body, headers=multipart, timeout=10).status_code == 400
    quoted = {"Content-Type": f'Multipart/Form-Data; charset=utf-8; boundary="{MARK}"'}
    answer = requests.post(url, form(data), headers=quoted, timeout=10)
    assert (answer.status_code, answer.text) == (200, f"OK - {len(data)}")
    slack.client.files_completeUploadExternal(files=[{"id": ticket["file_id"]}])
    (row,) = [slack.client.files_info(file=ticket["file_id"])["file"]]
    authorization = {"Authorization": f"Bearer {slack.client.token}"}
    came = requests.get(row["url_private"], headers=authorization, timeout=10)
    assert came.content == data


def test_an_upload_must_have_its_announced_length(slack: Slack, png: bytes) -> None:
    ticket = slack.client.files_getUploadURLExternal(filename="x.png", length=len(png) + 1)
    assert requests.post(ticket["upload_url"], data=png, timeout=10).status_code == 400
    answer = refusal(
        lambda: slack.client.files_completeUploadExternal(
            files=[{"id": ticket["file_id"], "title": "x"}]
        )
    )
    assert answer["error"] == "file_not_found"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"channel_id": "C0NOWHERE0"}, "channel_not_found"),
        ({"channel_id": world.SHOP_NEWS_ID}, "not_in_channel"),
        ({"channel_id": PHOTOS, "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel_id": world.ARCHIVED_ID}, "posting_to_channel_denied"),
    ],
)
def test_an_upload_cannot_be_completed_there(
    slack: Slack, png: bytes, more: dict[str, str], error: str
) -> None:
    ticket = slack.client.files_getUploadURLExternal(filename="x.png", length=len(png))
    requests.post(ticket["upload_url"], data=png, timeout=10)
    files = [{"id": str(ticket["file_id"]), "title": "x"}]
    answer = refusal(
        lambda: slack.client.files_completeUploadExternal(files=files, **more)  # type: ignore[arg-type]  # str | None values
    )
    assert answer["error"] == error


def test_a_fresh_file_cannot_be_shown_for_a_moment(slack: Slack, png: bytes) -> None:
    slack.settings(ready_delay_s=0.3)
    started = time.monotonic()
    file_id = uploaded(slack, png)
    fresh = slack.client.files_info(file=file_id)["file"]["mimetype"]
    block = image_block(slack_file={"id": file_id})
    if time.monotonic() - started < 0.2:  # else this machine was too slow to see it fresh
        assert fresh == ""
        answer = refusal(
            lambda: slack.client.chat_postMessage(channel=PHOTOS, text="x", blocks=[block])
        )
        assert answer["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]
    eventually(lambda: slack.client.files_info(file=file_id)["file"]["mimetype"])
    assert slack.client.chat_postMessage(channel=PHOTOS, text="x", blocks=[block])["ok"]


def test_a_slack_file_may_be_named_by_its_url(slack: Slack, png: bytes) -> None:
    url = slack.client.files_info(file=uploaded(slack, png))["file"]["url_private"]
    block = image_block(slack_file={"url": url})
    assert slack.client.chat_postMessage(channel=PHOTOS, text="x", blocks=[block])["ok"]


@pytest.mark.parametrize("name", ["words.txt", "photo.webp"])
def test_a_slack_file_must_be_a_picture_slack_shows(slack: Slack, name: str) -> None:
    data = b"words" if name.endswith("txt") else picture("WEBP")
    answer = slack.client.files_upload_v2(content=data, filename=name)
    block = image_block(slack_file={"id": answer["file"]["id"]})
    refused = refusal(
        lambda: slack.client.chat_postMessage(channel=PHOTOS, text="x", blocks=[block])
    )
    assert refused["error"] == "invalid_blocks"


@pytest.fixture
def gallery() -> Iterator[str]:
    """A server of pictures: /PNG, /GIF..., /missing, /moved."""

    async def show(request: Request) -> Response:
        name = request.path_params["name"]
        if name == "missing":
            return Response("no", 404)
        if name == "moved":
            return RedirectResponse("/PNG")
        return Response(picture(name), media_type="application/octet-stream")

    listening = serving.listen()
    app = Starlette(routes=[Route("/{name}", show)])
    with serving.served({"gallery": app}, {"gallery": listening}):
        yield f"http://{serving.address(listening)}"


@pytest.mark.parametrize("name", ["PNG", "JPEG", "GIF"])
def test_a_picture_is_downloaded_while_posting(slack: Slack, gallery: str, name: str) -> None:
    block = image_block(image_url=f"{gallery}/{name}")
    assert slack.client.chat_postMessage(channel=PHOTOS, text="x", blocks=[block])["ok"]
    assert [one["target"] for one in slack.calls("image.download")] == [PHOTOS]
    assert gallery not in slack.ask("GET", "/_control/calls").text


@pytest.mark.parametrize("name", ["missing", "moved", "WEBP"])
def test_a_picture_that_cannot_be_downloaded_refuses_the_message(
    slack: Slack, gallery: str, name: str
) -> None:
    block = image_block(image_url=f"{gallery}/{name}")
    answer = refusal(
        lambda: slack.client.chat_postMessage(channel=PHOTOS, text="x", blocks=[block])
    )
    place = "downloading image failed [json-pointer:/blocks/0/image_url]"
    assert answer == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": [place],
        "response_metadata": {"messages": [f"[ERROR] {place}"]},
    }


def test_following_a_redirect_is_a_setting(slack: Slack, gallery: str) -> None:
    slack.settings(image_redirects=True)
    block = image_block(image_url=f"{gallery}/moved")
    assert slack.client.chat_postMessage(channel=PHOTOS, text="x", blocks=[block])["ok"]


def test_so_many_downloads_can_be_told_to_fail(slack: Slack, gallery: str) -> None:
    slack.settings(image_failures=1)
    slack.fault(op="image.download", error="lost", skip=1)
    slack.fault(op="image.download", drop="before")
    blocks = [image_block(image_url=f"{gallery}/PNG")]
    outcomes = []
    for _ in range(5):
        try:
            slack.client.chat_postMessage(channel=PHOTOS, text="x", blocks=blocks)
            outcomes.append("ok")
        except Exception as error:  # noqa: BLE001  # any refusal is an outcome here
            outcomes.append(type(error).__name__)
    refused = "SlackApiError"
    assert sorted(outcomes[:3]) == [refused] * 3
    assert outcomes[3:] == ["ok", "ok"]


def test_a_section_picture_is_not_downloaded(slack: Slack, gallery: str) -> None:
    accessory = image_block(image_url=f"{gallery}/missing")
    section = {
        "type": "section",
        "text": {"type": "plain_text", "text": "x"},
        "accessory": accessory,
    }
    assert slack.client.chat_postMessage(channel=PHOTOS, text="x", blocks=[section])["ok"]


def test_a_download_can_be_made_to_fail(slack: Slack, png: bytes) -> None:
    file_id = uploaded(slack, png)
    url = slack.client.files_info(file=file_id)["file"]["url_private"]
    slack.fault(op="files.download", target=file_id, status=503)
    assert fetched(slack, url).status_code == 503
    assert fetched(slack, url).content == png


def test_the_page_gets_any_file(slack: Slack, png: bytes) -> None:
    file_id = slack.upload(png, user=ANNA)
    assert slack.ask("GET", f"/_client/files/{file_id}").content == png
    assert slack.ask("GET", "/_client/files/F0NOTHING0").status_code == 404
