"""What a form says about a passage: which words are selected, or which paragraph is chosen."""

from __future__ import annotations

import re
from functools import partial

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from broadsheet.annotation.actions import Place, annotate, find_place
from broadsheet.annotation.anchoring import CONTEXT, Selection
from broadsheet.annotation.drawing import short, url_of
from broadsheet.annotation.models import Passage
from broadsheet.annotation.paragraphs import paragraphs
from broadsheet.annotation.reading import live_text_of
from broadsheet.discussion.forms import About, posted
from broadsheet.discussion.models import Thread
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage

# After these the words that somebody typed may still be a comment on the whole article.
REFUSALS = (
    "selection-empty",
    "selection-too-long",
    "selection-across-blocks",
    "selection-gone",
    "selection-unclear",
    "prompt-closed",
)
QUOTE = 600  # characters of the passage above the form

_NUMBER = re.compile("[0-9]{1,9}", re.ASCII)


def names_words(request: HttpRequest) -> bool:
    """Whether an address says which words a comment shall be about, be it wrongly."""
    return any(request.GET.get(name) for name in ("exact", "block", "paragraph"))


def selection_in(request: HttpRequest, article: ArticlePage) -> Selection:
    """Return the words that a form or an address names: those selected, else those of the paragraph chosen."""
    given = posted(request) if request.method == "POST" else request.GET
    chosen = _number(given, "paragraph")
    if chosen is not None and not given.get("exact"):
        return _paragraph(article, given.get("block", ""), chosen)
    return Selection(
        block_id=given.get("block", ""),
        exact=given.get("exact", ""),
        prefix=given.get("prefix", ""),
        suffix=given.get("suffix", ""),
        start=_number(given, "start"),
        end_block_id=given.get("end_block", ""),
    )


def about_selection(article: ArticlePage, thread: Thread, selection: Selection) -> About:
    """Return what the form for a comment on selected words bears; that they cannot be found is its trouble."""
    given = (selection.block_id, selection.end_block_id, selection.exact, selection.prefix, selection.suffix)
    found, trouble = selection, None
    try:
        found = _as_published(find_place(article, selection))
    except Refusal as refusal:
        trouble = refusal
    return About(
        action=reverse("annotation:mark", args=[thread.translation_key]),
        quote=_quote(found.exact),
        fields={
            "block": found.block_id,
            "exact": found.exact,
            "prefix": found.prefix,
            "suffix": found.suffix,
            "start": str(found.start),
        },
        identity=given,
        back=article.url or "",
        post=partial(annotate, article, selection=selection),
        refusals=REFUSALS,
        trouble=trouble,
    )


def about_passage(article: ArticlePage, passage: Passage) -> About:
    """Return what the form for a comment on a passage bears that somebody marked before."""
    return About(
        action=reverse("annotation:comment", args=[passage.public_id]),
        quote=_quote(passage.exact),
        fields={},
        identity=(passage.public_id,),
        back=url_of(passage),
        post=partial(annotate, article, selection=passage),
        refusals=REFUSALS,
    )


def _paragraph(article: ArticlePage, block_id: str, number: int) -> Selection:
    text = live_text_of(article)
    words = text.block_texts().get(block_id, "") if text else ""
    places = paragraphs(words)
    if number >= len(places):
        return Selection(block_id, "")
    return _words(block_id, words, *places[number])


def _as_published(place: Place) -> Selection:
    """The selected words as the published text has them, however the browser told them."""
    return _words(place.at.block_id, place.text.block_texts()[place.at.block_id], place.at.start, place.at.end)


def _words(block_id: str, text: str, start: int, end: int) -> Selection:
    return Selection(block_id, text[start:end], text[:start][-CONTEXT:], text[end:][:CONTEXT], start)


def _quote(words: str) -> SafeString:
    return format_html('<blockquote class="about" dir="auto">{}</blockquote>', short(words, QUOTE))


def _number(given: QueryDict, name: str) -> int | None:
    value = given.get(name, "")
    return int(value) if _NUMBER.fullmatch(value) else None
