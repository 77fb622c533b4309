"""The treasurer's pages in the newsroom's admin: gifts with their totals, booking, taking back, campaigns, export."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.auth import permission_required
from wagtail.admin.paginator import WagtailPaginator

from broadsheet.accounts.models import User
from broadsheet.funding.actions import (
    Gift,
    book_gift,
    change_campaign,
    checked_gift,
    create_campaign,
    reverse_gift,
    take_off_wall,
)
from broadsheet.funding.export import csv_lines
from broadsheet.funding.forms import CampaignForm, GiftForm, ReversalForm
from broadsheet.funding.models import Campaign, Donation
from broadsheet.funding.models.books import totals
from broadsheet.funding.models.campaigns import with_milestones
from broadsheet.funding.rights import KEEP_BOOKS
from broadsheet.kernel import money
from broadsheet.kernel.ids import is_public_id
from broadsheet.kernel.refusal import Refusal

PER_PAGE = 50
# A key as this page makes it; a shorter one may be somebody else's too.
KEY_LENGTHS = range(16, 65)

View = Callable[..., HttpResponseBase]


def treasurers_only(view: View) -> View:
    """Lead everybody else of the newsroom back to the admin's home, and say why."""
    checked: View = permission_required(KEEP_BOOKS)(view)
    return checked


@treasurers_only
@require_safe
def gifts(request: HttpRequest) -> HttpResponse:
    """Show the gifts, the latest first, with their totals; with `?campaign=` those for one."""
    campaign = _campaign_asked_for(request)
    found = _gifts(campaign)
    paginator = WagtailPaginator(found, PER_PAGE)
    shown = paginator.get_page(request.GET.get("p"))
    shown.object_list = [(one, _sum(one.transfer.amount, one.transfer.currency)) for one in shown.object_list]
    language = get_language() or ""
    sums = totals(campaign.account if campaign else None)
    context = {
        "items": shown,
        "elided_page_range": paginator.get_elided_page_range(shown.number),
        "campaign": campaign,
        "campaigns": Campaign.objects.order_by("-starts_on", "-pk"),
        "totals": [money.written(units, code, language) for code, units in sums.items()],
        **_frame(_("Gifts")),
    }
    return render(request, "funding/newsroom/gifts.html", context)


@treasurers_only
@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Send the gifts as a table for a spreadsheet; with `?campaign=` those for one."""
    lines = csv_lines(_gifts(_campaign_asked_for(request)).iterator(chunk_size=500))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="gifts.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@treasurers_only
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """Read a gift, show what would be booked, and book it when the treasurer says so again."""
    key = request.POST.get("key", "")
    has_key = len(key) in KEY_LENGTHS
    form = GiftForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "key": key if has_key else secrets.token_urlsafe(18), **_frame(_("Book a gift"))}
    if request.method == "POST" and form.is_valid():
        try:
            gift = checked_gift(form.gift())
            if request.POST.get("do") != "book" or not has_key:
                again = request.POST.get("do") == "again"
                return render(request, "funding/newsroom/book.html", context | ({} if again else {"gift": _told(gift)}))
            return _book(request, gift, key)
        except Refusal as refusal:
            form.refuse(refusal)
    return render(request, "funding/newsroom/book.html", context, status=422 if form.errors else 200)


@treasurers_only
@require_safe
def gift(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one gift whole."""
    return _gift_page(request, _gift(public_id), ReversalForm())


@treasurers_only
@require_POST
def reverse(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a gift back, with a reason."""
    donation, form = _gift(public_id), ReversalForm(request.POST)
    if form.is_valid():
        try:
            reverse_gift(donation, by=_treasurer(request), reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            form.add_error("reason", str(refusal.sentence))
        else:
            messages.success(request, _("The gift was taken back."))
            return redirect("funding_gift", donation.public_id)
    return _gift_page(request, donation, form, status=422)


@treasurers_only
@require_POST
def unname(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a giver's name and words off the supporters' wall."""
    donation = _gift(public_id)
    take_off_wall(donation, by=_treasurer(request))
    messages.success(request, _("The name is off the supporters’ wall."))
    return redirect("funding_gift", donation.public_id)


@treasurers_only
@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    """Show the campaigns, the newest first, with what they got."""
    language = get_language() or ""
    rows = [
        (one, money.written(one.raised, one.currency, language), one.phase().label)
        for one in Campaign.objects.with_sums().select_related("page").order_by("-starts_on", "-pk")
    ]
    return render(request, "funding/newsroom/campaigns.html", {"rows": rows, **_frame(_("Campaigns"))})


@treasurers_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_campaign(request: HttpRequest) -> HttpResponse:
    """Make a campaign."""
    form = CampaignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_campaign(form.plan(), by=_treasurer(request))
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("“{title}” is made.").format(title=made))
            return redirect("funding_campaign", made.public_id)
    context = {"form": form, **_frame(_("New campaign"))}
    return render(request, "funding/newsroom/campaign.html", context, status=422 if form.errors else 200)


@treasurers_only
@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change a campaign."""
    known = get_object_or_404(Campaign, public_id=public_id if is_public_id(public_id) else "")
    form = CampaignForm(request.POST if request.method == "POST" else None, campaign=known)
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_campaign(known, form.plan(), by=_treasurer(request))
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("“{title}” is changed.").format(title=changed))
            return redirect("funding_campaign", changed.public_id)
    counted, _milestones = with_milestones(known)
    context = {"form": form, "campaign": known, "raised": _sum(counted.raised, known.currency), **_frame(str(known))}
    return render(request, "funding/newsroom/campaign.html", context, status=422 if form.errors else 200)


def _book(request: HttpRequest, gift: Gift, key: str) -> HttpResponse:
    booked = book_gift(gift, by=_treasurer(request), key=key)
    if booked.is_repeat:
        messages.warning(request, _("This gift was booked before; it is in the books once."))
    else:
        messages.success(request, _("Booked: {sum}.").format(sum=_sum(gift.amount, gift.currency)))
    return redirect("funding_gift", booked.donation.public_id)


def _gift_page(request: HttpRequest, donation: Donation, form: ReversalForm, status: int = 200) -> HttpResponse:
    context = {
        "gift": donation,
        "sum": _sum(donation.transfer.amount, donation.transfer.currency),
        "form": form,
        **_frame(_("Gift {number}").format(number=donation.public_id)),
    }
    return render(request, "funding/newsroom/gift.html", context, status=status)


def _told(gift: Gift) -> dict[str, Any]:
    """What the treasurer is asked to look at once more."""
    return {"gift": gift, "sum": _sum(gift.amount, gift.currency), "way": Donation.Way(gift.way).label}


def _gifts(campaign: Campaign | None) -> QuerySet[Donation]:
    found = Donation.objects.for_drawing().order_by("-given_on", "-pk")
    return found.filter(campaign=campaign) if campaign else found


def _gift(public_id: str) -> Donation:
    return get_object_or_404(Donation.objects.for_drawing(), public_id=public_id if is_public_id(public_id) else "")


def _campaign_asked_for(request: HttpRequest) -> Campaign | None:
    name = request.GET.get("campaign", "")
    return Campaign.objects.filter(public_id=name).first() if is_public_id(name) else None


def _treasurer(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - treasurers_only has seen to it
    return request.user


def _sum(units: int, currency: str) -> str:
    return money.written(units, currency, get_language() or "")


def _frame(title: str) -> dict[str, str]:
    return {"page_title": title, "header_icon": "calendar-check"}
