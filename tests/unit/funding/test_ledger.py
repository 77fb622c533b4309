"""The books as arithmetic: every row balances, a reversal is an opposite, and what must not be is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from broadsheet.funding.ledger import (
    BANK,
    CASH,
    GENERAL,
    Entry,
    balances,
    campaign_account,
    faults,
    gift,
    is_account,
    opposite,
)

GIFTS = some.builds(
    gift,
    some.uuids().map(str),
    into=some.sampled_from([CASH, BANK]),
    of=some.sampled_from([GENERAL, campaign_account(1), campaign_account(2)]),
    amount=some.integers(1, 10**13),
    currency=some.sampled_from(["EUR", "NOK", "JPY"]),
)
GIFT = gift("g1", into=CASH, of=campaign_account(3), amount=1999, currency="EUR")
BACK = opposite(GIFT, "r1")


@given(some.lists(GIFTS, unique_by=lambda entry: entry.key), some.data())
def test_gifts_and_reversals_balance(gifts: list[Entry], data: some.DataObject) -> None:
    taken_back = data.draw(some.lists(some.sampled_from(gifts), unique=True)) if gifts else []
    entries = [*gifts, *(opposite(entry, f"back {entry.key}") for entry in taken_back)]
    assert list(faults(entries)) == []
    for currency in {entry.currency for entry in entries}:
        assert sum(amount for (_, of), amount in balances(entries).items() if of == currency) == 0
    standing = sum(entry.amount for entry in gifts if entry not in taken_back)
    assert sum(amount for (account, _), amount in balances(entries).items() if account not in (CASH, BANK)) == standing


def test_a_gift_that_is_taken_back_leaves_nothing() -> None:
    sums = balances([GIFT, opposite(GIFT, "r1")])
    assert set(sums.values()) == {0}


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ([replace(GIFT, amount=0)], "transfer g1 moves 0"),
        ([replace(GIFT, amount=-5)], "transfer g1 moves -5"),
        ([replace(GIFT, debit=GIFT.credit)], "from an account to itself"),
        ([replace(GIFT, credit="campaign:x")], "names an account 'campaign:x'"),
        ([opposite(GIFT, "r1")], "takes back g1, which does not exist"),
        ([GIFT, opposite(GIFT, "r1"), opposite(GIFT, "r2")], "transfer g1 is taken back twice"),
        ([GIFT, replace(opposite(GIFT, "r1"), amount=5)], "r1 is not the opposite of g1"),
        ([GIFT, BACK, opposite(BACK, "r2")], "r2 takes back r1, which takes back another"),
        ([replace(GIFT, debit=GIFT.credit, credit=CASH)], "account campaign:3 has given back more EUR than it got"),
    ],
)
def test_faults_are_found(entries: list[Entry], fault: str) -> None:
    assert any(fault in found for found in faults(entries)), list(faults(entries))


@pytest.mark.parametrize("name", ["", "campaign", "campaign:", "campaign:-1", "campaign:１", "Cash", "cash "])
def test_no_other_accounts(name: str) -> None:
    assert not is_account(name)
