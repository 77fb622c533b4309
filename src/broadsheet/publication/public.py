"""The publication's public address, under which everything it tells the world about itself is found."""

from __future__ import annotations

from typing import Any

from django.conf import settings


def absolute(url: str) -> str:
    """Return a path of ours with the public address before it; what is absolute already stays, '' stays ''."""
    return url if not url or "://" in url else f"{settings.PUBLIC_ADDRESS}{url}"


def address_of(page: Any) -> str:
    """Return the public address of a page, whoever asks from wherever; '' for one that has none."""
    parts = page.get_url_parts() if page.pk and page.url_path else None
    return f"{settings.PUBLIC_ADDRESS}{parts[2]}" if parts and parts[2] else ""


def canonical_address_of(page: Any) -> str:
    """Return the address under which a page shall be known: the original's, where the page is the same story again."""
    original = page.alias_of if page.alias_of_id else None
    return address_of(original.specific if original else page) or address_of(page)
