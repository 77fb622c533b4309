"""What only the composed pages know: a page's other languages, and articles as lists show them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django import template
from django.http import HttpRequest
from django.template.context import RequestContext
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page

from broadsheet.discussion.asking import thread_on
from broadsheet.publication.models import ArticlePage, Section
from broadsheet.site.languages import Tongue, languages_of
from broadsheet.site.stories import Discussed, FrontStories, Story, front_stories_of, most_discussed, stories_of

register = template.Library()

STYLE = re.compile(r' style="[^"]*"')


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
def front_stories(
    context: template.Context,
    lead: ArticlePage,
    others: Sequence[ArticlePage],
    by_section: Sequence[tuple[Section, Sequence[ArticlePage]]],
) -> FrontStories:
    """Return the stories of a front page, of the lists that it was given."""
    return front_stories_of(lead, others, by_section, context["request"])


@register.simple_tag(takes_context=True)
def discussed(context: template.Context) -> list[Discussed]:
    """Return what most is said about in the active language."""
    return most_discussed(context["request"])


@register.simple_tag(takes_context=True)
def comment_count(context: RequestContext, article: ArticlePage) -> int | None:
    """Return how much everybody can read below an article; None where its discussion is switched off."""
    thread = thread_on(context["request"], article)
    return None if thread.is_off else thread.comment_count


@register.filter
def without_styles(html: SafeString) -> SafeString:
    """Return HTML of somebody else's template without its style attributes."""
    # Safe: nothing is added to what was.
    return mark_safe(STYLE.sub("", html))  # noqa: S308
