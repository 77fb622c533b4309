"""What moderators see of a comment, and how their decision on it is kept."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_noop

from broadsheet.accounts.models import User
from broadsheet.discussion.models import Comment, CommentDecision
from broadsheet.moderation.kinds import DeskRow, ModeratedKind
from broadsheet.moderation.models import ModeratedQuerySet
from broadsheet.publication.models import ArticlePage

KIND = "comment"


def _rows() -> ModeratedQuerySet:
    versions = ArticlePage.objects.filter(translation_key=OuterRef("thread__translation_key")).order_by("pk")
    # What its author deleted is nobody's to decide on: there are no words left.
    comments = Comment.objects.filter(deleted_at=None).select_related("author", "thread").order_by("created_at", "pk")
    rows: ModeratedQuerySet = comments.annotate(headline=Subquery(versions.values("title")[:1]))
    return rows


def _row(comment: Any) -> DeskRow:
    return DeskRow(
        kind=KIND,
        key=comment.public_id,
        author=comment.author.name,
        html=mark_safe(comment.html),  # noqa: S308 - safe_html made it
        context=comment.headline or "",
        # Only where a link would lead somewhere: nobody but its author sees the page of a held comment.
        url=comment.permalink if comment.is_shown else comment.thread.url,
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
