"""A photo in the sizes of several shops: what is asked of all of them, and in which order."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from bot.request_context import RequestContext
from bot.requests.follow_ups import FollowUp, FollowUpJobs, _follow_up_jobs
from bot.requests.new_job import Asked, jobs_in_sizes
from bot.requests.policy import check_allowed
from bot.requests.prompt_parser import build_wishes, typed_prompt
from functions.config import Choices, Limits
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.model import Asker, Job, SlackFile, Thread
from functions.jobs.report import JobReport
from functions.jobs.wish import Resolution
from tests.jobs.making import job_ids


def jobs_for(words: str) -> list[Job]:
    """The jobs of one photo that somebody has asked for in these words."""
    wishes = build_wishes(typed_prompt(words))
    asked = Asked(
        gesture="mention",
        at=1732270000.0,
        wish=wishes[0],
        asker=Asker(team_id="T1", user_id="U1"),
        thread=Thread(channel="C1", thread_ts="1.0"),
    )
    photos = [(SlackFile(file_id="F1"), None)]
    return jobs_in_sizes(asked, job_ids(len(wishes)), photos, wishes)


def test_a_fitted_size_is_written_down_only_after_the_one_it_is_fitted_from() -> None:
    """The worker would find no picture that is to come, and give the job up."""
    jobs = jobs_for("on sand --for taobao, amazon, stories")
    assert [job.gesture for job in jobs] == ["fit", "mention", "mention"]
    written: list[str] = []
    lock = threading.Lock()

    def accept(job: Job) -> bool:
        with lock:
            assert job.gesture != "fit" or job.parent is None or job.parent.job_id in written
            written.append(job.id)
        return job.gesture == "fit"

    watch = SimpleNamespace(begin=lambda _: None, silent_minutes=lambda _: None)
    with ThreadPoolExecutor(4) as writers:
        context: Any = SimpleNamespace(
            ledger=SimpleNamespace(accept=accept), writers=writers, watch=watch, event_id=""
        )
        context.map_concurrently = lambda *two: RequestContext.map_concurrently(context, *two)
        context._say_if_silent = lambda *_: None
        new = RequestContext.accept(context, jobs)
    assert sorted(written) == sorted(job.id for job in jobs)
    assert new == [True, False, False]  # in the jobs' order


@pytest.mark.parametrize("shops", ["taobao, amazon", "amazon, taobao"])
def test_whose_pictures_are_used_up_hears_so_whichever_size_comes_first(shops: str) -> None:
    taken = [SimpleNamespace(key="quota/a-place")]
    context: Any = SimpleNamespace(
        config=SimpleNamespace(
            limits=msgspec.structs.replace(Limits(), per_user_per_day=1),
            choices=Choices(allow_external=True, allow_guests=True),
        ),
        ledger=SimpleNamespace(bucket=SimpleNamespace(list=lambda _: taken)),
    )
    with pytest.raises(Refused) as refused:
        check_allowed(jobs_for(f"on sand --for {shops}"), context)
    assert [one.code for one in refused.value.problems] == [ErrorCode.QUOTA_PERSON]


def test_another_size_of_a_shops_picture_is_that_shops_no_more() -> None:
    (parent,) = jobs_for("on sand --for amazon")
    wide = Resolution(width=1280, height=720)
    pressed = FollowUpJobs(JobReport(parent), FollowUp(gesture="size", resolution=wide), "t" * 20)
    place = Thread(channel="C1", thread_ts="1.0")
    (job,) = _follow_up_jobs(pressed, asker=parent.asker, place=place, now=1732270001.0)
    assert (parent.wish.shop, job.wish.shop, job.wish.resolution) == ("amazon", "", wide)
