"""Money as whole minor units of a currency, and what people write when they mean a sum."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from babel.core import get_global
from babel.numbers import format_currency, format_decimal, get_currency_name

from broadsheet.kernel.refusal import Refusal
from broadsheet.kernel.text import gettext_noop
from broadsheet.kernel.written import in_own_digits, locale_of

# The minor units of ISO 4217, for currencies that have not two decimals. CLDR says what is printed, which is another
# thing: it rounds the Afghani, which still has its pul.
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"), 0),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
# In minor units, of one sum. A million of them still fit into a signed 64-bit number.
LARGEST = 9_999_999_999_999
# Nobody writes a sum with more characters than this, however many signs of direction come along.
LENGTH_LIMIT = 40

_UNSEEN = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u2066\u2067\u2068\u2069\ufeff"))
# Spaces and apostrophes only part thousands; Arabic's own signs mean one thing each, its comma is the comma.
_THOUSANDS_SIGN, _DECIMAL_SIGN = "'", "·"
_SIGNS = str.maketrans({"،": ",", "٫": _DECIMAL_SIGN, **dict.fromkeys(" \u00a0\u2009\u202f\u2019٬", _THOUSANDS_SIGN)})
_FIGURES = re.compile(r"[0-9]+(?:[.,·'][0-9]+)*")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}([.,'])[0-9]{3}(?:\1[0-9]{3})*")

_DECIMALS = re.compile(r"\.[0#]+")
_CODE_BEFORE_FIGURES = re.compile(r"[A-Z](?=[0-9])")


class Unreadable(Refusal):
    """What is no sum of money. `message` is in English, to be translated and filled with `values`."""

    def __init__(self, code: str, message: str, values: Mapping[str, int | str] | None = None) -> None:
        self.values = dict(values or {})
        self.message = message
        super().__init__(code, message % self.values, field="amount")


@cache
def currencies() -> frozenset[str]:
    """Return the codes of the currencies that are somewhere legal tender today."""
    known: Mapping[str, list[tuple[str, object, object, bool]]] = get_global("territory_currencies")
    return frozenset(code for uses in known.values() for code, _, until, is_tender in uses if is_tender and not until)


def exponent(currency: str) -> int:
    """Return how many decimals a currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
    return _EXPONENTS.get(currency, 2)


def minor_units(typed: str, currency: str, language: str) -> int:
    """Read what somebody whose language this is typed as a sum; return it in minor units, at least 1.

    Digits may be of any one script. Both 1.234,50 and 1,234.50 are read; where a sign could part thousands or
    decimals (1.234), the language decides, and where that has neither, nobody guesses. Raises Unreadable.
    """
    whole, decimals = _parts(_digits(typed), language)
    places = exponent(currency)
    if len(decimals) > places:
        if places:
            message = gettext_noop("%(currency)s has %(places)s decimals at most.")
        else:
            message = gettext_noop("%(currency)s has no decimals.")
        raise Unreadable("amount-decimals", message, {"currency": currency, "places": places})
    units = int(whole + decimals.ljust(places, "0"))
    if units == 0:
        raise Unreadable("amount-zero", gettext_noop("Give a sum above zero."))
    if units > LARGEST:
        raise Unreadable("amount-too-large", gettext_noop("This is more than the books can hold. Look at it again."))
    return units


def plain(units: int, currency: str) -> str:
    """Return a sum as machines write it, with all its decimals and a point: 19.90."""
    places = exponent(currency)
    return f"{units // 10**places}.{units % 10**places:0{places}}" if places else str(units)


def figures(units: int, currency: str, language: str) -> str:
    """Write a sum without its currency: 2,500 and 19.90, ٢٬٥٠٠; decimals only where there are some."""
    locale = locale_of(language)
    pattern = _pattern(str(locale.decimal_formats[None].pattern), units, currency)
    value = Decimal(units).scaleb(-exponent(currency))
    return in_own_digits(format_decimal(value, pattern, locale=locale, numbering_system="default"), locale)


def written(units: int, currency: str, language: str) -> str:
    """Write a sum with its currency: €2,500, 19,90 kr, NOK 500."""
    locale = locale_of(language)
    pattern = _pattern(str(locale.currency_formats["standard"].pattern), units, currency)
    # Not as a floating-point number: that knows no nineteen and ninety hundredths.
    value = Decimal(units).scaleb(-exponent(currency))
    text = format_currency(value, currency, pattern, locale, currency_digits=False, numbering_system="default")
    return in_own_digits(_CODE_BEFORE_FIGURES.sub("\\g<0>\u00a0", text), locale)


def currency_name(currency: str, language: str) -> str:
    """Return what a language calls a currency: Euro, norske kroner; the code where it has no name for it."""
    return get_currency_name(currency, locale=locale_of(language))


def _pattern(usual: str, units: int, currency: str) -> str:
    """Return a language's pattern for numbers with as many decimals as the sum needs: all of the currency's or none."""
    places = exponent(currency)
    needed = f"0.{'0' * places}" if units % 10**places else "0"
    return re.sub("#0", f"#{needed}", _DECIMALS.sub("", usual))


def _digits(typed: str) -> str:
    """Return the text with digits of ASCII and four signs: point, comma, `'` for thousands, `·` for decimals."""
    if len(typed) > LENGTH_LIMIT:
        raise _not_a_sum()
    text = typed.translate(_UNSEEN).strip().translate(_SIGNS)
    digits = {character for character in text if character.isdecimal()}
    # The digits of one script stand in one row; a mixture was not typed by somebody who meant a number.
    if len({ord(digit) - unicodedata.decimal(digit) for digit in digits}) > 1:
        raise _not_a_sum()
    return text.translate({ord(digit): str(unicodedata.decimal(digit)) for digit in digits})


def _parts(text: str, language: str) -> tuple[str, str]:
    """Return the digits before and behind the decimal sign."""
    if not _FIGURES.fullmatch(text):
        raise _not_a_sum()
    sign = _decimal_sign(text, language)
    whole, _, decimals = text.rpartition(sign) if sign else (text, "", "")
    if not (whole.isdigit() or _THOUSANDS.fullmatch(whole)) or (sign and not decimals.isdigit()):
        raise _not_a_sum()
    return re.sub("[^0-9]", "", whole), decimals


def _decimal_sign(text: str, language: str) -> str:
    """Return the sign before the decimals; "" where there are none."""
    signs = [character for character in text if character in ".,·"]
    if not signs:
        return ""
    last = signs[-1]
    if last == _DECIMAL_SIGN or _THOUSANDS_SIGN in text or len(set(signs)) > 1:
        return last
    if len(signs) > 1:  # 1,234,567: a number has one decimal sign
        return ""
    if len(text.rpartition(last)[2]) != 3:
        return last
    before_decimals, between_thousands = _symbols(language)
    if last not in (before_decimals, between_thousands):
        message = gettext_noop("Do you mean thousands or decimals? Write it without the sign, or with two decimals.")
        raise Unreadable("amount-ambiguous", message)
    return last if last == before_decimals else ""


def _symbols(language: str) -> tuple[str, str]:
    """Return the signs that the language writes before decimals and between thousands, with European digits."""
    latin = locale_of(language).number_symbols["latn"]
    return latin["decimal"], latin["group"]


def _not_a_sum() -> Unreadable:
    message = gettext_noop("Write the sum in figures, such as %(example)s.")
    return Unreadable("amount-unreadable", message, {"example": "25"})
