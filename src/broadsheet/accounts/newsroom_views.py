"""The newsroom's list of everybody's tokens, where an administrator revokes one that leaked."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.auth import permission_required
from wagtail.admin.paginator import WagtailPaginator

from broadsheet.accounts.actions import revoke_token
from broadsheet.accounts.models import ApiToken
from broadsheet.accounts.rights import SEE_TO_TOKENS

PER_PAGE = 50

View = Callable[..., HttpResponse]


def for_those_who_see_to_tokens(view: View) -> View:
    """Lead everybody else of the newsroom back to the admin's home, and say why."""
    checked: View = permission_required(SEE_TO_TOKENS)(view)
    return checked


@for_those_who_see_to_tokens
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the tokens that work, the latest made first."""
    found = ApiToken.objects.in_force(timezone.now()).select_related("owner").order_by("-created_at", "-pk")
    paginator = WagtailPaginator(found, PER_PAGE)
    shown = paginator.get_page(request.GET.get("p"))
    context = {
        "items": shown,
        "elided_page_range": paginator.get_elided_page_range(shown.number),
        "page_title": _("API tokens"),
        "header_icon": "key",
    }
    return render(request, "accounts/newsroom/tokens.html", context)


@for_those_who_see_to_tokens
@require_POST
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let no program use somebody's token any more."""
    assert not isinstance(request.user, AnonymousUser)  # noqa: S101 - for_those_who_see_to_tokens has seen to it
    token = revoke_token(get_object_or_404(ApiToken, public_id=public_id), by=request.user)
    messages.success(request, _("The token “{name}” works no more.").format(name=token.name))
    return redirect("accounts_tokens")
