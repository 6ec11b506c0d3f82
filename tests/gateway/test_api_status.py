"""GET and DELETE /v1/jobs: who may look, and who may take back."""

import pytest

from functions.jobs.ledger import Ledger
from functions.jobs.steps import Outcome
from tests.gateway.conftest import Browser
from tests.gateway.program import Program, a_wish
from tests.jobs.driving import Cos
from tests.jobs.making import JOB_ID, a_job, a_success


def test_the_status_url_shows_the_job(shop: Program) -> None:
    said = shop.send(a_wish(reference="order 1")).json()
    answer = shop.status(said["status_url"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    status = answer.json()
    assert (status["id"], status["state"]) == (said["id"], "queued")
    assert (status["reference"], status["place_in_line"]) == ("order 1", 0)


@pytest.mark.parametrize("key", ["", "a", "a" * 32, "é", "%00"])
def test_without_the_capability_there_is_nothing_to_see(key: str, shop: Program, cos: Cos) -> None:
    said = shop.send(a_wish()).json()
    seen = len(cos.calls())
    answer = shop.status(f"http://any/v1/jobs/{said['id']}?key={key}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert len(cos.calls()) == seen


def test_one_jobs_capability_shows_no_other(shop: Program) -> None:
    one, other = (shop.send(a_wish()).json() for _ in range(2))
    key = one["status_url"].partition("?key=")[2]
    assert shop.status(f"http://any/v1/jobs/{other['id']}?key={key}").status_code == 404


def test_a_link_to_a_job_that_was_never_accepted_is_404(browser: Browser, shop: Program) -> None:
    assert shop.status(browser.links.status(JOB_ID)).status_code == 404


# --- taking back


def test_the_own_client_takes_its_job_back(shop: Program, ledger: Ledger) -> None:
    said = shop.send(a_wish()).json()
    answers = [shop.delete(said["id"]) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == {"id": said["id"], "state": "deleted"}
    assert ledger.has_tombstone(said["id"], "delete")
    assert shop.status(said["status_url"]).json()["state"] == "deleted"


def test_another_client_cannot_and_learns_nothing(
    shop: Program, studio: Program, ledger: Ledger
) -> None:
    said = shop.send(a_wish()).json()
    answer = studio.delete(said["id"])
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert not ledger.has_tombstone(said["id"], "delete")


@pytest.mark.usefixtures("finished")
def test_nobodys_client_takes_back_what_a_person_asked_for(shop: Program, ledger: Ledger) -> None:
    assert shop.delete(JOB_ID).status_code == 404
    assert not ledger.has_tombstone(JOB_ID, "delete")


@pytest.mark.parametrize("job_id", ["a" * 20, "..", "A" * 20, "x"])
def test_what_is_no_job_is_404(job_id: str, shop: Program) -> None:
    assert shop.delete(job_id).status_code in {404, 405}


def test_what_was_signed_for_a_post_deletes_nothing(shop: Program, ledger: Ledger) -> None:
    said = shop.send(a_wish()).json()
    body = b'{"prompt": "x"}'
    path = f"/v1/jobs/{said['id']}"
    answer = shop.request(
        "DELETE", path, body, shop.signed(body, webhook_id=f"delete-{said['id']}")
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
    assert not ledger.has_tombstone(said["id"], "delete")


@pytest.mark.parametrize("webhook_id", ["delete-{other}", "{own}", "msg_1", "delete-{own}x"])
def test_what_was_signed_for_another_job_deletes_nothing(
    webhook_id: str, shop: Program, ledger: Ledger
) -> None:
    """The path is not signed, the id is: a delete that somebody has seen is of use for one job."""
    own, other = (str(shop.send(a_wish()).json()["id"]) for _ in range(2))
    headers = shop.signed(b"", webhook_id=webhook_id.format(own=own, other=other))
    answer = shop.request("DELETE", f"/v1/jobs/{own}", b"", headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_webhook_id")
    assert not ledger.has_tombstone(own, "delete")


def test_an_empty_object_is_as_good_as_no_body(shop: Program, ledger: Ledger) -> None:
    """Some libraries cannot sign nothing."""
    said = shop.send(a_wish()).json()
    headers = shop.signed(b"{}", webhook_id=f"delete-{said['id']}")
    answer = shop.request("DELETE", f"/v1/jobs/{said['id']}", b"{}", headers)
    assert answer.status_code == 202
    assert ledger.has_tombstone(said["id"], "delete")


def test_a_picture_that_was_taken_back_is_410(
    shop: Program, browser: Browser, ledger: Ledger
) -> None:
    said = shop.send(a_wish()).json()
    job = ledger.job(said["id"])
    assert job is not None
    ledger.finish(job, a_success(job))
    shop.delete(job.id)
    assert browser.picture("picture", job.id).status_code == 410


def test_what_is_deleted_stays_deleted(shop: Program, browser: Browser, ledger: Ledger) -> None:
    """The record of a deleted job has lost whose it was."""
    ledger.finish(a_job(), Outcome(state="deleted", finished_at=1732270020))
    answer = shop.delete(JOB_ID)
    assert (answer.status_code, answer.json()["code"]) == (410, "deleted")
    assert browser.picture("picture").status_code == 410
    assert shop.status(browser.links.status(JOB_ID)).json()["state"] == "deleted"
