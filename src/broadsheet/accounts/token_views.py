"""A member's tokens for programs: which there are, making one, revoking one."""

from __future__ import annotations

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from broadsheet.accounts.actions import make_token, revoke_token
from broadsheet.accounts.forms import TokenForm
from broadsheet.accounts.models import ApiToken, User
from broadsheet.kernel.refusal import Refusal

View = Callable[..., HttpResponse]


def proven_lately(view: View) -> View:
    """Lead a member who signed in long ago to the page where they prove anew that it is them, before they type."""
    checked: View = login_required(reauthentication_required(view))
    return checked


@login_required
@never_cache
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """Show a member's tokens that programs may use."""
    own = ApiToken.objects.in_force(timezone.now()).filter(owner=_member(request)).order_by("name")
    return render(request, "accounts/tokens.html", {"tokens": own})


@proven_lately
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_token(request: HttpRequest) -> HttpResponse:
    """Show the form for a new token; make one, tell its owner by mail, and show it this once."""
    owner = _member(request)
    form = TokenForm(request.POST if request.method == "POST" else None, owner=owner)
    if form.is_valid():
        try:
            made = make_token(
                form.cleaned_data["name"],
                by=owner,
                right=form.cleaned_data["right"],
                days=int(form.cleaned_data["days"] or 0) or None,
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal.sentence))
        else:
            get_adapter(request).send_notification_mail("accounts/mail/token_made", owner, {"token": made.token})
            return render(request, "accounts/token_made.html", {"token": made.token, "secret": made.secret})
    return render(request, "accounts/new_token.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@never_cache
@require_POST
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let no program use a member's token any more."""
    owner = _member(request)
    token = revoke_token(get_object_or_404(ApiToken, public_id=public_id, owner=owner), by=owner)
    messages.success(request, _("The token “{name}” works no more.").format(name=token.name))
    return redirect("accounts:tokens")


def _member(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - login_required has seen to it; the type checker has not
    return request.user
