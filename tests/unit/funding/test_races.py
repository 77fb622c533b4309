"""Two at once: one gift, one reversal, one milestone."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from broadsheet.accounts.models import User
from broadsheet.funding.actions import book_gift, reverse_gift
from broadsheet.funding.invariants import broken_promises
from broadsheet.funding.models import Campaign, Donation, Transfer, raised_for
from broadsheet.kernel.refusal import Refusal
from tests.unit.funding.conftest import Book, a_gift

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6


def together(act: Callable[[int], object]) -> list[object]:
    """Let several do something at once; return what each got, refusals by their codes."""
    gate, got = threading.Barrier(AT_ONCE), [object()] * AT_ONCE

    def run(number: int) -> None:
        gate.wait()
        try:
            got[number] = act(number)
        except Refusal as refusal:
            got[number] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_a_double_submit_is_one_gift(fund: Campaign, tess: User) -> None:
    gift = a_gift(20, campaign=fund)
    got = together(lambda number: book_gift(gift, by=tess, key="k1"))
    assert len({booked.donation.pk for booked in got}) == 1  # type: ignore[attr-defined]
    assert [booked.is_repeat for booked in got].count(False) == 1  # type: ignore[attr-defined]
    assert (Transfer.objects.count(), Donation.objects.count(), raised_for(fund)) == (1, 1, 2000)


def test_one_of_several_takes_it_back(fund: Campaign, book: Book, tess: User) -> None:
    donation = book(20, campaign=fund)
    got = together(lambda number: reverse_gift(donation, by=tess, reason=f"Number {number}."))
    assert got.count("reversed-already") == AT_ONCE - 1
    assert raised_for(fund) == 0


def test_no_milestone_falls_between_two_gifts(fund: Campaign, tess: User) -> None:
    together(lambda number: book_gift(a_gift(420, campaign=fund), by=tess, key=f"k{number}"))
    assert raised_for(fund) == 252_000
    assert fund.milestones.get(amount=250_000).reached_at is not None
    assert list(broken_promises()) == []
