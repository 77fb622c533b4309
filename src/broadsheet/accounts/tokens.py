"""Tokens as programs send them: how one looks, how it is recognised, and whose it is."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from broadsheet.accounts.models import ApiToken
from broadsheet.accounts.rights import may_write_without_limits

# By this, those who look for secrets in published source know one.
BEGINNING = "broadsheet_"
SECRET_BYTES = 30  # forty characters; nobody guesses one
SHOWN = len(BEGINNING) + 4  # characters by which an owner knows it again
# Finer than that nobody needs to know when one was used, and reading writes no row each time.
USED_EVERY = timedelta(minutes=10)

_TOKEN = re.compile(rf"{BEGINNING}[A-Za-z0-9_-]{{40}}", re.ASCII)


def new_secret() -> str:
    """Return a token that nobody has."""
    return BEGINNING + secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    """Return what is kept of a token. It is random enough that a plain digest gives nothing away."""
    return hashlib.sha256(secret.encode()).hexdigest()


def sent_token(request: HttpRequest) -> str | None:
    """Return what a request bears as its token, whatever that is; None where it bears none.

    Another scheme is somebody else's: a password that a proxy in front asks for.
    """
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def token_of(secret: str) -> ApiToken | None:
    """Return the token that is in force, with its owner and their profile; None for any other text. Notes its use."""
    if not _TOKEN.fullmatch(secret):
        return None
    now = timezone.now()
    known = ApiToken.objects.in_force(now).filter(digest=digest_of(secret), owner__is_active=True)
    token = known.select_related("owner__profile").first()
    if token and (token.last_used_at is None or token.last_used_at < now - USED_EVERY):
        unseen = Q(last_used_at=None) | Q(last_used_at__lt=now - USED_EVERY)
        ApiToken.objects.filter(unseen, pk=token.pk).update(last_used_at=now)
    return token


def is_unlimited(token: ApiToken | None) -> bool:
    """Whether who sent `token` may write without limits: it was made for that, and its owner still may."""
    return token is not None and token.right == ApiToken.Right.UNLIMITED and may_write_without_limits(token.owner)
