"""What is kept of a person: everything shown to them as data, everything erased when they ask for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import ApiToken, Profile, User
from broadsheet.accounts.rights import may_enter_newsroom
from broadsheet.accounts.topics import NAMES
from broadsheet.delivery.announce import announce
from broadsheet.delivery.topics import topic
from broadsheet.kernel.ids import public_id
from broadsheet.kernel.refusal import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

NOWHERE = "erased.invalid"  # a domain that will never be anybody's (RFC 2606)


def _nothing_to_hold(profile: Profile) -> None:
    """Nobody else locks rows of this part."""


@dataclass(frozen=True)
class PrivacyPart:
    """A seam: what accounts must know of what a module keeps of a person.

    `label` names it on the person's own page. `export` returns it whole, as values that JSON can hold, an empty one
    where there is nothing. `erase` takes it away, or takes away what tells whose it was where others rely on it; it is
    called in a transaction, the profile's row locked, and may be called for a profile that was erased before. `hold`
    locks, before the profile's row, what others lock before they write something that names the profile.
    """

    name: str
    label: str | _StrPromise
    export: Callable[[Profile], Any]
    erase: Callable[[Profile], None]
    hold: Callable[[Profile], None] = _nothing_to_hold


_parts: dict[str, PrivacyPart] = {}


def add_privacy_part(part: PrivacyPart) -> None:
    """Make a part known; called once, from the owning module's `AppConfig.ready()`."""
    if part.name in _parts:
        raise ValueError(f"There is a privacy part {part.name!r} already.")
    _parts[part.name] = part


def privacy_parts() -> tuple[PrivacyPart, ...]:
    """Return every part, in the order of their names."""
    return tuple(_parts[name] for name in sorted(_parts))


def export_person(profile: Profile, now: datetime | None = None) -> dict[str, Any]:
    """Return everything that is kept of a person, by part; values that JSON can hold, times in UTC."""
    exported = {part.name: part.export(profile) for part in privacy_parts()}
    return {"exported_at": (now or timezone.now()).isoformat(), **exported}


def erase_person(profile: Profile) -> None:
    """Erase what is kept of a person, and the account of a member; what is left says no longer whose it was.

    Refusal `of-the-newsroom`: the newsroom's people sign what they decide and publish; an administrator sees to them.
    """
    with transaction.atomic():
        for part in privacy_parts():
            part.hold(profile)
        locked = Profile.objects.select_for_update(of=("self",)).select_related("user").get(pk=profile.pk)
        user = locked.user
        if user is not None and may_enter_newsroom(user):
            sentence = _("Your account belongs to the newsroom. Ask an administrator to take it out of there first.")
            raise Refusal("of-the-newsroom", sentence, status=403)
        for part in privacy_parts():
            part.erase(locked)
        _erase_account(locked, user)


def _erase_account(profile: Profile, user: User | None) -> None:
    # The row stays, for tombstones hang on it; the member's own goes, once the profile hangs on it no more.
    Profile.objects.filter(pk=profile.pk).update(user=None, name="", email="", erased_at=timezone.now())
    announce(topic("profiles", NAMES), "erased")
    if user is not None:
        _delete_or_empty(user)


def _delete_or_empty(user: User) -> None:
    """Delete an account; one that decisions or books name, since its owner was of the newsroom once, is emptied."""
    try:
        with transaction.atomic():
            user.delete()
    except ProtectedError:
        EmailAddress.objects.filter(user=user).delete()
        Authenticator.objects.filter(user=user).delete()
        user.email, user.first_name, user.last_name = f"{public_id()}@{NOWHERE}", "", ""
        user.is_active = user.is_staff = user.is_superuser = False
        user.set_unusable_password()
        user.save()


def _export_account(profile: Profile) -> dict[str, Any]:
    account: dict[str, Any] = {"name": profile.name, "since": profile.created_at.isoformat()}
    user = profile.user
    if user is None:
        return account | {"email": profile.email}
    addresses = EmailAddress.objects.filter(user=user).order_by("pk")
    return account | {
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "member_since": user.date_joined.isoformat(),
        "last_signed_in": user.last_login.isoformat() if user.last_login else None,
        "addresses": [{"email": known.email, "is_verified": known.verified} for known in addresses],
    }


def _nothing_more(profile: Profile) -> None:
    """The account itself goes last, when no other part needs it to find its own."""


ACCOUNT = PrivacyPart("account", _("your name and address"), _export_account, _nothing_more)


def _export_tokens(profile: Profile) -> list[dict[str, Any]]:
    tokens = ApiToken.objects.filter(owner=profile.user).order_by("created_at", "pk") if profile.user else ()
    return [
        {
            "name": token.name,
            "begins_with": token.prefix,
            "right": token.right,
            "made_at": token.created_at.isoformat(),
            "expires_at": token.expires_at.isoformat() if token.expires_at else None,
            "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
            "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
        }
        for token in tokens
    ]


def _erase_tokens(profile: Profile) -> None:
    if profile.user:
        ApiToken.objects.filter(owner=profile.user).delete()


TOKENS = PrivacyPart("tokens", _("API tokens"), _export_tokens, _erase_tokens)
