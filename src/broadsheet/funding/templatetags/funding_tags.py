"""What an article's page shows of funding: `{% campaign_meter page %}` above its text, `{% support page %}` below."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from wagtail.models import Page

from broadsheet.funding.drawing import Meter, meter_of
from broadsheet.funding.models.campaigns import shown_on

register = template.Library()


@register.inclusion_tag("funding/meter.html", takes_context=True)
def campaign_meter(context: Context, page: Page) -> dict[str, Any]:
    """Draw the meter of the campaign that the page shows, and the way to support; only the way where none runs.

    Together with `support` one query.
    """
    return _appeal(context, page)


@register.inclusion_tag("funding/appeal.html", takes_context=True)
def support(context: Context, page: Page) -> dict[str, Any]:
    """Draw what the campaign asks for, its meter with every milestone, and the way to support."""
    return _appeal(context, page)


def _appeal(context: Context, page: Page) -> dict[str, Any]:
    meter = _meter(context, page)
    path = meter.campaign.url if meter else reverse("funding:support")
    name = context.get("publication_name", "")
    return {
        "meter": meter,
        "url": f"{path}?{urlencode({'from': page.pk})}" if page.pk else path,
        "call": (meter.words.call if meter else "") or _("Support {publication}").format(publication=name),
        "publication_name": name,
    }


def _meter(context: Context, page: Page) -> Meter | None:
    """Return the page's meter; both tags of one page ask for it."""
    request = context["request"]
    known: dict[int | None, Meter | None] = getattr(request, "_funding_meters", None) or {}
    if page.pk not in known:
        found = shown_on(page)
        known[page.pk] = meter_of(*found) if found else None
        request._funding_meters = known
    return known[page.pk]
