"""The links to pictures: who is served what, and where the gateway sends a browser."""

from urllib.parse import unquote, urlsplit

import pytest
import requests

from functions.jobs.ledger import Ledger
from functions.jobs.model import Asker
from functions.jobs.steps import Stored
from tests.gateway.conftest import FULL, JPEG, PNG, PREVIEW, Browser
from tests.jobs.driving import Cos
from tests.jobs.making import JOB_ID, a_job, a_success, job_ids

ALWAYS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def has_private_headers(answer: requests.Response) -> bool:
    return all(answer.headers[name] == value for name, value in ALWAYS.items())


@pytest.mark.usefixtures("finished")
def test_the_full_picture_is_a_redirect_that_opens_and_gives_the_bytes(browser: Browser) -> None:
    answer = browser.picture("picture.png")
    assert answer.status_code == 302
    assert has_private_headers(answer)
    opened = requests.get(answer.headers["location"], timeout=30)
    assert (opened.content, opened.headers["content-type"]) == (PNG, "image/png")


@pytest.mark.usefixtures("finished")
def test_the_full_picture_is_saved_under_its_photos_name(browser: Browser) -> None:
    opened = requests.get(browser.picture("picture.png").headers["location"], timeout=30)
    named = "inline;filename=\"cup.png\";filename*=UTF-8''cup.png"
    assert opened.headers["content-disposition"] == named


def test_a_clients_picture_is_saved_under_its_reference_and_no_words_are_in_the_address(
    browser: Browser, ledger: Ledger
) -> None:
    ledger.bucket.put(FULL.key, PNG, content_type=FULL.content_type)
    asked = a_job(asker=Asker(client="shop"), reference="Bestellung Ä 4711")
    ledger.finish(asked, a_success(asked, pictures=(FULL,)))
    location = browser.picture("picture.png").headers["location"]
    opened = requests.get(location, timeout=30)
    assert opened.headers["content-disposition"] == (
        "inline;filename=\"Bestellung-A-4711.png\";filename*=UTF-8''Bestellung-%C3%84-4711.png"
    )
    assert not {word for word in asked.wish.prompt.split() if f"{word}" in unquote(location)} - {
        *("on", "a", "at")
    }


@pytest.mark.usefixtures("finished")
def test_the_redirect_goes_to_the_configured_host_whatever_the_browser_says(
    browser: Browser, cos: Cos
) -> None:
    answer = browser.picture(
        "picture.png",
        Host="evil.example",
        X_Forwarded_Host="evil.example",
        X_Forwarded_Proto="gopher",
        Forwarded="host=evil.example",
    )
    assert urlsplit(answer.headers["location"]).netloc == cos.address


@pytest.mark.usefixtures("finished")
def test_the_redirect_is_good_for_five_minutes_at_the_most(browser: Browser, cos: Cos) -> None:
    location = browser.picture("picture.png").headers["location"]
    cos.settings(clock_skew_s=310)
    assert requests.get(location, timeout=30).status_code == 403


@pytest.mark.usefixtures("finished")
def test_the_preview_is_given_as_it_is_so_that_slack_can_show_it(browser: Browser) -> None:
    answer = browser.picture("preview.jpg")
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert has_private_headers(answer)
    named = "inline;filename=\"cup-preview.jpg\";filename*=UTF-8''cup-preview.jpg"
    assert answer.headers["content-disposition"] == named


@pytest.mark.usefixtures("finished")
def test_a_head_is_answered_like_a_get_without_the_body(browser: Browser) -> None:
    path = browser.links.picture(JOB_ID, "preview.jpg").removeprefix("https://pictures.example")
    answer = browser.open(path, method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_picture_is_served_while_its_message_is_being_posted(
    browser: Browser, ledger: Ledger
) -> None:
    """Slack downloads the preview before the job is done."""
    ledger.bucket.put(PREVIEW.key, JPEG, content_type=PREVIEW.content_type)
    ledger.write_step(JOB_ID, Stored(pictures=(FULL, PREVIEW)))
    assert browser.picture("preview.jpg").content == JPEG


# --- what is refused


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize("signature", ["", "a", "a" * 32, "%C3%A9" * 32, "%ED%A0%80", "%00"])
def test_a_wrong_signature_is_404_and_nothing_is_looked_up(
    signature: str, browser: Browser, cos: Cos
) -> None:
    before = len(cos.calls())
    answer = browser.open(f"/i/{JOB_ID}/{signature}/preview.jpg")
    assert answer.status_code == 404
    assert len(cos.calls()) == before


@pytest.mark.usefixtures("finished")
def test_a_signature_for_one_name_does_not_open_another(browser: Browser) -> None:
    path = browser.links.picture(JOB_ID, "preview.jpg").removeprefix("https://pictures.example")
    assert browser.open(path.replace("preview.jpg", "picture.png")).status_code == 404


@pytest.mark.usefixtures("finished")
def test_a_signature_for_one_job_does_not_open_another(browser: Browser) -> None:
    path = browser.links.picture(JOB_ID, "preview.jpg").removeprefix("https://pictures.example")
    assert browser.open(path.replace(JOB_ID, job_ids(1)[0])).status_code == 404


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize(
    "name", ["mask.png", "..", "../photo.png", "..%2f..%2fphoto.png", "%2e%2e", "", "a/b"]
)
def test_only_the_names_that_the_job_lists_are_served(name: str, browser: Browser) -> None:
    """Even with a signature of ours."""
    assert browser.picture(name).status_code == 404


@pytest.mark.parametrize("job_id", ["..", "%2e%2e", "A" * 20, "a" * 21, "requests"])
def test_what_is_no_job_id_is_404_even_when_signed(job_id: str, browser: Browser, cos: Cos) -> None:
    assert browser.picture("preview.jpg", job_id).status_code == 404
    assert not cos.calls()


def test_a_job_that_is_not_that_far_is_404(browser: Browser, ledger: Ledger) -> None:
    ledger.accept(a_job())
    answer = browser.picture("preview.jpg")
    assert answer.status_code == 404
    assert has_private_headers(answer)


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize("name", ["picture.png", "preview.jpg", "mask.png"])
def test_a_deleted_picture_is_410_although_its_bytes_are_there(
    name: str, browser: Browser, cos: Cos
) -> None:
    cos.write(f"tombstones/{JOB_ID}/delete.json", b"{}")
    answer = browser.picture(name)
    assert answer.status_code == 410
    assert "deleted" in answer.text
    assert has_private_headers(answer)


@pytest.mark.parametrize("name", ["picture.png", "preview.jpg"])
def test_a_picture_that_is_no_longer_kept_is_410(
    name: str, browser: Browser, ledger: Ledger
) -> None:
    ledger.finish(a_job(), a_success(a_job(), pictures=(FULL, PREVIEW)))
    answer = browser.picture(name)
    assert answer.status_code == 410
    assert answer.text.splitlines() == ["This picture is no longer kept.", "这张图片已不再保留。"]


@pytest.mark.parametrize(
    "path", ["/", "/i", "/i/", "/i/a/b", "/i/a/b/c/d", "/docs", "/openapi.json"]
)
def test_there_is_nothing_else(path: str, browser: Browser) -> None:
    assert browser.open(path).status_code == 404


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_link_is_for_reading(method: str, browser: Browser) -> None:
    path = browser.links.picture(JOB_ID, "preview.jpg").removeprefix("https://pictures.example")
    assert browser.open(path, method=method).status_code == 405


def test_the_health_check_asks_how_long_jobs_wait_and_no_more(browser: Browser, cos: Cos) -> None:
    answer = browser.open("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")
    assert [(row["op"], row["target"]) for row in cos.calls()] == [("LIST", "requests/")]
