"""Subscribing, and the pages our mails lead to. Opening a link changes nothing: programs open links in mails, too."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from broadsheet.gate.address import client_address
from broadsheet.gate.same_site import guarded
from broadsheet.kernel.refusal import Refusal
from broadsheet.notification.actions import (
    ask_for_overview,
    asked_by,
    break_silence,
    confirm,
    is_left_in_peace,
    silence,
    stop,
    stopped_by,
    subscriptions_of,
    topic_unknown,
)
from broadsheet.notification.forms import answer_wish, wish_form
from broadsheet.notification.models import Subscription
from broadsheet.notification.tokens import SILENCE, STOP
from broadsheet.notification.topics import shown_subject_of, subject_of

# What a mailbox provider posts when its user presses "unsubscribe" (RFC 8058). It follows no redirect.
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@guarded
@never_cache
@require_POST
def subscribe_to(request: HttpRequest) -> HttpResponse:
    """Subscribe to a topic: a member at once, anybody else when they have confirmed."""
    topic = request.POST.get("topic", "")
    subject = subject_of(topic)
    if subject is None:
        raise topic_unknown()
    return answer_wish(request, wish_form(request, request.path, topic), subject)


@never_cache
@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """Say what happens next: the same to everybody who is no member, whatever became of it."""
    subject = subject_of(request.GET.get("topic", ""))
    return render(request, "notification/asked.html", {"subject": subject, "is_done": request.GET.get("done") == "yes"})


@guarded
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Let a reader who has lost every mail of ours have a link to all their subscriptions mailed."""
    refusal = None
    email = request.POST.get("email", "")
    if request.method == "POST":
        try:
            ask_for_overview(email, client=client_address(request))
        except Refusal as no:
            refusal = no
        else:
            return redirect(f"{reverse('notification:find')}?sent=yes")
    context = {"refusal": refusal, "email": email, "is_sent": request.GET.get("sent") == "yes"}
    return render(request, "notification/find.html", context, status=refusal.status if refusal else 200)


@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show what an address is subscribed to, to who got the link at that address."""
    wishes = subscriptions_of(_token(request))
    rows = [(wish, shown_subject_of(wish.topic), STOP.token(wish.public_id)) for wish in wishes]
    return render(request, "notification/overview.html", {"rows": rows})


@guarded
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_subscription(request: HttpRequest) -> HttpResponse:
    """Ask whether a subscription is wanted, then put it in force."""
    token = _token(request)
    if request.method == "POST":
        confirm(token, kind=request.POST.get("kind", ""))
        return redirect(_here(request))
    wish = asked_by(token)
    context = {
        "wish": wish,
        "subject": shown_subject_of(wish.topic),
        "kinds": Subscription.Kind.choices,
        "stop_token": STOP.token(wish.public_id),
    }
    return render(request, "notification/confirm.html", context)


@guarded
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_subscription(request: HttpRequest) -> HttpResponse:
    """Ask whether a subscription shall end, then end it; at once when a mailbox provider posts for its user.

    Such a post comes without cookie and without any header of a browser, which the same-site check lets pass.
    """
    token = _token(request)
    if request.method == "POST":
        wish = stop(token)
        if request.POST.get(ONE_CLICK[0]) != ONE_CLICK[1]:
            return redirect(_here(request))
    else:
        wish = stopped_by(token)
    is_going = wish is not None and (wish.is_in_force or wish.is_asked)
    context = {"is_going": is_going, "wish": wish, "subject": shown_subject_of(wish.topic) if wish else None}
    return render(request, "notification/stop.html", context)


@guarded
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def silence_address(request: HttpRequest) -> HttpResponse:
    """Ask whether an address shall never be written to again, then see to it; and back again."""
    token = _token(request)
    if request.method == "POST":
        if request.POST.get("do") == "undo":
            break_silence(token)
        else:
            silence(token)
        return redirect(_here(request))
    context = {"is_silent": is_left_in_peace(token), "address": SILENCE.read(token)}
    return render(request, "notification/silence.html", context)


def _token(request: HttpRequest) -> str:
    """The token of the link: in its query, which no log of ours keeps."""
    token = request.GET.get("t", "")
    if not token:
        raise Refusal("link-broken", _("This link is not whole. Open it from the mail once more."), status=400)
    return token


def _here(request: HttpRequest) -> str:
    return f"{request.path}?{urlencode({'t': request.GET['t']})}"
