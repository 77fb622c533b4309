"""What people type when they mean a sum: read right, or refused; never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from broadsheet.kernel.money import (
    LARGEST,
    Unreadable,
    currencies,
    currency_name,
    exponent,
    figures,
    minor_units,
    plain,
    written,
)

LANGUAGES = ("en", "nb", "ar", "de", "fr")


@pytest.mark.parametrize(
    ("typed", "units"),
    [
        ("25", 2500),
        (" 25 ", 2500),
        ("19.90", 1990),
        ("19,90", 1990),
        ("19,9", 1990),
        ("0.05", 5),
        ("007", 700),
        ("1.234,50", 123450),
        ("1,234.50", 123450),
        ("1 234,50", 123450),
        ("1\u00a0234.50", 123450),
        ("1\u202f234\u202f567", 123456700),
        ("1'234.50", 123450),
        ("1’234.50", 123450),
        ("1,234,567", 123456700),
        ("1.234.567,89", 123456789),
        ("１００", 10000),
        ("١٬٢٣٤٫٥٠", 123450),
        ("\u200f١٢٣٤٫٥\u200f", 123450),
        ("٣،٥٠", 350),
        ("۱۲", 1200),
        ("१२.५०", 1250),
        ("99999999999.99", LARGEST),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_read_in_every_language(typed: str, units: int, language: str) -> None:
    """What can mean one thing only is read, whoever types it."""
    assert minor_units(typed, "EUR", language) == units


@pytest.mark.parametrize(
    ("typed", "language", "units"),
    [("1,234", "en", 123400), ("1.234", "de", 123400), ("19.999", "de", 1999900), ("1,234", "ar", 123400)],
)
def test_the_language_decides(typed: str, language: str, units: int) -> None:
    assert minor_units(typed, "EUR", language) == units


@pytest.mark.parametrize(
    ("typed", "language", "code"),
    [
        ("19.999", "en", "amount-decimals"),
        ("19,999", "nb", "amount-decimals"),
        ("19.999", "nb", "amount-ambiguous"),
        ("1.234", "fr", "amount-ambiguous"),
        ("1.2345", "en", "amount-decimals"),
        ("0", "en", "amount-zero"),
        ("0.00", "en", "amount-zero"),
        ("9" * 30, "en", "amount-too-large"),
        ("100000000000", "en", "amount-too-large"),
    ],
)
def test_refused_for_a_reason(typed: str, language: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        minor_units(typed, "EUR", language)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "1_000", "NaN", "Infinity", "-5", "+5", "1e3", "0x10", "²", "½", "Ⅷ", "1,2,3", "1.2.3.4", "1,23,456",
        "0,500,000", "1.", ".5", "1..5", "1 2", "12 34", "1'23", "1.234'567", "٣5", "１0", "25 EUR", "€25", "=25",
        "1\n000", "2\x005", "٫", "9" * 41, "1" * 100_000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sum(typed: str, language: str) -> None:
    with pytest.raises(Unreadable) as refused:
        minor_units(typed, "EUR", language)
    assert refused.value.code == "amount-unreadable"
    assert refused.value.field == "amount"


@pytest.mark.parametrize(
    ("typed", "currency", "units"),
    [
        ("1200", "JPY", 1200),
        ("1,200", "JPY", 1200),
        ("1.234", "KWD", 1234),
        ("1.5", "KWD", 1500),
        ("12.5", "AFN", 1250),
    ],
)
def test_currencies_have_their_own_decimals(typed: str, currency: str, units: int) -> None:
    assert minor_units(typed, currency, "en") == units


@pytest.mark.parametrize(("typed", "currency"), [("100.00", "JPY"), ("1.2345", "KWD"), ("0.001", "EUR")])
def test_more_decimals_than_there_are(typed: str, currency: str) -> None:
    with pytest.raises(Unreadable) as refused:
        minor_units(typed, currency, "en")
    assert refused.value.code == "amount-decimals"


@given(some.integers(1, LARGEST), some.sampled_from(sorted(currencies())), some.sampled_from(LANGUAGES))
def test_what_is_written_is_read_again(units: int, currency: str, language: str) -> None:
    """In every language's own figures, and as machines write it, unless its three decimals look like thousands."""
    assert minor_units(figures(units, currency, language), currency, language) == units
    if exponent(currency) != 3:
        assert minor_units(plain(units, currency), currency, language) == units


@given(some.text(max_size=60), some.sampled_from(LANGUAGES))
def test_nothing_but_a_sum_or_a_refusal(typed: str, language: str) -> None:
    try:
        units = minor_units(typed, "EUR", language)
    except Unreadable:
        return
    assert 0 < units <= LARGEST


@pytest.mark.parametrize(
    ("units", "currency", "language", "text"),
    [
        (304_800, "EUR", "en", "€3,048"),
        (1990, "EUR", "en", "€19.90"),
        (5, "EUR", "en", "€0.05"),
        (50_000, "NOK", "en", "NOK\u00a0500"),
        (1990, "NOK", "nb", "19,90\u00a0kr"),
        (304_800, "EUR", "nb", "3\u00a0048\u00a0€"),
        (304_800, "EUR", "ar", "\u200f٣٬٠٤٨\u00a0€"),
        (1234, "KWD", "en", "KWD\u00a01.234"),
        (0, "EUR", "en", "€0"),
    ],
)
def test_written_as_the_language_does(units: int, currency: str, language: str, text: str) -> None:
    assert written(units, currency, language) == text


def test_figures_of_an_indian_reader() -> None:
    assert figures(123_456_789, "INR", "hi") == "12,34,567.89"


def test_currencies_of_today() -> None:
    assert {"EUR", "NOK", "SYP", "JPY"} <= currencies()
    assert currencies().isdisjoint({"DEM", "ZZZ", "EURO", "eur"})
    assert currency_name("NOK", "nb") == "norske kroner"
