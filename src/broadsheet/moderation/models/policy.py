"""What is published at once and what awaits a moderator: of the publication, and of single articles."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

WHOLE_PUBLICATION = ""
SCOPE_LENGTH = 60


class Hold(models.TextChoices):
    """Whose words await a moderator, whatever they say."""

    ALL = "all", _("everybody’s")
    FIRST = "first", _("those of people who have nothing published here yet")
    NONE = "none", _("nobody’s")


class ModerationPolicy(models.Model):
    """How submissions are judged: in the whole publication (scope "") or below one article (`article:<key>`).

    What an article's policy leaves empty is as in the publication; its words are listed besides the publication's.
    """

    scope = models.CharField(max_length=SCOPE_LENGTH, unique=True, default=WHOLE_PUBLICATION, blank=True)
    hold = models.CharField(max_length=5, choices=Hold.choices, default=Hold.FIRST, blank=True)
    max_links = models.PositiveSmallIntegerField(null=True, blank=True, default=2)
    words = models.TextField(blank=True)
    # So many within the minutes are no burst yet; 0 for any number. Of the publication only.
    burst_of_profile = models.PositiveSmallIntegerField(default=6)
    burst_of_network = models.PositiveSmallIntegerField(default=40)
    burst_minutes = models.PositiveSmallIntegerField(default=5)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("moderation policy")
        verbose_name_plural = _("moderation policies")
        constraints = [
            models.CheckConstraint(
                condition=~Q(scope="") | ~Q(hold="") & Q(max_links__isnull=False),
                name="moderation_publication_policy_is_whole",
            ),
            models.CheckConstraint(condition=Q(hold__in=["", *Hold.values]), name="moderation_hold_is_known"),
        ]

    def __str__(self) -> str:
        return self.scope or "publication"
