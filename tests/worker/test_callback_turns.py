"""Whose callback is tried next: a dead host of one client's is nobody else's trouble."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.jobs.callback_queue import DueCallback, PendingCallback
from functions.worker.callback_turns import (
    PAUSES_S,
    PLACES_OF_A_CLIENT,
    SHARED_PLACES,
    SILENT_AT_ONCE,
    CallbackTurns,
    Host,
    HostHealth,
    Standing,
    Waiting,
)
from tests.clock import NOW

SHOP, STUDIO = Host("shop", "a.example:443"), Host("studio", "b.example:443")
DEAD = Host("shop", "dead.example:443")


def waiting(host: Host, number: int, *, next_at: float = NOW) -> Waiting:
    callback = PendingCallback(
        job_id=f"j{number}",
        client=host.client,
        url=f"https://{host.authority}/",
        body="{}",
        asked_at=NOW,
        next_at=next_at,
    )
    return Waiting(DueCallback(f"callbacks/{number}", callback), host)


@dataclass
class Trying:
    """A client's callbacks, and which of them are being tried."""

    hosts: dict[Host, HostHealth] = field(default_factory=dict)
    tried: list[Waiting] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.turns = CallbackTurns(self.hosts)

    def add(self, host: Host, count: int = 1) -> None:
        for _ in range(count):
            self.count += 1
            self.turns.add(waiting(host, self.count, next_at=NOW + self.count * 1e-3))

    def begin(self, now: float = NOW, *, up_to: Standing = Standing.SILENT) -> list[Host]:
        begun = []
        while one := self.turns.begin(now, up_to=up_to):
            begun.append(one)
        self.tried += begun
        return [one.host for one in begun]

    def end(self, one: Waiting, *, has_answered: bool, now: float = NOW) -> list[Waiting]:
        self.tried.remove(one)
        return self.turns.ended(one.job_id, has_answered=has_answered, now=now)


@pytest.fixture
def trying() -> Trying:
    return Trying()


def test_one_try_shows_whether_a_host_answers_before_more_follow(trying: Trying) -> None:
    trying.add(SHOP, 40)
    assert trying.begin() == [SHOP]
    trying.end(trying.tried[0], has_answered=True)
    assert trying.begin() == [SHOP] * PLACES_OF_A_CLIENT


def test_who_waits_with_a_silent_host_is_put_off_until_it_is_tried_again(trying: Trying) -> None:
    trying.add(DEAD, 40)
    trying.begin()
    put_off = trying.end(trying.tried[0], has_answered=False)
    assert len(put_off) == 39
    assert trying.begin() == []
    assert trying.turns.rests_until(DEAD) == NOW + PAUSES_S[0]


def test_the_longer_a_host_is_silent_the_less_often_it_is_tried(trying: Trying) -> None:
    now, pauses = NOW, []
    for _ in range(len(PAUSES_S) + 1):
        trying.add(DEAD)
        assert trying.begin(now) == [DEAD]
        trying.end(trying.tried[0], has_answered=False, now=now)
        pauses.append(trying.turns.rests_until(DEAD) - now)
        now = trying.turns.rests_until(DEAD)
    assert pauses == [*PAUSES_S, PAUSES_S[-1]]


def test_tries_at_the_same_time_are_one_silence(trying: Trying) -> None:
    trying.hosts[DEAD] = HostHealth(has_answered=True)
    trying.add(DEAD, 4)
    trying.begin()
    for one in list(trying.tried):
        trying.end(one, has_answered=False)
    assert trying.hosts[DEAD].silences == 1


def test_an_answer_makes_good_for_all_silences(trying: Trying) -> None:
    trying.hosts[DEAD] = HostHealth(silences=3)
    trying.add(DEAD, 3)
    assert trying.begin() == [DEAD]
    assert trying.end(trying.tried[0], has_answered=True) == []
    assert trying.begin() == [DEAD] * 2


def test_a_silent_host_comes_after_its_clients_others_and_leaves_them_a_place(
    trying: Trying,
) -> None:
    for number in range(9):
        host = Host("shop", f"dead-{number}.example")
        trying.hosts[host] = HostHealth(silences=1)
        trying.add(host)
    trying.add(SHOP)
    begun = trying.begin()
    assert begun[0] == SHOP
    assert len(begun) == 1 + SILENT_AT_ONCE
    trying.end(trying.tried[0], has_answered=True)
    trying.add(SHOP)
    assert trying.begin() == [SHOP]


def test_what_one_client_meets_at_a_host_says_nothing_about_another_ones_calls(
    trying: Trying,
) -> None:
    trying.hosts[Host("studio", SHOP.authority)] = HostHealth(silences=3, rests_until=NOW + 99)
    trying.add(SHOP)
    assert trying.begin() == [SHOP]


def test_after_the_work_only_hosts_that_answer_are_tried(trying: Trying) -> None:
    trying.hosts[SHOP] = HostHealth(has_answered=True)
    trying.hosts[DEAD] = HostHealth(silences=1)
    for host in (SHOP, DEAD, STUDIO):
        trying.add(host)
    assert trying.begin(up_to=Standing.PROVEN) == [SHOP]
    assert trying.begin(up_to=Standing.UNKNOWN) == [STUDIO]
    assert trying.begin() == [DEAD]


def test_a_client_has_its_own_place_when_all_the_shared_ones_are_taken(trying: Trying) -> None:
    for number in range(SHARED_PLACES):
        host = Host(f"noisy-{number}", "a.example")
        trying.hosts[host] = HostHealth(has_answered=True)
        trying.add(host, PLACES_OF_A_CLIENT)
    assert len(trying.begin()) == 2 * SHARED_PLACES
    trying.add(SHOP)
    assert trying.begin() == [SHOP]


CLIENTS = [f"c{number}" for number in range(30)]
hosts = st.builds(Host, st.sampled_from(CLIENTS), st.sampled_from(["a", "b", "c", "d"]))
standings = st.sampled_from(
    [HostHealth(), HostHealth(has_answered=True), HostHealth(silences=2)]
).map(lambda one: HostHealth(one.has_answered, one.silences))


@given(
    waits=st.lists(st.tuples(hosts, st.integers(1, 12)), max_size=60),
    known=st.dictionaries(hosts, standings),
    victim=st.sampled_from(["c0", "victim"]),
)
def test_whoever_waits_every_client_without_a_try_gets_one_at_once(
    waits: list[tuple[Host, int]], known: dict[Host, HostHealth], victim: str
) -> None:
    trying = Trying(known)
    for host, count in waits:
        if host.client != victim:
            trying.add(host, count)
    trying.begin()
    of_clients = [one.host.client for one in trying.tried]
    assert set(of_clients) == {host.client for host, _ in waits if host.client != victim}
    assert len(of_clients) <= len(set(of_clients)) + SHARED_PLACES
    assert all(of_clients.count(client) <= PLACES_OF_A_CLIENT for client in set(of_clients))
    trying.add(
        Host(victim, "late.example")
    )  # all the others may be silent for as long as they like
    assert trying.begin() == [Host(victim, "late.example")]


@given(
    waits=st.lists(st.tuples(hosts, st.integers(1, 5)), max_size=20),
    answers=st.lists(st.booleans(), min_size=1, max_size=50),
)
def test_every_callback_is_tried_or_put_off_once_and_none_is_lost(
    waits: list[tuple[Host, int]], answers: list[bool]
) -> None:
    trying = Trying()
    for host, count in waits:
        trying.add(host, count)
    seen: list[str] = []
    trying.begin()
    while trying.tried:
        one = trying.tried[0]
        seen.append(one.job_id)
        has_answered = answers[len(seen) % len(answers)]
        seen += [other.job_id for other in trying.end(one, has_answered=has_answered)]
        trying.begin()
    assert sorted(seen) == sorted(f"j{number}" for number in range(1, trying.count + 1))
    assert not trying.turns.has_more(Standing.SILENT)
