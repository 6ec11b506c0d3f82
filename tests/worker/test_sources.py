"""A photo that cannot be had just now is asked for again; a clear no is final."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.slack_api.files import FileUnfinished
from bot.texts import error_text
from functions.config import worker_config
from functions.jobs.bucket import Bucket
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.ledger import Ledger
from functions.jobs.model import PhotoUrl, SlackFile
from functions.worker import sources
from functions.worker.errors import RetryAt
from functions.worker.handler import context_of
from functions.worker.safe_http import UrlPolicy
from functions.worker.sources import UNFINISHED_LIMIT_S, Sources
from infra.local.serving import address, listen, served
from tests.conftest import REGION
from tests.worker.conftest import WorkerHarness
from tests.worker.loopback import Internet

PHOTO = b"a photo"


@contextmanager
def a_shop(*statuses: int) -> Iterator[tuple[str, list[int]]]:
    """A photo's address that answers so, then 200; and what it has answered."""
    answered: list[int] = []

    async def photo(_: Request) -> Response:
        answered.append(statuses[len(answered)] if len(answered) < len(statuses) else 200)
        return Response(PHOTO, answered[-1])

    with listen() as listening:
        app = Starlette(routes=[Route("/photo.jpg", photo)])
        with served({"shop": app}, {"shop": listening}):
            yield f"http://{address(listening)}/photo.jpg", answered


@pytest.fixture
def known(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Sources:
    monkeypatch.setattr(sources, "FETCH_PAUSES_S", (0.01, 0.01))
    files = None  # nothing here comes from Slack
    return Sources(ledger, files, UrlPolicy(allow_loopback_http=True))  # type: ignore[arg-type]  # as above


@pytest.fixture
def fetched(known: Sources) -> Callable[[str], bytes]:
    return lambda url: known.photo(PhotoUrl(url=url)).data


@pytest.mark.parametrize("statuses", [(500,), (503, 429), (502, 502)])
def test_trouble_that_passes_costs_no_job(
    fetched: Callable[[str], bytes], statuses: tuple[int, ...]
) -> None:
    with a_shop(*statuses) as (url, answered):
        assert fetched(url) == PHOTO
    assert answered == [*statuses, 200]


def test_what_is_fetched_is_counted_as_it_comes_and_anew_with_each_try(known: Sources) -> None:
    counted: list[int] = []
    with a_shop(500) as (url, _):
        known.photo(PhotoUrl(url=url), counted.append)
    assert (counted[0], counted[-1]) == (0, len(PHOTO))


@pytest.mark.parametrize("statuses", [(404,), (403,), (503, 503, 503)])
def test_a_clear_no_is_final_and_so_is_lasting_trouble(
    fetched: Callable[[str], bytes], statuses: tuple[int, ...]
) -> None:
    with a_shop(*statuses) as (url, answered), pytest.raises(Refused) as refused:
        fetched(url)
    assert refused.value.problems[0].code is ErrorCode.PHOTO_NOT_FETCHED
    assert answered == list(statuses)


def test_a_masks_address_is_told_as_the_masks(known: Sources) -> None:
    with a_shop(404) as (url, _), pytest.raises(Refused) as refused:
        known.mask(PhotoUrl(url=url))
    (problem,) = refused.value.problems
    assert (problem.code, problem.facts["status"]) == (ErrorCode.MASK_NOT_FETCHED, 404)


def test_a_server_that_is_down_is_tried_again(fetched: Callable[[str], bytes]) -> None:
    with listen() as nobody:
        url = f"http://{address(nobody)}/photo.jpg"
    with pytest.raises(Refused) as refused:
        fetched(url)
    assert refused.value.problems[0].facts["rule"] == "no-answer"


def test_a_shops_own_name_for_its_bucket_of_our_region_is_refused_with_words_that_help(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    Internet(monkeypatch).names = {"photos.shop.example": [["169.254.0.47"]]}
    rules = UrlPolicy(cos_region="ap-guangzhou")
    known = Sources(ledger, None, rules)  # type: ignore[arg-type]  # nothing here comes from Slack
    with pytest.raises(Refused) as refused:
        known.photo(PhotoUrl(url="https://photos.shop.example/cup.jpg"))
    (problem,) = refused.value.problems
    assert (problem.code, problem.facts["rule"]) == (
        ErrorCode.PHOTO_NOT_FETCHED,
        "own-name-of-bucket",
    )
    for told in (
        error_text("en", problem.code, problem.facts),
        error_text("zh", problem.code, problem.facts),
    ):
        assert "photos.shop.example" in told
        assert "NAME-APPID.cos.ap-guangzhou.myqcloud.com" in told


def test_the_worker_knows_the_region_whose_buckets_lead_inside(worker: WorkerHarness) -> None:
    workshop = context_of(worker_config(worker.environ))
    assert workshop.url_policy.cos_region == REGION


class Unfinished:
    """Files of Slack's that are never finished."""

    def download(self, file_id: str, **_: str) -> bytes:
        raise FileUnfinished(file_id)


def test_an_unfinished_upload_is_waited_for_a_minute_and_then_told(bucket: Bucket) -> None:
    """The job goes back each time, so that nobody else's waits for it."""
    now, asked = 1_000_000.0, 0
    ledger = Ledger(bucket, clock=lambda: now)
    sources = Sources(ledger, Unfinished(), UrlPolicy())  # type: ignore[arg-type]  # as above
    photo = SlackFile(file_id="F1")
    while now < 1_000_000.0 + UNFINISHED_LIMIT_S:
        with pytest.raises(RetryAt) as later:
            sources.photo(photo)
        assert later.value.until >= now + 1
        now, asked = later.value.until, asked + 1
    with pytest.raises(Refused) as refused:
        sources.photo(photo)
    assert refused.value.problems[0].code is ErrorCode.PHOTO_UNFINISHED
    assert now < 1_000_000.0 + 2 * UNFINISHED_LIMIT_S
    assert asked < 15


class Hidden:
    """Files of Slack's that the bot may not see."""

    def __init__(self, code: ErrorCode) -> None:
        self._code = code

    def download(self, *_: str, **__: str) -> bytes:
        raise Refused(Problem(self._code))


@pytest.mark.parametrize("code", [ErrorCode.PHOTO_GONE, ErrorCode.PHOTO_NO_ACCESS])
def test_a_forwarded_photo_that_slack_hides_is_told_as_that_and_not_as_gone(
    ledger: Ledger, code: ErrorCode
) -> None:
    sources = Sources(ledger, Hidden(code), UrlPolicy())  # type: ignore[arg-type]  # as above
    for photo, told in (
        (SlackFile(file_id="F1", forwarded=True), (ErrorCode.PHOTO_NO_ACCESS, "forwarded")),
        (SlackFile(file_id="F1"), (code, None)),
    ):
        with pytest.raises(Refused) as refused:
            sources.photo(photo)
        (problem,) = refused.value.problems
        assert (problem.code, problem.facts.get("rule")) == told
