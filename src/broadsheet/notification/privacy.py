"""What notification keeps of a person: what they want to be told of, and the mails on their way."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile
from broadsheet.accounts.privacy import PrivacyPart
from broadsheet.notification.models import OutboxMessage, Subscription, SubscriptionQuerySet
from broadsheet.notification.recipients import proven_address_of


def _of(profile: Profile) -> SubscriptionQuerySet:
    """Their own, and those of the address that a member has proven; a guest's address is proven by no one."""
    own = Q(profile=profile)
    address = proven_address_of(profile)
    return Subscription.objects.filter(own | Q(address=address) if address else own)


def _export(profile: Profile) -> list[dict[str, Any]]:
    return [
        {"topic": wish.topic, "kind": wish.kind, "state": wish.state, "since": wish.created_at.isoformat()}
        for wish in _of(profile).order_by("pk")
    ]


def _erase(profile: Profile) -> None:
    wishes = _of(profile)
    address = proven_address_of(profile)
    theirs = Q(profile=profile) | Q(subscription__in=wishes.values("pk"))
    OutboxMessage.objects.filter(theirs | Q(address=address) if address else theirs).delete()
    wishes.delete()


SUBSCRIPTIONS = PrivacyPart("subscriptions", _("subscriptions"), _export, _erase)
