"""The newsroom's list of mails: what is stuck and why, to be sent again or discarded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.auth import permission_required
from wagtail.admin.paginator import WagtailPaginator

from broadsheet.accounts.models import User
from broadsheet.notification.actions import discard, resend
from broadsheet.notification.kinds import notice_kind
from broadsheet.notification.models import OutboxMessage
from broadsheet.notification.rights import SEE_TO_MAIL

PER_PAGE = 50
# More than a page shows; a longer list was not made by the page.
CHOSEN_LIMIT = 200
# What is stuck first: that is what one comes for.
ORDER = {
    OutboxMessage.State.DEAD: ("-settled_at", "-pk"),
    OutboxMessage.State.WAITING: ("next_attempt_at", "pk"),
    OutboxMessage.State.SENT: ("-settled_at", "-pk"),
    OutboxMessage.State.WITHDRAWN: ("-settled_at", "-pk"),
}

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    message: OutboxMessage
    kind: str
    reason: str
    at: datetime


def for_those_who_see_to_mail(view: View) -> View:
    """Lead everybody else of the newsroom back to the admin's home, and say why."""
    checked: View = permission_required(SEE_TO_MAIL)(view)
    return checked


@for_those_who_see_to_mail
@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    """Show the mails that are stuck, or with `?state=` those that stand otherwise."""
    state = _state(request.GET.get("state", ""))
    found = OutboxMessage.objects.filter(state=state).order_by(*ORDER[state])
    paginator = WagtailPaginator(found, PER_PAGE)
    shown = paginator.get_page(request.GET.get("p"))
    shown.object_list = [_row(message) for message in shown.object_list]
    context = {
        "items": shown,
        "elided_page_range": paginator.get_elided_page_range(shown.number),
        "state": state,
        "states": _counted(),
        "is_stuck": state == OutboxMessage.State.DEAD,
        "page_title": _("Mail"),
        "header_icon": "mail",
    }
    return render(request, "notification/newsroom/mail.html", context)


@for_those_who_see_to_mail
@require_POST
def see_to_mail(request: HttpRequest) -> HttpResponse:
    """Send the chosen mails again or discard them; what a colleague was quicker with stays as they left it."""
    assert isinstance(request.user, User)  # noqa: S101 - for_those_who_see_to_mail has seen to it
    chosen = _chosen(request)
    if not chosen:
        messages.warning(request, _("Choose at least one."))
    elif request.POST.get("do") == "resend":
        count = resend(chosen, by=request.user)
        messages.success(
            request, ngettext("{count} mail is sent again.", "{count} mails are sent again.", count).format(count=count)
        )
    elif request.POST.get("do") == "discard":
        count = discard(chosen, by=request.user)
        messages.success(
            request, ngettext("{count} mail was discarded.", "{count} mails were discarded.", count).format(count=count)
        )
    return redirect(reverse("notification_mail"))


def _chosen(request: HttpRequest) -> list[int]:
    values = dict.fromkeys(request.POST.getlist("chosen"))
    return [int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19][:CHOSEN_LIMIT]


def _row(message: OutboxMessage) -> Row:
    kind = notice_kind(message.kind)
    return Row(
        message,
        str(kind.label) if kind else message.kind,
        _(message.reason) if message.reason else "",  # our own reasons have a translation, a server's words have none
        message.settled_at or message.next_attempt_at,
    )


def _counted() -> list[tuple[str, str, int]]:
    counts = dict(OutboxMessage.objects.order_by().values_list("state").annotate(Count("pk")))
    return [(state.value, str(state.label), counts.get(state.value, 0)) for state in ORDER]


def _state(text: str) -> OutboxMessage.State:
    return OutboxMessage.State(text) if text in OutboxMessage.State.values else OutboxMessage.State.DEAD
