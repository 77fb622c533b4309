"""Which pages are kept for some readers: by a password, for those who sign in, for groups."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.db.models.functions import Length, Substr
from wagtail.models import PageViewRestriction


def is_restricted() -> Exists:
    """Return the condition that a page, or one above it, is kept for some: `pages.exclude(is_restricted())`.

    Wagtail's `public()` says the same with a query of its own.
    """
    return Exists(PageViewRestriction.objects.filter(page__path=Substr(OuterRef("path"), 1, Length("page__path"))))
