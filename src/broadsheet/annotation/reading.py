"""Which passages a reader gets to know of, and what they are called elsewhere on the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from broadsheet.annotation.models import FIRST_COMMENTS, Annotation, Passage
from broadsheet.discussion.models import Comment
from broadsheet.discussion.reading import not_found
from broadsheet.kernel.ids import is_public_id
from broadsheet.publication.models import ArticlePage, PublishedText

ROOM = 60  # for comments in all slips of a page; the passages' own pages have all of them


def live_text_of(article: ArticlePage) -> PublishedText | None:
    """Return the text that readers of an article get now; None where none was kept yet."""
    return PublishedText.objects.filter(page=article.alias_of_id or article.pk).first()


def passages_of(article: ArticlePage) -> list[Passage]:
    """Return the passages of an article that everybody may know of, each with its `count` and prompt; one query.

    Orphans come last. A story that stands in a second place (an alias) has the original's. Each knows which are the
    `first` comments on it.
    """
    known = Passage.objects.of(article).for_everybody().with_first()
    found = known.order_by("live_block_id", "live_start", "pk")
    return sorted(found, key=lambda passage: passage.is_orphan)


@dataclass(frozen=True)
class Said:
    """What a page shows of annotations: by passage the first comments on it, by comment the passage it is about."""

    first: Mapping[int, Sequence[Comment]]
    about: Mapping[int, Passage]


def said_of(passages: Sequence[Passage], comments: Iterable[Comment] = ()) -> Said:
    """Return the first published comments on each passage, and which passages the `comments` are about; one query.

    However many passages there are, all of them together have room on a page: the more, the fewer of each.
    """
    first: dict[int, list[Comment]] = {passage.pk: [] for passage in passages if passage.count}
    about: dict[int, Passage] = {}
    drawn = {comment.pk for comment in comments if comment.is_inline}
    each = max(1, min(FIRST_COMMENTS, ROOM // max(1, len(first))))
    firsts = {pk for passage in passages for pk in passage.first[:each]}
    found = Annotation.objects.filter(comment__in=drawn | firsts).select_related("passage", "comment__author")
    for one in found.defer("comment__source").order_by("comment__created_at", "comment"):
        if one.comment_id in drawn:
            about[one.comment_id] = one.passage
        if one.comment_id in firsts and one.passage_id in first and one.comment.is_published:
            first[one.passage_id].append(one.comment)
    return Said(first, about)


def passage_for_readers(public_id: str) -> Passage:
    """Return a passage that everybody may know of, with its article. Raises Refusal `not-found`."""
    known = Passage.objects.for_everybody().select_related("article__locale", "prompt__by")
    passage = known.filter(public_id=public_id).first() if is_public_id(public_id) else None
    if passage is None:
        raise not_found()
    return passage


def passages_by_comment(comments: Iterable[Comment]) -> dict[int, Passage]:
    """Return which passage each of the comments is about, by the comments' primary keys; one query."""
    annotations = Annotation.objects.filter(comment__in=[comment.pk for comment in comments])
    return {annotation.comment_id: annotation.passage for annotation in annotations.select_related("passage")}


def comments_on(passage: Passage) -> Q:
    """Return what keeps the comments on a passage, whatever their standing; the caller asks what its reader may see."""
    return Q(is_inline=True, about=passage.public_id)


def counts(article: ArticlePage) -> dict[int, int]:
    """Return the number of published comments on each passage of an article, by the passages' primary keys."""
    return {passage.pk: passage.count for passage in passages_of(article)}
