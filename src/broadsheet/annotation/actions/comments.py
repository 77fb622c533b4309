"""What readers do with passages: comment on one."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from broadsheet.annotation.actions.places import find_place, passage_at
from broadsheet.annotation.anchoring import Selection
from broadsheet.annotation.models import Annotation, Passage, Prompt
from broadsheet.delivery.announce import announce
from broadsheet.discussion.actions import Posted, Writer, post_comment
from broadsheet.discussion.models import Comment, Thread
from broadsheet.gate.keys import Key, earlier_answer
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage


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


def _attaching(article: ArticlePage, selection: Selection | Passage) -> Callable[[Comment], str]:
    """Find what a comment will be about, before it is written; return what attaches it then."""
    if isinstance(selection, Passage):
        found = selection
        return lambda comment: _attach(comment, found.article, lambda: found)
    place = find_place(article, selection)
    return lambda comment: _attach(comment, article, lambda: passage_at(article, place))


def _attach(comment: Comment, article: ArticlePage, find: Callable[[], Passage]) -> str:
    """Say that a comment is about a passage; return its public id. In the transaction that writes the comment.

    Announced first, as all do that touch passages (`actions/prompts.py`).
    """
    if comment.is_published:
        announce(article.topic, "passage-commented")
    passage = find()
    asked = Prompt.objects.filter(passage=passage).first()
    if asked and not asked.is_open:
        sentence = _("The editor takes no more answers to this question. Your words can be a comment of their own.")
        raise Refusal("prompt-closed", sentence, status=403)
    Annotation.objects.create(comment=comment, passage=passage)
    return passage.public_id
