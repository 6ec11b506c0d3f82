"""The one door: what every file that is handed on says, and what is kept on record of it."""

import ast
import io
import json
import time
from pathlib import Path

import msgspec
import pytest
import requests
from PIL import Image

from functions.jobs.bucket_layout import UNMARKED
from functions.jobs.callback_queue import read_callback
from functions.jobs.links import Links
from functions.jobs.model import Callback, Job
from functions.jobs.quota import day_of
from functions.jobs.wish import Wish
from functions.worker.photos.labels import Label, carried, labelled, own_label
from functions.worker.steps import store
from infra.local.slack.world import MERCHANDISER_ID, OPERATIONS_ID
from tests.worker.conftest import WorkerHarness, photo_bytes
from tests.worker.test_labels import (
    ALTERED,
    COMPOSITE,
    LABEL_OF_OTHERS,
    OTHERS,
    drawn,
    exiftool,
    packet,
    packet_of,
    pixels,
    read_outside,
    said_in,
    with_packet,
)
from tests.worker.test_zip import a_zip, zip_of

ROOT = Path(__file__).resolve().parents[2]
UNMARKED_WISH = Wish(prompt="a secret emerald parlour", watermark=False)
NAMES = {"LABEL_PRODUCER": "示例公司", "LABEL_PROPAGATOR": "Example Ltd."}


def files_of(worker: WorkerHarness, job: Job) -> dict[str, bytes]:
    """Each file that the job hands on, by its name, as the bucket has it."""
    pictures = worker.outcome(job).pictures
    found = {one.name: worker.ledger.bucket.get(one.key) for one in pictures}
    assert {one.name: one.size_bytes for one in pictures} == {
        name: len(data) for name, data in found.items()
    }
    return found


def aigc_of(data: bytes) -> dict[str, str]:
    return dict(json.loads(said_in(data)["AIGC"]))


@pytest.mark.parametrize("answer_as", ["url", "base64"])
def test_what_ai_has_painted_says_so_in_each_of_its_files(
    worker: WorkerHarness, answer_as: str
) -> None:
    wish = msgspec.convert({"prompt": "on sand", "answer_as": answer_as}, Wish)
    (job,) = worker.ask(wish)
    worker.run(**NAMES)
    files = files_of(worker, job)
    for name in ("picture.jpg", "preview.jpg"):
        assert said_in(files[name])["DigitalSourceType"] == COMPOSITE
        aigc = aigc_of(files[name])
        assert (aigc["Label"], aigc["ContentProducer"]) == ("1", "示例公司")
        assert (aigc["ProduceID"], aigc["PropagateID"]) == (job.id, job.id)
        assert aigc["ContentPropagator"] == "Example Ltd."
    for name in ("mask.png", "before.jpg"):
        assert packet_of(files[name]) == b""


def test_a_link_gives_the_labelled_picture_and_slack_the_labelled_preview(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask()
    worker.run()
    links = Links(worker.environ["LINK_BASE_URL"], [worker.environ["LINK_SECRETS"]])
    for name in ("picture.jpg", "preview.jpg"):
        link = links.picture(job.id, name)
        assert aigc_of(requests.get(link, timeout=30).content)["ProduceID"] == job.id


def test_a_cut_out_says_truthfully_that_ai_has_not_painted_it(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run()
    (child,) = worker.press(parent, "cutout")
    worker.run()
    program = worker.ask_by_program()
    worker.run()
    cut_outs = files_of(worker, child)
    cut_outs["a program's"] = files_of(worker, program)["cutout.png"]
    assert set(cut_outs) == {"cutout.png", "preview.jpg", "a program's"}
    for data in cut_outs.values():
        assert said_in(data) == {"DigitalSourceType": ALTERED}


def test_who_got_a_picture_without_a_mark_is_kept_on_record_without_words(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask(UNMARKED_WISH)
    (marked,) = worker.ask(Wish(prompt="marked"))
    program = worker.ask_by_program(wish=UNMARKED_WISH)
    worker.run()
    bucket = worker.ledger.bucket
    found = [json.loads(bucket.get(row.key)) for row in bucket.list(UNMARKED)]
    today = day_of(time.time())
    assert sorted(found, key=str) == sorted(
        [
            {"version": 1, "job_id": job.id, "day": today, "user_id": MERCHANDISER_ID},
            {"version": 1, "job_id": program.id, "day": today, "client": "shop"},
        ],
        key=str,
    )
    assert worker.outcome(marked).state == "succeeded"


def test_the_record_stays_when_the_picture_is_deleted(worker: WorkerHarness) -> None:
    (job,) = worker.ask(UNMARKED_WISH)
    worker.run()
    (row,) = worker.ledger.bucket.list(UNMARKED)
    worker.ledger.add_tombstone(job.id, why="delete", by=MERCHANDISER_ID)
    worker.run()
    assert worker.outcome(job).state == "deleted"
    assert list(worker.ledger.bucket.list(UNMARKED)) == [row]


def test_a_zip_holds_the_labelled_files_and_its_asker_is_on_record_too(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask(UNMARKED_WISH, user=OPERATIONS_ID)
    worker.run()
    (cut_out,) = worker.press(job, "cutout", user=OPERATIONS_ID)
    worker.run()
    zipped = a_zip(worker, job, job.id, cut_out.id)
    worker.run()
    found = list(zip_of(worker, zipped).values())
    assert found == [files_of(worker, job)["picture.jpg"], files_of(worker, cut_out)["cutout.png"]]
    bucket = worker.ledger.bucket
    records = [json.loads(bucket.get(row.key)) for row in bucket.list(UNMARKED)]
    who = sorted((one["job_id"], one["user_id"]) for one in records)
    assert who == sorted([(job.id, OPERATIONS_ID), (job.id, MERCHANDISER_ID)])


def test_a_cut_out_of_an_unmarked_picture_is_none(worker: WorkerHarness) -> None:
    (parent,) = worker.ask(UNMARKED_WISH)
    worker.run()
    (child,) = worker.press(parent, "cutout")
    worker.run()
    assert worker.outcome(child).state == "succeeded"
    (row,) = worker.ledger.bucket.list(UNMARKED)
    assert parent.id in row.key


def test_a_photo_that_ai_has_made_keeps_its_label_wherever_it_is_handed_on(
    worker: WorkerHarness,
) -> None:
    """The staged photo has no metadata, and what is made of it would say nothing any more."""
    small = with_packet("JPEG", packet(LABEL_OF_OTHERS))
    (first,) = worker.ask(data=carried(photo_bytes(), own_label(small)))
    worker.run()
    (again,) = worker.press(first, "again")
    worker.run()
    (cut_out,) = worker.press(again, "cutout")
    worker.run()
    for job in (first, again):
        assert said_in(files_of(worker, job)["before.jpg"]) == {"AIGC": OTHERS}
        assert aigc_of(files_of(worker, job)["picture.jpg"])["ProduceID"] == job.id
    for data in files_of(worker, cut_out).values():
        assert said_in(data) == {"AIGC": OTHERS, "DigitalSourceType": ALTERED}
    staged = {worker.ledger.bucket.get(f"photos/{one.id}/product.jpg") for one in (first, again)}
    assert len(staged) == 1  # not encoded anew with each Again


def test_nothing_but_the_door_puts_files_where_people_find_them() -> None:
    """``generate`` keeps what aiart answered in Base64, under a name that no link has; ``pack``
    puts files that have passed the door into a zip, byte for byte; ``stage`` keeps what aiart
    reads.
    """
    putting = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "functions/worker").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith(("bucket.put", "bucket.put_part"))
    }
    assert putting == {
        "functions/worker/steps/store.py",
        "functions/worker/steps/generate.py",
        "functions/worker/steps/pack.py",
        "functions/worker/steps/stage.py",
    }


def test_a_labelled_picture_has_the_pixels_that_aiart_sent(worker: WorkerHarness) -> None:
    (job,) = worker.ask(Wish(prompt="on sand", answer_as="base64"))
    worker.run()
    sent = worker.ledger.bucket.get(f"results/{job.id}/picture-from-aiart")
    shown = files_of(worker, job)["picture.jpg"]
    assert sent != shown
    with Image.open(io.BytesIO(sent)) as one, Image.open(io.BytesIO(shown)) as other:
        assert one.tobytes() == other.tobytes()


# --- read by somebody else


@exiftool
def test_another_programs_reader_reads_the_label_in_each_kind_of_file_that_is_handed_on(
    worker: WorkerHarness, tmp_path: Path
) -> None:
    given = pixels_kept(worker)
    files, cut_outs = handed_on(worker)
    assert {name: form_name(data) for name, data in files.items()} == {
        **dict.fromkeys(("JPEG by link", "preview", "sheet", "shown by Slack"), "JPEG"),
        **dict.fromkeys(("in the zip 0", "called back"), "JPEG"),
        "PNG by link": "PNG",
        "WEBP by link": "WEBP",
    }
    read = read_outside([*files.values(), *cut_outs.values()], tmp_path)
    for name, said in zip(files, read, strict=False):
        (aigc,) = (value for key, value in said.items() if key.upper() == "XMP-TC260:AIGC")
        assert json.loads(aigc)["ContentProducer"] == "示例公司", name
        assert said["XMP-iptcExt:DigitalSourceType"] == COMPOSITE, name
        assert said["ExifTool:Validate"] == "0 0 0", (name, said)
    for name, said in zip(cut_outs, read[len(files) :], strict=True):
        assert said["XMP-iptcExt:DigitalSourceType"] == ALTERED, name
        assert not [key for key in said if "AIGC" in key.upper()], name
    assert len(given) >= len(files)


def form_name(data: bytes) -> str:
    with Image.open(io.BytesIO(data)) as picture:
        return str(picture.format)


def pixels_kept(worker: WorkerHarness) -> list[bytes]:
    """Have each file that passes the door compared with what comes out of it."""
    seen: list[bytes] = []

    def compared(data: bytes, label: Label | None) -> bytes:
        made = labelled(data, label)
        assert pixels(made) == pixels(data)
        seen.append(made)
        return made

    worker.monkeypatch.setattr(store, "labelled", compared)
    return seen


def handed_on(worker: WorkerHarness) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """One file of each kind as people and programs get it: what AI has painted, and cut-outs."""
    found = {f"{kind} by link": painted_as(worker, kind) for kind in ("PNG", "WEBP")}
    (job,) = worker.ask()
    program = worker.ask_by_program(callback=Callback(url="https://shop.example/"))
    worker.run(**NAMES)
    variations = worker.press(job, "variation", count=2)
    (cut_out,) = worker.press(job, "cutout")
    zipped = a_zip(worker, job, job.id)
    worker.slack_settings(image_failures=50)  # so that the next one is uploaded
    (uploaded,) = worker.ask()
    worker.run(**NAMES)
    (sheet,) = (key for one in variations for key in worker.keys(f"results/{one.id}/sheet-12"))
    link = Links(worker.environ["LINK_BASE_URL"], [worker.environ["LINK_SECRETS"]]).picture
    called_back = read_callback(worker.ledger.bucket, program.id)
    assert called_back is not None
    body = json.loads(called_back.body)
    posted = worker.outcome(uploaded).posted
    assert posted is not None
    (file_id,) = posted.file_ids
    found |= {
        "JPEG by link": fetched(link(job.id, "picture.jpg")),
        "preview": fetched(link(job.id, "preview.jpg")),
        "sheet": worker.ledger.bucket.get(sheet),
        "shown by Slack": fetched(f"http://{worker.slack}/_client/files/{file_id}"),
        "called back": fetched(body["data"]["links"]["picture"]),
        **{f"in the zip {n}": one for n, one in enumerate(zip_of(worker, zipped).values())},
    }
    cut_outs = files_of(worker, cut_out)
    cut_outs["a program's"] = fetched(body["data"]["links"]["cutout"])
    return found, cut_outs


def painted_as(worker: WorkerHarness, kind: str) -> bytes:
    """What a link gives when aiart's picture is of that kind; its stand-in makes JPEGs."""

    def answer(*_: object, **__: object) -> bytes:
        return drawn("RGB", kind, (501, 501))

    with worker.monkeypatch.context() as patch:
        patch.setattr(store, "_answer", answer)
        (job,) = worker.ask()
        worker.run(**NAMES)
    links = Links(worker.environ["LINK_BASE_URL"], [worker.environ["LINK_SECRETS"]])
    return fetched(links.picture(job.id, f"picture.{kind.lower()}"))


def fetched(address: str) -> bytes:
    answer = requests.get(address, timeout=30)
    assert answer.status_code == 200
    return answer.content
