"""What people do with their accounts: become a guest, take a public name, join the newsroom, let programs in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from broadsheet.accounts.models import ApiToken, Profile, User
from broadsheet.accounts.names import NAME_LIMIT, clean_name
from broadsheet.accounts.rights import may_see_to_tokens, may_write_without_limits
from broadsheet.accounts.tokens import SHOWN, digest_of, new_secret
from broadsheet.accounts.topics import NAMES
from broadsheet.delivery.announce import announce
from broadsheet.delivery.topics import topic
from broadsheet.kernel.ids import public_id
from broadsheet.kernel.refusal import Refusal

EMAIL_LIMIT = 254  # characters: the longest there can be (RFC 5321), and what the column holds; Django lets 320 pass
MOST_TOKENS = 20  # in force, of one member: one for each program, and nobody has more than they can name
TOKEN_REVOKED = "broadsheet.revoke_token"  # in Wagtail's log, where it was somebody else's  # noqa: S105 - no password


@dataclass(frozen=True)
class MadeToken:
    """A new token; `secret` is what the program sends, to be shown once and never kept."""

    token: ApiToken
    secret: str


def new_guest(name: str, email: str = "") -> Profile:
    """Make a public name for somebody who does not sign in; the address is theirs to give, unproven, and never shown.

    Raises Refusal `name-missing`, `name-too-long` or `email-invalid`.
    """
    return Profile.objects.create(name=clean_name(name), email=clean_email(email))


def new_nameless_guest() -> Profile:
    """Make a profile for somebody who does something that bears no name, such as a vote."""
    return Profile.objects.create(name="")


def name_guest(profile: Profile, name: str, email: str = "") -> Profile:
    """Give a guest without a name the one they write under from now on; return their profile.

    Who has a name already, since somebody was quicker, is not renamed: then it is a new guest. Raises as `new_guest`.
    """
    given = {"name": clean_name(name), "email": clean_email(email)}
    nameless = Profile.objects.filter(pk=profile.pk, user=None, name="", erased_at=None)
    if nameless.update(**given):
        return Profile.objects.get(pk=profile.pk)
    return Profile.objects.create(**given)


def profile_of(user: User) -> Profile:
    """Return a member's profile, made when first needed.

    Its name is what the member is called in the newsroom, else an invented one: never a part of the address, which is
    nobody's business. The member may change it.
    """
    known = Profile.objects.filter(user=user).first()
    if known is not None:
        return known
    identifier = public_id()
    try:
        with transaction.atomic():
            return Profile.objects.create(user=user, name=_first_name_for(user, identifier), public_id=identifier)
    except IntegrityError:  # another request of the same member was first
        return Profile.objects.get(user=user)


def _first_name_for(user: User, identifier: str) -> str:
    try:
        return clean_name(f"{user.first_name} {user.last_name}"[:NAME_LIMIT])
    except Refusal:
        return _("Reader {id}").format(id=identifier[:4])


def rename(profile: Profile, *, to: str) -> Profile:
    """Let a profile speak under another name from now on, and its earlier words too.

    Raises Refusal `name-missing` or `name-too-long`.
    """
    profile.name = clean_name(to)
    with transaction.atomic():
        profile.save(update_fields=["name"])
        announce(topic("profiles", NAMES), "renamed")
    return profile


def add_colleague(
    email: str, *, password: str | None = None, first_name: str = "", last_name: str = "", is_superuser: bool = False
) -> User:
    """Make somebody of the newsroom whose address is known to be theirs: nothing is left to be verified.

    Without a password they sign in by a code that is mailed to them. For the command line, whose user vouches for it.
    """
    with transaction.atomic():
        user = User.objects.create_user(
            clean_email(email), password, first_name=first_name, last_name=last_name,
            is_staff=is_superuser, is_superuser=is_superuser,
        )  # fmt: skip
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def settle_colleague(user: User) -> None:
    """Make what the newsroom's list of users says the truth for signing in.

    The address given there is the only one, proven by a code at the next sign-in when it is new. Whoever was given no
    password has none, rather than an empty one.
    """
    with transaction.atomic():
        EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
        EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True, "verified": False})
        if not user.password:
            user.set_unusable_password()
            user.save(update_fields=["password"])


def make_token(name: str, *, by: User, right: str = ApiToken.Right.READ, days: int | None = None) -> MadeToken:
    """Let a program speak to the API in somebody's name, for so many `days` or until they revoke the token.

    Refusals: `name-missing`, `name-too-long`, `token-name-taken`, `too-many-tokens`, `no-such-right`.
    """
    if right not in ApiToken.Right.values or (right == ApiToken.Right.UNLIMITED and not may_write_without_limits(by)):
        raise Refusal("no-such-right", _("A token of yours cannot be given this right."), field="right")
    name, now, secret = _token_name(name), timezone.now(), new_secret()
    own = ApiToken.objects.filter(owner=by, revoked_at=None)
    own.filter(expires_at__lte=now).update(revoked_at=now)  # so that its name is free again
    if own.count() >= MOST_TOKENS:
        raise Refusal("too-many-tokens", _("You have very many tokens. Revoke those that no program uses any more."))
    try:
        with transaction.atomic():
            token = ApiToken.objects.create(
                owner=by, name=name, right=right, digest=digest_of(secret), prefix=secret[:SHOWN],
                expires_at=now + timedelta(days=days) if days else None,
            )  # fmt: skip
    except IntegrityError:
        sentence = _("You have a token of this name already. Take another name, or revoke that one.")
        raise Refusal("token-name-taken", sentence, field="name") from None
    return MadeToken(token, secret)


def revoke_token(token: ApiToken, *, by: User) -> ApiToken:
    """Let no program use a token any more: by its owner, or by who sees to everybody's. Revoked again is revoked.

    Raises Refusal `not-your-token`.
    """
    if token.owner_id != by.pk and not may_see_to_tokens(by):
        raise Refusal("not-your-token", _("Only who made a token can revoke it."), status=403)
    with transaction.atomic():
        is_first = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
        if is_first and token.owner_id != by.pk:
            log(token, TOKEN_REVOKED, user=by)
    token.refresh_from_db()
    return token


def _token_name(text: str) -> str:
    try:
        return clean_name(text)
    except Refusal as refusal:
        if refusal.code == "name-missing":
            sentence = _("Name the program that the token is for.")
            raise Refusal(refusal.code, sentence, field=refusal.field) from None
        raise


def clean_email(text: str) -> str:
    """Return an address in lower case, or an empty string for none. Raises Refusal `email-invalid`."""
    email = text.strip().lower()
    if email:
        try:
            if len(email) > EMAIL_LIMIT:
                raise ValidationError("too long")
            validate_email(email)
        except ValidationError:
            sentence = _("This is no e-mail address. Leave it empty, or write it like name@example.org.")
            raise Refusal("email-invalid", sentence, field="email") from None
    return email
