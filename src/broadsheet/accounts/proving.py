"""What follows when somebody proves, for the first time, that an address is theirs."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.http import HttpRequest

# Here one proves an address without having typed the account's password in this browser.
BY_CODE = "account_confirm_login_code"


def listen() -> None:
    """Begin to listen; called once, when the applications are ready."""
    email_confirmed.connect(forget_unproven_password)


def forget_unproven_password(sender: object, request: HttpRequest, email_address: EmailAddress, **_about: Any) -> None:
    """Take away the password of an account whose owner shows up only now.

    Anybody can sign up with another's address and a password of their own, and wait until its owner signs in by code.
    """
    user = email_address.user
    is_by_code = request.resolver_match is not None and request.resolver_match.url_name == BY_CODE
    if is_by_code and user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])
