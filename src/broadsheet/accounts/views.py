"""A member's own page, and the one door that Wagtail's own doors lead to."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.documents.views import serve as documents
from wagtail.models import Page, PageViewRestriction
from wagtail.views import authenticate_with_password

from broadsheet.accounts.actions import profile_of, rename
from broadsheet.accounts.forms import ProfileForm
from broadsheet.accounts.models import User
from broadsheet.gate.address import client_address
from broadsheet.gate.limits import Limit, network_of
from broadsheet.gate.same_site import guarded
from broadsheet.kernel.refusal import Refusal

# Tries at the passwords of pages and documents, right ones too: a family or an office behind one address gets in.
GUESSES = Limit("page-passwords", 60, timedelta(hours=1))


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


@guarded
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_page(request: HttpRequest, page_view_restriction_id: int, page_id: int) -> HttpResponse:
    """Let whoever knows the password read a page: Wagtail's own view, slow for who guesses, silent on drafts."""
    restriction = get_object_or_404(PageViewRestriction, pk=page_view_restriction_id)
    page = get_object_or_404(Page.objects.live(), pk=page_id)
    if not page.path.startswith(restriction.page.path):
        raise Http404
    _slow_down(request)
    answer: HttpResponse = authenticate_with_password(request, restriction.pk, page.pk)
    return answer


@guarded
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_documents(request: HttpRequest, restriction_id: int) -> HttpResponse:
    """Let whoever knows the password read a collection's documents: Wagtail's own view, slow for those who guess."""
    _slow_down(request)
    answer: HttpResponse = documents.authenticate_with_password(request, restriction_id)
    return answer


def _slow_down(request: HttpRequest) -> None:
    if request.method == "POST" and not GUESSES.take(network_of(client_address(request))):
        raise Refusal("too-many", _("That were many tries. Please wait an hour, then try again."), status=429)


def _to_the_common_door(request: HttpRequest) -> HttpResponse:
    wanted = request.GET.get("next")
    return redirect_to_login(wanted, "account_login") if wanted else redirect("account_login")
