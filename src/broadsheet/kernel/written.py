"""Dates and numbers as a language writes them, in its own digits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_datetime_format
from babel.lists import format_list
from babel.numbers import format_decimal

# A language alone does not say how it writes dates and digits; these are whose habits we follow.
_HABITS = {"en": "en_GB", "ar": "ar_EG"}
# The first digit of the numbering systems that are somebody's default; Babel knows their names, not their digits.
_ZEROS = {"arab": "٠", "arabext": "۰", "beng": "০", "deva": "०", "mymr": "၀"}


def number(value: int, language: str) -> str:
    """Write a whole number: 12,345 in English, 12 345 in Norwegian, ١٢٬٣٤٥ in Arabic."""
    locale = locale_of(language)
    return in_own_digits(format_decimal(value, locale=locale, numbering_system="default"), locale)


def day(value: date, language: str) -> str:
    """Write a date: 14 March 2026, 14. mars 2026, ١٤ مارس ٢٠٢٦."""
    locale = locale_of(language)
    return in_own_digits(format_date(value, "long", locale=locale), locale)


def weekday(value: date, language: str) -> str:
    """Write a date as a newspaper's head does, with a capital: Saturday 14 March, Lørdag 14. mars."""
    locale = locale_of(language)
    # "MMMMEEEEd" in one would be shortened by languages that have no such pattern ("lør. 14. mars").
    written = f"{format_date(value, 'EEEE', locale=locale)} {format_skeleton('MMMMd', value, locale=locale)}"
    return in_own_digits(written[:1].upper() + written[1:], locale)


def month(value: date, language: str) -> str:
    """Write a month with its year, with a capital: March 2026, Mars 2026."""
    locale = locale_of(language)
    written = format_skeleton("yMMMM", value, locale=locale)
    return in_own_digits(written[:1].upper() + written[1:], locale)


def year(value: date, language: str) -> str:
    """Write a year, which is no amount: 2026, ٢٠٢٦."""
    return in_own_digits(str(value.year), locale_of(language))


def moment(value: datetime, language: str) -> str:
    """Write a date with its time of day, in the zone of `value`: 14 March 2026, 07:00."""
    locale = locale_of(language)
    clock = format_time(value.time(), "short", locale=locale)
    together = str(get_datetime_format("medium", locale=locale)).replace("'", "")
    return in_own_digits(
        together.replace("{0}", clock).replace("{1}", format_date(value, "long", locale=locale)), locale
    )


def minutes(count: int, language: str) -> str:
    """Write how long so many minutes are: 5 minutes, 3 hours for 121, ٥ دقائق. Never less than it is."""
    locale = locale_of(language)
    whole = timedelta(hours=-(-count // 60)) if count >= 2 * 60 else timedelta(minutes=count)
    return in_own_digits(format_timedelta(whole, granularity="minute", threshold=2, locale=locale), locale)


def together(names: Sequence[str], language: str) -> str:
    """Write names one after the other: Ada, Bo and Cy."""
    return format_list(names, locale=locale_of(language)) if names else ""


@lru_cache
def locale_of(language: str) -> Locale:
    """Return whose habits a language is written by here; English ones for a language that nobody knows."""
    try:
        return Locale.parse(_HABITS.get(language, language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def in_own_digits(text: str, locale: Locale) -> str:
    """Return text with the digits that its language has: ١٢ for 12 in Arabic."""
    zero = _ZEROS.get(locale.default_numbering_system)
    return text.translate({ord("0") + digit: ord(zero) + digit for digit in range(10)}) if zero else text
