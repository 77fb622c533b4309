"""Limits: so many turns in a time, for everybody alike, whichever process counts them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

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
