"""What annotation adds to the pages of others: quotes above comments, the filter of a thread, slips beside the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models import Q
from django.http import HttpRequest
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext

from broadsheet.annotation.anchoring import PASSAGE_LIMIT
from broadsheet.annotation.beside import Spot, innermost_texts, paragraphs_of, spot_of, weave
from broadsheet.annotation.drawing import choice, listed, prompt, quotes, slip
from broadsheet.annotation.marking import marked_html
from broadsheet.annotation.models import Passage
from broadsheet.annotation.reading import passages_of, said_of
from broadsheet.discussion.models import Comment
from broadsheet.discussion.talk import Talk
from broadsheet.kernel import written
from broadsheet.publication.models import ArticlePage
from broadsheet.publication.rendering import Story, story_of

register = template.Library()

INLINE = "inline"  # as the address of a thread names its inline feedback
SWITCH, ON = "passages", "on"  # as an article's address says that paragraphs have links
MOST_LISTED = 20  # passages in the list beside the thread, and as many orphans; all of them are in the thread


@dataclass(frozen=True)
class Margin:
    """What stands beside a text: its passages, and by passage the first comments on it."""

    talk: Talk
    passages: Sequence[Passage]
    first: Mapping[int, Sequence[Comment]]


@register.simple_tag
def quote_passages(talk: Talk) -> str:
    """Put the quotes of passages above the comments that are about them, and offer to see these comments alone.

    One query, on a thread without inline feedback none.
    """
    if _offer_inline(talk):
        talk.pen.quotes |= quotes(said_of([], talk.comments).about, talk)
    return ""


@register.simple_tag
def passages_of_page(page: ArticlePage, talk: Talk) -> Margin:
    """Do as `quote_passages`, and gather what stands beside the page's text. Two queries at most.

    Where the discussion is switched off nothing stands there, nor is anything asked.
    """
    if talk.thread.is_off:
        return Margin(talk, [], {})
    passages = passages_of(page)
    if _offer_inline(talk) or passages:
        said = said_of([one for one in passages if not one.is_orphan], talk.comments)
        talk.pen.quotes |= quotes(said.about, talk)
        return Margin(talk, passages, said.first)
    return Margin(talk, passages, {})


def _offer_inline(talk: Talk) -> bool:
    """Offer the inline feedback of a thread, if there is any; whether one of its comments may be about a passage."""
    if talk.thread.pk is None:
        return False
    count = talk.thread.inline_count
    if count:
        pattern = pgettext("which comments", "Inline feedback ({count})")
        label = pattern.format(count=written.number(count, get_language() or ""))
        talk.offer(INLINE, label, Q(is_inline=True))
    return bool(count or talk.reader)  # whose own comment may await a moderator


@register.simple_tag
def annotated_body(page: ArticlePage, margin: Margin) -> SafeString:
    """Draw the story with its passages marked; in place of publication's `article_body`. No query."""
    return marked_html(story_of(page), margin.passages)


@register.tag
def beside(parser: Parser, token: Token) -> Node:
    """Put what is said of passages behind the paragraphs of a story: `{% beside margin page %}…{% endbeside %}`."""
    _name, margin, page = token.split_contents()
    inner = parser.parse(("endbeside",))
    parser.delete_first_token()
    return Beside(parser.compile_filter(margin), parser.compile_filter(page), inner)


class Beside(Node):
    """The story, with slips, prompts and, where they are switched on, links behind its paragraphs."""

    def __init__(self, margin: FilterExpression, page: FilterExpression, nodelist: NodeList) -> None:
        self.margin, self.page, self.nodelist = margin, page, nodelist

    def render(self, context: template.Context) -> SafeString:
        """Draw the story and weave."""
        margin, story = self.margin.resolve(context), story_of(self.page.resolve(context))
        behind = _passages_behind(margin, story)
        if is_switched_on(context["request"]):
            for spot, link in _choices(margin.talk, story).items():
                behind[spot] = behind.get(spot, "") + link
        # Safe: the story is, and so is what is drawn.
        return mark_safe(weave(self.nodelist.render(context), behind))  # noqa: S308


@register.inclusion_tag("annotation/parts/ways.html", takes_context=True)
def ways_to_comment(context: template.Context, talk: Talk) -> dict[str, Any]:
    """Draw the switch that shows a link behind every paragraph, and the button for selected words that waits unseen."""
    return {
        "is_open": talk.thread.is_open,
        "is_on": is_switched_on(context["request"]),
        "url": talk.url,
        "action": _action(talk),
        "limit": str(PASSAGE_LIMIT),  # for a script, not in the reader's digits
    }


@register.simple_tag
def passage_index(margin: Margin) -> SafeString:
    """Draw the list of passages that readers marked, those with most comments first, orphans last and folded."""
    passages = sorted((one for one in margin.passages if one.count), key=lambda one: -one.count)
    orphans = [listed(passage) for passage in passages if passage.is_orphan]
    context = {
        "passages": [listed(passage) for passage in passages if not passage.is_orphan][:MOST_LISTED],
        "orphans": orphans[:MOST_LISTED],
        "orphan_count": len(orphans),
    }
    return render_to_string("annotation/parts/index.html", context)


def is_switched_on(request: HttpRequest) -> bool:
    """Whether the reader asked for links behind the paragraphs."""
    return request.GET.get(SWITCH) == ON


def _passages_behind(margin: Margin, story: Story) -> dict[Spot, str]:
    behind: dict[Spot, str] = {}
    if not margin.passages:
        return behind
    texts, is_open = innermost_texts(story), margin.talk.thread.is_open
    for passage in margin.passages:
        spot = spot_of(passage, texts)
        if spot:
            draw = prompt if passage.asked else slip
            drawn = draw(passage, margin.first.get(passage.pk, ()), is_open=is_open)
            behind[spot] = behind.get(spot, "") + drawn
    return behind


def _choices(talk: Talk, story: Story) -> dict[Spot, str]:
    if not talk.thread.is_open:
        return {}
    return {paragraph.spot: choice(paragraph, _action(talk)) for paragraph in paragraphs_of(story)}


def _action(talk: Talk) -> str:
    return reverse("annotation:mark", args=[talk.thread.translation_key])
