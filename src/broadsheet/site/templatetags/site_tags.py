"""What only the composed pages know: a page's other languages, and articles as lists show them."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.http import HttpRequest
from wagtail.models import Page

from broadsheet.publication.models import ArticlePage
from broadsheet.site.languages import Tongue, languages_of
from broadsheet.site.stories import Story, stories_of

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
def story(context: template.Context, article: ArticlePage) -> Story:
    """Return one article as a list shows it."""
    return stories_of([article], context["request"])[0]
