"""The versions of a comment's words, and what moderators decided on those that waited for them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile
from broadsheet.delivery.announce import announce
from broadsheet.discussion.models.comments import Comment
from broadsheet.kernel.ids import LENGTH, public_id
from broadsheet.moderation.models import Decision, Moderated, ModeratedQuerySet, Standing


class CommentEdit(Moderated):
    """A version of a comment's words. A comment that was never edited has none.

    Number 0 is what was first posted, each edit adds one. The comment bears the words of its last published version;
    one that is held waits for a moderator and changes nothing until then. `is_withdrawn` marks those that nobody
    decides on any more: the author wrote another before, or deleted the comment.
    """

    KIND = "edit"  # what moderation calls it

    public_id = models.CharField(max_length=LENGTH, unique=True, default=public_id, editable=False)
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="edits", db_index=False)
    number = models.PositiveIntegerField()
    author = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    source = models.TextField()
    html = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    is_withdrawn = models.BooleanField(default=False)

    objects = ModeratedQuerySet.as_manager()

    class Meta:
        verbose_name = _("edit of a comment")
        verbose_name_plural = _("edits of comments")
        constraints = [
            models.UniqueConstraint(fields=["comment", "number"], name="discussion_one_version_per_number"),
            models.UniqueConstraint(
                fields=["comment"], condition=Q(standing=Standing.HELD), name="discussion_one_held_edit_per_comment"
            ),
            models.CheckConstraint(condition=Q(standing__in=Standing.values), name="discussion_edit_standing_is_known"),
            models.CheckConstraint(
                condition=Q(is_withdrawn=False) | Q(standing=Standing.REMOVED),
                name="discussion_withdrawn_edit_is_removed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at", "id"], condition=Q(standing=Standing.HELD), name="discussion_held_edits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comment} version {self.number}"

    def decided(self, decision: Decision) -> None:
        """Take a moderator's decision to heart: the comment bears its last published words. In its transaction."""
        comment: Comment = Comment.objects.select_for_update(no_key=True).get(pk=self.comment_id)
        self.standing, self.standing_reason = decision.standing, decision.reason
        self.save(update_fields=["standing", "standing_reason"])
        bear_last_published(comment)


class CommentEditDecision(Decision):
    """One decision of a moderator on an edit; the database refuses to change or delete a row."""

    subject = models.ForeignKey(CommentEdit, on_delete=models.PROTECT, related_name="decisions")

    class Meta:
        verbose_name = _("decision on an edit")
        verbose_name_plural = _("decisions on edits")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.subject}: {self.standing}"


def bear_last_published(comment: Comment) -> None:
    """Give a comment, whose row is locked, the words of its last published version. In the transaction that changed it.

    Announced where everybody reads it.
    """
    last = CommentEdit.objects.filter(comment=comment, standing=Standing.PUBLISHED).order_by("-number").first()
    if last is None or last.source == comment.source or comment.deleted_at:
        return
    comment.source, comment.html = last.source, last.html
    comment.edited_at = last.created_at if last.number else None
    comment.save(update_fields=["source", "html", "edited_at"])
    if comment.is_published:
        announce(comment.thread.topic, "comment-edited", about=comment.public_id)
