"""Act as people who press, choose and fill in; and leave results as the worker does."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bot.views import spoken
from bot.views.buttons import Buttons
from bot.views.failure import failure_blocks
from bot.views.result import Result, result_blocks
from bot.views.variations import Variation, sheet_blocks, variations_blocks
from functions.jobs.job_ids import id_of_button, id_of_jobs, id_of_message
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.model import Asker, Job, SlackFile, Thread, Upload
from functions.jobs.quota import day_of
from functions.jobs.steps import Failed, Generated, Outcome, Picture, Posted, Staged
from functions.jobs.wish import Wish
from infra.local.slack.world import TEAM_ID
from tests.bot.driving import requests_in
from tests.bot.looking import Json, menu_entry, shown_text
from tests.conftest import BOT_TOKEN
from tests.jobs.driving import Cos
from tests.local.slack.driver import ANNA, PHOTOS, YUN, Slack, eventually

DIRECT = {ANNA: "D0MERCHEN1", YUN: "D0YUNYING1", "U0ADMIN001": "D0ADMIN001"}
PICTURES = ("picture.png", "preview.jpg", "mask.png", "before.jpg")


@dataclass
class BotHarness:
    """Act in a workspace with the bot, over a bucket with results as a worker leaves them."""

    cos: Cos
    slack: Slack
    ledger: Ledger
    links: Links
    jpeg: bytes
    _made: int = field(default=0)

    # --- as the worker

    def result(self, *, user: str = ANNA, channel: str = PHOTOS, **changes: Any) -> tuple[Job, str]:
        """Finish a new job and show it; give the job and the message's ts."""
        job = self.job(user=user, channel=channel, **changes)
        self.finish(job)
        return job, self.show(job)

    def show(self, job: Job, *, source: Json | None = None) -> str:
        """Post the message with a job's picture, by its link or from ``source``; give its ts."""
        outcome = self.ledger.outcome(job.id)
        drawn = job
        if not outcome or not outcome.job:  # its own links do not work: show another picture
            drawn = self.job()
            self.finish(drawn)
        picture = source or {"image_url": self.links.picture(drawn.id, "preview.jpg")}
        return self.post(job, result_blocks(job, self.shown(job), picture, "en"))

    def tell(self, job: Job, failed: Failed) -> str:
        """Fail a job, and post the message that says why; give its ts."""
        self.finish(job, state="failed", pictures=(), generated=None, failed=failed)
        return self.post(job, failure_blocks(job, failed, "en"))

    def several(
        self,
        count: int = 3,
        *,
        user: str = ANNA,
        source: Json | None = None,
        side_by_side: bool = False,
    ) -> tuple[list[Job], str]:
        """Finish variations and show them together; give the jobs and the message's ts."""
        ids = [id_of_button("a" * 20, "variation", "t", n) for n in range(count)]
        upload = Upload(id=id_of_jobs(ids), jobs=tuple(ids), together=True)
        thread = self.thread(user, PHOTOS)
        jobs = [
            self.job(user=user, id=job_id, upload=upload, thread=thread, gesture="variation")
            for job_id in ids
        ]
        for job in jobs:
            self.finish(job)
        shown = [
            Variation(
                job,
                self.shown(job),
                source or {"image_url": self.links.picture(job.id, "preview.jpg")},
            )
            for job in jobs
        ]
        blocks = (
            sheet_blocks(shown, {"image_url": self.links.picture(jobs[0].id, "preview.jpg")}, "en")
            if side_by_side
            else variations_blocks(shown, "en")
        )
        return jobs, self.post(jobs[0], blocks)

    def job(self, *, user: str = ANNA, channel: str = PHOTOS, **changes: Any) -> Job:
        """Make a job that is not accepted yet."""
        self._made += 1
        job_id = id_of_message(channel, f"{self._made}.0", "F")
        fields: dict[str, Any] = {
            "id": job_id,
            "gesture": "mention",
            "created_at": time.time() - 30,
            "wish": Wish(prompt="on a wet street", product="car"),
            "photo": SlackFile(file_id="F0123456789", name="cup.jpg"),
            "asker": Asker(team_id=TEAM_ID, user_id=user),
            "upload": Upload(id=id_of_jobs([job_id]), jobs=(job_id,)),
        }
        if "thread" not in changes:
            fields["thread"] = self.thread(user, channel)
        return Job(**(fields | changes))

    def thread(self, user: str, channel: str) -> Thread:
        """Write a message as a person; give its thread."""
        asked = self.slack.write("the new cups", user=user, channel=channel)
        return Thread(channel=channel, thread_ts=str(asked["ts"]))

    def finish(self, job: Job, **changes: Any) -> Outcome:
        """Finish a job as the worker does: its pictures, its steps and its outcome."""
        fields: dict[str, Any] = {
            "state": "succeeded",
            "finished_at": time.time() - 5,
            "job": job,
            "pictures": tuple(_picture(job.id, name) for name in PICTURES),
            "generated": Generated(at=1.0, call=1, request_id="r", seconds=9.4),
            "posted": Posted(where="thread", channel=job.place.channel, ts="1.0"),
        }
        outcome = Outcome(**(fields | changes))
        for picture in outcome.pictures:
            self.cos.write(picture.key, self.jpeg)
        if outcome.pictures:
            key = f"photos/{job.id}/product.jpg"
            self.ledger.write_step(job.id, Staged(photo_key=key, width=320, height=240))
        self.ledger.accept(job)
        self.ledger.finish(job, outcome)
        return outcome

    def finish_cutout(self, job: Job) -> Outcome:
        """Finish a cut-out, for which nothing is painted."""
        pictures = tuple(_picture(job.id, name) for name in ("cutout.png", "preview.jpg"))
        return self.finish(job, pictures=pictures, generated=None)

    def sweep(self, job: Job) -> None:
        """Write the blank outcome that a deleted picture leaves."""
        self.ledger.finish(job, Outcome(state="deleted", finished_at=time.time()))

    def shown(self, job: Job, **tokens: str) -> Result:
        """Make the result of a job as its message shows it."""
        return Result(
            width=1280,
            height=1280,
            seconds=9,
            full_size_url=self.links.picture(job.id, "picture.png"),
            before_url=self.links.picture(job.id, "before.jpg"),
            buttons=Buttons(tokens),
        )

    def post(self, job: Job, blocks: list[Json]) -> str:
        """Post a message as the bot in a job's thread; give its ts."""
        place = job.place
        posted = self.slack.client_with(BOT_TOKEN).chat_postMessage(
            channel=place.channel,
            thread_ts=place.thread_ts or None,
            text=spoken(blocks) or "Only buttons.",
            blocks=blocks,
        )
        return str(posted["ts"])

    # --- as people

    def press(
        self, action_id: str, ts: str, *, user: str = ANNA, channel: str = PHOTOS, **choice: Any
    ) -> Json:
        """Press a button of the message at ``ts``, or choose the action in the result's menu."""
        message = self.message(ts, channel=channel, user=user)
        entry = menu_entry(message["blocks"], action_id)
        if entry:
            action_id, choice = "more", {"selected_option": entry, **choice}
        block_id = _block_with(message["blocks"], action_id)
        where = {"channel": channel, "message_ts": ts, "block_id": block_id}
        return self.slack.act("POST", "actions", user=user, action_id=action_id, **where, **choice)

    def delete(self, ts: str, *, user: str = ANNA) -> None:
        """Choose Delete in the menu of a result, and confirm it."""
        self.press("delete", ts, user=user)
        view = self.modal(user)
        if view:
            self.slack.act("POST", "views/submit", user=user, view_id=view["id"], values={})

    def press_in(self, block_id: str, action_id: str, ts: str, *, user: str = ANNA) -> Json:
        """Press a button of one block, if the message has several buttons of that action."""
        where = {"channel": PHOTOS, "message_ts": ts, "block_id": block_id}
        return self.slack.act("POST", "actions", user=user, action_id=action_id, **where)

    def as_it_is_now(self, block_id: str, action_id: str, ts: str) -> Callable[[], None]:
        """Give a function that presses the button as it is now, also later and more than once."""
        message = self.message(ts)
        (block,) = [one for one in message["blocks"] if one["block_id"] == block_id]
        (button,) = [one for one in block["elements"] if one["action_id"] == action_id]
        payload = {
            "type": "block_actions",
            "team": {"id": TEAM_ID},
            "user": {"id": ANNA, "team_id": TEAM_ID},
            "channel": {"id": PHOTOS},
            "container": {"type": "message", "message_ts": ts, "channel_id": PHOTOS},
            "message": message,
            "trigger_id": "1.1.a",
            "actions": [{**button, "block_id": block_id, "action_ts": "1.1"}],
        }
        body = urlencode({"payload": json.dumps(payload)})

        def press() -> None:
            sent = self.slack.ask(
                "POST", "/_control/deliver", json={"payload": body, "door": "interactions"}
            )
            assert sent.json()["deliveries"][0]["status"] == 200

        return press

    def command(self, text: str = "", *, user: str = ANNA, channel: str = PHOTOS) -> Json:
        """Type the command ``/backdrop``."""
        typed = {"command": "/backdrop", "text": text}
        return self.slack.act("POST", "commands", user=user, channel=channel, **typed)

    def submit(self, *, user: str = ANNA, **fields: Any) -> Json:
        """Fill in and submit the form on top; a field is a text, an option's value or file ids."""
        view = self.modal(user)
        assert view is not None
        values = {
            block["block_id"]: {"field": _entry(block["element"], fields[block["block_id"]])}
            for block in view["blocks"]
            if block.get("block_id") in fields
        }
        assert values.keys() == fields.keys()
        sent = {"user": user, "view_id": view["id"], "values": values}
        return self.slack.act("POST", "views/submit", **sent)

    def upload(self, name: str = "cup.jpg", *, user: str = ANNA) -> str:
        """Upload a file as that person; give its id."""
        return self.slack.upload(self.jpeg, name=name, user=user)

    # --- the effects

    def jobs(self) -> list[Json]:
        """Read the records of the open requests."""
        return requests_in(self.cos)

    def wait_for_jobs(self, count: int) -> None:
        """Wait until at least so many jobs are accepted."""
        eventually(lambda: len(self.jobs()) >= count)

    def modal(self, user: str = ANNA) -> Json | None:
        """Read the form on top; None if none is open."""
        shown: Json | None = self.slack.look("views", user=user)["modal"]
        return shown

    def home(self, user: str = ANNA) -> Json | None:
        """Read App Home as that person sees it."""
        shown: Json | None = self.slack.look("views", user=user)["home"]
        return shown

    def message(self, ts: str, *, channel: str = PHOTOS, user: str = ANNA) -> Json:
        """Find the message at ``ts``, in the channel or in one of its threads."""
        for place in self._places(channel, user):
            for message in place:
                if message["ts"] == ts:
                    return message
        raise AssertionError(f"there is no message {ts}")

    def is_there(self, ts: str, *, channel: str = PHOTOS) -> bool:
        """Say whether a message is still there."""
        return any(m["ts"] == ts for place in self._places(channel, ANNA) for m in place)

    def whispers(self, *, user: str = ANNA, channel: str = PHOTOS) -> list[str]:
        """Read the texts that only that person sees, in the channel and in its threads."""
        return [shown_text(message) for message in self.ephemerals(user=user, channel=channel)]

    def ephemerals(self, *, user: str = ANNA, channel: str = PHOTOS) -> list[Json]:
        """List the messages that only that person sees, in the channel and in its threads."""
        places = self._places(channel, user)
        return [message for place in places for message in place if message.get("is_ephemeral")]

    def _places(self, channel: str, user: str) -> list[list[Json]]:
        """List the channel's own messages, then each thread's replies."""
        top = self.slack.messages(channel=channel, user=user)
        threads = [
            self.slack.messages(channel=channel, user=user, thread_ts=message["ts"])[1:]
            for message in top
            if message.get("reply_count") or not message.get("is_ephemeral")
        ]
        return [top, *threads]


def take_places(stage: BotHarness, whose: str, count: int) -> None:
    """Take so many of today's places in a quota."""
    for place in range(count):
        stage.cos.write(f"quota/{day_of(time.time())}/{whose}/{place:06d}", b"some job")


def _picture(job_id: str, name: str) -> Picture:
    return Picture(
        name=name,
        key=f"results/{job_id}/{name}",
        content_type="image/jpeg",
        size_bytes=1000,
        width=1280,
        height=1280,
    )


def _block_with(blocks: list[Json], action_id: str) -> str:
    for block in blocks:
        inside = [*block.get("elements", []), block.get("accessory") or {}]
        if any(one.get("action_id") == action_id for one in inside):
            return str(block["block_id"])
    raise AssertionError(f"there is no {action_id}")


def _entry(element: Mapping[str, Any], value: Any) -> Json:
    """Make the value that Slack's view state holds for an entry."""
    match element["type"]:
        case "plain_text_input":
            return {"value": value}
        case "static_select":
            return {"selected_option": value}
        case "checkboxes" | "multi_static_select":
            return {"selected_options": value}
    return {"files": value}
