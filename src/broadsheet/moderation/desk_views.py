"""The desk's pages in the newsroom's admin: look through what waits, look at one thing, decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.auth import permission_required
from wagtail.admin.paginator import WagtailPaginator

from broadsheet.accounts.models import User
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.actions import DECISIONS, decide
from broadsheet.moderation.desk import DeskList, desk_row
from broadsheet.moderation.forms import DecisionForm
from broadsheet.moderation.models import REASON_LIMIT, Standing
from broadsheet.moderation.rights import MODERATE

PER_PAGE = 25

# In the order of how often one looks for them.
STANDINGS = (Standing.HELD, Standing.PUBLISHED, Standing.REJECTED, Standing.REMOVED)

View = Callable[..., HttpResponse]


def moderators_only(view: View) -> View:
    """Lead everybody else of the newsroom back to the admin's home, and say why."""
    checked: View = permission_required(MODERATE)(view)
    return checked


@moderators_only
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Show what awaits a moderator, or with `?standing=` what has been decided."""
    return _desk(request, _standing(request.GET.get("standing", "")), request.GET.get("p"), DecisionForm())


@moderators_only
@require_safe
def one(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Show one thing whole, however it stands."""
    return _one(request, kind, key, DecisionForm())


@moderators_only
@require_POST
def decide_chosen(request: HttpRequest) -> HttpResponse:
    """Decide on what was ticked, each for itself: what another moderator was quicker with is said, the rest is done."""
    form = DecisionForm(_quick(request))
    came_from = request.POST.get("one", "").partition(":")
    if not form.is_valid():
        if came_from[2]:
            return _one(request, came_from[0], came_from[2], form)
        return _desk(request, _standing(request.POST.get("seen", "")), request.POST.get("p"), form)
    _decide_each(request, form.cleaned_data)
    query = urlencode({"standing": form.cleaned_data["seen"], "p": request.POST.get("p") or 1})
    return redirect(f"{reverse('desk:desk')}?{query}")


def _quick(request: HttpRequest) -> Any:
    """Read the form; a line's own *Publish* button stands for ticking this one and publishing it."""
    quick = request.POST.get("publish")
    if not quick:
        return request.POST
    data = request.POST.copy()
    data.setlist("chosen", [quick])
    data["standing"] = Standing.PUBLISHED
    return data


def _decide_each(request: HttpRequest, decision: dict[str, Any]) -> None:
    assert isinstance(request.user, User)  # noqa: S101 - moderators_only has seen to it
    done = 0
    for kind, key in decision["chosen"]:
        try:
            decide(kind, key, decision["standing"], by=request.user, reason=decision["reason"], seen=decision["seen"])
            done += 1
        except Refusal as refusal:
            row = desk_row(kind, key)
            messages.warning(request, f"{row.author}: {refusal.sentence}" if row else str(refusal.sentence))
    if done:
        messages.success(request, _result(decision["standing"], done))


def _result(standing: str, count: int) -> str:
    if standing == Standing.PUBLISHED:
        return ngettext("{count} was published.", "{count} were published.", count).format(count=count)
    if standing == Standing.REJECTED:
        return ngettext("{count} was rejected.", "{count} were rejected.", count).format(count=count)
    return ngettext("{count} was removed.", "{count} were removed.", count).format(count=count)


def _desk(request: HttpRequest, standing: Standing, page: str | None, form: DecisionForm) -> HttpResponse:
    paginator = WagtailPaginator(DeskList(standing), PER_PAGE)
    shown = paginator.get_page(page)
    context = {
        **_furniture(form),
        "items": shown,
        "elided_page_range": paginator.get_elided_page_range(shown.number),
        "standing": standing,
        "standings": [(known.value, known.label) for known in STANDINGS],
        "choices": _choices(standing),
        "chosen": {f"{kind}:{key}" for kind, key in form.chosen()},
        "page_title": _("Desk"),
    }
    return render(request, "moderation/desk.html", context, status=422 if form.errors else 200)


def _one(request: HttpRequest, kind: str, key: str, form: DecisionForm) -> HttpResponse:
    row = desk_row(kind, key)
    if row is None:
        raise Http404
    context = {
        **_furniture(form),
        "row": row,
        "choices": _choices(row.standing),
        "standing": Standing(row.standing),
        "page_title": _("From {name}").format(name=row.author),
    }
    return render(request, "moderation/one.html", context, status=422 if form.errors else 200)


def _furniture(form: DecisionForm) -> dict[str, Any]:
    return {"form": form, "header_icon": "clipboard-list", "reason_limit": REASON_LIMIT}


def _choices(standing: str) -> list[tuple[str, str]]:
    verbs = {
        Standing.PUBLISHED: _("Publish") if standing == Standing.HELD else _("Publish again"),
        Standing.REJECTED: _("Reject"),
        Standing.REMOVED: _("Remove"),
    }
    return [(choice.value, verbs[choice]) for choice in DECISIONS[standing]]


def _standing(text: str) -> Standing:
    return Standing(text) if text in Standing.values else Standing.HELD
