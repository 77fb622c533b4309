"""What moderators see of a comment and of an edit that waits, and which tables keep their decisions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from broadsheet.discussion.models import (
    ARTICLE,
    Comment,
    CommentDecision,
    CommentEdit,
    CommentEditDecision,
    CommentReport,
)
from broadsheet.moderation.kinds import DeskRow, ModeratedKind, Question
from broadsheet.moderation.models import ModeratedQuerySet, Standing
from broadsheet.publication.models import ArticlePage


def _headline(thread: str) -> Subquery:
    versions = ArticlePage.objects.filter(translation_key=OuterRef(f"{thread}__translation_key")).order_by("pk")
    return Subquery(versions.values("title")[:1])


def _comments() -> ModeratedQuerySet:
    # What its author deleted is nobody's to decide on: there are no words left.
    comments = Comment.objects.filter(deleted_at=None).order_by("created_at", "pk")
    rows: ModeratedQuerySet = comments.select_related("author__user", "thread", "parent__author").annotate(
        headline=_headline("thread")
    )
    return rows


def _comment(comment: Any) -> DeskRow:
    return DeskRow(
        kind=Comment.KIND,
        key=comment.public_id,
        author=comment.author.name,
        html=mark_safe(comment.html),  # noqa: S308 - safe_html made it
        context=comment.headline or "",
        url=_place_of(comment),
        submitted_at=comment.created_at,
        reason=comment.standing_reason,
        standing=comment.standing,
        writer=comment.author,
        question=_answered(comment.parent, is_off=comment.thread.is_off) if comment.parent else None,
        scope=comment.thread.scope,
    )


def _place_of(comment: Comment) -> str:
    """Where it stands, if a link would lead somewhere: nobody but its author sees the page of a held comment."""
    if comment.thread.is_off:
        return ""
    return comment.permalink if comment.is_shown else comment.thread.url


def _answered(parent: Comment, *, is_off: bool) -> Question:
    words = _("In answer to {name}").format(name=parent.author.name)
    url = parent.permalink if parent.is_shown and not is_off else ""
    return Question(words, mark_safe(parent.html), url)  # noqa: S308 - safe_html made it


def _edits() -> ModeratedQuerySet:
    # Those that somebody must decide on, or has; what nothing was wrong with is the comment itself.
    awaits = Q(standing=Standing.HELD, comment__standing__in=(Standing.PUBLISHED, Standing.HELD))
    is_decided = Exists(CommentEditDecision.objects.filter(subject=OuterRef("pk")))
    edits = CommentEdit.objects.filter(awaits | Q(is_decided), is_withdrawn=False, comment__deleted_at=None)
    rows: ModeratedQuerySet = (
        edits.order_by("created_at", "pk")
        .select_related("author__user", "comment__thread")
        .annotate(headline=_headline("comment__thread"))
    )
    return rows


def _edit(edit: Any) -> DeskRow:
    comment = edit.comment
    return DeskRow(
        kind=CommentEdit.KIND,
        key=edit.public_id,
        author=edit.author.name,
        html=mark_safe(edit.html),  # noqa: S308 - safe_html made it
        context=edit.headline or "",
        url=_place_of(comment),
        submitted_at=edit.created_at,
        reason=edit.standing_reason,
        standing=edit.standing,
        writer=edit.author,
        question=Question(_("The comment as it stands"), mark_safe(comment.html)),  # noqa: S308 - safe_html made it
        scope=comment.thread.scope,
    )


def _headline_of(scope: str) -> str:
    """What the article is called whose scope this is, in its first language; empty for none."""
    try:
        key = UUID(scope.removeprefix(f"{ARTICLE}:"))
    except ValueError:
        return ""
    if scope != f"{ARTICLE}:{key}":  # another way to write a key that nothing is judged by
        return ""
    versions = ArticlePage.objects.filter(translation_key=key).order_by("pk")
    return versions.values_list("title", flat=True).first() or ""


COMMENTS = ModeratedKind(
    name=Comment.KIND,
    label=gettext_noop("comment"),
    rows=_comments,
    key="public_id",
    row=_comment,
    decisions=CommentDecision,
    reports=CommentReport,
    place=_headline_of,
)
EDITS = ModeratedKind(
    name=CommentEdit.KIND,
    label=gettext_noop("edit"),
    rows=_edits,
    key="public_id",
    row=_edit,
    decisions=CommentEditDecision,
    changes_another=True,
)
