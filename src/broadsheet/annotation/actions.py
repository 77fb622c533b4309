"""What people do with passages: comment on one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from broadsheet.annotation.anchoring import Placed, Selection, context_of, find_selection
from broadsheet.annotation.models import Annotation, Passage, Prompt
from broadsheet.annotation.reading import live_text_of
from broadsheet.delivery.announce import announce
from broadsheet.discussion.actions import Posted, Writer, post_comment
from broadsheet.discussion.models import Comment, Thread
from broadsheet.gate.keys import Key, earlier_answer
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage, PublishedText


@dataclass(frozen=True)
class Place:
    """Where words stand in a published text."""

    text: PublishedText
    at: Placed


def annotate(
    article: ArticlePage,
    *,
    selection: Selection | Passage,
    by: Writer,
    body: str,
    key: Key,
    scopes: tuple[str, ...] = (),
    spam_signs: tuple[str, ...] = (),
    client: str = "",
) -> Posted:
    """Comment on words of an article's text, or on a passage that is marked already; `key` as in `post_comment`.

    Raises the refusals of `post_comment` and `find_selection`, and `prompt-closed`.
    """
    article = article.alias_of.specific if article.alias_of else article
    # A repeat gets the first answer, whatever has become of the text since.
    about = None if earlier_answer(key) else _attaching(article, selection)
    return post_comment(
        Thread.objects.of(article), by=by, body=body, key=key, scopes=scopes, spam_signs=spam_signs, client=client,
        about=about,
    )  # fmt: skip


def find_place(article: ArticlePage, selection: Selection) -> Place:
    """Return where the selected words stand in what readers get now. Raises the refusals of `find_selection`."""
    text = live_text_of(article)
    if text is None:
        raise Refusal(
            "selection-gone", _("This article's text is not ready for comments on its words yet."), status=409
        )
    return Place(text, find_selection(text.block_texts(), selection))


def passage_at(article: ArticlePage, place: Place) -> Passage:
    """Return the passage on exactly these words, made when there is none. In a transaction."""
    there = {"live_block_id": place.at.block_id, "live_start": place.at.start, "live_end": place.at.end}
    standing = Passage.objects.filter(article=article, live_text=place.text, carried_to=place.text, **there)
    known = standing.order_by("pk").first()
    if known:
        return known
    words = place.text.block_texts()[place.at.block_id]
    prefix, suffix = context_of(words, place.at)
    made = {"exact": words[place.at.start : place.at.end], "prefix": prefix, "suffix": suffix, **there}
    state = {"live_text": place.text, "carried_to": place.text, "live_digest": place.at.digest}
    return Passage.objects.get_or_create(
        text=place.text, block_id=place.at.block_id, start=place.at.start, end=place.at.end,
        defaults={"article": article, **made, **state},
    )[0]  # fmt: skip


def _attaching(article: ArticlePage, selection: Selection | Passage) -> Callable[[Comment], None]:
    """Find what a comment will be about, before it is written; return what attaches it then."""
    if isinstance(selection, Passage):
        found = selection
        return lambda comment: _attach(comment, found)
    place = find_place(article, selection)
    return lambda comment: _attach(comment, passage_at(article, place))


def _attach(comment: Comment, passage: Passage) -> None:
    """Say that a comment is about a passage. In the transaction that writes the comment."""
    asked = Prompt.objects.filter(passage=passage).first()
    if asked and not asked.is_open:
        sentence = _("The editor takes no more answers to this question. Your words can be a comment of their own.")
        raise Refusal("prompt-closed", sentence, status=403)
    Annotation.objects.create(comment=comment, passage=passage)
    if comment.is_published:
        announce(passage.article.topic, "passage-commented")
