"""Run the worker in this process on stand-ins: set up jobs, run it, and read what it did."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from PIL import Image, ImageDraw

from functions.config import gateway_config, worker_config
from functions.gateway.app import gateway
from functions.jobs.job_ids import (
    id_of_button,
    id_of_jobs,
    id_of_message,
    id_of_upload,
    id_of_webhook,
)
from functions.jobs.ledger import Ledger
from functions.jobs.model import (
    Asker,
    BucketPhoto,
    EarlierJob,
    Gesture,
    Job,
    Parent,
    SlackFile,
    Thread,
    Upload,
)
from functions.jobs.recent_reads import RecentReads
from functions.jobs.steps import Outcome
from functions.jobs.wish import Resolution, Wish
from functions.worker import handler
from functions.worker.handler import main_handler
from functions.worker.maintenance import DaysSummedUp
from infra.local.slack.world import (
    MERCHANDISER_ID,
    OPERATIONS_ID,
    PRODUCT_PHOTOS_ID,
    TEAM_ID,
)
from tests.caller import call
from tests.conftest import BOT_TOKEN, BUCKET, REGION, Serve, keys_environ

TOLD = {"backdrop_told"}
PROGRESS = {"backdrop_progress"}
TIMER = {"Type": "Timer"}
# Smaller than the default, because work on pictures takes most of a test's time.
WISH = Wish(prompt="on a wooden table", resolution=Resolution(width=512, height=512))


@cache
def photo_bytes(*, width: int = 320, height: int = 240, kind: str = "JPEG") -> bytes:
    """Draw a product on a busy background, as a file."""
    image = Image.new("RGB", (width, height), "#88aacc")
    draw = ImageDraw.Draw(image)
    for x in range(0, width, 16):
        draw.line((x, 0, width - x, height), fill="#556677")
    draw.ellipse((width * 0.3, height * 0.2, width * 0.7, height * 0.9), fill="#b04020")
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


@dataclass(frozen=True)
class WorkerHarness:
    """Ask for jobs on the stand-ins, run the worker as SCF calls it, and read what it did."""

    cos: str
    aiart: str
    slack: str
    ledger: Ledger
    environ: Mapping[str, str]
    monkeypatch: pytest.MonkeyPatch

    def ask(
        self,
        wish: Wish | None = None,
        *,
        photos: int = 1,
        data: bytes | None = None,
        user: str = MERCHANDISER_ID,
        channel: str = PRODUCT_PHOTOS_ID,
        created_at: float | None = None,
        mask: bytes | None = None,
    ) -> list[Job]:
        """Send a message with photos in Slack, and accept its jobs."""
        names = [f"photo-{n}.jpg" for n in range(photos)]
        files = [self.upload(data or photo_bytes(), name, user=user) for name in names]
        masks = [self.upload(mask, "mask.png", user=user)] if mask else []
        written = {"user": user, "channel": channel, "text": "hello", "file_ids": files + masks}
        ts = str(call("POST", f"http://{self.slack}/_client/messages", written)["ts"])
        ids = [id_of_message(channel, ts, file_id) for file_id in files]
        jobs = [
            Job(
                id=job_id,
                gesture="mention",
                created_at=self.ledger.clock() if created_at is None else created_at,
                wish=wish or WISH,
                photo=SlackFile(file_id=file_id, name=name),
                mask=SlackFile(file_id=masks[0], name="mask.png") if masks else None,
                asker=Asker(team_id=TEAM_ID, user_id=user),
                thread=Thread(channel=channel, thread_ts=ts),
                upload=Upload(id=id_of_upload(channel, ts), jobs=tuple(ids)),
            )
            for job_id, file_id, name in zip(ids, files, names, strict=True)
        ]
        for job in jobs:
            self.ledger.accept(job)
        return jobs

    def press(
        self, parent: Job, gesture: Gesture, *, count: int = 1, user: str = MERCHANDISER_ID
    ) -> list[Job]:
        """Accept the jobs of a button under a result, as the bot makes them."""
        token = self.ledger.buttons(parent.id).get(gesture, "")
        numbers = range(1, count + 1) if count > 1 else (0,)
        ids = tuple(id_of_button(parent.id, gesture, token, number) for number in numbers)
        upload = Upload(id=id_of_jobs(ids), jobs=ids, together=count > 1)
        earlier = EarlierJob(job_id=parent.id)
        jobs = [
            Job(
                id=job_id,
                gesture=gesture,
                created_at=self.ledger.clock(),
                wish=parent.wish,
                photo=earlier,
                mask=earlier if parent.mask else None,
                asker=Asker(team_id=TEAM_ID, user_id=user),
                thread=parent.thread,
                upload=upload,
                parent=Parent(job_id=parent.id, token=token),
                variation=number,
            )
            for job_id, number in zip(ids, numbers, strict=True)
        ]
        for job in jobs:
            self.ledger.accept(job)
        return jobs

    def ask_by_program(self, *, created_at: float | None = None, **changes: Any) -> Job:
        """Accept a webhook's job, as the gateway makes it; it is not shown in Slack by itself."""
        key = f"uploads/{changes.get('id', 'shop')}/product.jpg"
        self.ledger.bucket.put(key, photo_bytes(), content_type="image/jpeg")
        job_id = id_of_webhook("shop", str(len(self.keys("done/"))))
        fields: dict[str, Any] = {
            "id": job_id,
            "gesture": "webhook",
            "created_at": self.ledger.clock() if created_at is None else created_at,
            "wish": WISH,
            "photo": BucketPhoto(key=key),
            "asker": Asker(client="shop", language="en"),
            "upload": Upload(id=id_of_jobs([job_id]), jobs=(job_id,)),
        }
        job = Job(**(fields | changes))
        self.ledger.accept(job)
        return job

    def outcome(self, job: Job) -> Outcome:
        """Read the outcome of a job, which must have ended."""
        outcome = self.ledger.outcome(job.id)
        assert outcome is not None
        return outcome

    def keys(self, prefix: str) -> list[str]:
        """List the bucket's keys below a prefix."""
        return [row.key for row in self.ledger.bucket.list(prefix)]

    def upload(self, data: bytes, name: str, *, user: str = MERCHANDISER_ID) -> str:
        """Upload a file to Slack; give its id."""
        url = f"http://{self.slack}/_client/files?user={user}&name={name}"
        return str(call("POST", url, data)["file_id"])

    def run(self, *, event: Any = TIMER, **environ: str) -> dict[str, int]:
        """Invoke the worker once, by default as the timer does, with further variables."""
        with self.monkeypatch.context() as patch:
            for name, value in {**self.environ, **environ}.items():
                patch.setenv(name, value)
            return main_handler(event, {"time_limit_in_ms": 900_000})

    def thread(self, job: Job, kinds: set[str] = TOLD) -> list[dict[str, Any]]:
        """List the bot's messages of some kinds in a job's thread."""
        where = f"channel={job.place.channel}&thread_ts={job.place.thread_ts}"
        messages = call("GET", f"http://{self.slack}/_client/messages?{where}")["messages"]
        return [m for m in messages if (m.get("metadata") or {}).get("event_type") in kinds]

    def words(self, job: Job) -> str:
        """Give all text that the bot told in a job's thread."""
        return " ".join(str(message["blocks"]) for message in self.thread(job))

    def no_faults(self, where: str) -> None:
        """Remove a stand-in's faults."""
        at = {"cos": self.cos, "aiart": self.aiart, "slack": self.slack}[where]
        call("DELETE", f"http://{at}/_control/faults")

    def fault(self, where: str, **fault: Any) -> None:
        """Add a fault to a stand-in (``infra.local.control.Fault``)."""
        at = {"cos": self.cos, "aiart": self.aiart, "slack": self.slack}[where]
        call("POST", f"http://{at}/_control/faults", fault)

    def aiart_settings(self, **settings: Any) -> None:
        """Change how the aiart stand-in behaves."""
        call("PUT", f"http://{self.aiart}/_control/settings", settings)

    def slack_settings(self, **settings: Any) -> None:
        """Change how the Slack stand-in behaves."""
        call("PUT", f"http://{self.slack}/_control/settings", settings)

    def tasks(self) -> list[dict[str, Any]]:
        """List the tasks that aiart has painted and would bill."""
        tasks: list[dict[str, Any]] = call("GET", f"http://{self.aiart}/_control/tasks")
        return [task for task in tasks if task["billed"]]

    def calls(self, where: str, op: str) -> list[dict[str, Any]]:
        """List the calls named ``op`` that a stand-in got."""
        at = {"cos": self.cos, "aiart": self.aiart, "slack": self.slack}[where]
        rows: list[dict[str, Any]] = call("GET", f"http://{at}/_control/calls")
        return [row for row in rows if row["op"] == op]


@pytest.fixture(scope="session")
def standing_environ(
    serve_all_along: Serve,
    standing_cos_at: str,
    standing_aiart: dict[str, str],
    standing_slack_at: str,
) -> Mapping[str, str]:
    """Make the worker's variables, and serve a gateway with them for the pictures' links."""
    environ = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_API_URL": f"http://{standing_slack_at}/api",
        "COS_BUCKET": BUCKET,
        "COS_REGION": REGION,
        "COS_ENDPOINT": standing_cos_at,
        "AIART_REGION": REGION,
        "AIART_ENDPOINT": standing_aiart["aiart"],
        "AIART_TIMEOUT_S": "20",
        "LINK_SECRETS": "a-secret-of-tests-for-links",
        "WORKER_LINGER_S": "0",
        **keys_environ("worker"),
    }
    pictures = gateway(gateway_config({**environ, **keys_environ("gateway")}))
    at = serve_all_along(lambda _: {"gateway": pictures}, "gateway")
    environ["LINK_BASE_URL"] = f"http://{at['gateway']}"
    worker_config(environ)
    return environ


@pytest.fixture
def worker(
    standing_environ: Mapping[str, str],
    cos_at: str,
    aiart_at: str,
    slack_at: str,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
) -> WorkerHarness:
    """Give a harness over stand-ins, a gateway and a worker that remember nothing."""
    monkeypatch.setattr(handler, "UNUSED_LEASES", {})
    monkeypatch.setattr(handler, "CALLBACK_HOSTS", {})
    monkeypatch.setattr(handler, "RECENT", RecentReads())
    monkeypatch.setattr(handler, "DAYS_SUMMED_UP", DaysSummedUp())
    return WorkerHarness(
        cos=cos_at,
        aiart=aiart_at,
        slack=slack_at,
        ledger=ledger,
        environ=dict(standing_environ),
        monkeypatch=monkeypatch,
    )


OTHER_PERSON = OPERATIONS_ID
