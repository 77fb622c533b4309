"""The pages of the moderation policy in the newsroom's admin: the publication's, and an article's own."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.desk_views import moderator_of, moderators_only
from broadsheet.moderation.kinds import moderated_kinds
from broadsheet.moderation.models import WHOLE_PUBLICATION, ModerationPolicy
from broadsheet.moderation.policy import own_policy, set_policy
from broadsheet.moderation.policy_forms import PlacePolicyForm, PublicationPolicyForm

LISTED = 200  # of articles with a policy of their own, the last changed first


@moderators_only
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest) -> HttpResponse:
    """Show and set by what policy the publication holds what is submitted, and which articles have their own."""
    own = ModerationPolicy.objects.exclude(scope=WHOLE_PUBLICATION).order_by("-changed_at")[:LISTED]
    places = [(name, reverse("desk:policy-of", args=[row.scope])) for row in own if (name := _place(row.scope))]
    form = PublicationPolicyForm(request.POST or None, instance=own_policy(WHOLE_PUBLICATION))
    return _answer(request, form, {"places": places, "page_title": _("Moderation policy")})


@moderators_only
@require_http_methods(["GET", "HEAD", "POST"])
def policy_of(request: HttpRequest, scope: str) -> HttpResponse:
    """Show and set what is judged otherwise below one article."""
    name = _place(scope)
    if not name:
        raise Http404
    form = PlacePolicyForm(request.POST or None, instance=own_policy(scope))
    return _answer(request, form, {"place": name, "page_title": _("Moderation policy"), "page_subtitle": name})


def _answer(request: HttpRequest, form: PublicationPolicyForm, furniture: dict[str, Any]) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            set_policy(form.instance, by=moderator_of(request))
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.sentence))
        else:
            messages.success(request, _("The policy is in force for what comes from now on."))
            return redirect(request.path)
    context = {"form": form, "header_icon": "cogs", **furniture}
    return render(request, "moderation/policy.html", context, status=422 if form.errors else 200)


def _place(scope: str) -> str:
    """What a scope is called, by the kind that knows it; empty for what is none."""
    return next((name for kind in moderated_kinds() if kind.place and (name := kind.place(scope))), "")
