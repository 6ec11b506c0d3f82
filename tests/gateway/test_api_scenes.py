"""Scenes by webhook: of the channel that is delivered to, or of the workspace."""

import pytest

from functions.jobs.bucket import Bucket
from functions.jobs.bucket_layout import (
    WORKSPACE_SCENES,
    channel_scenes,
    person_scenes,
    request_key,
)
from functions.jobs.ledger import Ledger
from functions.jobs.scenes import Scene, delete_scene, save_scene
from functions.jobs.steps import Billed
from functions.jobs.wish import Logo, Resolution, Wish
from tests.bot.looking import Json
from tests.gateway.conftest import environ_of, serving
from tests.gateway.program import CHANNEL, SHOP, STUDIO, Program, a_wish, pointers
from tests.jobs.driving import Cos
from tests.jobs.making import a_success

WIDE = Resolution(width=1280, height=720)
SUMMER = Scene(name="summer", prompt="on a beach", avoid="people", resolution=WIDE)
ASKED = a_wish(prompt=None, scene="Summer")
IN_CHANNEL = {"deliver": {"slack": {"channel": CHANNEL}}}


def save(bucket: Bucket, place: str = WORKSPACE_SCENES, scene: Scene = SUMMER) -> None:
    save_scene(bucket, place, scene, may_change=lambda _: True)


def wish_of(ledger: Ledger, job_id: str) -> Wish:
    job = ledger.job(job_id)
    assert job
    return job.wish


def test_a_scene_says_what_the_job_does_not(shop: Program, ledger: Ledger) -> None:
    save(ledger.bucket)
    summer = Wish(prompt="on a beach", avoid="people", resolution=WIDE)
    for body, wish in (
        (ASKED, summer),
        ({**ASKED, "prompt": "in rain"}, Wish(prompt="in rain", avoid="people", resolution=WIDE)),
        (
            {**ASKED, "template": "marble", "negative_prompt": "cars", "resolution": "1:1"},
            Wish(template="大理石", avoid="cars"),
        ),
    ):
        answer = shop.send(body)
        assert answer.status_code == 202, answer.text
        assert wish_of(ledger, answer.json()["id"]) == wish


def test_the_channels_scene_comes_before_the_workspaces_and_another_channels_never(
    shop: Program, studio: Program, ledger: Ledger
) -> None:
    save(ledger.bucket)
    save(ledger.bucket, channel_scenes(CHANNEL), Scene(name="summer", prompt="on a terrace"))
    there = shop.send({**ASKED, **IN_CHANNEL}).json()["id"]
    nowhere = shop.send(ASKED).json()["id"]
    assert wish_of(ledger, there).prompt == "on a terrace"
    assert wish_of(ledger, nowhere).prompt == "on a beach"
    # studio may not post there, and does not learn what the channel has
    save(ledger.bucket, channel_scenes(CHANNEL), Scene(name="secret", prompt="x"))
    answer = studio.send({**ASKED, **IN_CHANNEL, "scene": "secret"})
    assert pointers(answer)["/scene"] == "scene_unknown"


def test_a_name_that_is_none_is_named_like_any_other_problem(shop: Program, ledger: Ledger) -> None:
    save(ledger.bucket, person_scenes("T0BACKDROP", "U1"))
    answer = shop.send({"jobs": [{**ASKED, "resolution": "9"}, a_wish()]}, "/v1/batches")
    assert answer.status_code == 422
    assert pointers(answer) == {
        "/jobs/0/scene": "scene_unknown",
        "/jobs/0/resolution": "size_unreadable",
    }


def test_a_scene_without_a_background_needs_one(shop: Program, ledger: Ledger) -> None:
    save(ledger.bucket, scene=Scene(name="summer", avoid="people"))
    assert pointers(shop.send(ASKED)) == {"/prompt": "words_missing"}


def test_a_batch_under_one_scene_sends_equal_wishes_and_looks_it_up_once(
    shop: Program, ledger: Ledger, cos: Cos
) -> None:
    save(ledger.bucket)
    photos = [f"https://shop.example/{number}.jpg" for number in range(20)]
    before = len(reads_of_scenes(cos))
    body = {"jobs": [{**ASKED, "image_url": url} for url in photos]}
    jobs = shop.send(body, "/v1/batches").json()["jobs"]
    wishes = {wish_of(ledger, one["id"]) for one in jobs}
    assert (len(jobs), len(wishes)) == (20, 1)
    assert len(reads_of_scenes(cos)) == before + 1


def reads_of_scenes(cos: Cos) -> list[str]:
    calls = cos.calls("GET")
    return [one["target"] for one in calls if one["target"].startswith("scenes/")]


@pytest.mark.parametrize("becomes", ["deleted", "changed"])
def test_what_is_sent_again_is_the_same_job_whatever_became_of_its_scene(
    shop: Program, ledger: Ledger, becomes: str
) -> None:
    save(ledger.bucket)
    first = shop.send(ASKED, webhook_id="msg_scene")
    delete_scene(ledger.bucket, WORKSPACE_SCENES, SUMMER, may_change=lambda _: True)
    if becomes == "changed":
        save(ledger.bucket, scene=Scene(name="summer", prompt="in the sun"))
    again = shop.send(ASKED, webhook_id="msg_scene")
    assert (again.status_code, again.json()) == (202, first.json())
    assert wish_of(ledger, first.json()["id"]).prompt == "on a beach"


@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        ("/v1/jobs", ASKED, {**ASKED, "reference": "two"}),
        (
            "/v1/batches",
            {"jobs": [ASKED, a_wish()]},
            {"jobs": [{**ASKED, "reference": "two"}, a_wish()]},
        ),
    ],
)
def test_what_is_sent_again_has_the_same_answer_when_job_and_scene_are_gone(
    shop: Program, ledger: Ledger, path: str, body: Json, other: Json
) -> None:
    save(ledger.bucket)
    first = shop.send(body, path, webhook_id="msg_scene")
    jobs = [one["id"] for one in first.json().get("jobs", [first.json()])]
    job = ledger.job(jobs[0])
    assert job
    ledger.finish(job, a_success(job))
    ledger.erase_record(job.id, Billed(at=1.0))
    delete_scene(ledger.bucket, WORKSPACE_SCENES, SUMMER, may_change=lambda _: True)
    again = shop.send(body, path, webhook_id="msg_scene")
    assert (again.status_code, again.json()) == (202, first.json())
    assert ledger.job(job.id) is None
    assert shop.send(other, path, webhook_id="msg_scene").status_code == 422
    assert shop.send(body, path, webhook_id="msg_new").status_code == 422


def test_what_was_not_accepted_whole_is_not_said_to_be_when_its_scene_is_gone(
    shop: Program, ledger: Ledger
) -> None:
    save(ledger.bucket)
    body: Json = {"jobs": [ASKED, ASKED]}
    first = shop.send(body, "/v1/batches", webhook_id="msg_scene").json()
    ledger.bucket.delete(request_key(first["jobs"][1]["id"]))
    delete_scene(ledger.bucket, WORKSPACE_SCENES, SUMMER, may_change=lambda _: True)
    again = shop.send(body, "/v1/batches", webhook_id="msg_scene")
    assert pointers(again) == {"/jobs/1/scene": "scene_unknown"}


LOGO = Logo(url="", key="logos/shop.png", width=90, height=30)


def with_logos(cos: Cos, **environ: str) -> dict[str, str]:
    return environ_of(cos) | {"WATERMARK_OPTIONAL": "1", "SCENE_LOGOS": "1"} | environ


def test_a_logo_is_for_clients_that_have_agreed(cos: Cos, ledger: Ledger) -> None:
    save(ledger.bucket, scene=Scene(name="summer", prompt="on a beach", logo=LOGO))
    with serving(with_logos(cos)) as browser:
        refused = Program(browser.at, SHOP).send(ASKED)
        taken = Program(browser.at, STUDIO).send(ASKED)
        bare = Program(browser.at, STUDIO).send({**ASKED, "watermark": False})
    assert pointers(refused) == {"/scene": "watermark_not_agreed"}
    assert wish_of(ledger, taken.json()["id"]) == Wish(prompt="on a beach", logo=LOGO)
    assert wish_of(ledger, bare.json()["id"]) == Wish(prompt="on a beach", watermark=False)


def test_where_logos_are_not_allowed_a_scene_has_the_mark(cos: Cos, ledger: Ledger) -> None:
    save(ledger.bucket, scene=Scene(name="summer", prompt="on a beach", logo=LOGO))
    with serving(with_logos(cos, SCENE_LOGOS="0")) as browser:
        marked = Program(browser.at, SHOP).send(ASKED)
    assert wish_of(ledger, marked.json()["id"]) == Wish(prompt="on a beach")
