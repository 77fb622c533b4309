"""The desk's page of one writer: everything they wrote, all of it removed in one go, the writer banned."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from broadsheet.accounts.models import Profile
from broadsheet.moderation.actions import Chosen, ban_each, rule
from broadsheet.moderation.desk import standing_things_of, tally, written_by
from broadsheet.moderation.desk_views import furniture, moderator_of, moderators_only, page_of, tell_outcome
from broadsheet.moderation.forms import BanForm, ClearingForm
from broadsheet.moderation.history import decisions_about, histories_of, networks_of

PAST_SHOWN = 25
# In one go; each is a transaction of its own, and a moderator waits for all of them.
AT_ONCE = 500


@moderators_only
@require_safe
def writer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show everything of one writer, what was decided on it, and the ways to clear it away or to ban them."""
    return _writer(request, _profile(public_id), BanForm())


@moderators_only
@require_http_methods(["GET", "HEAD", "POST"])
def clear(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask whether everything of one writer that stands or waits shall go, with the count; on yes remove it."""
    profile = _profile(public_id)
    things = standing_things_of(profile)
    form = ClearingForm(request.POST if request.method == "POST" else None)
    is_as_asked = form.is_valid() and form.cleaned_data["count"] == len(things)
    if request.method != "POST" or not is_as_asked:
        has_changed = request.method == "POST" and not form.errors
        context = {
            **furniture(form),
            "profile": profile,
            "count": len(things),
            "counts": tally(things),
            "has_changed": has_changed,
            "at_once": AT_ONCE,
            "page_title": _("Everything by {name}").format(name=profile.name),
        }
        return render(request, "moderation/clear.html", context, status=_status(has_changed, bool(form.errors)))
    chosen = [Chosen(one.row.kind, one.row.key, one.row.standing, one.version) for one in things[:AT_ONCE]]
    given = form.cleaned_data
    outcome = rule(given["verb"], chosen, by=moderator_of(request), reason=given["reason"], ban_wish=form.ban_wish())
    tell_outcome(request, outcome)
    return redirect("desk:writer", profile.public_id)


@moderators_only
@require_POST
def ban_one(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ban a writer, and the networks they wrote from lately where that is wished; decide on nothing they wrote."""
    profile = _profile(public_id)
    form = BanForm(request.POST)
    wish = form.ban_wish() if form.is_valid() else None
    if wish is None:
        return _writer(request, profile, form)
    networks = networks_of(profile) if wish.networks else []
    reason = form.cleaned_data["reason"]
    tell_outcome(request, ban_each([profile, *networks], wish, by=moderator_of(request), reason=reason))
    return redirect("desk:writer", profile.public_id)


def _writer(request: HttpRequest, profile: Profile, form: BanForm) -> HttpResponse:
    _items, paging = page_of(written_by(profile), request.GET.get("p"))
    context = {
        **furniture(form),
        **paging,
        "profile": profile,
        "history": histories_of({profile.pk: profile})[profile.pk],
        "past": decisions_about(profile, PAST_SHOWN),
        "clearable": len(standing_things_of(profile)),
        "page_title": profile.name or _("Erased"),
    }
    return render(request, "moderation/writer.html", context, status=422 if form.errors else 200)


def _status(has_changed: bool, is_wrong: bool) -> int:
    if has_changed:
        return 409
    return 422 if is_wrong else 200


def _profile(public_id: str) -> Profile:
    found = Profile.objects.select_related("user").filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found
