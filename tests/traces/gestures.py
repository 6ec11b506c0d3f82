"""Act out each gesture: the bot or the gateway accepts it, then the worker runs once."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, get_args
from unittest.mock import patch

from starlette.types import ASGIApp

from functions.config import gateway_config
from functions.gateway.app import gateway
from functions.jobs.bucket import Bucket, BucketConfig
from functions.jobs.bucket_layout import request_key
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.model import Gesture
from functions.jobs.recent_reads import RecentReads
from functions.jobs.settings import ChannelSettings, save_channel_settings
from functions.worker import handler
from functions.worker.handler import main_handler
from infra.local import aiart
from infra.local.polling import until
from infra.local.serving import address, listen
from tests.bot.driving import environ_of, running_bot, running_slack
from tests.bot.gestures.driving import DIRECT, BotHarness
from tests.bot.looking import menu_entry
from tests.caller import call
from tests.conftest import ACCOUNT, BUCKET, KEYS, REGION, keys_environ
from tests.crash.kinds import TOLD, kind_of
from tests.crash.shop import Shop, shop
from tests.gateway.program import SHOP, Program, clients_json
from tests.jobs.driving import running_cos
from tests.local.slack.driver import ANNA, PHOTOS, Slack
from tests.serving import served
from tests.worker.conftest import photo_bytes

Json = dict[str, Any]
GESTURES: tuple[Gesture, ...] = get_args(Gesture)
WORDS = "on warm sand"
LINK_SECRET = "a-secret-of-tests-for-links"
RESULTS = "aiart's results"
QUIET_S = 0.3  # without calls for this long, everything that follows from a gesture is done
LIMIT_S = 60.0


@dataclass(frozen=True)
class World:
    """Hold the stand-ins and the gateway. ``work`` runs the worker, ``as_new`` starts a new bot."""

    stage: BotHarness
    program: Program
    hook: Shop
    vendors: dict[str, str]
    environ: dict[str, str]

    def calls(self) -> dict[str, list[Json]]:
        """Read all calls so far, by vendor."""
        return {
            name: call("GET", f"http://{at}/_control/calls") for name, at in self.vendors.items()
        }

    def settle(self) -> None:
        """Wait until no vendor has been called for ``QUIET_S``."""
        before: Counter[str] = Counter()
        since = time.monotonic()

        def is_quiet() -> bool:
            nonlocal before, since
            now = Counter({name: len(rows) for name, rows in self.calls().items()})
            if now != before:
                before, since = now, time.monotonic()
            return time.monotonic() > since + QUIET_S

        until(is_quiet, what="the last call", limit_s=LIMIT_S)

    @contextmanager
    def as_new(self) -> Iterator[None]:
        """Reset the stand-ins, and run a new bot: an old one remembers people's languages."""
        for at in self.vendors.values():
            call("POST", f"http://{at}/_control/reset")
        self.stage.slack.settings(minute_s=0.05, trigger_s=60.0)
        handler.RECENT = RecentReads()
        with running_bot(self.environ) as bot:
            urls = dict.fromkeys(("events_url", "interactions_url", "commands_url"), bot.events_url)
            self.stage.slack.ask("PUT", "/_control/app", json=urls)
            yield

    def work(self) -> None:
        """Run the worker once, as COS invokes it for all open requests."""
        name, _, appid = BUCKET.rpartition("-")
        rows = [
            {"cos": {"cosObject": {"key": f"/{appid}/{name}/{request_key(job['id'])}"}}}
            for job in self.stage.jobs()
        ]
        with patch.dict(os.environ, {**self.environ, **keys_environ("worker")}):
            main_handler({"Records": rows}, {"time_limit_in_ms": 900_000})
        self.settle()


@contextmanager
def a_world() -> Iterator[World]:
    """Serve the stand-ins and the gateway, without a bot."""
    sockets = {name: listen() for name in ("aiart", "aiart-results", "gateway")}
    at = {name: address(one) for name, one in sockets.items()}
    photo = photo_bytes()
    with running_cos() as cos, running_slack() as slack, shop(photo) as hook:
        environ = environ_of(cos, slack.address) | {
            "LINK_SECRETS": LINK_SECRET,
            "LINK_BASE_URL": f"http://{at['gateway']}",
            "WEBHOOK_CLIENTS": clients_json(),
            "AIART_REGION": REGION,
            "AIART_ENDPOINT": at["aiart"],
            "WORKER_LINGER_S": "0",
        }
        apps: dict[str, ASGIApp] = {
            **aiart.create(at, **ACCOUNT, duration_s=0.0, paint=False),
            "gateway": gateway(gateway_config({**environ, **keys_environ("gateway")})),
        }
        place = BucketConfig(name=BUCKET, region=REGION, endpoint=cos.address, timeout_s=30)
        ledger = Ledger(Bucket(place, KEYS))
        links = Links(environ["LINK_BASE_URL"], [LINK_SECRET])
        with served(apps, sockets):
            yield World(
                stage=BotHarness(cos, slack, ledger, links, photo),
                program=Program(at["gateway"], SHOP),
                hook=hook,
                vendors={
                    "cos": cos.address,
                    "slack": slack.address,
                    "aiart": at["aiart"],
                    RESULTS: at["aiart-results"],
                },
                environ=environ,
            )


# --- what there is before a gesture: for a button, a picture in its thread


def _nothing(_: World) -> str:
    return ""


def _auto_channel(world: World) -> str:
    settings = ChannelSettings(auto=True, words=WORDS, by=ANNA, at=time.time())
    save_channel_settings(world.stage.ledger.bucket, PHOTOS, settings)
    return ""


def _shared_photo(world: World) -> str:
    """Share a photo in the channel; give its file id."""
    file_id = world.stage.upload()
    _slack(world).write("the new cups", file_ids=[file_id])
    return file_id


def _a_picture(world: World) -> str:
    """Make a picture; give the ts of the message that shows it."""
    asked = _write(world, f"@Backdrop {WORDS}")
    world.stage.wait_for_jobs(1)
    world.settle()
    world.work()
    thread = _slack(world).messages(thread_ts=asked)
    return str(next(one["ts"] for one in thread if kind_of(one) == TOLD))


# --- the gestures


def _slack(world: World) -> Slack:
    return world.stage.slack


def _write(world: World, text: str, channel: str = PHOTOS) -> str:
    file_id = world.stage.upload()
    return str(_slack(world).write(text, channel=channel, file_ids=[file_id])["ts"])


def _form(world: World, _: str) -> None:
    photo = world.stage.upload()
    world.stage.command(WORDS)
    world.stage.submit(photos=[photo])


def _change(world: World, ts: str) -> None:
    world.stage.press("change", ts)
    world.stage.submit(words="on a beach")


def _size(world: World, ts: str) -> None:
    tall = menu_entry(world.stage.message(ts)["blocks"], "size", ":9:16")
    world.stage.press("size", ts, selected_option=tall)


def _fit(world: World, ts: str) -> None:
    thread = str(world.stage.message(ts)["thread_ts"])
    _slack(world).write("@Backdrop --size 1000x1000", thread_ts=thread)


def _check(world: World, ts: str) -> None:
    thread = str(world.stage.message(ts)["thread_ts"])
    _slack(world).write("@Backdrop check amazon", thread_ts=thread)


def _zip(world: World, _: str) -> None:
    answer = world.stage.command("zip")
    assert "Packing" in str(answer)


def _webhook(world: World, _: str) -> None:
    wish = {
        "image_url": world.hook.photo_url,
        "prompt": WORDS,
        "deliver": {"slack": {"channel": PHOTOS}, "callback_url": world.hook.hook_url},
    }
    assert world.program.send(wish, webhook_id="msg_of_the_trace").ok


def _workflow(world: World, file_id: str) -> None:
    inputs = {"photo": file_id, "words": WORDS, "channel": PHOTOS}
    step = {"user": ANNA, "callback_id": "replace_background", "inputs": inputs}
    _slack(world).act("POST", "functions", **step)


ACTS: dict[Gesture, tuple[Callable[[World], str], Callable[[World, str], object]]] = {
    "mention": (_nothing, lambda world, _: _write(world, f"@Backdrop {WORDS}")),
    "upload": (_auto_channel, lambda world, _: _write(world, "the new cups")),
    "direct": (_nothing, lambda world, _: _write(world, WORDS, DIRECT[ANNA])),
    "slash": (_nothing, lambda world, _: world.stage.command(f"{world.hook.photo_url} {WORDS}")),
    "form": (_nothing, _form),
    "again": (_a_picture, lambda world, ts: world.stage.press("again", ts)),
    "change": (_a_picture, _change),
    "variation": (_a_picture, lambda world, ts: world.stage.press("variations", ts)),
    "size": (_a_picture, _size),
    "cutout": (_a_picture, lambda world, ts: world.stage.press("cutout", ts)),
    "packshot": (_a_picture, lambda world, ts: world.stage.press("packshot", ts)),
    "fit": (_a_picture, _fit),
    "check": (_a_picture, _check),
    "zip": (_a_picture, _zip),
    "workflow": (_shared_photo, _workflow),
    "webhook": (_nothing, _webhook),
}


@dataclass(frozen=True)
class Acted:
    """Hold a gesture's calls by vendor: those while it was accepted, and those of the worker's run.

    ``before`` are the ids of the jobs that had ended before, ``ended`` those of the new ones.
    """

    accepting: dict[str, list[Json]]
    working: dict[str, list[Json]]
    before: list[Json]
    ended: list[Json]


def act(world: World, gesture: Gesture) -> Acted:
    """Act out a gesture, and give its calls and jobs."""
    prepare, perform = ACTS[gesture]
    with world.as_new():
        ts = prepare(world)
        world.settle()
        done = set(world.stage.cos.listed("done/"))
        start = world.calls()
        perform(world, ts)
        world.stage.wait_for_jobs(1)
        world.settle()
        accepted = world.calls()
        world.work()
        worked = world.calls()
    return Acted(
        accepting=_since(start, accepted),
        working=_since(accepted, worked),
        before=_jobs(world, done),
        ended=_jobs(world, set(world.stage.cos.listed("done/")) - done),
    )


def _since(before: dict[str, list[Json]], now: dict[str, list[Json]]) -> dict[str, list[Json]]:
    return {name: rows[len(before[name]) :] for name, rows in now.items()}


def _jobs(world: World, keys: set[str]) -> list[Json]:
    outcomes = [world.stage.ledger.outcome(key[5:].removesuffix(".json")) for key in keys]
    jobs = [one.job for one in outcomes if one and one.job]
    jobs.sort(key=lambda job: job.upload.jobs.index(job.id))
    assert all(job.gesture in GESTURES for job in jobs)
    return [{"id": job.id, "upload": job.upload.id} for job in jobs]
