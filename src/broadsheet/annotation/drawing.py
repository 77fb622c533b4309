"""Passages as HTML: the quote above a comment, slips and prompts beside the text, the list of all of them.

The structure and the class names are the design's. Everything that somebody typed or selected is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from broadsheet.annotation.models import Passage
from broadsheet.discussion.talk import Talk

QUOTE = 160  # characters of a passage where it is quoted among other things


def short(words: str, length: int) -> str:
    """Return the words on one line, cut where they are longer."""
    return Truncator(" ".join(words.split())).chars(length)


def quotes(passages: Mapping[int, Passage], talk: Talk) -> dict[int, SafeString]:
    """Return the quotes above comments, by the comments' primary keys."""
    drawn = {passage.pk: quote(passage, _place_of(passage, talk)) for passage in passages.values()}
    return {comment: drawn[passage.pk] for comment, passage in passages.items()}


def quote(passage: Passage, href: str) -> SafeString:
    """Draw the words of a passage with a link; those of an orphan struck through, which says that they are gone."""
    words = short(passage.exact, QUOTE)
    if not passage.is_orphan:
        return format_html('<blockquote class="about" dir="auto"><a href="{}">{}</a></blockquote>', href, words)
    return format_html(
        '<blockquote class="about" dir="auto"><a href="{}"><s class="orphan">{}</s></a> <span class="meta">{}</span>'
        "</blockquote>",
        href, words, _("no longer in the text"),
    )  # fmt: skip


def words_of(passage: Passage) -> SafeString:
    """Draw all the words of a passage, as its own page shows them."""
    element = "s" if passage.is_orphan else "span"
    return format_html('<blockquote class="about" dir="auto"><{0}>{1}</{0}></blockquote>', element, passage.exact)


def url_of(passage: Passage) -> str:
    """Return the path of the passage's own page, in the active language."""
    return reverse("annotation:passage", args=[passage.public_id])


def _place_of(passage: Passage, talk: Talk) -> str:
    """Where the words stand: in the text of the page's article, else on the passage's own page, which knows more."""
    article = talk.article
    if passage.is_orphan or passage.article_id != (article.alias_of_id or article.pk):
        return url_of(passage)
    return f"{'' if talk.fragment else article.url}#{passage.element_id}"
