"""The pages of giving: how one supports the publication, and what a campaign asks for and has got."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from wagtail.models import Page

from broadsheet.delivery.shown import shows
from broadsheet.delivery.topics import topic
from broadsheet.funding.drawing import Meter, meter_of
from broadsheet.funding.giving import bank_transfer
from broadsheet.funding.models import Campaign, Donation
from broadsheet.funding.models.campaigns import show_which_runs, shown_on, with_milestones
from broadsheet.funding.wall import bricks_of
from broadsheet.kernel import written
from broadsheet.kernel.ids import is_public_id
from broadsheet.kernel.refusal import Refusal

# Of the supporters' wall.
PER_PAGE = 60


@require_safe
def support(request: HttpRequest) -> HttpResponse:
    """Show how one gives: for the campaign that runs, or where none does for the publication."""
    article = _article(request)
    found = shown_on(article)
    return _page(request, meter_of(*found) if found else None, article)


@require_safe
def campaign(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a campaign: its meter, the ways to give while it runs, and who gave."""
    known = Campaign.objects.visible().filter(public_id=public_id).first() if is_public_id(public_id) else None
    if known is None:
        raise Refusal("not-found", _("There is no such campaign."), status=404)
    if known.page_id:
        _show_page(known.page_id)
    return _page(request, meter_of(*with_milestones(known)), _article(request))


def _page(request: HttpRequest, meter: Meter | None, article: Page | None) -> HttpResponse:
    show_which_runs()
    shown = meter.campaign if meter else None
    is_over = shown is not None and shown.phase() == Campaign.Phase.OVER
    donors = Donation.objects.named().filter(campaign=shown).select_related("transfer").order_by("-given_on", "-pk")
    wall = Paginator(donors, PER_PAGE)
    page = wall.get_page(request.GET.get("wall"))
    context: dict[str, Any] = {
        "meter": meter,
        "article": article,
        "article_url": article.get_url(request) if article else "",
        "is_over": is_over,
        "transfer": None if is_over else bank_transfer(request, shown, article),
        "others": [] if shown and not is_over else _others(shown),
        "wall": page,
        "bricks": bricks_of(page.object_list),
        "count": wall.count,
        "number": written.number(wall.count, get_language() or ""),
    }
    return render(request, "funding/support.html", context)


def _article(request: HttpRequest) -> Page | None:
    """Return the article that the reader came from, if everybody may read it."""
    number = request.GET.get("from", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    readable = Page.objects.live().public().filter(depth__gt=2)
    _show_page(int(number))
    found: Page | None = readable.filter(pk=int(number)).first()
    return found


def _show_page(number: int) -> None:
    """Say that the answer at hand shows something of a page; an article is announced under this name."""
    shows(topic("article", number))


def _others(shown: Campaign | None) -> list[Campaign]:
    """Return the campaigns that one can give for instead, the newest first."""
    running = Campaign.objects.running().visible().order_by("-starts_on", "-pk")
    return [one for one in running[:20] if one != shown]
