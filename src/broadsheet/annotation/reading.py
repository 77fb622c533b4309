"""Which passages a reader gets to know of, and what they are called elsewhere on the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Window
from django.db.models.functions import RowNumber

from broadsheet.annotation.models import Annotation, Passage
from broadsheet.discussion.models import Comment, CommentQuerySet, Thread
from broadsheet.discussion.reading import not_found
from broadsheet.kernel.ids import is_public_id
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import ArticlePage, PublishedText

FIRST_COMMENTS = 3  # in a slip beside the text; the passage's own page has all of them
ROOM = 60  # for comments in all slips of a page


def live_text_of(article: ArticlePage) -> PublishedText | None:
    """Return the text that readers of an article get now; None where none was kept yet."""
    return PublishedText.objects.filter(page=article.alias_of_id or article.pk).first()


def passages_of(article: ArticlePage) -> list[Passage]:
    """Return the passages of an article that everybody may know of, each with its `count` and prompt; one query.

    Orphans come last. A story that stands in a second place (an alias) has the original's.
    """
    known = Passage.objects.of(article).for_everybody().select_related("prompt__by")
    found = known.order_by("live_block_id", "live_start", "pk")
    return sorted(found, key=lambda passage: passage.is_orphan)


def passages_on(page: ArticlePage) -> list[Passage]:
    """Return `passages_of` a page's article; asked once for one object, however many parts of the page draw them."""
    kept: list[Passage] | None = getattr(page, "_passages", None)
    if kept is None:
        kept = passages_of(page)
        page._passages = kept
    return kept


def first_comments(passages: Sequence[Passage]) -> dict[int, list[Comment]]:
    """Return the first published comments on each passage, by the passages' primary keys; one query.

    However many passages there are, all of them together have room on a page: the more, the fewer of each.
    """
    said: dict[int, list[Comment]] = {passage.pk: [] for passage in passages if passage.count}
    if not said:
        return said
    each = max(1, min(FIRST_COMMENTS, ROOM // len(said)))
    published = Annotation.objects.filter(passage__in=said, comment__standing=Standing.PUBLISHED)
    numbered = published.annotate(
        number=Window(RowNumber(), partition_by="passage", order_by=["comment__created_at", "comment"])
    )
    found = numbered.filter(number__lte=each).select_related("comment__author").defer("comment__source")
    for annotation in found.order_by("comment__created_at", "comment"):
        said[annotation.passage_id].append(annotation.comment)
    return said


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


def comments_on(passage: Passage) -> CommentQuerySet:
    """Return all comments on a passage, whatever their standing; the caller asks what its reader may see."""
    comments: CommentQuerySet = Comment.objects.filter(annotation__passage=passage)
    return comments


def inline_comments(thread: Thread) -> CommentQuerySet:
    """Return the comments of a thread that are about a passage, whatever their standing."""
    comments: CommentQuerySet = Comment.objects.filter(thread=thread.pk, annotation__isnull=False)
    return comments


def count_inline(thread: Thread) -> int:
    """Return how many published comments of a thread are about a passage."""
    published = Annotation.objects.filter(comment__thread=thread.pk, comment__standing=Standing.PUBLISHED)
    return published.count()


def counts(article: ArticlePage) -> dict[int, int]:
    """Return the number of published comments on each passage of an article, by the passages' primary keys."""
    return {passage.pk: passage.count for passage in passages_of(article)}
