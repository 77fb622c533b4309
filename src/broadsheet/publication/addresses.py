"""Which addresses an editor may link to."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def is_web_address(address: str) -> bool:
    """Whether `address` is an absolute http or https address with a host, and without a name or password in it."""
    if any(ord(character) <= 32 or ord(character) == 127 or character == "\\" for character in address):
        return False
    try:
        parts = urlsplit(address)
        is_port_sound = parts.port != 0  # raises on a port that is no number
    except ValueError:
        return False
    return is_port_sound and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def is_own_path(address: str) -> bool:
    """Whether `address` is a path on this publication: `//host` and `/\\host` lead elsewhere in a browser."""
    return (
        address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and not any(ord(character) <= 32 or ord(character) == 127 for character in address)
    )


def check_web_address(address: str, *, paths_too: bool = False) -> None:
    """Raise ValidationError unless one may link to `address`; with `paths_too` a path of ours will do as well."""
    if is_web_address(address) or (paths_too and is_own_path(address)):
        return
    raise ValidationError(_("Give an address that begins with http:// or https://."), code="web-address")


def validate_web_address(address: str) -> None:
    """Raise ValidationError unless `address` is on the web; for model fields."""
    check_web_address(address)
