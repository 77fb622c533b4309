"""What every page needs to know of the publication: its identity, its front page and its ways in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Page, Site

from broadsheet.delivery.shown import shows
from broadsheet.delivery.topics import topic
from broadsheet.publication.addresses import is_own_path, is_web_address
from broadsheet.publication.colour import DEFAULT_ACCENT, name_of
from broadsheet.publication.drawing import Drawing, Place, drawing_of
from broadsheet.publication.models import FrontPage, PublicationSettings, Section, StandardPage
from broadsheet.publication.restrictions import is_restricted
from broadsheet.site.demo_mail import has_mails

DESIGNED = PublicationSettings(accent=DEFAULT_ACCENT).palette  # it is in the stylesheet of every page


@dataclass(frozen=True)
class Way:
    """One entry of the navigation."""

    label: str
    url: str
    current: str = ""  # the value of aria-current: "page", or "true" on the pages below it


class Frame:
    """What stands around the pages of one request; each part is asked of the database once, when it is first drawn."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        shows(topic("publication", "everywhere"))

    @cached_property
    def identity(self) -> PublicationSettings | None:
        """Name, logo and colours; None before there is a publication."""
        return PublicationSettings.for_request(self._request) if Site.find_for_request(self._request) else None

    @cached_property
    def fronts(self) -> dict[str, FrontPage]:
        """The front pages by the codes of their languages."""
        return {front.language: front for front in FrontPage.objects.live().select_related("locale")}

    @cached_property
    def front(self) -> FrontPage | None:
        """The front page in the page's language."""
        return self.fronts.get(get_language() or "")

    @cached_property
    def children(self) -> list[Page]:
        """The sections and standard pages below it, in the order the newsroom gave them."""
        if not self.front:
            return []
        return list(self.front.get_children().live().exclude(is_restricted()).order_by("path"))

    @property
    def name(self) -> str:
        """What the publication is called in the page's language."""
        named = (self.front and self.front.title) or (self.identity and self.identity.name)
        return named or settings.WAGTAIL_SITE_NAME

    @cached_property
    def logo(self) -> Drawing | None:
        """What is drawn in place of the name."""
        return drawing_of(self.identity.logo, Place.LOGO) if self.identity and self.identity.logo else None

    @cached_property
    def colours_url(self) -> str:
        """Where the publication's own colours are, as they are now; '' where it has the design's."""
        palette = self.identity.palette if self.identity else DESIGNED
        return "" if palette == DESIGNED else f"{reverse('publication:colours')}?v={name_of(palette)}"

    @property
    def mails_url(self) -> str:
        """Where the demo shows what it would mail; '' elsewhere."""
        return reverse("demo_mails") if has_mails() else ""

    @property
    def front_url(self) -> str:
        """Where the name leads."""
        return self.url_of(self.front) or reverse("wagtail_serve", args=[""])

    @cached_property
    def navigation(self) -> list[Way]:
        """The newsroom's own choice; where it made none, every section and the archive."""
        if not self.front:
            return []
        if self.front.navigation:
            return self._chosen(self.front.navigation)
        archive = reverse("publication:archive")
        return [*self._ways(Section), Way(_("Archive"), archive, self._current(archive))]

    @cached_property
    def standard_pages(self) -> list[Way]:
        """The pages that stand by themselves: about us, imprint, privacy."""
        return self._ways(StandardPage)

    def url_of(self, page: Page | None) -> str:
        """Return the path of a page; '' for none, and for one that is not served."""
        return (page.get_url(self._request) or "") if page else ""

    def _ways(self, kind: type[Page]) -> list[Way]:
        return [self._way(page) for page in self.children if issubclass(page.specific_class, kind)]

    def _way(self, page: Page, label: str = "") -> Way:
        url = self.url_of(page)
        return Way(label or page.title, url, self._current(url, is_alone=issubclass(page.specific_class, FrontPage)))

    def _chosen(self, entries: Any) -> list[Way]:
        """The ways that the newsroom chose, as far as everybody may go there; one query, past what Wagtail asks."""
        raw = list(entries.raw_data)
        pages = {entry["value"]["page"] for entry in raw if entry["type"] == "page" and entry["value"]["page"]}
        shows(*(topic("article", pk) for pk in pages))
        public = Page.objects.filter(pk__in=pages).live().exclude(is_restricted()).in_bulk() if pages else {}
        ways = []
        for entry in raw:
            if entry["type"] == "address":
                ways += self._to_address(entry["value"]["url"], entry["value"]["label"])
            elif page := public.get(entry["value"]["page"]):
                ways.append(self._way(page, entry["value"]["label"] or ""))
        return ways

    def _to_address(self, url: str, label: str) -> list[Way]:
        is_address = is_web_address(url) or is_own_path(url)  # not every way into the database leads through the form
        return [Way(label, url, self._current(url, is_alone=True))] if is_address else []

    def _current(self, url: str, *, is_alone: bool = False) -> str:
        """Return the value of `aria-current` for a link; a page that `is_alone` has nothing below it."""
        if url == self._request.path:
            return "page"
        return "true" if url and not is_alone and self._request.path.startswith(url) else ""


def frame_of(request: HttpRequest) -> Frame:
    """Return the frame of a request, the same one for everybody who asks."""
    frame = getattr(request, "_broadsheet_frame", None)
    if not isinstance(frame, Frame):
        frame = request._broadsheet_frame = Frame(request)  # type: ignore[attr-defined]
    return frame


def publication(request: HttpRequest) -> dict[str, object]:
    """Add what base.html draws around every page."""
    frame = frame_of(request)
    return {
        "publication": SimpleLazyObject(lambda: frame.identity),
        "publication_name": SimpleLazyObject(lambda: frame.name),
        "front": SimpleLazyObject(lambda: frame.front),
        "frame": frame,
    }
