"""What is written down is read back as it was, by this version and by its neighbours."""

import ast
import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import functions.jobs
from functions.jobs import silence, steps
from functions.jobs.callback_queue import DeliveryAttempt, PendingCallback
from functions.jobs.errors import ErrorCode
from functions.jobs.model import (
    Asker,
    BucketPhoto,
    Callback,
    EarlierJob,
    Job,
    Parent,
    PhotoUrl,
    PicturesOf,
    SlackFile,
    Thread,
    UnknownSource,
    Upload,
    WorkflowRun,
)
from functions.jobs.records import VERSION, Record, Unreadable, decode, encode
from functions.jobs.scenes import Scene
from functions.jobs.settings import ChannelSettings, PersonSettings, Welcomed
from functions.jobs.steps import Chosen
from functions.jobs.wish import (
    SIDE_MAX_PX,
    SIDE_MIN_PX,
    TEMPLATES,
    Corner,
    Logo,
    LogoRect,
    Packshot,
    Resolution,
    Wish,
)
from functions.jobs.workspace import ErasedPeople
from tests.jobs.making import a_job

TEXT = st.text(max_size=40)
TIMES = st.floats(0, 4e9)
WHOLE = st.integers(0, 2**40)
SIDES = st.integers(SIDE_MIN_PX, SIDE_MAX_PX)

resolutions = (
    st.tuples(SIDES, SIDES)
    .filter(lambda s: max(s) <= 2.5 * min(s))
    .map(lambda s: Resolution(width=s[0], height=s[1]))
)
rects = st.builds(LogoRect, x=WHOLE, y=WHOLE, width=SIDES, height=SIDES)
how = {
    "avoid": TEXT,
    "product": TEXT,
    "resolution": resolutions,
    "watermark": st.booleans(),
    "logo": st.none()
    | st.builds(Logo, url=TEXT.map("https://{}".format), rect=rects)
    | st.builds(
        Logo,
        url=st.just(""),
        key=TEXT,
        width=SIDES,
        height=SIDES,
        corner=st.sampled_from(get_args(Corner)),
    ),
    "answer_as": st.sampled_from(["url", "base64"]),
}
words = st.text(min_size=1, max_size=256).filter(str.strip)
templates = st.sampled_from([template.name for template in TEMPLATES])
packshots = st.builds(
    Packshot,
    background=st.integers(0, 0xFFFFFF).map("#{:06x}".format),
    fill=st.integers(20, 100),
    shadow=st.booleans(),
)
findings = st.builds(
    steps.Finding,
    rule=TEXT,
    facts=st.dictionaries(TEXT, TEXT | st.integers(0, 9999), max_size=2),
    refused=st.booleans(),
)
checks = st.lists(
    st.builds(steps.Checked, shop=TEXT, findings=st.lists(findings, max_size=2).map(tuple)),
    max_size=2,
).map(tuple)
wishes = (
    st.builds(Wish, prompt=words, **how)
    | st.builds(Wish, template=templates, **how)
    | st.builds(Wish, packshot=packshots, **how)
)
slack_files = st.builds(SlackFile, file_id=TEXT, name=TEXT, shared_in=TEXT)
sources = (
    slack_files
    | st.builds(PhotoUrl, url=TEXT)
    | st.builds(BucketPhoto, key=TEXT)
    | st.builds(EarlierJob, job_id=TEXT, name=TEXT)
    | st.builds(PicturesOf, jobs=st.lists(TEXT, max_size=3).map(tuple))
)
jobs = st.builds(
    Job,
    id=TEXT,
    gesture=st.just("mention"),
    created_at=TIMES,
    wish=wishes,
    photo=sources,
    mask=st.none() | sources,
    asker=st.builds(Asker, team_id=TEXT, user_team=TEXT, user_id=TEXT, language=TEXT, client=TEXT),
    thread=st.builds(Thread, channel=TEXT, thread_ts=TEXT),
    upload=st.builds(
        Upload, id=TEXT, jobs=st.lists(TEXT, max_size=3).map(tuple), together=st.booleans()
    ),
    parent=st.none() | st.builds(Parent, job_id=TEXT, token=TEXT),
    callback=st.none() | st.builds(Callback, url=TEXT),
    workflow=st.none() | st.builds(WorkflowRun, execution_id=TEXT, token=TEXT),
    nonce=TEXT,
)
pictures = st.builds(
    steps.Picture,
    name=TEXT,
    key=TEXT,
    content_type=TEXT,
    size_bytes=WHOLE,
    width=WHOLE,
    height=WHOLE,
    is_preview=st.booleans(),
)
picture_lists = st.lists(pictures, max_size=3).map(tuple)
generated = st.builds(
    steps.Generated,
    at=TIMES,
    call=WHOLE,
    request_id=TEXT,
    seconds=TIMES,
    picture_url=TEXT,
    picture_key=TEXT,
    mask_url=TEXT,
    mask_key=TEXT,
    perhaps_billed_twice=st.booleans(),
)
failed = st.builds(
    steps.Failed,
    at=TIMES,
    code=st.sampled_from(ErrorCode),
    facts=st.dictionaries(TEXT, TEXT | WHOLE, max_size=3),
    words=TEXT,
    vendor_code=TEXT,
    request_id=TEXT,
    perhaps_billed=st.booleans(),
)
posted = st.builds(
    steps.Posted,
    where=st.sampled_from(["thread", "direct-message", "nowhere", "unasked"]),
    channel=TEXT,
    ts=TEXT,
    thread_ts=TEXT,
    file_ids=st.lists(TEXT, max_size=3).map(tuple),
    jobs=st.lists(TEXT, max_size=3).map(tuple),
)
outcomes = st.builds(
    steps.Outcome,
    state=st.sampled_from(["succeeded", "failed", "cancelled", "deleted"]),
    finished_at=TIMES,
    job=st.none() | jobs,
    pictures=picture_lists,
    generated=st.none() | generated,
    failed=st.none() | failed,
    posted=st.none() | posted,
    billed=st.none() | st.builds(steps.Billed, at=TIMES, least=WHOLE, most=WHOLE),
)
staged = st.builds(
    steps.Staged,
    photo_key=TEXT,
    mask_key=TEXT,
    width=WHOLE,
    height=WHOLE,
    is_preview=st.booleans(),
)
others = (
    st.builds(steps.Stored, pictures=picture_lists, checked=checks)
    | st.builds(steps.Lease, nonce=TEXT, deadline=TIMES)
    | st.builds(steps.Called, code=st.sampled_from(ErrorCode), vendor_code=TEXT, request_id=TEXT)
    | st.builds(steps.Tombstone, by=TEXT, at=TIMES)
    | st.builds(steps.Counted, keys=st.lists(TEXT, max_size=3).map(tuple))
    | st.builds(steps.ButtonTokens, tokens=st.dictionaries(TEXT, TEXT, max_size=3))
    | st.builds(steps.NewestPicture, job_id=TEXT)
    | st.builds(steps.WorkflowCompleted, at=TIMES)
    | st.builds(steps.FirstTold, job_id=TEXT)
    | st.builds(steps.ProgressShown, channel=TEXT, ts=TEXT, said=TEXT)
    | st.builds(Chosen, job_id=TEXT)
    | st.builds(ErasedPeople, key=TEXT, people=st.dictionaries(TEXT, TIMES, max_size=3))
    | st.builds(steps.Unmarked, job_id=TEXT, day=TEXT, user_id=TEXT, client=TEXT)
    | st.builds(steps.Unread, since=TIMES, told=st.booleans())
    | st.builds(silence.SignOfLife, at=TIMES)
    | st.builds(silence.Noticed, at=TIMES)
)
settings = (
    st.builds(Welcomed, at=TIMES)
    | st.builds(
        PersonSettings,
        language=st.sampled_from(["", "en", "zh"]),
        resolution=st.none() | resolutions,
        watermark=st.none() | st.booleans(),
    )
    | st.builds(
        ChannelSettings,
        auto=st.booleans(),
        words=TEXT,
        template=TEXT,
        product=TEXT,
        avoid=TEXT,
        resolution=st.none() | resolutions,
        scene=TEXT,
        by=TEXT,
        at=TIMES,
    )
    | st.builds(
        Scene,
        name=TEXT,
        prompt=TEXT,
        template=TEXT,
        avoid=TEXT,
        resolution=st.none() | resolutions,
        by=TEXT,
        at=TIMES,
    )
)


callbacks = st.builds(
    PendingCallback,
    job_id=TEXT,
    client=TEXT,
    url=TEXT,
    body=TEXT,
    asked_at=TIMES,
    next_at=TIMES,
    state=st.sampled_from(["waiting", "delivered", "refused", "given-up"]),
    count=WHOLE,
    tries=st.lists(st.builds(DeliveryAttempt, at=TIMES, status=WHOLE, error=TEXT), max_size=3).map(
        tuple
    ),
)


@given(jobs | staged | generated | failed | posted | outcomes | others | settings | callbacks)
def test_every_record_survives_being_written_down(record: Record) -> None:
    assert decode(encode(record), type(record), key="k") == record


def test_no_record_was_forgotten_above() -> None:
    for module in pkgutil.iter_modules(functions.jobs.__path__):
        importlib.import_module(f"functions.jobs.{module.name}")

    def below(kind: type[Record]) -> set[type[Record]]:
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    ours = {one.__name__ for one in below(Record) if one.__module__.startswith("functions.jobs")}
    covered = {
        *("Job", "Wish", "Resolution", "Logo", "LogoRect", "SlackFile", "PhotoUrl", "EarlierJob"),
        *("Asker", "Thread", "Staged", "Generated", "Picture", "Stored", "Failed"),
        *("Posted", "Lease", "Called", "Outcome", "Tombstone", "Counted", "ButtonTokens"),
        *("BucketPhoto", "Parent", "Callback", "WorkflowRun", "Upload", "NewestPicture"),
        *("PersonSettings", "ChannelSettings", "PendingCallback", "DeliveryAttempt", "Chosen"),
        *("WorkflowCompleted", "SignOfLife", "Noticed", "Unread", "UnknownSource", "ErasedPeople"),
        *("PicturesOf", "WorkspaceNote", "Unmarked", "Packed", "BegunUpload"),
        *("ProgressShown", "FirstTold", "Welcomed", "Billed", "Scene", "Packshot"),
        *("Checked", "Finding"),
    }
    assert ours - {"Record", "Step", "Template"} == covered  # those three are never written


@given(jobs | outcomes)
def test_a_field_of_a_later_version_is_passed_over(record: Record) -> None:
    written = msgspec.json.decode(msgspec.json.encode(record))
    written["a_later_idea"] = {"nested": [1]}
    read = msgspec.json.decode(msgspec.json.encode(written), type=type(record))
    assert read == record


def test_a_request_has_the_form_that_earlier_versions_wrote() -> None:
    """Frozen: open requests must be readable after an update."""
    assert json.loads(msgspec.json.encode(a_job())) == {
        "id": "3acjjth7wujyrmnjezht",
        "gesture": "mention",
        "created_at": 1732270000.5,
        "wish": {"prompt": "on a wet street at night"},
        "photo": {"from": "slack-file", "file_id": "F0123456789", "name": "cup.jpg"},
        "asker": {"team_id": "T0BACKDROP", "user_id": "U0MERCHEN1"},
        "thread": {"channel": "C0PRODUCTS", "thread_ts": "1732270000.000100"},
        "upload": {"id": "timbk7745mog2crzg47c", "jobs": ["3acjjth7wujyrmnjezht"]},
    }


@pytest.mark.parametrize(
    ("source", "written"),
    [
        (SlackFile(file_id="F1"), {"from": "slack-file", "file_id": "F1"}),
        (PhotoUrl(url="https://a.example/b"), {"from": "url", "url": "https://a.example/b"}),
        (EarlierJob(job_id="a"), {"from": "job", "job_id": "a"}),
        (PicturesOf(jobs=("a",)), {"from": "pictures", "jobs": ["a"]}),
    ],
)
def test_a_source_says_where_the_photo_comes_from(source: Record, written: dict[str, str]) -> None:
    assert json.loads(msgspec.json.encode(source)) == written


def test_a_size_is_written_down_even_if_it_is_the_usual_one() -> None:
    """Another default, later, must not change what was asked before."""
    assert json.loads(msgspec.json.encode(Resolution())) == {"width": 1280, "height": 1280}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"prompt": "x" * 257}, Wish(prompt="x" * 257)),
        ({"prompt": ""}, Wish()),
        ({"template": "gone"}, Wish(template="gone")),
        (
            {"prompt": "a beach", "resolution": {"width": 1, "height": 1}},
            Wish(prompt="a beach", resolution=Resolution(width=1, height=1)),
        ),
        ({"prompt": "a beach", "resolution": "wide"}, Wish(prompt="a beach")),
        ({"prompt": "a beach", "answer_as": "fax"}, Wish(prompt="a beach")),
        ({"prompt": "a beach", "logo": {"url": 7}}, Wish(prompt="a beach")),
    ],
)
def test_a_record_is_read_whatever_the_limits_are_today(
    written: dict[str, Any], read: Wish
) -> None:
    assert decode(json.dumps(written).encode(), Wish, key="k") == read


def test_of_a_value_that_only_another_version_knows_the_word_stays() -> None:
    job = {**json.loads(encode(a_job())), "gesture": "hologram", "photo": {"from": "satellite"}}
    read = decode(json.dumps(job).encode(), Job, key="k")
    assert read == msgspec.structs.replace(
        a_job(),
        gesture="hologram",
        photo=UnknownSource(),
    )
    failed = decode(b'{"at": 1, "code": "photo_upside_down"}', steps.Failed, key="k")
    assert failed.code.value == "photo_upside_down"
    assert json.loads(encode(failed))["code"] == "photo_upside_down"
    assert failed.code not in {*ErrorCode}


def test_one_broken_entry_of_a_list_is_no_reason_to_guess() -> None:
    with pytest.raises(Unreadable, match=r"^k: ValidationError, version 7$"):
        decode(b'{"version": 7, "pictures": [{"name": 1}]}', steps.Stored, key="k")


def test_a_record_says_which_version_it_is_of() -> None:
    assert json.loads(encode(a_job()))["version"] == VERSION


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        a_job().nonce = "another"  # type: ignore[misc]


def test_a_finished_jobs_picture_is_found_by_its_name_in_the_link() -> None:
    kept = steps.Picture(
        name="picture.png", key="k", content_type="image/png", size_bytes=1, width=1, height=1
    )
    outcome = steps.Outcome(state="succeeded", finished_at=1.0, pictures=(kept,))
    assert outcome.picture("picture.png") == kept
    assert outcome.picture("preview.jpg") is None


# Four threads read each of many new types for the first time, and change as often as can be.
FIRST_READS = """
import sys, threading, types
import msgspec
from functions.jobs.records import prepared

TYPES = '''
class Inner(msgspec.Struct):
    text: Annotated[str, msgspec.Meta(max_length=9)] = ""
    word: Literal["x", "y"] = "x"

class Outer(msgspec.Struct):
    one: Inner
    many: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}
'''

WRITTEN = b'{"one": {"text": "q"}, "many": [{}], "named": {"a": {}}}'

def read(kind, at_once):
    at_once.wait()
    msgspec.json.decode(WRITTEN, type=prepared(kind))

sys.setswitchinterval(1e-6)
for n in range(100):
    module = types.ModuleType(f"types_{n}")
    sys.modules[module.__name__] = module
    exec("import msgspec\\nfrom typing import Annotated, Literal\\n" + TYPES, module.__dict__)
    at_once = threading.Barrier(4)
    threads = [threading.Thread(target=read, args=(module.Outer, at_once)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_threads_that_read_a_type_for_the_first_time_at_once_do_not_end_the_process() -> None:
    command = [sys.executable, "-c", FIRST_READS]
    ended = subprocess.run(command, check=False, capture_output=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, b"")


def readings_of_types() -> Iterator[tuple[str, ast.expr]]:
    """Where the product has msgspec read a type, and what it gives for it."""
    for package in ("bot", "functions"):
        for path in sorted(Path(package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                match ast.unparse(node.func):
                    case "msgspec.convert":
                        yield str(path), node.args[1]
                    case "msgspec.json.decode":
                        yield from ((str(path), one.value) for one in node.keywords)
                    case "msgspec.json.Decoder":
                        yield str(path), node.args[0]


def test_the_product_reads_no_type_that_is_not_prepared() -> None:
    found = list(readings_of_types())
    assert len(found) > 15
    assert [
        (path, ast.unparse(kind))
        for path, kind in found
        if not ast.unparse(kind).startswith("prepared(")
    ] == [("functions/jobs/records.py", "kind")]  # which prepares it
