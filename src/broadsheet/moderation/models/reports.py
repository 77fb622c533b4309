"""What readers tell moderators of something published. Nobody learns who did."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile
from broadsheet.moderation.models.rulings import Ruling

REPORT_LIMIT = 500


class ReportQuerySet(models.QuerySet[Any]):
    """Questions about reports."""

    def open(self) -> Self:
        """Keep those that no moderator has answered by a decision."""
        return self.filter(settled_at=None)


class Report(models.Model):
    """A reader's word that something should be looked at. Each adopter has its own table with a `subject`.

    `digest` stands for who reported, so that one reader is one report on a thing: for a profile, or for the network
    that a stranger came from; only who has the secret key can compute it. `reporter` is known only of profiles, so that
    a report goes where they go, and is told nobody. `settled_by` names the ruling that answered it, or is empty where
    the thing went otherwise.
    """

    class Reason(models.TextChoices):
        SPAM = "spam", _("advertising or spam")
        ABUSE = "abuse", _("insult, hatred or threat")
        PRIVATE = "private", _("somebody’s private affairs")
        FALSE = "false", _("false or misleading")
        OTHER = "other", _("something else")

    reason = models.CharField(max_length=12, choices=Reason.choices)
    text = models.CharField(max_length=REPORT_LIMIT, blank=True)
    reporter = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(Ruling, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ReportQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "digest"], condition=models.Q(settled_at=None), name="%(class)s_one_per_reporter"
            ),
            models.CheckConstraint(
                condition=models.Q(settled_by=None) | models.Q(settled_at__isnull=False), name="%(class)s_settled_when"
            ),
        ]
        indexes = [
            models.Index(fields=["subject"], condition=models.Q(settled_at=None), name="%(class)s_open"),
        ]
