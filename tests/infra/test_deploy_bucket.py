"""What ``infra.deploy`` makes of the bucket, and what it keeps its hands off."""

import pytest

from infra.deploy import __main__ as deploy
from infra.deploy.bucket import FOREVER, lifetimes
from infra.dotenv import ROOT
from infra.serverless_yml import policies
from tests.conftest import BUCKET, REGION
from tests.infra.account import Account


def test_a_bucket_with_versioning_stops_everything_with_the_remedy(account: Account) -> None:
    account.cos().put_bucket_versioning(Bucket=BUCKET, Status="Suspended")
    code, said = account.run("apply")
    assert code == deploy.NOT_AS_IT_SHOULD_BE
    assert "make a new bucket" in said
    assert account.state()["roles"] == {}


def test_a_public_bucket_is_made_private(account: Account) -> None:
    account.cos().put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    _, said = account.run("apply")
    assert "everybody may READ" in said
    grants = account.cos().get_bucket_acl(Bucket=BUCKET)["AccessControlList"]["Grant"]
    assert [one["Permission"] for one in grants] == ["FULL_CONTROL"]


def test_a_bucket_that_is_not_there_is_created_private(account: Account) -> None:
    gone = {"op": "GET_VERSIONING", "status": 404, "error": "NoSuchBucket"}
    account.control("cos", "POST", "faults", gone)
    # The stand-in has its bucket from the start: it takes the call that would create it.
    account.control("cos", "POST", "faults", {"op": "PUT", "target": "", "status": 200, "body": ""})
    _, said = account.run("apply")
    assert "~ bucket shop-1250000000" in said
    assert "PUT" in account.writes()


def test_a_bucket_that_is_not_there_is_only_planned(account: Account) -> None:
    gone = {"op": "GET_VERSIONING", "status": 404, "error": "NoSuchBucket", "times": -1}
    account.control("cos", "POST", "faults", gone)
    _, said = account.run("plan")
    assert "~ bucket shop-1250000000" in said
    assert "role Backdrop-Bot" in said
    assert account.writes() == []


def test_nothing_is_kept_longer_than_it_is_of_use_and_others_rules_stay(
    account: Account,
) -> None:
    theirs = {
        "ID": "accounting",
        "Filter": {"Prefix": "invoices/"},
        "Status": "Enabled",
        "Expiration": {"Days": "3650"},
    }
    client = account.cos()
    client.put_bucket_lifecycle(Bucket=BUCKET, LifecycleConfiguration={"Rule": [theirs]})
    account.environ["RETENTION_DAYS"] = "90"
    account.run("apply")
    rules = client.get_bucket_lifecycle(Bucket=BUCKET)["Rule"]
    days = {
        rule["Filter"]["Prefix"]: int(rule["Expiration"]["Days"])
        for rule in rules
        if "Expiration" in rule
    }
    assert days == {"invoices/": 3650, **lifetimes(90)}


def test_what_makes_late_redeliveries_harmless_outlives_the_pictures_by_30_days() -> None:
    assert not set(FOREVER) & set(lifetimes(90))
    assert lifetimes(90)["done/"] == lifetimes(90)["results/"] + 30
    assert "done/" not in lifetimes(0)  # nor do the pictures expire
    assert lifetimes(90)["photos/"] == lifetimes(90)["results/"] == lifetimes(90)["steps/"]


def test_pictures_are_kept_for_ever_unless_the_operator_says_otherwise(account: Account) -> None:
    account.run("apply")
    rules = account.cos().get_bucket_lifecycle(Bucket=BUCKET)["Rule"]
    prefixes = {rule["Filter"]["Prefix"] for rule in rules if "Expiration" in rule}
    assert prefixes == set(lifetimes(0))
    assert not prefixes & {"photos/", "results/", "steps/", "done/"}


def test_an_upload_that_nobody_completes_expires_and_a_second_run_changes_nothing(
    account: Account,
) -> None:
    account.run("apply")
    rules = account.cos().get_bucket_lifecycle(Bucket=BUCKET)["Rule"]
    (rule,) = [one for one in rules if "AbortIncompleteMultipartUpload" in one]
    assert rule["Filter"] == {"Prefix": "results/"}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": "1"}
    assert "bucket lifecycle" not in account.run("plan")[1]


def test_everything_that_a_function_writes_has_a_lifetime() -> None:
    written = {
        permission.place.partition("/")[0] + "/"
        for function in policies.FUNCTIONS
        for permission in policies.granted(policies.policy(function, bucket=BUCKET, region=REGION))
        if permission.action == "name/cos:PutObject"
    }
    assert written <= {*lifetimes(90), *FOREVER}
    assert {*lifetimes(90), *FOREVER} <= {*written, "doctor/"}  # the doctor writes as the operator


@pytest.mark.parametrize("retention_days", [0, 7, 3650])
def test_nothing_expires_while_something_still_relies_on_it(retention_days: int) -> None:
    days = lifetimes(retention_days)
    for prefix in ("requests/", "callbacks/", "uploads/"):
        assert days[prefix] > 2  # a client's job may take a day, and its callback three
    # A job's steps and photo are read until it ends; a webhook may be sent again for a day.
    for prefix in ("steps/", "photos/", "webhooks/"):
        assert days.get(prefix, 3650) > 2
    for prefix in ("quota/", "days/", "summaries/"):
        assert days[prefix] > 32  # a month can be looked at


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_says_of_everything_in_the_bucket_how_long_it_is_kept(readme: str) -> None:
    text = (ROOT / "infra" / readme).read_text("utf-8")
    for prefix, days in {**lifetimes(0), **dict.fromkeys(FOREVER, 0)}.items():
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{prefix}`")]
        assert f"| {days} " in row or days == 0
    for prefix in set(lifetimes(90)) - set(lifetimes(0)):
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{prefix}`")]
        assert ("| `RETENTION_DAYS` + 30 |" if prefix == "done/" else "| `RETENTION_DAYS` |") in row


@pytest.mark.parametrize("days", ["1", "6", "4000", "ninety", "-7"])
def test_a_senseless_retention_is_refused_before_anything_is_looked_at(
    account: Account, days: str
) -> None:
    account.environ["RETENTION_DAYS"] = days
    code, said = account.run("apply")
    assert (code, "RETENTION_DAYS" in said) == (deploy.UNUSABLE, True)
    assert account.control("cos", "GET", "calls") == []
