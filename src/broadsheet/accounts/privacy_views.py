"""A person's own data: see what is kept, take it along, have it erased. For members, and for guests whom we know."""

from __future__ import annotations

from collections.abc import Callable

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib.auth import logout
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from broadsheet.accounts.models import Profile
from broadsheet.accounts.privacy import erase_person, export_person, privacy_parts
from broadsheet.accounts.visitor import forget_guest, person_of
from broadsheet.kernel import written
from broadsheet.kernel.refusal import Refusal

View = Callable[..., HttpResponse]


def members_prove_themselves(view: View) -> View:
    """Let a member who signed in long ago do this only after proving anew that it is them; a guest cannot."""
    checked: View = reauthentication_required(enabled=_is_member, allow_get=True)(view)
    return checked


def _is_member(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated)


@never_cache
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Say what is kept of who asks, part by part."""
    person = person_of(request)
    parts = [(part.label, _size(part.export(person))) for part in privacy_parts()] if person else []
    context = {"person": person, "parts": parts, "is_erased": request.GET.get("erased") == "yes"}
    return render(request, "accounts/data.html", context)


@never_cache
@require_POST
def download(request: HttpRequest) -> HttpResponse:
    """Hand over everything that is kept, as one file."""
    person = _known(request)
    answer = JsonResponse(
        export_person(person), encoder=DjangoJSONEncoder, json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    answer["Content-Disposition"] = f'attachment; filename="my-data-{timezone.now():%Y-%m-%d}.json"'
    return answer


@never_cache
@members_prove_themselves
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Ask whether everything shall be erased, then erase it. A member proves anew that it is them."""
    person = _known(request)
    refusal = None
    if request.method == "POST":
        try:
            return _erased(request, person)
        except Refusal as no:
            refusal = no
    return render(request, "accounts/erase.html", {"refusal": refusal}, status=refusal.status if refusal else 200)


def _erased(request: HttpRequest, person: Profile) -> HttpResponse:
    if request.POST.get("sure") != "yes":
        raise Refusal("not-sure", _("Tick the box if you are sure. Nothing was erased."), field="sure")
    erase_person(person)
    logout(request)
    answer = redirect(f"{request.path.removesuffix('erase/')}?erased=yes")
    forget_guest(answer)
    answer.delete_cookie(settings.SESSION_COOKIE_NAME)
    return answer


def _known(request: HttpRequest) -> Profile:
    person = person_of(request)
    if person is None:
        raise Refusal("nobody-known", _("This browser is nobody we know. Sign in first."), status=403)
    return person


def _size(exported: object) -> str:
    """How many there are, of a part that is many things; empty for one that is a single thing."""
    return written.number(len(exported), get_language() or "") if isinstance(exported, list) else ""
