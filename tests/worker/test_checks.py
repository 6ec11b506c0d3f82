"""A picture held against the rules of shops: what is measured, and what would be refused."""

import io

import msgspec
import pytest
from msgspec import structs
from PIL import Image, ImageDraw, ImageFilter

from functions.jobs.model import Job, PicturesOf, Upload
from functions.jobs.shops import BY_KEY
from functions.jobs.steps import Finding
from functions.jobs.wish import Logo, Packshot, Resolution, Wish
from functions.worker.photos import Measured, measured
from functions.worker.steps.check_picture import findings
from tests.worker.conftest import WorkerHarness, photo_bytes
from tests.worker.pictures import encoded
from tests.worker.test_packshot_jobs import cut_out_photo

GOOD = Measured(size=(2000, 2000), background="white", not_white=0.0, fill=85)


def product_on(ground: str, *, side: int = 800, share: float = 0.9) -> Image.Image:
    """A red square in the middle that fills that share."""
    picture = Image.new("RGB", (side, side), ground)
    rest = round(side * (1 - share) / 2)
    picture.paste("red", (rest, rest, side - rest, side - rest))
    return picture


def rules(of: Measured, shop: str, *, is_marked: bool | None = False) -> list[str]:
    return [one.rule for one in findings(of, BY_KEY[shop], is_marked=is_marked)]


@pytest.mark.parametrize(
    ("ground", "background"),
    [("#ffffff", "white"), ("#f4f4f2", "light"), ("#305080", "plain")],
)
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_plain_background_is_known_by_its_colour(ground: str, background: str, form: str) -> None:
    found = measured(encoded(product_on(ground), form))
    assert (found.background, found.size) == (background, (800, 800))
    assert found.fill == pytest.approx(90, abs=1)


def test_nearly_white_is_not_pure_white() -> None:
    found = measured(encoded(product_on("#fcfcfc")))
    assert (found.background, found.not_white) == ("light", 100.0)


def test_a_soft_shadow_does_not_count_as_product() -> None:
    picture = Image.new("RGB", (800, 800), "white")
    ImageDraw.Draw(picture).rectangle((150, 300, 650, 700), fill="#909090")
    picture = picture.filter(ImageFilter.GaussianBlur(40))
    picture.paste("red", (200, 200, 600, 600))
    assert measured(encoded(picture)).fill < 75


def test_of_a_busy_background_no_fill_is_guessed() -> None:
    found = measured(photo_bytes(width=800, height=800))
    assert (found.background, found.fill) == ("busy", 0)


def test_a_transparent_background_is_one() -> None:
    assert measured(cut_out_photo()).background == "transparent"


def test_what_keeps_all_rules_is_not_refused() -> None:
    assert rules(GOOD, "amazon") == []


@pytest.mark.parametrize(
    ("shop", "changed", "rule"),
    [
        ("amazon", {"size": (2000, 1500)}, "shape"),
        ("amazon", {"size": (1280, 1280)}, "small"),
        ("amazon", {"background": "light"}, "not_white"),
        ("amazon", {"background": "transparent"}, "transparent"),
        ("amazon", {"fill": 84}, "fill"),
        ("ebay", {"background": "busy"}, "not_light"),
        ("taobao", {"background": "busy"}, "not_plain"),
        ("amazon", {"fill": 0}, "fill_unknown"),
    ],
)
def test_each_rule_that_is_broken_is_found(
    shop: str, changed: dict[str, object], rule: str
) -> None:
    fields = {name: getattr(GOOD, name) for name in GOOD.__struct_fields__}
    assert rules(Measured(**{**fields, **changed}), shop) == [rule]


def test_a_mark_counts_where_none_may_be_and_where_nobody_knows_that_is_said() -> None:
    assert rules(GOOD, "amazon", is_marked=True) == ["mark"]
    assert rules(GOOD, "amazon", is_marked=None) == ["mark_unknown"]
    assert rules(GOOD, "etsy", is_marked=True) == []
    (unknown,) = findings(GOOD, BY_KEY["amazon"], is_marked=None)
    assert unknown == Finding(rule="mark_unknown", refused=False)


def checked_by(worker: WorkerHarness, parent: Job, shop: str = "") -> str:
    """What is told of an earlier job's picture, in its thread."""
    job = Job(
        id="c" * 20,
        gesture="check",
        created_at=worker.ledger.clock(),
        wish=Wish(shop=shop),
        photo=PicturesOf(jobs=(parent.id,)),
        asker=parent.asker,
        upload=Upload(id="c" * 20, jobs=("c" * 20,)),
        thread=parent.thread,
    )
    worker.ledger.accept(job)
    worker.run()
    return str(worker.thread(parent)[-1]["text"])


def test_a_painted_picture_is_told_what_amazon_would_refuse(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run()
    told = checked_by(worker, parent, "amazon")
    assert "Amazon may refuse it" in told
    assert "512 × 512 px; asked for is 2000 × 2000 px" in told
    assert "not pure white" in told
    assert "the “AI generated” mark is on it" in told


def test_of_a_logo_in_the_marks_place_nobody_knows_what_it_says(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run()
    logo = Logo(url="", key="logos/a.png", width=10, height=10)
    outcome = worker.outcome(parent)
    with_logo = structs.replace(parent, wish=structs.replace(parent.wish, logo=logo), nonce="")
    data = msgspec.json.encode(structs.replace(outcome, job=with_logo))
    worker.ledger.bucket.put(f"done/{parent.id}.json", data, content_type="application/json")
    told = checked_by(worker, parent, "amazon")
    assert "check that there is no text or mark on it" in told
    assert "the “AI generated” mark is on it" not in told


def test_a_zip_is_no_picture_and_is_not_read(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run()
    outcome = worker.outcome(parent)
    packed = structs.replace(parent, gesture="zip", nonce="")
    data = msgspec.json.encode(structs.replace(outcome, job=packed))
    worker.ledger.bucket.put(f"done/{parent.id}.json", data, content_type="application/json")
    worker.ledger.bucket.delete(outcome.pictures[0].key)
    assert "not a photo" in checked_by(worker, parent, "amazon")


def test_our_own_packshot_is_what_amazon_takes(worker: WorkerHarness) -> None:
    wish = Wish(packshot=Packshot(), resolution=Resolution(width=2000, height=2000))
    (parent,) = worker.ask(wish, data=cut_out_photo())
    worker.run()
    told = checked_by(worker, parent, "amazon")
    assert "As far as I can measure, it suits Amazon." in told


def test_a_picture_of_somebody_is_looked_at_as_it_is(worker: WorkerHarness) -> None:
    out = io.BytesIO()
    product_on("#ffffff", side=2000).save(out, "PNG")
    (job,) = worker.ask(Wish(shop="amazon,ebay"), data=out.getvalue())
    worker.ledger.close_request(job.id)
    fields = {name: getattr(job, name) for name in job.__struct_fields__}
    asked = Job(**{**fields, "gesture": "check", "id": "d" * 20, "nonce": ""})
    worker.ledger.accept(asked)
    worker.run()
    told = str(worker.thread(job)[-1]["text"])
    assert "check that there is no text or mark on it" in told
    assert "As far as I can measure, it suits eBay." in told
    assert worker.tasks() == []
