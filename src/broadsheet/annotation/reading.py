"""Which passages a reader gets to know of, and what they are called elsewhere on the page."""

from __future__ import annotations

from collections.abc import Iterable

from broadsheet.annotation.models import Annotation, Passage
from broadsheet.discussion.models import Comment, CommentQuerySet, Thread
from broadsheet.discussion.reading import not_found
from broadsheet.kernel.ids import is_public_id
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import ArticlePage, PublishedText


def live_text_of(article: ArticlePage) -> PublishedText | None:
    """Return the text that readers of an article get now; None where none was kept yet."""
    return PublishedText.objects.filter(page=article.alias_of_id or article.pk).first()


def passages_of(article: ArticlePage) -> list[Passage]:
    """Return the passages of an article that everybody may know of, each with its `count` and prompt; one query.

    Orphans come last. A story that stands in a second place (an alias) has the original's.
    """
    found = Passage.objects.of(article).for_everybody().order_by("live_block_id", "live_start", "pk")
    return sorted(found, key=lambda passage: passage.is_orphan)


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
