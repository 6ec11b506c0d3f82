"""POST /v1/jobs: what a signed webhook becomes, once."""

import base64
from typing import Any

import msgspec
import pytest

from functions.jobs.ledger import Ledger
from functions.jobs.model import BucketPhoto, Job, PhotoUrl, Thread
from functions.jobs.shops import NAMES
from functions.jobs.wish import Packshot
from tests.gateway.conftest import BASE_URL, Browser, environ_of, serving
from tests.gateway.program import (
    CALLBACK_URL,
    CHANNEL,
    PHOTO_URL,
    SHOP,
    STUDIO,
    STUDIO_OLD,
    Program,
    a_wish,
    pointers,
)
from tests.jobs.driving import Cos
from tests.jobs.making import a_success

PNG = base64.b64encode(b"\x89PNG and so on").decode()


def accepted(cos: Cos) -> list[Job]:
    return [msgspec.json.decode(cos.read(key), type=Job) for key in cos.listed("requests/")]


def test_what_an_answer_quotes_shows_controls_of_direction_and_keeps_the_value(
    shop: Program,
) -> None:
    quoted = "cup\u202egpj\u2066.exe"
    taken = shop.send(a_wish(reference=quoted))
    refused = shop.send(a_wish() | {quoted: 1})
    assert (taken.status_code, refused.status_code) == (202, 422)
    for answer in (taken, refused, shop.status(taken.json()["status_url"])):
        assert not {"\u202e", "\u2066"} & set(answer.text)
    assert taken.json()["reference"] == quoted
    assert quoted in pointers(refused).popitem()[0]


def test_a_signed_wish_becomes_a_job(shop: Program, cos: Cos) -> None:
    wish = a_wish(
        negative_prompt="people",
        product="mug",
        resolution="16:9",
        reference="order 1",
        language="zh",
        mask_url="https://shop.example/mask.png",
        deliver={
            "slack": {"channel": CHANNEL, "thread_ts": "1732270000.000100"},
            "callback_url": CALLBACK_URL,
        },
    )
    answer = shop.send(wish)
    assert answer.status_code == 202
    (job,) = accepted(cos)
    assert (job.id, job.reference, job.gesture) == (answer.json()["id"], "order 1", "webhook")
    assert (job.asker.client, job.asker.language) == ("shop", "zh")
    assert (job.wish.prompt, job.wish.avoid) == ("on a wooden table", "people")
    assert str(job.wish.resolution) == "1280:720"
    assert job.photo == PhotoUrl(url=PHOTO_URL)
    assert job.mask == PhotoUrl(url="https://shop.example/mask.png")
    assert job.thread == Thread(channel=CHANNEL, thread_ts="1732270000.000100")
    assert job.callback is not None
    assert job.callback.url == CALLBACK_URL


def test_the_answer_has_the_id_the_status_url_and_the_links_to_be(shop: Program) -> None:
    answer = shop.send(a_wish(reference="order 1"))
    said = answer.json()
    assert said["reference"] == "order 1"
    assert said["status_url"].startswith(f"{BASE_URL}/v1/jobs/{said['id']}?key=")
    assert answer.headers["location"] == said["status_url"]
    assert said["picture_url"].startswith(f"{BASE_URL}/i/{said['id']}/")
    assert said["picture_url"].endswith("/picture")
    assert said["mask_url"].endswith("/mask")


def test_a_template_is_understood_in_either_language(shop: Program, cos: Cos) -> None:
    for name in ("Marble", "大理石"):
        assert shop.send(a_wish(prompt=None, template=name)).status_code == 202
    assert {job.wish.template for job in accepted(cos)} == {"大理石"}


@pytest.mark.parametrize(("said", "fill"), [({"fill": 85}, 85), ({"fill": 70}, 70), ({}, 75)])
def test_a_fill_that_is_said_wins_over_the_shops(
    shop: Program, cos: Cos, said: dict[str, int], fill: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NAMES, "amazon", msgspec.structs.replace(NAMES["amazon"], fill=75))
    assert shop.send(a_wish(prompt=None, packshot=said, shop="amazon")).status_code == 202
    (job,) = accepted(cos)
    assert job.wish.packshot == Packshot(fill=fill)


def test_a_packshot_needs_no_prompt_and_has_a_shops_size(shop: Program, cos: Cos) -> None:
    wish = a_wish(packshot={"background": "#F5F5F5", "fill": 90, "shadow": True})
    del wish["prompt"]
    assert shop.send(wish).status_code == 202
    (job,) = accepted(cos)
    assert job.wish.packshot == Packshot(background="#f5f5f5", fill=90, shadow=True)
    assert str(job.wish.resolution) == "2000:2000"
    assert not job.is_painted


def test_a_packshot_with_words_or_without_sense_is_refused(shop: Program) -> None:
    answer = shop.send(a_wish(packshot={}))
    assert pointers(answer) == {"/packshot": "words_and_template"}
    wish = a_wish(packshot={"background": "blue"})
    del wish["prompt"]
    assert pointers(shop.send(wish)) == {"/packshot": "packshot_unreadable"}


def test_photos_that_come_inside_are_kept_before_the_job_is(shop: Program, cos: Cos) -> None:
    answer = shop.send(a_wish(image_url=None, image=PNG, mask=PNG))
    job_id = answer.json()["id"]
    (job,) = accepted(cos)
    assert job.photo == BucketPhoto(key=f"uploads/{job_id}/photo")
    assert job.mask == BucketPhoto(key=f"uploads/{job_id}/mask")
    assert cos.read(f"uploads/{job_id}/photo") == b"\x89PNG and so on"
    puts = [call["target"] for call in cos.calls("PUT")]
    assert puts[-1] == f"requests/{job_id}.json"


def test_without_a_place_in_slack_it_is_shown_nowhere(shop: Program, cos: Cos) -> None:
    shop.send(a_wish())
    (job,) = accepted(cos)
    assert job.thread is None
    assert job.callback is None


# --- once


def test_the_same_again_gets_the_same_answer_and_is_one_job(shop: Program, cos: Cos) -> None:
    answers = [shop.send(a_wish(), webhook_id="msg_1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert answers[0].content == answers[1].content == answers[2].content
    assert len(accepted(cos)) == 1


def test_the_same_id_with_another_body_is_409_and_changes_nothing(shop: Program, cos: Cos) -> None:
    shop.send(a_wish(), webhook_id="msg_1")
    answer = shop.send(a_wish(prompt="on the moon"), webhook_id="msg_1")
    assert (answer.status_code, answer.json()["code"]) == (409, "id_used_before")
    assert [job.wish.prompt for job in accepted(cos)] == ["on a wooden table"]


def test_one_id_of_two_clients_is_two_jobs(shop: Program, studio: Program, cos: Cos) -> None:
    ids = {sender.send(a_wish(), webhook_id="msg_1").json()["id"] for sender in (shop, studio)}
    assert len(ids) == len(accepted(cos)) == 2


def test_what_broke_off_after_the_id_was_taken_is_completed_by_the_next_try(
    shop: Program, cos: Cos
) -> None:
    cos.fault(error="InternalError", status=500, times=2, op="PUT", target="requests/*")
    first = shop.send(a_wish(), webhook_id="msg_1")
    assert (first.status_code, first.json()["code"]) == (503, "come_again")
    assert first.headers["retry-after"]
    assert not accepted(cos)
    assert shop.send(a_wish(), webhook_id="msg_1").status_code == 202
    assert len(accepted(cos)) == 1


def test_the_same_again_after_the_end_begins_nothing(
    shop: Program, ledger: Ledger, cos: Cos
) -> None:
    first = shop.send(a_wish(image_url=None, image=PNG), webhook_id="msg_1")
    (job,) = accepted(cos)
    ledger.finish(job, a_success(job))
    again = shop.send(a_wish(image_url=None, image=PNG), webhook_id="msg_1")
    assert again.content == first.content
    assert not accepted(cos)


def test_a_client_may_sign_with_either_of_two_secrets(studio: Program, cos: Cos) -> None:
    old = Program(studio.at, STUDIO_OLD)
    assert studio.send(a_wish(), webhook_id="msg_1").status_code == 202
    assert old.send(a_wish(), webhook_id="msg_1").status_code == 202
    assert len(accepted(cos)) == 1


# --- the mark


@pytest.mark.parametrize(
    ("secret", "optional", "expected"),
    [
        (STUDIO, "1", {}),
        (STUDIO, "0", {"/watermark": "watermark_fixed"}),
        (SHOP, "1", {"/watermark": "watermark_not_agreed"}),
        (SHOP, "0", {"/watermark": "watermark_fixed"}),
    ],
)
def test_the_mark_is_left_out_only_for_a_client_that_has_agreed(
    cos: Cos, secret: str, optional: str, expected: dict[str, str]
) -> None:
    with serving({**environ_of(cos), "WATERMARK_OPTIONAL": optional}) as browser:
        answer = Program(browser.at, secret).send(a_wish(watermark=False))
    assert answer.status_code == (422 if expected else 202)
    assert (pointers(answer) if expected else {}) == expected


# --- every field problem at once


def test_every_problem_is_named_at_once(shop: Program, cos: Cos) -> None:
    answer = shop.send(
        a_wish(
            image_url="http://shop.example/a.jpg",
            prompt="x" * 257,
            product="p" * 51,
            negative_prompt="n" * 257,
            resolution="12",
            mask="%%",
            watermark=False,
            deliver={"slack": {"channel": "C0OTHERS"}, "callback_url": "https://evil.example/"},
        )
    )
    assert answer.status_code == 422
    assert pointers(answer) == {
        "/image_url": "not_https",
        "/prompt": "words_too_long",
        "/product": "product_too_long",
        "/negative_prompt": "avoid_too_long",
        "/resolution": "size_unreadable",
        "/mask": "not_base64",
        "/watermark": "watermark_fixed",
        "/deliver/slack/channel": "channel_not_allowed",
        "/deliver/callback_url": "host_not_allowed",
    }
    assert not cos.listed()


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"image_url": None}, {"/image_url": "photo_missing"}),
        ({"image": PNG}, {"/image": "given_twice"}),
        ({"image_url": None, "image": "密"}, {"/image": "not_base64"}),
        ({"prompt": None}, {"/prompt": "words_missing"}),
        ({"prompt": " "}, {"/prompt": "words_missing"}),
        ({"prompt": ","}, {"/prompt": "words_missing"}),
        ({"prompt": "\u200b"}, {"/prompt": "words_missing"}),
        ({"prompt": "…——！"}, {"/prompt": "words_missing"}),
        ({"product": "\u3164"}, {"/product": "words_missing"}),
        ({"negative_prompt": "。"}, {"/negative_prompt": "words_missing"}),
        ({"resolution": "12x5"}, {"/resolution": "size_unreadable"}),
        ({"resolution": "3:9"}, {"/resolution": "size_out_of_range"}),
        ({"template": "marble"}, {"/template": "words_and_template"}),
        ({"prompt": None, "template": "mable"}, {"/template": "template_unknown"}),
        ({"prompt": "BackgroundTemplate"}, {"/prompt": "words_reserved"}),
        ({"resolution": "100:100"}, {"/resolution": "size_out_of_range"}),
        ({"image_url": 5}, {"/image_url": "invalid_value"}),
        ({"language": "fr"}, {"/language": "invalid_value"}),
        ({"colour": "red"}, {"/colour": "unknown_field"}),
        ({"reference": "r" * 201}, {"/reference": "invalid_value"}),
        ({"deliver": {"slack": {}}}, {"/deliver/slack/channel": "missing"}),
        ({"deliver": {"slack": {"channel": "U0MERCHEN1"}}}, None),
        ({"deliver": {"slack": {"channel": CHANNEL, "thread_ts": "1.000001\n"}}}, None),
        ({"deliver": {"email": "a@b.example"}}, {"/deliver/email": "unknown_field"}),
    ],
)
def test_what_cannot_be_accepted_is_named(
    changes: dict[str, Any], problems: dict[str, str] | None, shop: Program, cos: Cos
) -> None:
    answer = shop.send(a_wish(**changes))
    assert answer.status_code == 422
    assert pointers(answer) == problems if problems else len(pointers(answer)) == 1
    assert not cos.listed()


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://127.0.0.1/a", "no"),
        ("https://169.254.169.254/latest", "forbidden_address"),
        ("https://[::ffff:10.0.0.1]/a", "forbidden_address"),
        ("https://100.64.0.1/a", "forbidden_address"),
        ("https://user:pass@shop.example/a", "credentials_in_url"),
        ("https://shop.example:8443/a", "port"),
        ("ftp://shop.example/a", "not_https"),
        ("https://2130706433/a", "unreadable_url"),
        ("shop.example/a", "unreadable_url"),
    ],
)
def test_an_address_inside_is_refused_with_the_rules_name(
    url: str, rule: str, shop: Program
) -> None:
    """On this machine alone, which is what local mode is for, loopback may be called."""
    answer = shop.send(a_wish(image_url=url, mask_url=url, deliver={"callback_url": url}))
    if rule == "no":
        assert answer.status_code == 202
        return
    assert pointers(answer) == dict.fromkeys(
        ("/image_url", "/mask_url", "/deliver/callback_url"), rule
    )


@pytest.mark.usefixtures("finished")
def test_a_picture_opens_by_the_link_that_was_promised(browser: Browser) -> None:
    assert browser.picture("picture").status_code == 302
    assert browser.picture("mask").status_code == 404
    assert browser.picture("preview").status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "pointer", "place"),
    [
        (
            "jobs",
            {**a_wish(), "callback_url": CALLBACK_URL},
            "/callback_url",
            "/deliver/callback_url",
        ),
        (
            "batches",
            {"jobs": [a_wish()], "callback_url": CALLBACK_URL},
            "/callback_url",
            "/jobs/n/deliver/callback_url",
        ),
        (
            "jobs",
            a_wish(deliver={"channel": "C1"}),
            "/deliver/channel",
            "/deliver/slack/channel",
        ),
        ("jobs", a_wish(deliver={"prompt": "x"}), "/deliver/prompt", "/prompt"),
    ],
)
def test_a_field_at_the_wrong_place_is_told_where_it_belongs(
    path: str, body: dict[str, object], pointer: str, place: str, shop: Program
) -> None:
    answer = shop.send(body, f"/v1/{path}")
    problem = next(one for one in answer.json()["problems"] if one["pointer"] == pointer)
    assert (answer.status_code, problem["code"]) == (422, "unknown_field")
    assert problem["detail"] == f"There is no such field here: it belongs at {place}."
