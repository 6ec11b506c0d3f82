"""Show the jobs in the bucket, act on them, and sum up days and costs.

Reads COS_BUCKET, COS_REGION, COS_ENDPOINT, AIART_REGION and the operator's own keys
(TENCENT_SECRET_ID, TENCENT_SECRET_KEY) from the environment and .env, as infra.deploy does.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from decimal import Decimal

from functions.config import SETTINGS_TOML, Choices, operator_config
from functions.environment import ConfigError, Environment, chosen
from functions.jobs.bucket import Bucket, BucketUnavailable, KeyMissing, KeysExpired
from functions.jobs.characters import without_direction
from functions.jobs.job_ids import is_job_id
from functions.jobs.ledger import Ledger
from functions.jobs.quota import DAY_S, day_of
from functions.jobs.records import Unreadable
from infra.deploy.bucket import DONE_LONGER, retention
from infra.deploy.cloud import operator_keys
from infra.dotenv import NotSet, operator_environment
from infra.jobs import commands, costs, logos, reports


def main(arguments: list[str] | None = None) -> int:
    """Run the operator's command. Return 0, or 1 after a line on standard error."""
    wanted = _parser().parse_args(arguments)
    environ = operator_environment()
    try:
        config = operator_config(environ, operator_keys(environ))
        ledger = Ledger(Bucket(config.bucket, config.keys))
        if wanted.command == "costs":
            lines = _costs(wanted, ledger, environ)
        else:
            lines = _answer(wanted, ledger, region=config.aiart_region)
        for line in lines:
            print(without_direction(line))
    except (ConfigError, NotSet) as error:
        print(f"{error}. Set it in .env or in the environment.", file=sys.stderr)
    except commands.Refused as error:
        print(f"not done: {error}", file=sys.stderr)
    except Unreadable as error:
        print(f"not done: a record cannot be read ({error})", file=sys.stderr)
    except (BucketUnavailable, KeysExpired, KeyMissing) as error:
        print(f"the bucket does not answer ({error}): check the keys and COS_*", file=sys.stderr)
    else:
        return 0
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.jobs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="open jobs, the oldest first")
    listing.add_argument("--done", type=int, metavar="N", help="the last N that ended instead")
    for name, words in (
        ("show", "everything about one job"),
        ("retry", "ask again for what a job asked for: a new paid call"),
        ("cancel", "end an open job that is not being painted"),
    ):
        commands.add_parser(name, help=words).add_argument("job", type=_job_id)
    erasing = commands.add_parser("erase", help="remove everything of a person")
    erasing.add_argument("person", metavar="TEAM/USER")
    commands.add_parser("logos", help="remove the logos that no scene and no picture needs")
    day = commands.add_parser("summary", help="one line about a day of the last 40")
    day.add_argument("--day", default=day_of(time.time()), help="UTC, such as 2026-11-22")
    month = commands.add_parser("costs", help="what a month's calls to aiart cost")
    month.add_argument("--month", type=_month, required=True, help="such as 2026-11")
    month.add_argument("--csv", action="store_true", help="for a spreadsheet")
    return parser


def _answer(wanted: argparse.Namespace, ledger: Ledger, *, region: str) -> Iterable[str]:
    if wanted.command == "list":
        return _list(ledger, wanted.done)
    if wanted.command == "show":
        return reports.report(ledger, wanted.job, region=region)
    if wanted.command == "summary":
        return [reports.summary(ledger, wanted.day)]
    if wanted.command == "erase":
        return commands.erase(ledger, wanted.person)
    if wanted.command == "logos":
        return logos.remove_unneeded(ledger)
    act = commands.retry if wanted.command == "retry" else commands.cancel
    return [act(ledger, wanted.job)]


def _costs(wanted: argparse.Namespace, ledger: Ledger, environ: Environment) -> Iterable[str]:
    choices = chosen(Choices, SETTINGS_TOML, environ)
    price = costs.Price(Decimal(str(choices.price_per_call)), choices.price_currency)
    if not price.per_call:
        print("price_per_call is not set (settings.toml): calls are counted", file=sys.stderr)
    days = retention(environ).days
    begins, _ = costs.month_of(wanted.month)
    if days and ledger.clock() - begins.timestamp() > (days + DONE_LONGER) * DAY_S:
        print(f"records of more than {days + DONE_LONGER} days ago are gone", file=sys.stderr)
    spelled = costs.as_csv if wanted.csv else costs.table
    return spelled(costs.costs_of(ledger, wanted.month), wanted.month, price)


def _list(ledger: Ledger, done: int | None) -> list[str]:
    if done:
        return [row.line() for row in reports.done_rows(ledger, done)]
    rows = reports.open_rows(ledger)
    oldest = f", the oldest for {rows[0].age_s:.0f} s" if rows else ""
    return [*(row.line() for row in rows), f"{len(rows)} open{oldest}"]


def _job_id(text: str) -> str:
    if not is_job_id(text):
        raise argparse.ArgumentTypeError("a job's id has 20 letters and digits, as in the list")
    return text


def _month(text: str) -> str:
    try:
        costs.month_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a month is written like 2026-11") from error
    return text


if __name__ == "__main__":
    sys.exit(main())
