"""What moderators see of a comment, and how their decision on it is kept."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import mark_safe
from django.utils.translation import gettext_noop

from broadsheet.accounts.models import User
from broadsheet.discussion.models import Comment, CommentDecision
from broadsheet.moderation.kinds import DeskRow, ModeratedKind
from broadsheet.moderation.models import ModeratedQuerySet
from broadsheet.publication.models import ArticlePage

KIND = "comment"


def _rows() -> ModeratedQuerySet:
    rows: ModeratedQuerySet = Comment.objects.select_related("author", "thread")
    return rows


def _row(comment: Comment) -> DeskRow:
    article = ArticlePage.objects.filter(translation_key=comment.thread.translation_key).defer_streamfields().first()
    return DeskRow(
        kind=KIND,
        key=comment.public_id,
        author=comment.author.name,
        html=mark_safe(comment.html),  # noqa: S308 - safe_html made it
        context=article.title if article else "",
        # Only where a link would lead somewhere: nobody but its author sees the page of a held comment.
        url=comment.permalink if comment.is_shown else (article.url or "" if article else ""),
        submitted_at=comment.created_at,
        reason=comment.standing_reason,
        standing=comment.standing,
    )


def _record(comment: Any, standing: str, reason: str, by: User) -> None:
    decision = CommentDecision.objects.create(subject=comment, standing=standing, reason=reason, by=by)
    comment.decided(decision)


COMMENTS = ModeratedKind(
    name=KIND, label=gettext_noop("comment"), rows=_rows, key="public_id", row=_row, record=_record
)
