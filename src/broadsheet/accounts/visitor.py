"""Who is reading: a member, a guest who has written before, a program, or nobody we know. Reading sets no cookie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from broadsheet.accounts.actions import profile_of
from broadsheet.accounts.models import ApiToken, Profile
from broadsheet.accounts.tokens import sent_token, token_of
from broadsheet.kernel.refusal import Refusal

if TYPE_CHECKING:
    from broadsheet.accounts.models import User

GUEST_COOKIE = "broadsheet_guest"
GUEST_SALT = "broadsheet.accounts.guest"
GUEST_FOR = timedelta(days=365)


class Visitor:
    """The person behind a request; asked of cookies and database only when somebody wants to know."""

    token: ApiToken | None = None  # what a program sent in their name

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def user(self) -> User | AnonymousUser:
        """Who is signed in, or Django's anonymous user."""
        user: User | AnonymousUser = self._request.user
        return user

    @cached_property
    def profile(self) -> Profile | None:
        """The public name of the member, else of the guest whom the cookie names, else None.

        A member is never taken for the guest who used this browser before, not even one who has no public name yet.
        """
        if self.user.is_authenticated:
            return Profile.objects.filter(user=self.user).first()
        return guest_of(self._request)


class TokenVisitor(Visitor):
    """The member in whose name a program asks, whatever cookies came along with its token."""

    def __init__(self, request: HttpRequest, token: ApiToken) -> None:
        super().__init__(request)
        self.token = token
        self.user = token.owner
        # A member who has never written has no public name yet.
        self.profile = getattr(token.owner, "profile", None)


def admit_by_token(request: HttpRequest) -> None:
    """Let a request that bears a token be its owner's. Only the API asks for this: no page is opened by a token.

    Raises Refusal `token-unknown`: who was to be somebody is not answered as if they were nobody.
    """
    secret = sent_token(request)
    if secret is None:
        return
    token = token_of(secret)
    if token is None:
        sentence = _("This token is not known, has expired or was revoked. Its owner can make another one.")
        raise Refusal("token-unknown", sentence, status=401)
    request.visitor = TokenVisitor(request, token)  # type: ignore[attr-defined]


def person_of(request: HttpRequest) -> Profile | None:
    """Return the public name of who asks: a member's, made now if they have none, a guest's, else None."""
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]
    return visitor.profile if isinstance(visitor.user, AnonymousUser) else profile_of(visitor.user)


class VisitorMiddleware:
    """Gives every request its `visitor`, and keeps what is for one person out of every cache.

    It stands outside the middleware that sets cookies, so that it sees all of them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.visitor = Visitor(request)  # type: ignore[attr-defined]
        response = self.get_response(request)
        patch_vary_headers(response, ["Cookie"])
        if bears_identity(request) or request.visitor.token or response.cookies:  # type: ignore[attr-defined]
            response["Cache-Control"] = "private, no-store"
        return response


def bears_identity(request: HttpRequest) -> bool:
    """Whether the request may be answered for one person: by a cookie of ours, or because it says who sends it."""
    return "Authorization" in request.headers or any(name in request.COOKIES for name in identifying_cookies())


def identifying_cookies() -> tuple[str, ...]:
    """Return the names of the cookies that may make an answer one person's: session, guest, a waiting message."""
    return (settings.SESSION_COOKIE_NAME, GUEST_COOKIE, "messages")


def guest_of(request: HttpRequest) -> Profile | None:
    """Return the guest whom the request's cookie names; None for no cookie, an old one and one that is not ours."""
    signer = signing.TimestampSigner(salt=GUEST_SALT)
    try:
        name = signer.unsign(request.COOKIES.get(GUEST_COOKIE, ""), max_age=GUEST_FOR)
    except (signing.BadSignature, ValueError):  # ValueError: what cannot even be read as text with a time
        return None
    return Profile.objects.filter(public_id=name, user=None, erased_at=None).first()


def remember_guest(response: HttpResponseBase, profile: Profile) -> None:
    """Let this browser speak as the guest for a year. A member's profile is never put into a cookie."""
    if not profile.is_guest:
        raise ValueError("Only a guest is remembered by a cookie; members sign in.")
    response.set_cookie(
        GUEST_COOKIE,
        signing.TimestampSigner(salt=GUEST_SALT).sign(profile.public_id),
        max_age=GUEST_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget_guest(response: HttpResponseBase) -> None:
    """Let this browser speak as nobody."""
    response.delete_cookie(GUEST_COOKIE, samesite="Lax")
