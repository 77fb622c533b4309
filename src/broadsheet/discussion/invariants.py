"""What must always be true of the discussion's rows; looked at by `broadsheet check`."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Q, Subquery

from broadsheet.discussion.models import DOWN, UP, Comment, CommentEdit, InlineCount, Thread
from broadsheet.discussion.reading import MOST_PINNED
from broadsheet.moderation.models import Standing

_PUBLISHED = Q(comments__standing=Standing.PUBLISHED)
# What a thread counts, by which counter, and which comments these are.
COUNTED = (
    ("comments", "comment_count", _PUBLISHED),
    ("comments within the article", "inline_count", _PUBLISHED & Q(comments__is_inline=True)),
    ("picks", "pick_count", Q(comments__is_pick=True)),
)


def broken_promises() -> Iterator[str]:
    """Yield a sentence for every thread whose counter is wrong, and every comment with a wrong counter or place."""
    yield from _miscounted_threads()
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


def _miscounted_threads() -> Iterator[str]:
    """Yield a sentence for every thread that counts something wrong, or has more pinned than fit."""
    for what, counter, are_meant in COUNTED:
        counted = Thread.objects.annotate(rows=Count("comments", filter=are_meant))
        wrong = counted.exclude(**{counter: F("rows")}).order_by("pk")
        for pk, count, rows in wrong.values_list("pk", counter, "rows"):
            yield f"thread {pk} counts {count} {what} and has {rows}"
    yield from _miscounted_inline()
    pinned = Thread.objects.annotate(rows=Count("comments", filter=Q(comments__is_pinned=True)))
    for pk, rows in pinned.filter(rows__gt=MOST_PINNED).order_by("pk").values_list("pk", "rows"):
        yield f"thread {pk} has {rows} pinned comments and room for {MOST_PINNED}"


def _miscounted_inline() -> Iterator[str]:
    """Yield a sentence for everything within an article whose comments are counted wrong."""
    inline = Comment.objects.exclude(about="").filter(standing=Standing.PUBLISHED)
    rows = {one["about"]: one["rows"] for one in inline.order_by().values("about").annotate(rows=Count("pk"))}
    counts = dict(InlineCount.objects.values_list("about", "comment_count"))
    for about in sorted(rows.keys() | counts.keys()):
        if counts.get(about, 0) != rows.get(about, 0):
            yield f"{about} counts {counts.get(about, 0)} comments about it and has {rows.get(about, 0)}"


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
