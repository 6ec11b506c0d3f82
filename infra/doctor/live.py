"""Paint one paid picture in a real account, and record what only that can show.

This is ``infra.doctor --live FILE``. The picture goes the product's own way: a request in the
bucket, the worker, a message in ADMIN_CHANNEL. The results answer questions that no document
answers. They are written to a file without secrets, which the stand-ins can take as their settings
(``python -m infra.local up --as-measured FILE``).
"""

import io
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import requests
from PIL import Image

from bot.slack_api.client import SLACK_TROUBLE, call, web_client
from functions.environment import ConfigError
from functions.jobs.bucket import Bucket, BucketUnavailable, KeysExpired
from functions.jobs.bucket_layout import upload_key
from functions.jobs.job_ids import id_of_jobs
from functions.jobs.ledger import Ledger
from functions.jobs.model import Asker, BucketPhoto, Job, Thread, Upload
from functions.jobs.steps import Generated, Outcome, Picture, Posted, picture_named
from functions.jobs.wish import Resolution, Wish
from functions.self_check import Report
from infra.doctor import self_checks
from infra.doctor.cos import operator_bucket
from infra.doctor.cos_facts import about_cos
from infra.doctor.finding import Environ, Finding, ok, skipped, wrong
from infra.doctor.measured import AboutAiart, AboutSlack, Measured
from infra.doctor.picture_facts import corner, frame_of, labels_in, place_of, size_of
from infra.doctor.self_check_findings import judge
from infra.doctor.slack import TIMEOUT_S, slack_config
from infra.dotenv import ROOT, NotSet, python_runtime

SAMPLE = ROOT / "infra" / "local" / "page" / "samples" / "mug.jpg"
WISH = Wish(
    prompt="on a light wooden table by a window, soft daylight",
    product="a mug",
    resolution=Resolution(width=1280, height=1280),
)
JOB_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
PAINTED_WITHIN_S = 900.0
LOOK_EVERY_S = 2.0
DOWNLOAD_LIMIT_S = 60.0
MARK_SHARE = 0.05  # of the shorter side: GB 45438-2025, by a summary
Sleep = Callable[[float], object]


class NotMeasured(Exception):
    """Stop the measuring, before or after the paid call; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.said)
        self.finding = finding


def check(environ: Environ, file: Path, *, sleep: Sleep = time.sleep) -> Iterator[Finding]:
    """Measure; write ``file``, and beside it a PNG of the corner with aiart's visible mark."""
    try:
        bucket = operator_bucket(environ)
        channel = _channel(environ)
        reports = _reports(environ)
        yield ok("self-checks", "nothing that would spoil the picture; python -m infra.doctor says")
        cos = about_cos(environ, bucket, reports["worker"])
        yield ok("bucket", "asked what no document says")
        outcome = _painted(bucket, channel, sleep)
    except (NotMeasured, NotSet, ConfigError, BucketUnavailable, KeysExpired) as stopped:
        yield _why_stopped(stopped)
        return
    try:
        aiart, mark = _about_aiart(bucket, outcome)
    except (NotMeasured, BucketUnavailable, KeysExpired) as stopped:
        yield _why_stopped(stopped)
        yield from _tidied(environ, bucket, outcome)
        return
    except Exception:  # such as a file that is no picture: the caller says that the check failed
        yield from _tidied(environ, bucket, outcome)
        raise
    slack = AboutSlack(preview=_preview(outcome.posted))
    measured = Measured(
        measured_on=time.strftime("%Y-%m-%d", time.gmtime()),
        region=environ["COS_REGION"],
        functions=reports,
        cos=cos,
        aiart=aiart,
        slack=slack,
    )
    yield from _told(measured)
    yield from _tidied(environ, bucket, outcome)
    yield _written(file, measured, mark)


def _why_stopped(stopped: Exception) -> Finding:
    match stopped:
        case NotMeasured():
            return stopped.finding
        case BucketUnavailable() | KeysExpired():
            do = "Look at the job with `python -m infra.jobs`; it may be painted yet."
            return wrong("bucket", f"it does not answer as it should ({stopped})", do)
    return skipped("live", str(stopped))


def _without_ids(report: Report) -> Report:
    """Remove the RequestId from a report: the file is to hold no id."""
    if report.aiart is None:
        return report
    return msgspec.structs.replace(
        report, aiart=msgspec.structs.replace(report.aiart, request_id="")
    )


def _channel(environ: Environ) -> str:
    channel = environ.get("ADMIN_CHANNEL", "")
    if not channel:
        do = "Set ADMIN_CHANNEL to a channel that the bot is in: the picture is shown there."
        raise NotMeasured(skipped("live", "ADMIN_CHANNEL is not set", do))
    return channel


def _reports(environ: Environ) -> dict[str, Report]:
    """Get all three functions' reports. Raises ``NotMeasured`` if the picture would be wasted."""
    found = {}
    for function in ("bot", "gateway", "worker"):
        try:
            found[function] = _without_ids(self_checks.ask(function, environ))
        except self_checks.NotAnswered as why:
            raise NotMeasured(why.finding) from None
    for one in judge(found["worker"], runtime=python_runtime(environ)):
        if one.state == "wrong" and not one.name.endswith((": HEIC", ": limits", ": package")):
            raise NotMeasured(one)
    return found


# --- the picture


def _painted(bucket: Bucket, channel: str, sleep: Sleep) -> Outcome:
    """Accept the paid job; return its outcome. Raises ``NotMeasured`` if there is no picture."""
    job_id = "".join(secrets.choice(JOB_ID_LETTERS) for _ in range(20))
    photo_key = upload_key(job_id, "photo")
    ledger = Ledger(bucket)
    job = Job(
        id=job_id,
        gesture="webhook",
        created_at=time.time(),
        wish=WISH,
        photo=BucketPhoto(key=photo_key),
        asker=Asker(client="doctor"),
        upload=Upload(id=id_of_jobs([job_id]), jobs=(job_id,)),
        thread=Thread(channel=channel),
    )
    bucket.put(photo_key, SAMPLE.read_bytes(), content_type="image/jpeg")
    ledger.accept(job)
    return _ended(ledger, job_id, sleep)


def _ended(ledger: Ledger, job_id: str, sleep: Sleep) -> Outcome:
    deadline = time.monotonic() + PAINTED_WITHIN_S
    while (outcome := ledger.outcome(job_id)) is None:
        if time.monotonic() > deadline:
            ledger.add_tombstone(job_id, why="cancel", by="doctor")
            do = "Read the log of backdrop-worker; the job is cancelled."
            raise NotMeasured(wrong("picture", f"{job_id} was not painted in time", do))
        sleep(LOOK_EVERY_S)
    if outcome.state != "succeeded":
        failed = outcome.failed
        why = f"{failed.code.value} {failed.vendor_code} {failed.request_id}" if failed else ""
        do = "Read the log of backdrop-worker; ask support with the RequestId."
        raise NotMeasured(wrong("picture", f"{job_id} was not painted: {why.strip()}", do))
    return outcome


def _about_aiart(bucket: Bucket, outcome: Outcome) -> tuple[AboutAiart, bytes]:
    """Measure what the files tell about aiart; return that and a PNG of the mark's corner."""
    picture, before = outcome.pictures[0], picture_named(outcome.pictures, "before")
    mask = picture_named(outcome.pictures, "mask")
    result = bucket.get(picture.key)
    photo = bucket.get(before.key) if before else SAMPLE.read_bytes()
    generated = outcome.generated
    about = AboutAiart(
        seconds_per_call=round(generated.seconds, 1) if generated else 0.0,
        photo_px=size_of(photo),
        asked_px=(WISH.resolution.width, WISH.resolution.height),
        result_px=(picture.width, picture.height),
        result_bytes=picture.size_bytes,
        implicit_labels=labels_in(_as_answered(generated, bucket)),
    )
    return (_with_mask(about, photo, result, bucket, mask) if mask else about), corner(result)


def _as_answered(generated: Generated | None, bucket: Bucket) -> bytes:
    """Read aiart's own file, without our label: from the bucket, or from its address.

    The address is valid for an hour. Raises ``NotMeasured`` if it does not answer.
    """
    if generated is None:
        return b""
    if generated.picture_key:
        return bucket.get(generated.picture_key)
    try:
        answer = requests.get(generated.picture_url, timeout=DOWNLOAD_LIMIT_S)
        answer.raise_for_status()
    except requests.RequestException as error:
        do = "Run it again: the picture's address did not answer."
        said = f"aiart's own file cannot be read ({type(error).__name__})"
        raise NotMeasured(wrong("picture", said, do)) from None  # its text has the signed address
    return answer.content


def _with_mask(
    about: AboutAiart, photo: bytes, result: bytes, bucket: Bucket, mask: Picture
) -> AboutAiart:
    data = bucket.get(mask.key)
    frame = frame_of(size_of(data), photo=about.photo_px, result=about.result_px)
    product = place_of(photo, data, result) if frame == "photo" else None
    return msgspec.structs.replace(about, mask_frame=frame, product=product)


def _preview(posted: Posted | None) -> str:
    if posted is None or posted.where == "nowhere":
        return "refused"
    return "uploaded" if posted.file_ids else "fetched"


# --- afterwards


def _told(measured: Measured) -> Iterator[Finding]:
    aiart, cos, slack = measured.aiart, measured.cos, measured.slack
    if aiart and slack:
        place = aiart.product
        stands = "cannot be told" if place is None else "stays" if place.stays else "is moved"
        labels = ", ".join(aiart.implicit_labels) or "none"
        yield ok("picture", f"painted in {aiart.seconds_per_call} s; implicit label: {labels}")
        yield ok("product", f"{stands}; the mask has the frame of: {aiart.mask_frame or 'nothing'}")
        yield ok(
            "preview", f"{slack.preview} by Slack" if slack.preview == "fetched" else slack.preview
        )
    tried, through = cos.simultaneous_creates or (0, 0)
    if through > 1:
        do = "Tell the developers: jobs could be doubled. Nobody has seen this so far."
        yield wrong("create-only", f"{through} of {tried} first writes at once went through", do)


def _tidied(environ: Environ, bucket: Bucket, outcome: Outcome) -> Iterator[Finding]:
    """Delete the message, and have the worker delete the picture."""
    posted = outcome.posted
    try:
        if outcome.job:
            Ledger(bucket).add_tombstone(outcome.job.id, why="delete", by="doctor")
        if posted and posted.ts:
            client = web_client(slack_config(environ), timeout_s=TIMEOUT_S)
            call(client.chat_delete, channel=posted.channel, ts=posted.ts)
    except (BucketUnavailable, KeysExpired, ConfigError, *SLACK_TROUBLE) as error:
        do = "Delete the message in ADMIN_CHANNEL by its button."
        yield skipped("afterwards", f"not everything is taken away ({type(error).__name__})", do)
    else:
        yield ok("afterwards", "the message is gone, and the worker deletes the picture")


def _written(file: Path, measured: Measured, mark: bytes) -> Finding:
    beside = file.with_suffix(".mark.png")
    try:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(measured), indent=2) + b"\n")
        beside.write_bytes(mark)
    except OSError as error:
        do = "Name a file in a folder that is there and can be written to."
        return wrong("file", f"{file} could not be written ({type(error).__name__})", do)
    size = "x".join(str(side) for side in Image.open(io.BytesIO(mark)).size)
    least = round(min(WISH.resolution.width, WISH.resolution.height) * MARK_SHARE)
    letters = f"its letters should be {least} px high (5 % of the shorter side)"
    return ok("file", f"{file}; the visible mark is in {beside.name} ({size} px): {letters}")
