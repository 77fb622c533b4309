"""What only the composed pages know: a page's other languages, and articles as lists show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django import template
from django.http import HttpRequest
from django.utils.translation import get_language
from wagtail.models import Page

from broadsheet.publication.drawing import Arrival, Place
from broadsheet.publication.models import ArticlePage, Section
from broadsheet.site.languages import Tongue, languages_of
from broadsheet.site.stories import Desk, Story, desks_of, most_discussed, stories_of

register = template.Library()


@register.simple_tag(takes_context=True)
def page_languages(context: template.Context) -> list[Tongue]:
    """Return the publication's languages, each with the url of the page at hand in it."""
    request, page = context.get("request"), context.get("page")
    if not isinstance(request, HttpRequest):
        return []
    return languages_of(page if isinstance(page, Page) else None, request)


@register.simple_tag(takes_context=True)
def stories(context: template.Context, articles: Iterable[ArticlePage]) -> list[Story]:
    """Return articles as a list shows them: `{% stories articles as list %}`."""
    return stories_of(list(articles), context["request"])


@register.simple_tag(takes_context=True)
def lead_story(context: template.Context, article: ArticlePage) -> Story:
    """Return the article that a front page opens with: its picture is larger and comes with the page."""
    return stories_of([article], context["request"], Place.FRONT, Arrival.NOW)[0]


@register.simple_tag(takes_context=True)
def desks(context: template.Context, by_section: Sequence[tuple[Section, Sequence[ArticlePage]]]) -> list[Desk]:
    """Return the rows of the front page."""
    return desks_of(by_section, context["request"])


@register.simple_tag(takes_context=True)
def discussed_stories(context: template.Context) -> list[Story]:
    """Return the stories of the active language that most is said about."""
    return stories_of(most_discussed(get_language() or ""), context["request"])
