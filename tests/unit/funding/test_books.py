"""Gifts are booked once, taken back once, and never changed: by the actions, and by the database itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.delivery.announce import versions_of
from broadsheet.funding.actions import Aim, book_gift, change_campaign, create_campaign, reverse_gift, take_off_wall
from broadsheet.funding.invariants import broken_promises
from broadsheet.funding.models import Campaign, Donation, Reversal, Transfer, raised_for
from broadsheet.funding.models.books import totals
from broadsheet.funding.models.campaigns import today
from broadsheet.kernel.money import LARGEST
from broadsheet.kernel.refusal import Refusal
from tests.unit.funding.conftest import Book, a_gift, a_plan

pytestmark = pytest.mark.django_db


def refusal_of(act: Any, *args: Any, **named: Any) -> str:
    """Return the code that an action refuses with."""
    with pytest.raises(Refusal) as refused:
        act(*args, **named)
    return refused.value.code


def reached(campaign: Campaign) -> list[bool]:
    """Return of each milestone whether it is reached."""
    return [milestone.reached_at is not None for milestone in campaign.milestones.all()]


def test_a_gift_is_a_transfer_to_the_campaigns_account(fund: Campaign, book: Book) -> None:
    donation = book(19.99, campaign=fund, way="cash")
    entry = donation.transfer.entry
    assert (entry.debit, entry.credit, entry.amount, entry.currency) == ("cash", fund.account, 1999, "EUR")
    assert raised_for(fund) == 1999
    assert list(broken_promises()) == []


def test_a_gift_for_no_campaign_counts_for_none(fund: Campaign, book: Book) -> None:
    book(20)
    book(5000, currency="NOK", way="cash")
    assert raised_for(fund) == 0
    assert totals() == {"EUR": 2000, "NOK": 500_000}
    assert totals(fund.account) == {}


def test_the_same_gift_twice_is_booked_once(fund: Campaign, tess: User) -> None:
    gift = a_gift(20, campaign=fund)
    first = book_gift(gift, by=tess, key="k1")
    again = book_gift(gift, by=tess, key="k1")
    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert again.donation == first.donation
    assert raised_for(fund) == 2000
    take_off_wall(first.donation, by=tess)
    assert book_gift(gift, by=tess, key="k1").is_repeat


@pytest.mark.parametrize("change", [{"amount": 2001}, {"way": "cash"}, {"campaign": None}, {"reference": "other"}])
def test_a_key_is_for_one_gift(fund: Campaign, tess: User, change: dict[str, Any]) -> None:
    gift = a_gift(20, campaign=fund)
    book_gift(gift, by=tess, key="k1")
    assert refusal_of(book_gift, replace(gift, **change), by=tess, key="k1") == "key-used"
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 0}, "wrong-sum"),
        ({"amount": -500}, "wrong-sum"),
        ({"amount": LARGEST + 1}, "wrong-sum"),
        ({"amount": 10**30}, "wrong-sum"),
        ({"currency": "NOK"}, "wrong-currency"),
        ({"currency": "ZZZ"}, "unknown-currency"),
        ({"currency": "eur"}, "unknown-currency"),
        ({"way": "card"}, "unknown-way"),
        ({"given_on": date(1999, 12, 31)}, "wrong-day"),
        ({"message": "x" * 141}, "text-too-long"),
        ({"message": "a\u202eb"}, "text-unwanted"),
        ({"message": "x" * 1_000_000}, "text-too-long"),
        ({"reference": "x" * 36}, "text-too-long"),
        ({"name": "x" * 61}, "name-too-long"),
    ],
)
def test_what_is_no_gift_is_refused(fund: Campaign, tess: User, change: dict[str, Any], code: str) -> None:
    gift = replace(a_gift(20, campaign=fund), **change)
    assert refusal_of(book_gift, gift, by=tess, key="k1") == code
    assert not Donation.objects.exists()
    assert not Transfer.objects.exists()


def test_no_gift_is_of_tomorrow(fund: Campaign, tess: User) -> None:
    gift = a_gift(20, campaign=fund)
    assert refusal_of(book_gift, replace(gift, given_on=today() + timedelta(1)), by=tess, key="k1") == "wrong-day"
    assert not Transfer.objects.exists()
    assert not book_gift(replace(gift, given_on=today()), by=tess, key="k1").is_repeat
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize("name", ["O’Brien", "ليلى منصور", "Class 7", "Anna at the chandlery"])
def test_names_are_kept_as_they_are(fund: Campaign, book: Book, name: str) -> None:
    donation = book(20, campaign=fund, name=f"  {name} ", message="For the\n cello. 👏🏽")
    assert (donation.name, donation.message) == (name, "For the cello. 👏🏽")


def test_a_gift_is_taken_back_by_the_opposite(fund: Campaign, book: Book, tess: User) -> None:
    donation = book(3000, campaign=fund)
    reversal = reverse_gift(donation, by=tess, reason="The bank returned it.")
    assert raised_for(fund) == 0
    assert Transfer.objects.count() == 2
    assert reversal.transfer.reverses == donation.transfer
    assert not Donation.objects.standing().exists()
    assert list(broken_promises()) == []


def test_it_is_taken_back_once(fund: Campaign, book: Book, tess: User) -> None:
    donation = book(20, campaign=fund)
    reverse_gift(donation, by=tess, reason="Typed twice.")
    assert refusal_of(reverse_gift, donation, by=tess, reason="Once more.") == "reversed-already"
    assert Transfer.objects.count() == 2
    assert Reversal.objects.get().reason == "Typed twice."


@pytest.mark.parametrize("reason", ["", "   ", "\u200b"])
def test_it_is_taken_back_for_a_reason(fund: Campaign, book: Book, tess: User, reason: str) -> None:
    assert refusal_of(reverse_gift, book(20, campaign=fund), by=tess, reason=reason) == "no-reason"


def test_nobody_but_a_treasurer_keeps_the_books(fund: Campaign, book: Book, ed: User, mo: User, rita: User) -> None:
    donation = book(20, campaign=fund)
    for somebody in (ed, mo, rita):
        assert refusal_of(book_gift, a_gift(), by=somebody, key="k9") == "not-the-treasurer"
        assert refusal_of(reverse_gift, donation, by=somebody, reason="Mine.") == "not-the-treasurer"
        assert refusal_of(take_off_wall, donation, by=somebody) == "not-the-treasurer"
        assert refusal_of(create_campaign, a_plan(), by=somebody) == "not-the-treasurer"
        assert refusal_of(change_campaign, fund, a_plan(), by=somebody) == "not-the-treasurer"
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE funding_transfer SET amount = 1",
        "UPDATE funding_transfer SET credit = 'general' WHERE id = {pk}",
        "DELETE FROM funding_transfer",
        "DELETE FROM funding_transfer WHERE id = {pk}",
    ],
)
def test_the_database_refuses_to_change_the_ledger(fund: Campaign, book: Book, statement: str) -> None:
    """Whoever asks, and by whatever road."""
    transfer = book(20, campaign=fund).transfer
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(pk=transfer.pk))
    assert raised_for(fund) == 2000


def test_the_database_refuses_to_replace_a_row(fund: Campaign, book: Book) -> None:
    transfer = book(20, campaign=fund).transfer
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    columns = "(id, key, debit, credit, amount, currency, at)"
    values = f"({transfer.pk}, 'x', 'cash', 'general', 1, 'EUR', '2026-01-01')"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{verb} INTO funding_transfer {columns} VALUES {values}")
    assert raised_for(fund) == 2000


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no TRUNCATE")
def test_the_database_refuses_to_empty_the_ledger(fund: Campaign, book: Book) -> None:
    book(20, campaign=fund)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or PostgreSQL refuses for what is yet to be checked
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE funding_transfer CASCADE")
    assert raised_for(fund) == 2000


def test_the_models_refuse_too(fund: Campaign, book: Book) -> None:
    transfer = book(20, campaign=fund).transfer
    transfer.amount = 1
    with pytest.raises(TypeError):
        transfer.save()


@pytest.mark.parametrize(
    "fields", [{"amount": 0}, {"credit": "cash"}, {"currency": "eur"}, {"currency": ""}, {"amount": -5}]
)
def test_the_database_refuses_what_moves_nothing(fund: Campaign, fields: dict[str, Any]) -> None:
    row = {"key": "k", "debit": "cash", "credit": "general", "amount": 5, "currency": "EUR"} | fields
    with pytest.raises(DatabaseError), transaction.atomic():
        Transfer.objects.create(**row)


def test_a_milestone_stays_reached(fund: Campaign, book: Book, tess: User) -> None:
    assert reached(fund) == [False, False]
    book(2499.99, campaign=fund)
    assert reached(fund) == [False, False]
    last = book(0.01, campaign=fund)
    assert reached(fund) == [True, False]
    reached_at = fund.milestones.get(amount=250_000).reached_at
    reverse_gift(last, by=tess, reason="The bank returned it.")
    assert reached(fund) == [True, False]
    book(1, campaign=fund)
    assert fund.milestones.get(amount=250_000).reached_at == reached_at


def test_one_gift_may_reach_them_all(fund: Campaign, book: Book) -> None:
    book(7000, campaign=fund)
    assert reached(fund) == [True, True]


def test_a_new_milestone_below_the_sum_is_reached(fund: Campaign, book: Book, tess: User) -> None:
    book(600, campaign=fund)
    change_campaign(fund, a_plan(aims=[Aim(50_000), Aim(500_000)]), by=tess)
    assert [(one.amount, one.reached_at is not None) for one in fund.milestones.all()] == [
        (50_000, True),
        (500_000, False),
    ]


def test_a_reached_milestone_keeps_its_sum(fund: Campaign, book: Book, tess: User) -> None:
    book(2500, campaign=fund)
    assert refusal_of(change_campaign, fund, a_plan(aims=[Aim(500_000)]), by=tess) == "milestone-is-reached"
    assert reached(fund) == [True, False]


def test_the_currency_stays_with_the_first_gift(fund: Campaign, book: Book, tess: User) -> None:
    change_campaign(fund, a_plan(currency="NOK"), by=tess)
    change_campaign(fund, a_plan(), by=tess)
    fund.refresh_from_db()
    book(20, campaign=fund)
    assert refusal_of(change_campaign, fund, a_plan(currency="NOK"), by=tess) == "currency-is-booked"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aims": []}, "no-goal"),
        ({"aims": [Aim(0)]}, "wrong-sum"),
        ({"aims": [Aim(-5)]}, "wrong-sum"),
        ({"aims": [Aim(5), Aim(5)]}, "milestone-twice"),
        ({"aims": [Aim(one) for one in range(1, 14)]}, "too-many-milestones"),
        ({"words": {}}, "no-title"),
        ({"currency": "XYZ"}, "unknown-currency"),
        ({"starts_on": date(2026, 3, 2), "ends_on": date(2026, 3, 1)}, "ends-before-it-begins"),
    ],
)
def test_what_is_no_plan_is_refused(tess: User, change: dict[str, Any], code: str) -> None:
    assert refusal_of(create_campaign, a_plan(**change), by=tess) == code
    assert not Campaign.objects.exists()


def test_gifts_are_announced_with_their_commit(fund: Campaign, book: Book, tess: User) -> None:
    before = versions_of([fund.topic])[fund.topic]
    donation = book(20, campaign=fund)
    assert versions_of([fund.topic])[fund.topic] == before + 1
    reverse_gift(donation, by=tess, reason="The bank returned it.")
    assert versions_of([fund.topic])[fund.topic] == before + 2


def test_nothing_is_said_of_a_campaign_to_come(tess: User, book: Book) -> None:
    coming = create_campaign(a_plan(starts_on=today() + timedelta(3)), by=tess)
    book(20, campaign=coming)
    change_campaign(coming, a_plan(starts_on=today() + timedelta(4)), by=tess)
    assert versions_of([coming.topic, "campaign:all"]) == {coming.topic: 0, "campaign:all": 0}


def test_a_gift_for_none_is_announced_to_nobody(book: Book) -> None:
    book(20)
    assert versions_of(["campaign:all"]) == {"campaign:all": 0}


def test_check_finds_what_is_wrong(fund: Campaign, book: Book) -> None:
    donation = book(2600, campaign=fund)
    fund.milestones.update(reached_at=None)
    Transfer.objects.create(key="stray", debit="cash", credit="general", amount=5, currency="EUR")
    Donation.objects.filter(pk=donation.pk).update(way="cash")
    found = "\n".join(broken_promises())
    assert "transfer stray is no gift that is known" in found
    assert f"gift {donation.public_id} is booked from bank" in found
    assert "is reached and has no date" in found


def test_check_misses_the_guards(fund: Campaign) -> None:
    on = " ON funding_transfer" if connection.vendor == "postgresql" else ""
    name = "funding_ledger_keeps_rows" if connection.vendor == "postgresql" else "funding_ledger_keeps_update"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on}")
    assert any("not guarded" in found for found in broken_promises())


def test_a_gift_on_the_day_that_is_only_here(fund: Campaign, tess: User) -> None:
    """Half past midnight in Oslo is still yesterday in London."""
    late = timezone.make_aware(timezone.datetime(2026, 12, 2, 0, 30), timezone.get_default_timezone())
    with time_machine.travel(late, tick=False):
        given_on = today()
        assert given_on.isoformat() == "2026-12-02"
        book_gift(a_gift(20, campaign=fund, given_on=given_on), by=tess, key="k1")
