"""The publication's languages, and where the page at hand is found in each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language
from wagtail.models import Page

from broadsheet.publication.languages import direction_of, own_name
from broadsheet.publication.models import ArticlePage, FrontPage
from broadsheet.publication.public import absolute
from broadsheet.site.context import Frame, frame_of

# Their addresses name something that another language may not have: a page, a tag, the articles of a month.
_ONLY_IN_ONE_LANGUAGE = {"wagtail_serve", "tag", "archive_month"}
# Nor would the link of a mail be whole without what stands behind the question mark.
_ONLY_IN_ONE_LANGUAGE |= {"asked", "confirm", "overview", "silence", "stop"}


@dataclass(frozen=True)
class Tongue:
    """One language of the publication: its code, its own name for itself, and where to read in it."""

    code: str
    name: str
    direction: str
    url: str
    is_current: bool = False
    is_this_page: bool = False  # the url leads to the page at hand, not merely to the front page

    @property
    def address(self) -> str:
        """The url with the publication's address before it, as `hreflang` wants it."""
        return absolute(self.url)


def languages_of(page: Page | None, request: HttpRequest) -> list[Tongue]:
    """Return every language with the url of the page at hand, or of its front page where there is no such version.

    `page` is the Wagtail page that is drawn; None where the request's own address says what is.
    """
    frame = frame_of(request)
    here = _versions(page, frame) if page else _same_list(request)
    return [
        _tongue(code, here.get(code) or frame.url_of(frame.fronts[code]), is_this_page=code in here)
        for code, _name in settings.LANGUAGES
        if code in frame.fronts
    ]


def _tongue(code: str, url: str, *, is_this_page: bool) -> Tongue:
    return Tongue(code, own_name(code), direction_of(code), url, code == get_language(), is_this_page)


def _versions(page: Page, frame: Frame) -> dict[str, str]:
    versions: Iterable[Page]
    if isinstance(page, FrontPage):
        versions = frame.fronts.values()
    elif isinstance(page, ArticlePage):
        versions = page.versions
    else:
        versions = page.get_translations(inclusive=True).live().public().select_related("locale").defer_streamfields()
    return {version.locale.language_code: frame.url_of(version) for version in versions}


def _same_list(request: HttpRequest) -> dict[str, str]:
    """Return the addresses of a page that is made of a list: they differ by the language before them only."""
    match = request.resolver_match
    if not match or not match.url_name or match.url_name in _ONLY_IN_ONE_LANGUAGE:
        return {}
    urls = {code: translate_url(request.path, code) for code, _name in settings.LANGUAGES}
    return urls if len(set(urls.values())) == len(urls) else {}
