"""Measure how long a person waits for an answer and a picture while Slack is far away.

Slack is reached through TLS with a settable round trip, COS and aiart with one of 20 ms, as in
their own region (or none if Slack has none). The times are compared with those of ``bare_client``,
which makes only those of the same calls that cannot be avoided.
"""

import contextlib
import http.client
import ssl
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.bench.bare_client import ANSWER, PICTURE, BareClient, Cos
from infra.bench.network import Front, make_certificate
from infra.bench.onejob import HEIGHT_PX, LIMIT_S, WIDTH_PX, JobBench, MeasuredJob
from infra.bench.recording import AROUND
from infra.bench.report_rows import Row, Spread, compared
from infra.bench.sample_photos import photo_jpeg
from infra.dotenv import ROOT
from infra.local.stack import BUCKET, REGION, Options, Stack, running

SLACK_S = (0.0, 0.1, 0.2)
NEAR_S = 0.02  # of COS and aiart, in their own region
AIM, AIM_AT_ONCE = 1.1, 1.5
JOBS_MOST = 5
VENDORS = ("cos", "aiart", "slack")  # aiart's results come from a stand-in that has no front
CODE = ("bot", "functions", "scf_bootstrap")
ANSWER_NOTE = "both hold the way through the function's stand-in; ours the signature and Bolt"
PICTURE_NOTE = (
    "ours holds the way through the functions' stand-ins, the worker's threads, the picture and "
    "its mask put beside the preview; at 0 ms nothing but such work is compared"
)
# The functions' environment is what serverless.yml says, and this is not in it.
TRUST = "import os\nos.environ['SSL_CERT_FILE'] = {!r}\n"


def far_away(runs: int) -> list[Row]:
    """Measure a few jobs for each round trip to Slack."""
    with TemporaryDirectory() as name, _fronts(Path(name)) as fronts:
        options = Options(
            aiart_s=0,
            paint=False,
            timers=False,
            around=AROUND,
            code_dir=_code(Path(name)),
            environ={"WORKER_LINGER_S": "0", **_endpoints(fronts)},
        )
        with running(options) as stack:
            for vendor, front in fronts.items():
                front.server = stack.addresses[vendor]
            photo = Path(name) / "cup.jpg"
            photo.write_bytes(photo_jpeg(WIDTH_PX, HEIGHT_PX))
            bench = _FarBench(JobBench(stack, photo), fronts, Path(name))
            bench.job()  # the first finds the worker cold
            return [row for slack_s in SLACK_S for row in bench.rows(slack_s, min(runs, JOBS_MOST))]


@contextlib.contextmanager
def _fronts(folder: Path) -> Iterator[Mapping[str, Front]]:
    certificate = make_certificate(folder)
    fronts = {one: Front("", certificate if one == "slack" else None) for one in VENDORS}
    with contextlib.ExitStack() as ends:
        for front in fronts.values():
            ends.enter_context(front.running())
        yield fronts


def _endpoints(fronts: Mapping[str, Front]) -> dict[str, str]:
    return {
        "SLACK_API_URL": f"https://{fronts['slack'].address}/api",
        "COS_ENDPOINT": fronts["cos"].address,
        "AIART_ENDPOINT": fronts["aiart"].address,
    }


def _code(folder: Path) -> Path:
    """Link the functions' code into a folder, with a hook that trusts our certificate."""
    code = folder / "code"
    code.mkdir()
    for part in CODE:
        (code / part).symlink_to(ROOT / part)
    certificate = str(folder / "certificate.pem")
    (code / "sitecustomize.py").write_text(TRUST.format(certificate), "utf-8")
    return code


@dataclass(frozen=True)
class _FarBench:
    bench: JobBench
    fronts: Mapping[str, Front]
    folder: Path

    @property
    def stack(self) -> Stack:
        return self.bench.stack

    def job(self) -> MeasuredJob:
        """Run one job whose files are fetched from Slack through its front."""
        base_url = f"https://{self.fronts['slack'].address}"
        self.stack.control("slack", "PUT", "settings", {"base_url": base_url})
        return self.bench.job()

    def rows(self, slack_s: float, jobs: int) -> list[Row]:
        """Run some jobs, each followed by the bare client's calls, and compare the two."""
        near_s = NEAR_S if slack_s else 0.0
        for vendor, front in self.fronts.items():
            front.round_trip_s = slack_s if vendor == "slack" else near_s
        self.job()
        ours: list[MeasuredJob] = []
        answered, answers, pictures, opened = [], [], [], 0
        for _ in range(jobs):
            answered.append(self.bench.answered_s())
            before = self.fronts["slack"].opened
            ours.append(self.job())
            opened += self.fronts["slack"].opened - before
            bare = self._bare()
            answers.append(bare.answer_s(ours[-1].calls))
            pictures.append(bare.picture_s(ours[-1].calls))
        at = f"Slack at {slack_s * 1000:.0f} ms, COS and aiart at {near_s * 1000:.0f} ms"
        aim = AIM if slack_s else AIM_AT_ONCE
        back_s = slack_s / 2  # the answer's way to whoever has posted
        told_s = [one.taken_s + back_s for one in ours]
        return [
            compared(
                f"mention answered, {at}",
                Spread.of_s(answered),
                f"bare client, the event's way and {len(ANSWER)} calls",
                Spread.of_s(answers),
                at_most=aim,
                note=ANSWER_NOTE,
            ),
            compared(
                f"picture told, {at}",
                Spread.of_s(told_s),
                f"bare client, {len(PICTURE)} calls",
                Spread.of_s(pictures),
                at_most=aim,
                note=PICTURE_NOTE,
            ),
            *_counts(at, ours, opened),
        ]

    def _bare(self) -> BareClient:
        """Make a client for the same bucket, whose triggers are off so that it wakes no worker."""
        self.stack.control("cos", "PUT", "settings", {"trigger_copies": 0})
        key = self.stack.secret_id, self.stack.secret_key
        cos = Cos(self.fronts["cos"].address, BUCKET, REGION, key)
        servers = ("slack", "aiart", "aiart-results", "bot")
        return BareClient(cos, {one: partial(self._connection, one) for one in servers})

    def _connection(self, server: str) -> http.client.HTTPConnection:
        if server not in self.fronts:
            return http.client.HTTPConnection(self.stack.addresses[server], timeout=LIMIT_S)
        address = self.fronts[server].address
        if server != "slack":
            return http.client.HTTPConnection(address, timeout=LIMIT_S)
        trust = ssl.create_default_context(cafile=self.folder / "certificate.pem")
        return http.client.HTTPSConnection(address, timeout=LIMIT_S, context=trust)


def _counts(at: str, ours: Sequence[MeasuredJob], opened: int) -> list[Row]:
    """Count the calls that a job makes until it is told, and the connections to Slack."""
    to_slack = sum(one.slack_calls for one in ours)
    calls = [len(one.calls) for one in ours]
    to_cos = statistics.median(sum(call.server == "cos" for call in one.calls) for one in ours)
    return [
        Row(
            f"connections opened to Slack, {at}",
            Spread.of([100 * opened / to_slack], "for 100 calls"),
            note=f"{opened} connections for {to_slack} calls of {len(ours)} jobs, to their ends",
        ),
        Row(
            f"calls of a job until it is told, {at}",
            Spread.of(calls, "calls"),
            note=f"{to_cos:.0f} of them to COS (median)",
        ),
    ]
