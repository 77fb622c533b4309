"""What every page needs to know of the publication: its identity, its front page and its ways in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Page, Site

from broadsheet.publication.colour import DEFAULT_ACCENT
from broadsheet.publication.drawing import Place, drawing_of
from broadsheet.publication.models import FrontPage, PublicationSettings, Section, StandardPage

DESIGNED = PublicationSettings(accent=DEFAULT_ACCENT).palette  # it is in the stylesheet of every page


@dataclass(frozen=True)
class Way:
    """One entry of the navigation."""

    label: str
    url: str
    current: str = ""  # the value of aria-current: "page", or "true" on the pages below it


def publication(request: HttpRequest) -> dict[str, object]:
    """Add what base.html draws around every page; each part is asked of the database when it is drawn, not before."""
    front: Any = SimpleLazyObject(_front_page)
    children: Any = SimpleLazyObject(lambda: _children(front))
    identity: Any = SimpleLazyObject(lambda: _identity(request))
    return {
        "publication": identity,
        "publication_name": SimpleLazyObject(lambda: _name(front, identity)),
        "logo": SimpleLazyObject(lambda: drawing_of(identity.logo, Place.LOGO) if identity and identity.logo else None),
        "has_own_colours": SimpleLazyObject(lambda: bool(identity) and identity.palette != DESIGNED),
        "front": front,
        "front_url": SimpleLazyObject(lambda: _url(front, request) or reverse("wagtail_serve", args=[""])),
        "navigation": SimpleLazyObject(lambda: _navigation(front, children, request)),
        "standard_pages": SimpleLazyObject(lambda: _ways(children, StandardPage, request)),
    }


def _identity(request: HttpRequest) -> PublicationSettings | None:
    return PublicationSettings.for_request(request) if Site.find_for_request(request) else None


def _front_page() -> FrontPage | None:
    front: FrontPage | None = FrontPage.objects.live().filter(locale__language_code=get_language()).first()
    return front


def _url(page: Any, request: HttpRequest) -> str:
    return (page.get_url(request) or "") if page else ""


def _name(front: Any, identity: Any) -> str:
    return (front and front.title) or (identity and identity.name) or settings.WAGTAIL_SITE_NAME


def _children(front: Any) -> list[Page]:
    """Return the sections and standard pages in the order the newsroom gave them."""
    return list(front.get_children().live().public().order_by("path").defer_streamfields()) if front else []


def _ways(pages: Any, kind: type[Page], request: HttpRequest) -> list[Way]:
    return [_way(page, request) for page in pages if issubclass(page.specific_class, kind)]


def _way(page: Page, request: HttpRequest, label: str = "") -> Way:
    url = _url(page, request)
    return Way(label or page.title, url, _current(url, request, is_alone=issubclass(page.specific_class, FrontPage)))


def _current(url: str, request: HttpRequest, *, is_alone: bool = False) -> str:
    """Return the value of `aria-current` for a link; a page that `is_alone` has nothing below it."""
    if url == request.path:
        return "page"
    return "true" if url and not is_alone and request.path.startswith(url) else ""


def _navigation(front: Any, children: Any, request: HttpRequest) -> list[Way]:
    """Return the newsroom's own navigation; where it made none, every section and the archive."""
    if not front:
        return []
    if front.navigation:
        return [way for entry in front.navigation if (way := _chosen_way(entry, request))]
    archive = reverse("publication:archive")
    return [*_ways(children, Section, request), Way(_("Archive"), archive, _current(archive, request))]


def _chosen_way(entry: Any, request: HttpRequest) -> Way | None:
    if entry.block_type == "address":
        url = entry.value["url"]
        return Way(entry.value["label"], url, _current(url, request, is_alone=True))
    page = entry.value["page"]
    return _way(page, request, entry.value["label"]) if page and page.live else None
