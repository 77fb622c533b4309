"""E-mail addresses: which ones we write to, in the one form that each is known by."""

from __future__ import annotations

import re

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from broadsheet.kernel.refusal import Refusal

# RFC 5321. Longer ones cannot be delivered; checked first, since reading a very long name takes very long.
ADDRESS_LIMIT, NAME_LIMIT, DOMAIN_LIMIT = 254, 64, 253

# Less than the standard allows, as much as people have. Missing by intent: quotes and brackets, which let a name hold
# anything; `%` and `!`, by which old servers pass mail on to a third; `*`, `,` and the like, which stand for many.
_NAME = re.compile(r"[a-z0-9#$&'/=?^_`{|}~+-]+(\.[a-z0-9#$&'/=?^_`{|}~+-]+)*")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# The last part is never a number, or an IP address would be a domain.
_DOMAIN = re.compile(rf"({_LABEL}\.)+(?!\d+$){_LABEL}")

# Two standards write these letters of a domain differently, so that the mail may go to somebody else.
_AMBIGUOUS = frozenset("ßς\u200c\u200d")


def clean_address(text: str) -> str:
    """Return the address in the form it is known by: lower case, an international domain in its ASCII form.

    Raises Refusal `address-missing` or `address-invalid`.
    """
    # Only spaces are taken off: a line end would have been typed by no form of ours.
    address = text.strip(" ")
    if not address:
        raise Refusal("address-missing", _("Write your e-mail address."), field="email")
    typed_name, at, typed_domain = address.rpartition("@")
    name, domain = typed_name.lower(), _ascii_domain(typed_domain)
    if not at or not _is_deliverable(name, domain):
        sentence = _("This is no address we can write to. Write it like name@example.org.")
        raise Refusal("address-invalid", sentence, field="email")
    return f"{name}@{domain}"


def mailbox_of(address: str) -> str:
    """Return what limits count a clean address as: what follows a plus, and dots in the name, change no mailbox."""
    name, _at, domain = address.rpartition("@")
    return f"{name.partition('+')[0].replace('.', '')}@{domain}"


def digest_of(address: str) -> str:
    """Return what stands for an address where nobody shall read it; only who has the secret key can compute it."""
    return salted_hmac("broadsheet.notification.address", address, algorithm="sha256").hexdigest()


def _ascii_domain(text: str) -> str:
    """Return the form of a domain that is looked up; empty when there is none, or two."""
    if len(text) > DOMAIN_LIMIT or _AMBIGUOUS & set(text.lower()):
        return ""
    try:
        return text.lower().encode("idna").decode("ascii").lower()
    except UnicodeError:  # an empty or an overlong part, a forbidden character
        return ""


def _is_deliverable(name: str, domain: str) -> bool:
    return (
        len(name) <= NAME_LIMIT
        and len(domain) <= DOMAIN_LIMIT
        and len(name) + 1 + len(domain) <= ADDRESS_LIMIT
        and _NAME.fullmatch(name) is not None
        and _DOMAIN.fullmatch(domain) is not None
    )
