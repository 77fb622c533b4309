"""The publication's public address, under which everything it tells the world about itself is found."""

from __future__ import annotations

from typing import Any

from django.conf import settings


def absolute(url: str) -> str:
    """Return a path of ours with the public address before it; what is absolute already stays, '' stays ''."""
    return url if not url or "://" in url else f"{settings.PUBLIC_ADDRESS}{url}"


def path_of(page: Any, near: object | None = None) -> str:
    """Return the path of a page; '' for one that has none.

    Where the languages' paths begin is looked up once for `near`, which lives as long as that is true: the request.
    """
    parts = page.get_url_parts(near) if page.pk and page.url_path else None
    return str(parts[2] or "") if parts else ""


def address_of(page: Any, near: object | None = None) -> str:
    """Return the public address of a page, whoever asks from wherever; '' for one that has none."""
    return absolute(path_of(page, near))


def canonical_address_of(page: Any, near: object | None = None) -> str:
    """Return the address under which a page shall be known: the original's, where the page is the same story again."""
    original = page.alias_of if page.alias_of_id else None
    return address_of(original.specific if original else page, near) or address_of(page, near)
