"""What must always be true of the discussion's rows; looked at by `broadsheet check`."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Q, Subquery

from broadsheet.discussion.models import DOWN, UP, Comment, CommentEdit, Thread
from broadsheet.moderation.models import Standing


def broken_promises() -> Iterator[str]:
    """Yield a sentence for every thread whose counter is wrong, and every comment with a wrong counter or place."""
    published = Count("comments", filter=Q(comments__standing=Standing.PUBLISHED))
    wrong = Thread.objects.annotate(rows=published).exclude(comment_count=F("rows"))
    for pk, counted, rows in wrong.values_list("pk", "comment_count", "rows"):
        yield f"thread {pk} counts {counted} comments and has {rows}"
    inline = Count("comments", filter=Q(comments__standing=Standing.PUBLISHED, comments__is_inline=True))
    wrong = Thread.objects.annotate(rows=inline).exclude(inline_count=F("rows"))
    for pk, counted, rows in wrong.values_list("pk", "inline_count", "rows"):
        yield f"thread {pk} counts {counted} comments within the article and has {rows}"
    replies = Count("replies", filter=Q(replies__is_shown=True))
    for comment in Comment.objects.annotate(rows=replies).exclude(reply_count=F("rows")):
        yield f"comment {comment.public_id} counts {comment.reply_count} replies and has {comment.rows}"
    branch = Count("branch", filter=Q(branch__is_shown=True))
    for comment in Comment.objects.tops().annotate(rows=branch).exclude(branch_count=F("rows")):
        yield f"comment {comment.public_id} counts {comment.branch_count} in its branch and has {comment.rows}"
    yield from _miscounted_votes()
    for comment in _misworded():
        yield f"comment {comment.public_id} does not bear the words of its last published version"
    for comment in _misplaced():
        yield f"comment {comment.public_id} does not stand where a reply to its parent stands"


def _miscounted_votes() -> Iterator[str]:
    """Yield a sentence for every comment whose counters are not the sum of its votes."""
    up, down = (Count("votes", filter=Q(votes__value=way)) for way in (UP, DOWN))
    wrong = Comment.objects.annotate(up=up, down=down).exclude(up_count=F("up"), down_count=F("down"))
    for comment in wrong:
        counted = f"{comment.up_count} up and {comment.down_count} down"
        yield f"comment {comment.public_id} counts {counted} and has {comment.up} and {comment.down}"


def _misworded() -> Iterator[Comment]:
    published = CommentEdit.objects.filter(comment=OuterRef("pk"), standing=Standing.PUBLISHED).order_by("-number")
    edited = Comment.objects.filter(deleted_at=None).annotate(last=Subquery(published.values("source")[:1]))
    misworded: Iterator[Comment] = edited.filter(last__isnull=False).exclude(source=F("last")).iterator()
    return misworded


def _misplaced() -> Iterator[Comment]:
    """Return the replies that are in another thread or branch than their parent, or not below and after it."""
    below = Q(depth=F("parent__depth") + 1, thread=F("parent__thread"), position__gt=F("parent__position"))
    same_branch = Q(root=F("parent__root")) | Q(parent__depth=0, root=F("parent"))
    return Comment.objects.filter(depth__gt=0).exclude(below & same_branch).iterator()
