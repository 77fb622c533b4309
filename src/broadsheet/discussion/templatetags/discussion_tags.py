"""The discussion below an article: `{% discussion article %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone

from broadsheet.discussion.drawing import Pen
from broadsheet.discussion.forms import blank_form
from broadsheet.discussion.models import Thread
from broadsheet.discussion.reading import DEFAULT_ORDER, first_page, order_named
from broadsheet.discussion.sorting import sorts
from broadsheet.publication.models import ArticlePage

register = template.Library()


@register.inclusion_tag("discussion/section.html", takes_context=True)
def discussion(context: RequestContext, article: ArticlePage) -> dict[str, Any]:
    """Draw count, orders, form, the first comments with their first replies, and the way to all others.

    At most six queries, however many comments there are.
    """
    request = context["request"]
    thread = Thread.objects.of(article)
    reader = request.visitor.profile
    order = order_named(request.GET.get("order", "")) or DEFAULT_ORDER
    page = first_page(thread, reader, order)
    pen = Pen(reader, article, is_open=not thread.is_closed)
    return {
        "article": article,
        "thread": thread,
        "tree": pen.tree(page.branches),
        "goes_on": bool(page.after),
        "sorts": sorts(article.get_url(request) or "", order, "#discussion"),
        "form": blank_form(request, thread.write_url, timezone.now()),
    }
