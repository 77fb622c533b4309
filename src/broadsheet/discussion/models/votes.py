"""What readers think of a comment: one voice of each profile, up or down."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile
from broadsheet.discussion.models.comments import Comment

UP, DOWN, NONE = 1, -1, 0


class Vote(models.Model):
    """One profile's vote on a comment; whoever takes it back has no row. The comment's counters are its writer's care.

    A profile cannot vanish from under its votes: they are taken back first, or the counters would be wrong.
    """

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="votes")
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="votes", db_index=False)
    value = models.SmallIntegerField()
    cast_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [
            models.UniqueConstraint(fields=["profile", "comment"], name="discussion_one_vote_per_profile"),
            models.CheckConstraint(condition=Q(value__in=(UP, DOWN)), name="discussion_a_vote_is_up_or_down"),
        ]

    def __str__(self) -> str:
        return f"{self.comment}: {self.value:+}"
