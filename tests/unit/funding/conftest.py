"""What tests of funding start from: a fund of two milestones, and gifts for it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from broadsheet.accounts.models import User
from broadsheet.funding.actions import Aim, Gift, Plan, book_gift, create_campaign
from broadsheet.funding.models import Campaign, Donation, Words
from broadsheet.funding.models.campaigns import today

Book = Callable[..., Donation]
_numbers = itertools.count(1)


def a_plan(**changes: Any) -> Plan:
    """Return the plan of the night boat fund: 2,500 and 5,000 euros, begun ten days ago."""
    text = "One reporter on the late crossing.\nEvery week."
    words = {"en": Words("The Night Boat Fund", text, "Pay for a crossing")}
    aims = [Aim(250_000, {"en": "one season aboard"}), Aim(500_000, {"en": "the whole year"})]
    fields: dict[str, Any] = {"words": words, "aims": aims, "currency": "EUR", "starts_on": today() - timedelta(10)}
    return Plan(**fields | changes)


def a_gift(euros: float = 20, **changes: Any) -> Gift:
    """Return a gift of so many euros that came today by bank transfer."""
    fields: dict[str, Any] = {"amount": round(euros * 100), "currency": "EUR", "way": "bank", "given_on": today()}
    return Gift(**fields | changes)


@pytest.fixture
def fund(tess: User) -> Campaign:
    """The night boat fund, of the whole publication."""
    return create_campaign(a_plan(), by=tess)


@pytest.fixture
def book(tess: User) -> Book:
    """Books gifts: `book(20, campaign=fund, name="Ada")`; every call is a movement of its own."""

    def book(euros: float = 20, **fields: Any) -> Donation:
        return book_gift(a_gift(euros, **fields), by=tess, key=f"test:{next(_numbers)}").donation

    return book


def yesterday() -> date:
    """Return the day before today, in the publication's time zone."""
    return today() - timedelta(1)
