"""What Slack says about people, and for how long it is believed."""

from collections.abc import Iterator

import pytest

from bot.slack_api.users import KEPT_PEOPLE, KEPT_S, Profile, UserDirectory
from infra.local.slack.world import GUEST_TEAM_ID, TEAM_ID
from tests.clock import Clock
from tests.conftest import BOT_TOKEN
from tests.local.slack.driver import ADMIN, ANNA, YUN, Slack


@pytest.fixture
def people(slack: Slack, clock: Clock) -> UserDirectory:
    return UserDirectory(slack.client_with(BOT_TOKEN), clock=clock)


@pytest.fixture
def silent(slack: Slack) -> Iterator[None]:
    slack.fault(op="users.info", error="internal_error", status=500, times=-1)
    yield
    slack.ask("DELETE", "/_control/faults")


def test_a_locale_is_asked_for_once_in_a_while(
    people: UserDirectory, slack: Slack, clock: Clock
) -> None:
    assert [people.locale(YUN) for _ in range(5)] == ["zh-CN"] * 5
    assert people.locale(ANNA) == "en-US"
    assert len(slack.calls("users.info")) == 2
    clock.now += KEPT_S + 1
    assert people.locale(YUN) == "zh-CN"
    assert len(slack.calls("users.info")) == 3


def test_an_old_answer_is_better_than_none(
    people: UserDirectory, slack: Slack, clock: Clock
) -> None:
    people.locale(YUN)
    clock.now += KEPT_S + 1
    slack.fault(op="users.info", error="ratelimited", retry_after_s=30)
    assert people.locale(YUN) == "zh-CN"


@pytest.mark.usefixtures("silent")
def test_what_slack_does_not_say_is_asked_for_again(people: UserDirectory, slack: Slack) -> None:
    assert people.locale(YUN) == ""
    slack.ask("DELETE", "/_control/faults")
    assert people.locale(YUN) == "zh-CN"


def test_an_unknown_person_has_no_locale(people: UserDirectory) -> None:
    assert people.locale("U0NOBODY00") == ""


def test_memory_stays_small(people: UserDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack_api.users.KEPT_PEOPLE", 1)
    assert people.locale(YUN) == "zh-CN"
    assert people.locale(ANNA) == "en-US"
    assert len(people._profiles) == 1
    assert KEPT_PEOPLE > 1000


def test_who_administers_is_asked_each_time(people: UserDirectory, slack: Slack) -> None:
    assert people.is_admin(ADMIN, team_id=TEAM_ID)
    assert not people.is_admin(ANNA, team_id=TEAM_ID)
    assert people.is_admin(ADMIN, team_id=TEAM_ID)
    assert len(slack.calls("users.info")) == 3


def test_an_administrator_of_another_workspace_is_none_here(
    people: UserDirectory, slack: Slack
) -> None:
    partner = str(slack.ask("POST", "/_control/guest").json()["user"])
    slack.ask("PUT", "/_control/people", json={"user": partner, "is_admin": True})
    assert not people.is_admin(partner, team_id=TEAM_ID)
    assert people.is_admin(partner, team_id=GUEST_TEAM_ID)


def test_everything_about_a_person_costs_one_call(people: UserDirectory, slack: Slack) -> None:
    slack.ask("PUT", "/_control/people", json={"user": YUN, "is_ultra_restricted": True})
    assert people.profile(YUN) == Profile(locale="zh-CN", team_id=TEAM_ID, is_guest=True)
    assert people.locale(YUN) == "zh-CN"
    assert len(slack.calls("users.info")) == 1


def test_another_workspace_of_the_same_organisation_is_home() -> None:
    colleague = Profile(team_id="T0OTHER", enterprise_id="E0OURS")
    assert colleague.belongs_to("T0OURS", "E0OURS")
    assert not colleague.belongs_to("T0OURS", "")
    assert not Profile().belongs_to("", "")


@pytest.mark.usefixtures("silent")
def test_nobody_is_an_administrator_while_slack_is_silent(people: UserDirectory) -> None:
    assert not people.is_admin(ADMIN, team_id=TEAM_ID)
