"""A member's own page, and the one door that Wagtail's own doors lead to."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from broadsheet.accounts.actions import profile_of, rename
from broadsheet.accounts.forms import ProfileForm
from broadsheet.accounts.models import User
from broadsheet.kernel.refusal import Refusal


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show a member's public name and let them change it."""
    assert isinstance(request.user, User)  # noqa: S101 - login_required has seen to it; the type checker has not
    mine = profile_of(request.user)
    form = ProfileForm(request.POST if request.method == "POST" else None, initial={"name": mine.name})
    if form.is_valid():
        try:
            rename(mine, to=form.cleaned_data["name"])
        except Refusal as refusal:
            form.add_error("name", str(refusal.sentence))
        else:
            messages.success(request, _("You write as {name} now.").format(name=mine.name))
            return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_safe
def sign_in_to_newsroom(request: HttpRequest) -> HttpResponse:
    """Lead from Wagtail's own sign-in page to the one that everybody uses.

    A member who has signed in already but may not enter is told so; sending them on would lead them back here for ever.
    """
    if request.user.is_authenticated:
        raise Refusal("not-of-the-newsroom", _("Your account has no access to the newsroom."), status=403)
    return _to_the_common_door(request)


@never_cache
@require_safe
def sign_in_to_page(request: HttpRequest) -> HttpResponse:
    """Lead whoever asks for a page that is not for everybody to the sign-in page that everybody uses.

    Who has signed in already is not one of those it is for.
    """
    if request.user.is_authenticated:
        raise PermissionDenied
    return _to_the_common_door(request)


def _to_the_common_door(request: HttpRequest) -> HttpResponse:
    wanted = request.GET.get("next")
    return redirect_to_login(wanted, "account_login") if wanted else redirect("account_login")
