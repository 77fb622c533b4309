"""The form *Notify of*: what stands in it for whoever reads the page, and what becomes of what they send."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from broadsheet.accounts.models import User
from broadsheet.accounts.visitor import Visitor, person_of
from broadsheet.gate.address import client_address
from broadsheet.kernel.refusal import Refusal
from broadsheet.notification.actions import subscribe
from broadsheet.notification.models import Subscription
from broadsheet.notification.tokens import STOP
from broadsheet.notification.topics import Subject

# What a form shows again of what was typed; an address has at most 254 characters, and only the first are worth it.
SHOWN_AGAIN = 300


@dataclass(frozen=True)
class WishForm:
    """The form as it is drawn: where it goes, what stands in it, what is wrong.

    On a page that everybody gets it is the same for everybody. A member sees their `address`, and in place of the form
    the subscription that is in force.
    """

    action: str
    topic: str = ""
    kind: str = Subscription.Kind.ALL
    email: str = ""
    address: str = ""
    current: Subscription | None = None
    error: Refusal | None = None

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """What one can be told of: the value and its words."""
        return [(value, str(label)) for value, label in Subscription.Kind.choices]

    @property
    def stop_url(self) -> str:
        """Where the subscription in force is stopped."""
        assert self.current is not None  # noqa: S101 - asked for only where there is one
        return f"{reverse('notification:stop')}?{urlencode({'t': STOP.token(self.current.public_id)})}"


def wish_form(request: HttpRequest, action: str, topic: str = "") -> WishForm:
    """Return the form for who asks; one query for a member, none for others. A topic that is still to come is empty."""
    form = WishForm(action, topic)
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]
    if not isinstance(visitor.user, User):
        return form
    # Who signs in has proven it. Where that is not so, `subscribe` asks for one, and the form is shown with a field.
    form = replace(form, address=visitor.user.email)
    if visitor.profile is None or not topic:
        return form
    # Those they gave another address for are not shown: whose address it is, another may have confirmed.
    own = Subscription.objects.in_force().filter(topic=topic, profile=visitor.profile, address="")
    return replace(form, current=own.first())


def answer_wish(request: HttpRequest, form: WishForm, subject: Subject) -> HttpResponse:
    """Subscribe to the form's topic as was asked; show the form again, as it was filled in, where that is refused.

    Raises Refusal `topic-unknown`, which no filling in can mend.
    """
    typed = request.POST
    kind, email = typed.get("kind", ""), typed.get("email", "")
    try:
        made = None
        if not typed.get("website"):  # a field no person sees; a robot gets the same answer, and nothing is sent
            client = client_address(request)
            made = subscribe(form.topic, by=person_of(request), kind=kind, address=email, client=client)
    except Refusal as refusal:
        if refusal.code == "topic-unknown":
            raise
        address = "" if refusal.field == "email" else form.address
        again = replace(form, kind=kind, email=_shown_again(email), address=address, current=None, error=refusal)
        return wish_page(request, again, subject)
    query = {"topic": form.topic, **({"done": "yes"} if made else {})}
    return redirect(f"{reverse('notification:asked')}?{urlencode(query)}")


def wish_page(request: HttpRequest, form: WishForm, subject: Subject) -> HttpResponse:
    """Show the form on a page of its own."""
    context = {"notify": form, "subject": subject}
    return render(request, "notification/new.html", context, status=form.error.status if form.error else 200)


def _shown_again(text: str) -> str:
    # Halves of characters cannot be sent, and a NUL stands in no page.
    return text[:SHOWN_AGAIN].replace("\0", "").encode("utf-8", "replace").decode()
