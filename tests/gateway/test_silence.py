"""A silent worker, as monitors and programs hear of it."""

import msgspec
import pytest

from functions.gateway.api import SILENT_HEADER
from functions.jobs.bucket_layout import WORKER_ALIVE, request_key
from tests.gateway.conftest import Browser
from tests.gateway.program import Program, a_wish
from tests.jobs.driving import Cos
from tests.jobs.making import a_job, job_ids

OLD_S = 700.0


@pytest.fixture(autouse=True)
def _a_job_that_waits(cos: Cos) -> None:
    (job_id,) = job_ids(1)
    cos.write(request_key(job_id), msgspec.json.encode(a_job(job_id)), age_s=OLD_S)


def test_the_health_check_says_so_without_anything_secret(browser: Browser) -> None:
    answer = browser.open("/healthz")
    assert answer.status_code == 503
    said = answer.json()
    assert said.pop("silent_s") == pytest.approx(OLD_S, abs=30)
    assert said == {"worker": "silent"}
    assert answer.headers["x-role-keys"] == "environment"


def test_it_is_well_again_once_the_worker_works(browser: Browser, cos: Cos) -> None:
    cos.write(WORKER_ALIVE, b"{}")
    answer = browser.open("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


def test_a_program_is_told_that_its_job_is_kept_and_may_take_long(shop: Program, cos: Cos) -> None:
    answer = shop.send(a_wish())
    assert answer.status_code == 202
    assert int(answer.headers[SILENT_HEADER]) == pytest.approx(OLD_S, abs=30)
    cos.write(WORKER_ALIVE, b"{}")
    assert SILENT_HEADER not in shop.send(a_wish()).headers


def test_a_look_that_fails_fails_neither_job_nor_health(
    shop: Program, browser: Browser, cos: Cos
) -> None:
    cos.fault(op="LIST", error="AccessDenied", times=-1)
    answer = shop.send(a_wish())
    assert answer.status_code == 202
    assert SILENT_HEADER not in answer.headers
    assert browser.open("/healthz").status_code == 200
