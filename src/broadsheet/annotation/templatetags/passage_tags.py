"""What annotation adds to the pages of others: quotes above comments, the filter of a thread, slips beside the text."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language, pgettext

from broadsheet.annotation.drawing import quotes
from broadsheet.annotation.reading import count_inline, inline_comments, passages_by_comment
from broadsheet.discussion.talk import Talk
from broadsheet.kernel import written

register = template.Library()

INLINE = "inline"  # as the address of a thread names its inline feedback


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
    talk.pen.quotes |= quotes(passages_by_comment(talk.comments), talk)
    return ""
