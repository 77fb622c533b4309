"""Limits: so many turns in a time, for everybody alike, whichever process counts them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from broadsheet.gate.limits import LONGEST, Limit, forget_old_turns, network_of, take_all
from broadsheet.gate.models import Allowance

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
THREE = Limit("boats", 3, timedelta(hours=1))


@pytest.mark.django_db
def test_turns_are_taken_until_none_is_left() -> None:
    assert [THREE.take("gus") for _ in range(5)] == [True, True, True, False, False]
    assert THREE.take("rita")


@pytest.mark.django_db
def test_the_time_begins_with_the_first_turn() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert [THREE.take("gus") for _ in range(4)] == [True, True, True, False]
        clock.shift(timedelta(minutes=59))
        assert not THREE.take("gus")
        clock.shift(timedelta(minutes=1))
        assert [THREE.take("gus") for _ in range(4)] == [True, True, True, False]


@pytest.mark.django_db
def test_who_is_beyond_their_own_limit_uses_up_nobody_elses() -> None:
    everybody = Limit("all-boats", 5, timedelta(hours=1))
    taken = [take_all((THREE, "gus"), (everybody, "quay")) for _ in range(9)]
    assert taken == [None] * 3 + [THREE] * 6
    assert [take_all((THREE, "rita"), (everybody, "quay")) for _ in range(3)] == [None, None, everybody]


@pytest.mark.django_db
def test_nobody_can_read_whose_turns_they_were() -> None:
    THREE.take("203.0.113.9")
    assert not Allowance.objects.filter(name__contains="203").exists()


@pytest.mark.django_db
def test_what_stands_for_somebody_is_another_one_every_day() -> None:
    """In UTC, wherever the publication is; so that nobody can tell from the rows who comes back."""
    with time_machine.travel(datetime(2026, 5, 4, 23, 59, tzinfo=UTC), tick=False) as clock:
        THREE.take("203.0.113.9")
        clock.shift(timedelta(hours=2))
        THREE.take("203.0.113.9")
    first, second = Allowance.objects.order_by("began_at").values_list("name", flat=True)
    assert first != second
    assert first.partition(":")[0] == second.partition(":")[0] == "boats"


@pytest.mark.django_db
@pytest.mark.parametrize("within", [timedelta(minutes=10), timedelta(hours=1), LONGEST])
def test_midnight_gives_nobody_new_turns(within: timedelta) -> None:
    """A time that began yesterday runs on, and ends when it would have; the one behind it begins today."""
    limit = Limit("boats", 3, within)
    before = datetime(2026, 5, 4, 23, 58, tzinfo=UTC)
    with time_machine.travel(before, tick=False) as clock:
        assert [limit.take("gus") for _ in range(2)] == [True, True]
        clock.shift(timedelta(minutes=4))
        assert [limit.take("gus") for _ in range(2)] == [True, False]
        assert limit.ends_at("gus") == before + within
        clock.move_to(before + within - timedelta(seconds=1))
        assert not limit.take("gus")
        clock.move_to(before + within)
        assert [limit.take("gus") for _ in range(4)] == [True, True, True, False]
        assert limit.ends_at("gus") == before + 2 * within


@pytest.mark.django_db(transaction=True)
def test_many_at_once_around_midnight_share_the_turns_that_are_left() -> None:
    limit = Limit("boats", 20, timedelta(hours=1))

    def take(_number: int) -> bool:
        try:
            return limit.take("gus")
        finally:
            connection.close()

    with time_machine.travel(datetime(2026, 5, 4, 23, 59, 59, tzinfo=UTC), tick=False) as clock:
        with ThreadPoolExecutor(8) as pool:
            before = list(pool.map(take, range(12)))
        clock.shift(timedelta(seconds=2))
        with ThreadPoolExecutor(8) as pool:
            after = list(pool.map(take, range(30)))
    assert (before.count(True), after.count(True)) == (12, 8)


@pytest.mark.django_db
def test_it_says_when_there_are_turns_again() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert THREE.ends_at("gus") is None
        for _ in range(2):
            THREE.take("gus")
            clock.shift(timedelta(minutes=5))
        assert THREE.ends_at("gus") is None
        THREE.take("gus")
        assert THREE.ends_at("gus") == NOON + THREE.within
        clock.move_to(NOON + THREE.within)
        assert THREE.ends_at("gus") is None


@pytest.mark.django_db
def test_old_turns_are_forgotten() -> None:
    with time_machine.travel(NOON, tick=False):
        THREE.take("gus")
    assert forget_old_turns(NOON + LONGEST - timedelta(minutes=1)) == 0
    assert forget_old_turns(NOON + LONGEST) == 1


def test_no_limit_looks_further_back_than_is_remembered() -> None:
    with pytest.raises(ValueError, match="further back"):
        Limit("boats", 3, timedelta(days=2))


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::9", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_a_client_counts_as_its_network(client: str, network: str) -> None:
    assert network_of(client) == network
