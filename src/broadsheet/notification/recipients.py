"""Where a reader is written to: at an address that was proven to be theirs."""

from __future__ import annotations

from collections.abc import Collection

from allauth.account.models import EmailAddress

from broadsheet.accounts.models import Profile
from broadsheet.kernel.refusal import Refusal
from broadsheet.notification.addresses import clean_address, digest_of
from broadsheet.notification.models import SilencedAddress, SubscriptionQuerySet


def proven_address_of(profile: Profile) -> str:
    """Return the address a member is written to; empty for a guest, and for a member who has proven none."""
    return proven_addresses_of([profile]).get(profile.pk, "")


def proven_addresses_of(profiles: Collection[Profile]) -> dict[int, str]:
    """Return the address of each member by the profile's primary key: their main one where they have several."""
    members = {profile.user_id: profile.pk for profile in profiles if not profile.is_guest}
    rows = EmailAddress.objects.filter(user__in=list(members), verified=True, user__is_active=True)
    # The main one comes last and wins.
    known = {members[row.user_id]: _writable(row.email) for row in rows.order_by("primary", "-pk")}
    return {pk: address for pk, address in known.items() if address}


def has_proven(profile: Profile, address: str) -> bool:
    """Whether a member has proven that the clean address is theirs."""
    if profile.is_guest:
        return False
    rows = EmailAddress.objects.filter(user=profile.user_id, verified=True, user__is_active=True)
    return address in {_writable(row.email) for row in rows}


def of_others(wishes: SubscriptionQuerySet, than: Profile) -> SubscriptionQuerySet:
    """Keep the subscriptions by which `than` would not read of their own doing: by name, or at an address of theirs."""
    addresses = [address for address in (than.email, proven_address_of(than)) if address]
    return wishes.exclude(profile=than).exclude(address__in=addresses)


def is_silenced(address: str) -> bool:
    """Whether the owner of the address wants no mail from here."""
    return SilencedAddress.objects.filter(digest=digest_of(address)).exists()


def _writable(email: str) -> str:
    """Signing in takes addresses that mail does not: quoted ones. Empty for those."""
    try:
        return clean_address(email)
    except Refusal:
        return ""
