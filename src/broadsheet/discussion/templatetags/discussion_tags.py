"""The discussion below an article: `{% talk article as talk %}{% discussion talk %}`."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.safestring import SafeString

from broadsheet.discussion.asking import order_asked_for, settings_of, thread_on
from broadsheet.discussion.forms import blank_form, reader_of, reads_as_moderator
from broadsheet.discussion.inviting import invitation_to
from broadsheet.discussion.picks import offer_picks
from broadsheet.discussion.reading import first_page
from broadsheet.discussion.subscribing import notify_form
from broadsheet.discussion.talk import Talk
from broadsheet.publication.models import ArticlePage

register = template.Library()


@register.simple_tag(takes_context=True)
def talk(context: RequestContext, article: ArticlePage) -> Talk:
    """Return what the article's page shows of its thread; modules above may add to it before it is drawn."""
    request = context["request"]
    thread, reader, decided = thread_on(request, article), reader_of(request), settings_of(request)
    order = order_asked_for(request) or decided.order
    shown = Talk(
        article, thread, reader, partial(first_page, thread, reader, order),
        url=article.get_url(request) or "", fragment="#discussion", order=order,
        decided=decided, show=request.GET.get("show", ""), may_moderate=reads_as_moderator(request),
    )  # fmt: skip
    offer_picks(shown)
    return shown


@register.inclusion_tag("discussion/section.html", takes_context=True)
def discussion(context: RequestContext, talk: Talk, aside: SafeString | str = "") -> dict[str, Any]:
    """Draw count, orders, form, the first comments with their first replies, and the way to all others.

    `aside` stands beside them. At most six queries with those of `talk`, however many comments there are, and one
    more for the votes of somebody we know. Where the discussion is switched off, draw nothing.
    """
    if talk.thread.is_off:
        return {}
    request = context["request"]
    return {
        "article": talk.article,
        "thread": talk.thread,
        "talk": talk,
        "form": blank_form(request, talk.thread.write_url, timezone.now()),
        "notify": notify_form(request, talk.thread),
        "invitation": invitation_to(request, talk.thread),
        "aside": aside,
    }
