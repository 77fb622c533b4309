"""What people do about being told of things: subscribe, confirm, stop, be left in peace; see to mail that is stuck."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile, User
from broadsheet.gate.limits import network_of
from broadsheet.kernel.refusal import Refusal
from broadsheet.notification.addresses import clean_address, digest_of, mailbox_of
from broadsheet.notification.limits import CONFIRMATIONS, OVERVIEWS, REQUESTS
from broadsheet.notification.messages import Reader
from broadsheet.notification.models import (
    OutboxMessage,
    OutboxQuerySet,
    SilencedAddress,
    Subscription,
    SubscriptionQuerySet,
)
from broadsheet.notification.notices import CONFIRM_NOTICE, OVERVIEW_NOTICE
from broadsheet.notification.notify import notify
from broadsheet.notification.recipients import has_proven, is_silenced, proven_address_of
from broadsheet.notification.rights import may_see_to_mail
from broadsheet.notification.tasks import wake
from broadsheet.notification.tokens import CONFIRM, OVERVIEW, SILENCE, STOP
from broadsheet.notification.topics import can_be_subscribed_to

log = logging.getLogger("broadsheet.notification")

State = Subscription.State
NOTHING_ASKED = {"asked_kind": "", "asked_at": None}


def subscribe(topic: str, *, by: Profile | None, kind: str, address: str = "", client: str) -> Subscription | None:
    """Let a reader be told of a topic, in the active language, for all new comments or for replies to their own.

    A member who gives no address, or one they have proven, is subscribed at once, and the subscription returned. Of
    anybody else we ask first, by one mail to the address, whether it is them: until they confirm, nothing is in force,
    and what was stays. While that mail awaits an answer nothing more is sent to that address about this topic. None is
    returned whatever became of it, so that nobody learns what an address is subscribed to.

    `client` is the network address the wish comes from. Refusals: `topic-unknown`, `kind-unknown`, `address-missing`,
    `address-invalid`, `too-many`.
    """
    if kind not in Subscription.Kind.values:
        raise Refusal("kind-unknown", _("Choose what you want to be told of."), field="kind")
    if not can_be_subscribed_to(topic):
        raise topic_unknown()
    proven = proven_address_of(by) if by else ""
    clean = clean_address(address or (by.email if by else "")) if address.strip() or not proven else proven
    _count_request(client)
    if by is not None and has_proven(by, clean):
        return _subscribe_member(topic, by, kind, clean)
    if not is_silenced(clean):
        _ask(topic, by, kind, clean)
    return None


def subscribe_to_replies(topic: str, *, by: Profile, address: str = "", client: str) -> Subscription | None:
    """Let who writes under a topic be told of replies, unless what they have asked for already includes them.

    Otherwise like `subscribe`.
    """
    own = Q(profile=by)
    if address.strip():
        own |= Q(address=clean_address(address))
    known = Subscription.objects.in_force().filter(own, topic=topic).first()
    return known or subscribe(topic, by=by, kind=Subscription.Kind.REPLIES, address=address, client=client)


def confirm(token: str, *, kind: str) -> Subscription:
    """Put in force what was asked for, with the kind that was shown to who confirms; twice is as good as once.

    Refusals: `link-broken`, `link-old`, and `link-used` when it was stopped or asked for anew since.
    """
    if kind not in Subscription.Kind.values:
        raise Refusal("kind-unknown", _("Choose what you want to be told of."), field="kind")
    wish = asked_by(token)
    now = timezone.now()
    with transaction.atomic():
        asked = Subscription.objects.asked().filter(pk=wish.pk, nonce=wish.nonce)
        asked.update(kind=kind, state=State.CONFIRMED, confirmed_at=now, stopped_at=None, **NOTHING_ASKED)
        _break_silence(wish.address)
    return asked_by(token)


def asked_by(token: str) -> Subscription:
    """Return the subscription that a token confirms or has confirmed. Refusals: as `confirm`."""
    public_id, _dot, nonce = CONFIRM.read(token).partition(".")
    wish = Subscription.objects.filter(public_id=public_id, nonce=nonce).first()
    if wish is None or not (wish.is_asked or wish.is_in_force):
        sentence = _("This link has been used up. Ask for a new one where you found the first.")
        raise Refusal("link-used", sentence, status=410)
    return wish


def stop(token: str) -> Subscription | None:
    """End the subscription a token is for; return it, or None when there is none any more. Twice is as good as once.

    Refusals: `link-broken`.
    """
    wish = stopped_by(token)
    if wish is not None:
        _stop(Subscription.objects.filter(pk=wish.pk))
    return stopped_by(token)


def stopped_by(token: str) -> Subscription | None:
    """Return the subscription that a token stops, or None when there is none any more. Refusals: `link-broken`."""
    return Subscription.objects.filter(public_id=STOP.read(token)).first()


def ask_for_overview(address: str, *, client: str) -> None:
    """Mail an address the link to all its subscriptions, if there are any; whoever asks gets the same answer.

    Refusals: `address-missing`, `address-invalid`, `too-many`.
    """
    clean = clean_address(address)
    _count_request(client)
    with transaction.atomic():
        has_any = Subscription.objects.in_force().of_address(clean).exists()
        if has_any and not is_silenced(clean) and OVERVIEWS.take(mailbox_of(clean)):
            to = Reader(language=get_language() or "", address=clean)
            notify(OVERVIEW_NOTICE.name, occasion=f"overview:{secrets.token_hex(8)}", to=[to])


def subscriptions_of(token: str) -> list[Subscription]:
    """Return what the address that a token was mailed to is subscribed to. Refusals: `link-broken`, `link-old`."""
    found = Subscription.objects.in_force().of_address(OVERVIEW.read(token))
    return list(found.order_by("-confirmed_at", "-pk"))


def silence(token: str) -> None:
    """Never write to the token's address again, whoever asks for it, and end what it is subscribed to.

    A member's own subscriptions end too where they reach that address. Refusals: `link-broken`.
    """
    address = SILENCE.read(token)
    with transaction.atomic():
        SilencedAddress.objects.get_or_create(digest=digest_of(address))
        _stop(Subscription.objects.filter(pk__in=Subscription.objects.of_address(address).values("pk")))


def break_silence(token: str) -> None:
    """Let the token's address be written to again; what was ended stays so. Refusals: `link-broken`."""
    _break_silence(SILENCE.read(token))


def is_left_in_peace(token: str) -> bool:
    """Whether the token's address gets no mail from here. Refusals: `link-broken`."""
    return is_silenced(SILENCE.read(token))


def resend(messages: Collection[int], *, by: User) -> int:
    """Try undeliverable mail anew, under its old Message-ID; return how many that were. Refusal: `not-for-mail`."""
    count = _undeliverable(messages, by).update(
        state=OutboxMessage.State.WAITING, attempts=0, next_attempt_at=timezone.now(), settled_at=None, reason=""
    )
    log.info("%s has %s mails sent again.", by.pk, count)
    transaction.on_commit(wake, robust=True)
    return count


def discard(messages: Collection[int], *, by: User) -> int:
    """Give undeliverable mail up for good; return how many that were. Refusal: `not-for-mail`."""
    count = _undeliverable(messages, by).update(state=OutboxMessage.State.WITHDRAWN, settled_at=timezone.now())
    log.info("%s has discarded %s mails.", by.pk, count)
    return count


def topic_unknown() -> Refusal:
    """Return what is said of every topic that one cannot subscribe to: nobody can tell why."""
    return Refusal("topic-unknown", _("One cannot subscribe to this, or no longer."), status=404)


def _count_request(client: str) -> None:
    if not REQUESTS.take(network_of(client)):
        sentence = _("Too much was asked for from your connection. Try again in an hour.")
        raise Refusal("too-many", sentence, status=429)


def _subscribe_member(topic: str, profile: Profile, kind: str, address: str) -> Subscription:
    in_force = {"kind": kind, "state": State.CONFIRMED, "confirmed_at": timezone.now(), "stopped_at": None}
    with transaction.atomic():
        _break_silence(address)
        return Subscription.objects.update_or_create(
            topic=topic, profile=profile, address="", defaults={**in_force, "language": get_language() or ""}
        )[0]


def _ask(topic: str, by: Profile | None, kind: str, address: str) -> None:
    """Note what is wanted for an address and ask its owner, unless they are asked already or it is in force."""
    language = get_language() or ""
    with transaction.atomic():
        new = {"kind": kind, "profile": by, "language": language}
        wish, _is_new = Subscription.objects.get_or_create(topic=topic, address=address, defaults=new)
        if wish.is_in_force and wish.kind == kind:
            return
        asked = {"asked_kind": kind, "asked_at": timezone.now(), "nonce": secrets.token_urlsafe(12)}
        if not wish.is_in_force:
            asked |= {"state": State.PENDING, "profile": by, "language": language}
        # Of many at once one asks: the others find that somebody has.
        idle = Subscription.objects.not_asked().filter(pk=wish.pk, state=wish.state)
        if not idle.update(**asked):
            return
        if not CONFIRMATIONS.take(mailbox_of(address)):
            transaction.set_rollback(True)  # nobody was asked, so nothing awaits an answer
            return
        facts = {"subscription": wish.public_id, "nonce": asked["nonce"]}
        to = Reader(language=language, address=address)
        notify(CONFIRM_NOTICE.name, occasion=f"confirm:{asked['nonce']}", to=[to], facts=facts)


def _stop(wishes: SubscriptionQuerySet) -> None:
    going = wishes.exclude(state=State.STOPPED, asked_at=None)
    # Without its nonce no old link begins it again.
    going.update(state=State.STOPPED, stopped_at=timezone.now(), nonce="", **NOTHING_ASKED)


def _break_silence(address: str) -> None:
    SilencedAddress.objects.filter(digest=digest_of(address)).delete()


def _undeliverable(messages: Collection[int], by: User) -> OutboxQuerySet:
    if not may_see_to_mail(by):
        raise Refusal("not-for-mail", _("You may not see to mail."), status=403)
    return OutboxMessage.objects.dead().filter(pk__in=messages)
