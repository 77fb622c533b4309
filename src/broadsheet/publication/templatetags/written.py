"""Dates and numbers in templates, as the page's language writes them: `{{ article.first_published_at|moment }}`."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils.translation import get_language

from broadsheet.kernel import written

register = template.Library()


@register.simple_tag
def locale_name() -> str:
    """The locale whose habits the page's language is written by, as a browser names it: en-GB."""
    return str(written.locale_of(get_language() or "")).replace("_", "-")


@register.filter
def figure(value: int | None) -> str:
    """A whole number; nothing for None."""
    return "" if value is None else written.number(int(value), get_language() or "")


@register.filter
def minutes(value: int) -> str:
    """How long so many minutes are, such as 5 minutes."""
    return written.minutes(value, get_language() or "")


@register.filter(expects_localtime=True)
def day(value: date | None) -> str:
    """A date such as 14 March 2026, in the publication's time zone; nothing for None."""
    return "" if value is None else written.day(value, get_language() or "")


@register.filter(expects_localtime=True)
def weekday(value: date | None) -> str:
    """A date such as Saturday 14 March, in the publication's time zone; nothing for None."""
    return "" if value is None else written.weekday(value, get_language() or "")


@register.filter(expects_localtime=True)
def month(value: date | None) -> str:
    """A month such as March 2026, in the publication's time zone; nothing for None."""
    return "" if value is None else written.month(value, get_language() or "")


@register.filter(expects_localtime=True)
def year(value: date | None) -> str:
    """A year such as 2026, in the publication's time zone; nothing for None."""
    return "" if value is None else written.year(value, get_language() or "")


@register.filter(expects_localtime=True)
def moment(value: datetime | None) -> str:
    """A date with its time of day, in the publication's time zone; nothing for None."""
    return "" if value is None else written.moment(value, get_language() or "")
