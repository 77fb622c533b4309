"""Dates and numbers are written the way a reader of the language writes them."""

from __future__ import annotations

from datetime import datetime

import pytest

from broadsheet.kernel import written

MORNING = datetime(2026, 3, 14, 7, 5)


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "14 March 2026"), ("nb", "14. mars 2026"), ("ar", "١٤ مارس ٢٠٢٦"), ("pt-br", "14 de março de 2026")],
)
def test_a_day_is_written_in_the_languages_order_and_digits(language: str, expected: str) -> None:
    assert written.day(MORNING, language) == expected


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "Saturday 14 March"), ("nb", "Lørdag 14. mars"), ("ar", "السبت ١٤ مارس")]
)
def test_the_date_in_the_masthead_begins_with_the_whole_weekday(language: str, expected: str) -> None:
    assert written.weekday(MORNING, language) == expected


@pytest.mark.parametrize(("language", "expected"), [("en", "March 2026"), ("nb", "Mars 2026"), ("ar", "مارس ٢٠٢٦")])
def test_a_month_begins_with_a_capital(language: str, expected: str) -> None:
    assert written.month(MORNING, language) == expected


def test_a_year_has_no_separator() -> None:
    assert [written.year(MORNING, language) for language in ("en", "nb", "ar")] == ["2026", "2026", "٢٠٢٦"]


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "14 March 2026, 07:05"), ("nb", "14. mars 2026, 07:05"), ("ar", "١٤ مارس ٢٠٢٦، ٧:٠٥ ص")],
)
def test_a_moment_has_its_time_of_day(language: str, expected: str) -> None:
    assert written.moment(MORNING, language) == expected


@pytest.mark.parametrize(("language", "expected"), [("en", "12,345"), ("nb", "12\u00a0345"), ("ar", "١٢٬٣٤٥")])
def test_a_number_has_the_languages_separators_and_digits(language: str, expected: str) -> None:
    assert written.number(12345, language) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [([], ""), (["Ada"], "Ada"), (["Ada", "Bo"], "Ada og Bo"), (["Ada", "Bo", "Cy"], "Ada, Bo og Cy")],
)
def test_names_are_joined_by_the_languages_own_word(names: list[str], expected: str) -> None:
    assert written.together(names, "nb") == expected


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        ("en", 1, "1 minute"),
        ("en", 90, "90 minutes"),
        ("en", 121, "3 hours"),
        ("nb", 5, "5 minutter"),
        ("ar", 5, "٥ دقائق"),
        ("ar", 1440, "٢٤ ساعة"),
    ],
)
def test_minutes_are_never_written_as_less(language: str, count: int, expected: str) -> None:
    assert written.minutes(count, language) == expected


@pytest.mark.parametrize("language", ["xx", "", "not-a-language-at-all"])
def test_a_language_that_nobody_knows_is_written_as_english(language: str) -> None:
    assert written.day(MORNING, language) == "14 March 2026"
