"""Which addresses an editor may link to: those that anybody may, and this publication's own paths."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from broadsheet.kernel.markup import is_address

# `//host` and `/\host` lead elsewhere in a browser, and a browser drops what is below a space before it looks.
_OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


def is_web_address(address: str) -> bool:
    """Whether `address` is an absolute web address that may be linked to; its host may be written in any script."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        is_port_sound = parts.port != 0  # raises on a port that is no number
        if not host.isascii():
            address = address.replace(parts.netloc, parts.netloc.encode("idna").decode("ascii"), 1)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and is_port_sound and is_address(address)


def is_mail_address(address: str) -> bool:
    """Whether `address` opens a mail to somebody, and says nothing else."""
    return address[:7].lower() == "mailto:" and is_address(address)


def is_own_path(address: str) -> bool:
    """Whether `address` is a path on this publication."""
    return _OWN_PATH.fullmatch(address) is not None


def check_web_address(address: str, *, paths_too: bool = False) -> None:
    """Raise ValidationError unless one may link to `address`; with `paths_too` a path of ours will do as well."""
    if is_web_address(address) or (paths_too and is_own_path(address)):
        return
    raise ValidationError(_("Give an address that begins with http:// or https://."), code="web-address")


def validate_web_address(address: str) -> None:
    """Raise ValidationError unless `address` is on the web; for model fields."""
    check_web_address(address)
