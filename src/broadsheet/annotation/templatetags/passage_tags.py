"""What annotation adds to the pages of others: quotes above comments, the filter of a thread, slips beside the text."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext

from broadsheet.annotation.anchoring import PASSAGE_LIMIT
from broadsheet.annotation.beside import Spot, innermost_texts, paragraphs_of, spot_of, weave
from broadsheet.annotation.drawing import choice, listed, prompt, quotes, slip
from broadsheet.annotation.reading import (
    count_inline,
    first_comments,
    inline_comments,
    passages_by_comment,
    passages_on,
)
from broadsheet.discussion.talk import Talk
from broadsheet.kernel import written
from broadsheet.publication.models import ArticlePage
from broadsheet.publication.rendering import story_of

register = template.Library()

INLINE = "inline"  # as the address of a thread names its inline feedback
SWITCH, ON = "passages", "on"  # as an article's address says that paragraphs have links
MOST_LISTED = 20  # passages in the list beside the thread, and as many orphans; all of them are in the thread


@register.simple_tag
def quote_passages(talk: Talk) -> str:
    """Put the quotes of passages above the comments that are about them, and offer to see these comments alone.

    Two queries, on a thread without inline feedback one.
    """
    if talk.thread.pk is None:
        return ""
    count = count_inline(talk.thread)
    if count:
        pattern = pgettext("which comments", "Inline feedback ({count})")
        label = pattern.format(count=written.number(count, get_language() or ""))
        talk.offer(INLINE, label, inline_comments(talk.thread))
    if count or talk.reader:  # whose own comment may await a moderator
        talk.pen.quotes |= quotes(passages_by_comment(talk.comments), talk)
    return ""


@register.tag
def beside(parser: Parser, token: Token) -> Node:
    """Put what is said of passages behind the paragraphs of a story: `{% beside page talk %}…{% endbeside %}`."""
    _name, page, talk = token.split_contents()
    inner = parser.parse(("endbeside",))
    parser.delete_first_token()
    return Beside(parser.compile_filter(page), parser.compile_filter(talk), inner)


class Beside(Node):
    """The story, with slips, prompts and, where they are switched on, links behind its paragraphs. Two queries."""

    def __init__(self, page: FilterExpression, talk: FilterExpression, nodelist: NodeList) -> None:
        self.page, self.talk, self.nodelist = page, talk, nodelist

    def render(self, context: template.Context) -> SafeString:
        """Draw the story and weave."""
        page, talk = self.page.resolve(context), self.talk.resolve(context)
        behind = _passages_behind(page, talk)
        if is_switched_on(context["request"]):
            for spot, link in _choices(page, talk).items():
                behind[spot] = behind.get(spot, "") + link
        # Safe: the story is, and so is what is drawn.
        return mark_safe(weave(self.nodelist.render(context), behind))  # noqa: S308


@register.inclusion_tag("annotation/parts/ways.html", takes_context=True)
def ways_to_comment(context: template.Context, page: ArticlePage, talk: Talk) -> dict[str, Any]:
    """Draw the switch that shows a link behind every paragraph, and the button for selected words that waits unseen."""
    return {
        "is_open": not talk.thread.is_closed,
        "is_on": is_switched_on(context["request"]),
        "url": talk.url,
        "action": _action(talk),
        "limit": PASSAGE_LIMIT,
    }


@register.inclusion_tag("annotation/parts/index.html")
def passage_index(page: ArticlePage) -> dict[str, Any]:
    """Draw the list of passages that readers marked, those with most comments first, orphans last and folded."""
    passages = sorted((one for one in passages_on(page) if one.count), key=lambda one: -one.count)
    orphans = [listed(passage) for passage in passages if passage.is_orphan]
    return {
        "passages": [listed(passage) for passage in passages if not passage.is_orphan][:MOST_LISTED],
        "orphans": orphans[:MOST_LISTED],
        "orphan_count": len(orphans),
    }


def is_switched_on(request: HttpRequest) -> bool:
    """Whether the reader asked for links behind the paragraphs."""
    return request.GET.get(SWITCH) == ON


def _passages_behind(page: ArticlePage, talk: Talk) -> dict[Spot, str]:
    passages = passages_on(page)
    if not passages:
        return {}
    said, texts = first_comments([one for one in passages if not one.is_orphan]), innermost_texts(story_of(page))
    is_open = not talk.thread.is_closed
    behind: dict[Spot, str] = {}
    for passage in passages:
        spot = spot_of(passage, texts)
        if spot:
            comments = said.get(passage.pk, [])
            drawn = (
                prompt(passage, passage.asked, comments, is_open=is_open)
                if passage.asked
                else slip(passage, comments, is_open=is_open)
            )
            behind[spot] = behind.get(spot, "") + drawn
    return behind


def _choices(page: ArticlePage, talk: Talk) -> dict[Spot, str]:
    if talk.thread.is_closed:
        return {}
    return {paragraph.spot: choice(paragraph, _action(talk)) for paragraph in paragraphs_of(story_of(page))}


def _action(talk: Talk) -> str:
    return reverse("annotation:mark", args=[talk.thread.translation_key])
