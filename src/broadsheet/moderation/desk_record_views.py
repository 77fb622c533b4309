"""The desk's record: every ruling with the way to undo it, and the bans in force with the way to lift them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin import messages
from wagtail.admin.paginator import WagtailPaginator

from broadsheet.moderation.actions import ban_each, undo
from broadsheet.moderation.bans import lift
from broadsheet.moderation.desk_views import furniture, moderator_of, moderators_only, tell_outcome
from broadsheet.moderation.forms import BanForm
from broadsheet.moderation.models import Ban, Ruling
from broadsheet.moderation.record import entries_of, entry_of

PER_PAGE = 50


@moderators_only
@require_http_methods(["GET", "HEAD"])
def record(request: HttpRequest) -> HttpResponse:
    """Show what moderators did, the latest first."""
    paginator = WagtailPaginator(Ruling.objects.select_related("by", "undoes"), PER_PAGE)
    shown = paginator.get_page(request.GET.get("p"))
    context = {
        "items": shown,
        "entries": entries_of(list(shown.object_list)),
        "elided_page_range": paginator.get_elided_page_range(shown.number),
        "header_icon": "history",
        "page_title": _("Record of decisions"),
    }
    return render(request, "moderation/record.html", context)


@moderators_only
@require_http_methods(["GET", "HEAD", "POST"])
def undo_ruling(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask whether a ruling shall be undone, with what it did; on yes undo it."""
    ruling = Ruling.objects.select_related("by", "undoes").filter(public_id=public_id).first()
    if ruling is None:
        raise Http404
    if request.method == "POST":
        outcome = undo(ruling, by=moderator_of(request))
        tell_outcome(request, outcome)
        if outcome.ruling is None and not outcome.refused:
            messages.warning(request, _("This was undone before."))
        return redirect("desk:record")
    context = {"entry": entry_of(ruling), "header_icon": "undo", "page_title": _("Undo")}
    return render(request, "moderation/undo.html", context)


@moderators_only
@require_http_methods(["GET", "HEAD", "POST"])
def bans(request: HttpRequest) -> HttpResponse:
    """Show the bans in force; ban a range of addresses."""
    form = BanForm(request.POST if request.method == "POST" else None)
    wish = form.ban_wish() if form.is_valid() else None
    if wish:
        given = form.cleaned_data
        outcome = ban_each([given["network"]], wish, by=moderator_of(request), reason=given["reason"])
        for _name, refusal in outcome.refused:
            form.add_error("network", str(refusal.sentence))
        if not form.errors:
            tell_outcome(request, outcome)
            return redirect("desk:bans")
    return render(request, "moderation/bans.html", _bans(request, form), status=422 if form.errors else 200)


@moderators_only
@require_POST
def lift_ban(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody write again before their ban runs out."""
    found = Ban.objects.filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404
    lift(found, by=moderator_of(request))
    messages.success(request, _("The ban was lifted."))
    return redirect("desk:bans")


def _bans(request: HttpRequest, form: BanForm) -> dict[str, Any]:
    in_force = Ban.objects.in_force().select_related("profile__user", "by")
    paginator: Paginator[Ban] = WagtailPaginator(in_force, PER_PAGE)
    shown = paginator.get_page(request.GET.get("p"))
    return {
        **furniture(form),
        "items": shown,
        "elided_page_range": paginator.get_elided_page_range(shown.number),
        "page_title": _("Bans"),
    }
