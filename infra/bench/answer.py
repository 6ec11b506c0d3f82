"""Measure how long Slack waits for the bot's answer to a mention with one photo.

Three round trips can neither be avoided nor run in parallel, because each needs the one before:

1. COS, GET: the asker's own defaults. They go into the job's record.
2. COS, create-only PUT: the job's record. Slack may be told 200 only once it is there.
3. Slack, ``reactions.add``: the eyes say that a job was accepted, so they need the PUT's result,
   which also tells whether this event is the first about an edited message. A function does nothing
   after its answer, so they come before it.
"""

import contextlib
import http.client
import time
from collections.abc import Callable, Iterator

from infra.bench.keep_alive import keep_open
from infra.bench.mention import mention, written
from infra.bench.report_rows import Row, Spread, compared
from infra.bench.vendors import COS_S, SLACK_S, Vendors, answer_after, vendors
from infra.bench.web_servers import front

WARM_UPS = 10
AT_ONCE_TIMES = 10  # so quick that many are needed, and cost nothing
AT_ONCE_AIM, SLOW_AIM = 1.5, 1.15

Answer = Callable[[], float]  # gives the seconds


def answers(runs: int) -> list[Row]:
    """Compare answer times with bare Bolt's, with vendors that answer at once and slow ones."""
    with contextlib.ExitStack() as ends:
        around = ends.enter_context(vendors())
        ours, empty, calling = (
            ends.enter_context(_front(app, around))
            for app in (
                "bot.app:create_app",
                "infra.bench.baseline_bot:create_app",
                "infra.bench.baseline_bot:create_calling_app",
            )
        )
        bare_trips = ends.enter_context(_round_trips(around))
        _in_turn(WARM_UPS, ours, empty, calling, bare_trips)
        at_once = _at_once(runs * AT_ONCE_TIMES, ours, empty, calling)
        answer_after(around.addresses["cos"], COS_S)
        answer_after(around.addresses["slack"], SLACK_S)
        return [*at_once, _slow(runs, ours, bare_trips)]


def _at_once(runs: int, ours: Answer, empty: Answer, calling: Answer) -> list[Row]:
    mine, nothing, same_calls = _in_turn(runs, ours, empty, calling)
    what = "bot's answer to a mention, vendors at 0 ms"
    return [
        compared(
            what,
            mine,
            "bare Bolt, empty listener",
            nothing,
            at_most=AT_ONCE_AIM,
            note="the empty listener makes none of the three calls that must come before the bot's "
            "answer; the next row's makes them, with the vendors' clients",
        ),
        compared(
            f"{what}, calls counted",
            mine,
            "bare Bolt, same three calls",
            same_calls,
            at_most=AT_ONCE_AIM,
        ),
    ]


def _slow(runs: int, ours: Answer, bare_trips: Answer) -> Row:
    mine, trips = _in_turn(runs, ours, bare_trips)
    return compared(
        "bot's answer to a mention, COS at 20 ms, Slack at 100 ms",
        mine,
        "the round trips in a row",
        trips,
        at_most=SLOW_AIM,
        note="settings (COS GET), then the job (COS PUT), then the eyes (Slack): each rests on "
        "the one before",
    )


def _in_turn(runs: int, *ways: Answer) -> list[Spread]:
    """Run the ways alternately ``runs`` times, so that other load affects all equally."""
    taken_s = [[way() for way in ways] for _ in range(runs)]
    return [Spread.of_s(of_one_s) for of_one_s in zip(*taken_s, strict=True)]


@contextlib.contextmanager
def _front(app: str, around: Vendors) -> Iterator[Answer]:
    with front(app, around.environ) as connection:

        def answer() -> float:
            event = mention(around.signing_secret, written(around.addresses["slack"]))
            keep_open(connection, "/healthz")
            started = time.perf_counter()
            status = event.post(connection)
            taken_s = time.perf_counter() - started
            if status != 200:
                raise RuntimeError(f"{app} answered {status}")
            return taken_s

        yield answer


@contextlib.contextmanager
def _round_trips(around: Vendors) -> Iterator[Answer]:
    """Yield a function that times three bare round trips, which are refused as unsigned."""
    with contextlib.ExitStack() as ends:
        cos, slack = (
            ends.enter_context(
                contextlib.closing(http.client.HTTPConnection(around.addresses[name], timeout=30))
            )
            for name in ("cos", "slack")
        )

        def answer() -> float:
            for connection in (cos, slack):
                keep_open(connection, "/_control/health")
            started = time.perf_counter()
            _round_trip(cos, "GET", "/settings/none.json")
            _round_trip(cos, "PUT", "/requests/none.json")
            _round_trip(slack, "POST", "/api/reactions.add")
            return time.perf_counter() - started

        yield answer


def _round_trip(connection: http.client.HTTPConnection, method: str, path: str) -> None:
    connection.request(method, path, b"" if method != "GET" else None)
    connection.getresponse().read()
