"""The form's stamp: it tells how old a form is, to those who have not touched it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.signing import Signer
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.gate.stamp import fresh_stamp, stamp_age

NOON = datetime(2026, 3, 14, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("later", [0, 29, 30, 59, 3600, 86400])
def test_an_age_is_up_to_a_minute_too_high(later: int) -> None:
    age = stamp_age(fresh_stamp(NOON), NOON + timedelta(seconds=later))
    assert age is not None
    assert timedelta(seconds=later) <= age < timedelta(seconds=later + 60)


def test_all_forms_of_a_minute_bear_the_same_stamp() -> None:
    assert fresh_stamp(NOON) == fresh_stamp(NOON + timedelta(seconds=29))
    assert fresh_stamp(NOON) != fresh_stamp(NOON + timedelta(seconds=30))


def test_a_stamp_of_the_future_says_nothing() -> None:
    assert stamp_age(fresh_stamp(NOON + timedelta(minutes=1)), NOON) is None


@given(st.text(max_size=60))
def test_what_we_have_not_signed_says_nothing(text: str) -> None:
    assert stamp_age(text, NOON) is None


@given(st.integers(0, 200), st.characters())
def test_a_touched_stamp_says_nothing(place: int, character: str) -> None:
    stamp = fresh_stamp(NOON)
    place %= len(stamp)
    touched = stamp[:place] + character + stamp[place + 1 :]
    assert touched == stamp or stamp_age(touched, NOON) is None


def test_a_stamp_signed_for_something_else_says_nothing() -> None:
    assert stamp_age(Signer(salt="another").sign("1c9a2f3"), NOON) is None
